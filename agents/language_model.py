"""A language model in a seat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..envs.dialogue import Utterance
from ..envs.position import Ask, View
from .backend import Backend, Request, Sampling
from .prompting import Layout, control_tokens, messages, render

SILENCE = "..."
"""What a model that generated nothing is heard to say."""


class LanguageModelAgent:
    """Speaks for any seat with a language model; the reply's seed is the ask's key.

    Args:
        backend: completes token ids.
        tokenizer: the model's, with a chat template.
        sampling: temperature, nucleus and length of a reply.
        layout: how the dialogue becomes a prompt (`prompting.messages`).
    """

    def __init__(self, backend: Backend, tokenizer: Any, sampling: Sampling | None = None, layout: Layout = "chat") -> None:
        self.backend = backend
        self.tokenizer = tokenizer
        self.sampling = sampling or Sampling()
        self.layout: Layout = layout
        self._control = control_tokens(tokenizer)

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        """See `Agent.respond`. Raises ContextTooLong when a dialogue has outgrown the model's window."""
        if not asks:
            return []
        texts = [render(self.tokenizer, messages(ask.view, self.layout), self._control) for ask in asks]
        encoded = self.tokenizer(texts, add_special_tokens=False)["input_ids"]
        requests = [Request(tuple(ids), ask.key, self.sampling) for ids, ask in zip(encoded, asks, strict=True)]
        completions = self.backend.complete(requests)
        texts = self.tokenizer.batch_decode([c.tokens for c in completions], skip_special_tokens=True)
        return [_heard(ask.view, text, c.finished) for ask, text, c in zip(asks, texts, completions, strict=True)]


def _heard(view: View, text: str, finished: bool) -> Utterance:
    """What a seat says when its model wrote this; one that said nothing is heard to be silent, whatever its state."""
    found = view.scenario.read(view.seat, text.replace("\x00", ""), finished)  # which nobody can say
    return found if found.text else replace(found, text=SILENCE)
