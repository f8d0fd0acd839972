"""A language model for tests: it says what it is told to, keeps what it was asked, and misbehaves on demand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from ..envs.errors import InvalidConfig
from .backend import Chat, Completion, Promises, Request

EMPTY, CUT = "empty", "cut"
"""Faults: a reply without text; the first half of one, as if the limit had come."""


class ScriptedModel:
    """A backend of chats whose answers are written beforehand; `LanguageModelAgent(ScriptedModel(...))` takes any seat.

    Promise: a reply depends on its request alone, but for a list's, which depend on the order.

    Args:
        answers: a function of (chat, seed); or a mapping from regular expressions to answers, of which the first that is found
            in the last message counts; or a list, the n-th request gets the n-th answer; or one answer for all.
        faults: by number of the request, from 0: EMPTY, CUT, or an exception that is raised instead of answering the batch.

    Attributes:
        calls: every request so far, in order.
    """

    def __init__(self, answers: Callable[[Chat, int], str] | Mapping[str, str] | Sequence[str] | str,
                 faults: Mapping[int, str | Exception] | None = None) -> None:
        """Raises InvalidConfig on an unknown fault."""
        self._faults = dict(faults or {})
        for fault in self._faults.values():
            if fault not in (EMPTY, CUT) and not isinstance(fault, Exception):
                raise InvalidConfig(f"A fault is {EMPTY!r}, {CUT!r} or an exception, got {fault!r}.")
        self._answers = answers
        self.calls: list[Request] = []
        self.promises = Promises(seeded=True, chats=True,
                                 batch_invariant=callable(answers) or isinstance(answers, str | Mapping))

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """See `Backend.complete`. Raises InvalidConfig, too, where no answer is written, and whatever it was told to."""
        self.promises.check(requests)
        first = len(self.calls)
        self.calls.extend(requests)
        return [self._reply(number, request) for number, request in enumerate(requests, first)]

    def _reply(self, number: int, request: Request) -> Completion:
        fault = self._faults.get(number)
        if isinstance(fault, Exception):
            raise fault
        text = "" if fault == EMPTY else self._text(number, request)
        return Completion((), fault != CUT, text[:len(text) // 2] if fault == CUT else text)

    def _text(self, number: int, request: Request) -> str:
        if callable(self._answers):
            return self._answers(request.chat, request.seed)
        if isinstance(self._answers, str):
            return self._answers
        if isinstance(self._answers, Mapping):
            last = request.chat[-1][1]
            for pattern, answer in self._answers.items():
                if re.search(pattern, last):
                    return answer
            raise InvalidConfig(f"No answer is written for {last[:80]!r}; add a pattern that it matches, such as '' for all.")
        if number >= len(self._answers):
            raise InvalidConfig(f"Request {number} came, but only {len(self._answers)} answers are written; add some.")
        return self._answers[number]
