"""The seam between dialogues and language models: token ids in, token ids out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Sampling:
    """How replies are sampled.

    Attributes:
        temperature: > 0 samples, 0 takes the most likely token.
        top_p: nucleus mass in (0, 1].
        max_new_tokens: the longest reply.
    """

    temperature: float = 1.0
    top_p: float = 0.95
    max_new_tokens: int = 64


@dataclass(frozen=True, slots=True)
class Request:
    """One completion wanted.

    Attributes:
        prompt: token ids, at least one.
        seed: 64 bits; the token at position t is drawn with a number that depends on (seed, t) alone.
        sampling: limits and temperature.
    """

    prompt: tuple[int, ...]
    seed: int
    sampling: Sampling = field(default_factory=Sampling)


@dataclass(frozen=True, slots=True)
class Completion:
    """The tokens generated, without the stop token; `finished` is False when the limit cut them off."""

    tokens: tuple[int, ...]
    finished: bool


class Backend(Protocol):
    """Completes batches of requests."""

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """One completion per request, in order. Raises ContextTooLong when a prompt does not fit the window."""
        ...
