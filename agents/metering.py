"""How many tokens a language model reads and writes."""

from __future__ import annotations

from collections.abc import Sequence

from ..envs.agent import Agent
from .backend import Backend, Completion, Promises, Request
from .language_model import LanguageModelAgent
from .worded import WordedUser


class Meter:
    """Any backend, with its tokens counted: those of its requests where it takes token ids, else what a server reports.

    What a recording answers counts as what it once cost.

    Attributes:
        read: tokens of prompts since the start.
        written: tokens of replies.
        told: whether every reply's tokens are known.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.read = self.written = 0
        self.told = True

    @property
    def promises(self) -> Promises:
        """The backend's own."""
        return self._backend.promises

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """See `Backend.complete`."""
        found = self._backend.complete(requests)
        for request, completion in zip(requests, found, strict=True):
            usage = completion.usage or (None if request.chat else (len(request.prompt), len(completion.tokens)))
            self.told = self.told and usage is not None
            self.read, self.written = self.read + (usage or (0, 0))[0], self.written + (usage or (0, 0))[1]
        return found


def metered(agent: Agent) -> Meter | None:
    """Counts the tokens of an agent from here on; None where no language model speaks in it."""
    model = agent.voice if isinstance(agent, WordedUser) else agent
    if not isinstance(model, LanguageModelAgent):
        return None
    model.backend = meter = Meter(model.backend)
    return meter
