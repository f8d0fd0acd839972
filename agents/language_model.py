"""A language model in a seat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..envs.dialogue import Utterance
from ..envs.errors import InvalidConfig
from ..envs.position import Ask, View
from .backend import Backend, Completion, Request, Sampling
from .prompting import Layout, control_tokens, messages, render

SILENCE = "..."
"""What a model that generated nothing is heard to say."""


class LanguageModelAgent:
    """Speaks for any seat with a language model; the reply's seed is the ask's key.

    Args:
        backend: completes token ids, or chats where it promises to render them itself.
        tokenizer: the model's, with a chat template; None for a backend that takes chats.
        sampling: temperature, nucleus and length of a reply.
        layout: how the dialogue becomes a prompt (`prompting.messages`).
        adapter: the LoRA adapter that speaks; None: the backend's own model.
    """

    def __init__(self, backend: Backend, tokenizer: Any = None, sampling: Sampling | None = None, layout: Layout = "chat",
                 adapter: str | None = None) -> None:
        """Raises InvalidConfig when the backend takes token ids and there is no tokenizer."""
        if tokenizer is None and not backend.promises.chats:
            raise InvalidConfig(f"{type(backend).__name__} takes token ids; give the model's tokenizer, too.")
        self.backend = backend
        self.tokenizer = tokenizer
        self.sampling = sampling or Sampling()
        self.layout: Layout = layout
        self.adapter = adapter
        self._control = [] if tokenizer is None else control_tokens(tokenizer)

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        """See `Agent.respond`. Raises ContextTooLong when a dialogue has outgrown the model's window."""
        if not asks:
            return []
        chats = [messages(ask.view, self.layout) for ask in asks]
        if self.backend.promises.chats:
            requests = [Request((), ask.key, self.sampling, self.adapter, tuple((m["role"], m["content"]) for m in chat))
                        for ask, chat in zip(asks, chats, strict=True)]
        else:
            texts = [render(self.tokenizer, chat, self._control) for chat in chats]
            encoded = self.tokenizer(texts, add_special_tokens=False)["input_ids"]
            requests = [Request(tuple(ids), ask.key, self.sampling, self.adapter)
                        for ids, ask in zip(encoded, asks, strict=True)]
        completions = self.backend.complete(requests)
        return [_heard(ask.view, text, c.finished) for ask, text, c in zip(asks, self._texts(completions), completions,
                                                                          strict=True)]

    def _texts(self, completions: Sequence[Completion]) -> list[str]:
        """What the completions say; those that came as token ids are decoded."""
        ids = [c.tokens for c in completions if c.text is None]
        decoded = iter(self.tokenizer.batch_decode(ids, skip_special_tokens=True) if ids else ())
        return [next(decoded) if c.text is None else c.text for c in completions]


def _heard(view: View, text: str, finished: bool) -> Utterance:
    """What a seat says when its model wrote this; one that said nothing is heard to be silent, whatever its state."""
    found = view.scenario.read(view.seat, text.replace("\x00", ""), finished)  # which nobody can say
    return found if found.text else replace(found, text=SILENCE)
