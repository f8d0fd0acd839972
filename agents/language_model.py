"""A language model in a seat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..envs.chat import Message
from ..envs.dialogue import Utterance
from ..envs.errors import InvalidConfig
from ..envs.keys import mix, text_key
from ..envs.scenario import Ask
from .backend import Backend, Completion, Request, Sampling
from .prompting import MARKERS, Layout, control_tokens, defuse, messages, read, render, unmeant

_ROUND = 4
"""Replies are drawn again side by side, as many as were drawn first, or so many where those were fewer."""
OPENING = 2
"""Utterances by which a conversation is known (`Request.opening`)."""


def _first(so_far: tuple[str, ...], spoken: Utterance) -> tuple[str, ...]:
    """The first words of a dialogue, as a fold."""
    return so_far if len(so_far) == OPENING else (*so_far, spoken.text)


class LanguageModelAgent:
    """Speaks for any seat with a language model; the reply's seed is the ask's key.

    Args:
        backend: completes token ids, or chats where it promises to render them itself.
        tokenizer: the model's, with a chat template; None for a backend that takes chats.
        sampling: temperature, nucleus and length of a reply.
        layout: how the dialogue becomes a prompt (`prompting.messages`).
        adapter: the LoRA adapter that speaks; None: the backend's own model.
        tries: in layout "strategy", how often at most the words after a thought are drawn, until the interactive seat's
            listener recognises in them the acts that the thought names; the last ones stand. The thought is drawn once.
    """

    def __init__(self, backend: Backend, tokenizer: Any = None, sampling: Sampling | None = None, layout: Layout = "chat",
                 adapter: str | None = None, *, tries: int = 1) -> None:
        """Raises InvalidConfig when the backend takes token ids and there is no tokenizer, or tries make no sense."""
        if tokenizer is None and not backend.promises.chats:
            raise InvalidConfig(f"{type(backend).__name__} takes token ids; give the model's tokenizer, too.")
        if tries < 1 or (tries > 1 and (layout != "strategy" or backend.promises.chats)):
            raise InvalidConfig("tries must be at least 1, and more only in layout 'strategy' with a backend of token ids, "
                                f"where words can begin again after a thought; got {tries} with layout {layout!r}.")
        self.backend = backend
        self.tokenizer = tokenizer
        self.sampling = sampling or Sampling()
        self.layout: Layout = layout
        self.adapter = adapter
        self.tries = tries
        self._control: Sequence[str] = MARKERS if tokenizer is None else control_tokens(tokenizer)

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        """See `Agent.respond`.

        A dialogue that has outgrown the window loses exchanges from its beginning, the system prompt never, and the reply says
        so (`Utterance.cut`). Raises ContextTooLong when not even its end fits, or when a server's window is too small.
        """
        if not asks:
            return []
        requests, cut = ([self._chat(ask) for ask in asks], [False] * len(asks)) if self.backend.promises.chats else (
            self._prompts(asks))
        completions = self._as_meant(asks, requests, self.backend.complete(requests))
        return [replace(read(ask.view, text, c.finished, self.layout), cut=lost)
                for ask, text, c, lost in zip(asks, self._texts(completions), completions, cut, strict=True)]

    def messages(self, ask: Ask, skip: int = 0) -> list[Message]:
        """The chat that is answered, the oldest `skip` utterances left out."""
        return messages(ask.view, self.layout, skip)

    def _chat(self, ask: Ask) -> Request:
        chat = tuple((m["role"], defuse(m["content"], self._control)) for m in self.messages(ask))
        first = ask.view.dialogue.fold(_first, tuple[str, ...]())
        opening = text_key("\n".join(first)) if len(first) == OPENING else 0
        return Request((), ask.key, self.sampling, self.adapter, chat, opening=opening)

    def _prompts(self, asks: Sequence[Ask]) -> tuple[list[Request], list[bool]]:
        """The requests in token ids, and whose dialogue lost its beginning."""
        window = self.backend.promises.window
        found = self._encoded([(ask, 0) for ask in asks])
        cut = [False] * len(asks)
        for place, ask in enumerate(asks):
            skip = 2
            while window and len(found[place]) + self.sampling.max_new_tokens > window and skip < len(ask.view.dialogue):
                cut[place] = True
                (found[place],) = self._encoded([(ask, skip)])
                skip += 2
        return [Request(tuple(ids), ask.key, self.sampling, self.adapter) for ask, ids in zip(asks, found, strict=True)], cut

    def _encoded(self, asked: Sequence[tuple[Ask, int]]) -> list[list[int]]:
        """Token ids of the prompt for each ask, so many of the oldest utterances left out."""
        texts = [render(self.tokenizer, self.messages(ask, skip), self._control) for ask, skip in asked]
        ids: list[list[int]] = self.tokenizer(texts, add_special_tokens=False)["input_ids"]
        return ids

    def _as_meant(self, asks: Sequence[Ask], requests: Sequence[Request], drawn: Sequence[Completion]) -> list[Completion]:
        """The completions, those drawn again from the end of their thought whose words are other acts than it names.

        Of the tries of a reply the first that is meant stands, or the last; how many are drawn side by side changes nothing.
        """
        found = list(drawn)
        begins = self._begins(asks, found) if self.tries > 1 else []
        again = {place: self._until(found[place].tokens, begin) for place, begin in enumerate(begins) if begin is not None}
        attempt = 1
        while again and attempt < self.tries:
            count = min(self.tries - attempt, max(1, max(len(asks), _ROUND) // len(again)))
            tries = [(place, number) for place in again for number in range(attempt, attempt + count)]
            others = self.backend.complete([self._onwards(requests[place], again[place], number) for place, number in tries])
            whole = [replace(other, tokens=(*again[place], *other.tokens))
                     for (place, _), other in zip(tries, others, strict=True)]
            begins = self._begins([asks[place] for place, _ in tries], whole)
            for (place, _), one, begin in zip(tries, whole, begins, strict=True):
                if place in again:
                    found[place] = one
                    if begin is None:
                        del again[place]
            attempt += count
        return found

    def _begins(self, asks: Sequence[Ask], drawn: Sequence[Completion]) -> list[int | None]:
        """Where the words can begin again that are other acts than their thought names (`prompting.unmeant`)."""
        return [unmeant(ask.view, text, completion.finished, self.layout)
                for ask, text, completion in zip(asks, self._texts(drawn), drawn, strict=True)]

    def _onwards(self, request: Request, kept: tuple[int, ...], attempt: int) -> Request:
        """The request for what follows the tokens that are kept."""
        left = replace(request.sampling, max_new_tokens=request.sampling.max_new_tokens - len(kept))
        return replace(request, prompt=(*request.prompt, *kept), seed=mix(request.seed, attempt), sampling=left)

    def _until(self, tokens: tuple[int, ...], end: int) -> tuple[int, ...]:
        """The tokens, not all of them, whose text ends before that character."""
        low, high = 0, len(tokens) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if len(self.tokenizer.decode(tokens[:middle], skip_special_tokens=True)) <= end:
                low = middle
            else:
                high = middle - 1
        return tokens[:low]

    def _texts(self, completions: Sequence[Completion]) -> list[str]:
        """What the completions say; those that came as token ids are decoded."""
        ids = [c.tokens for c in completions if c.text is None]
        decoded = iter(self.tokenizer.batch_decode(ids, skip_special_tokens=True) if ids else ())
        return [next(decoded) if c.text is None else c.text for c in completions]
