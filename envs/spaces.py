"""A Gymnasium space of Unicode text: what people and models really write."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import Space

from .position import MAX_TEXT

_SAMPLES = ("Hello.", "I see.", "Tell me more, please.", "Why do you ask?", "That matters to me.", "你好。", "Merci à tous !",
            "I am not sure.", "How does it work?", "Thank you.")


class Utterances(Space[str]):
    """Any Unicode text up to `max_length` characters (`gymnasium.spaces.Text` knows only a fixed charset).

    Args:
        max_length: longest text, in characters.
        may_be_empty: whether "" and blanks belong to the space (observations), or not (actions).
        seed: for `sample`, which strings a few short phrases together.
    """

    def __init__(self, max_length: int = MAX_TEXT, *, may_be_empty: bool = False,
                 seed: int | np.random.Generator | None = None) -> None:
        super().__init__(dtype=str, seed=seed)
        self.max_length = max_length
        self.may_be_empty = may_be_empty

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """A few phrases, drawn by the space's own generator."""
        count = int(self.np_random.integers(1, 4))
        text = " ".join(_SAMPLES[int(self.np_random.integers(len(_SAMPLES)))] for _ in range(count))
        return text[: self.max_length]

    def contains(self, x: Any) -> bool:
        """Whether `x` is a text of this space."""
        if not isinstance(x, str) or len(x) > self.max_length:
            return False
        if not x or x.isspace():
            return self.may_be_empty
        try:
            x.encode("utf-8")
        except UnicodeEncodeError:
            return False
        return "\x00" not in x

    @property
    def is_np_flattenable(self) -> bool:
        """Text has no fixed vector."""
        return False

    def __eq__(self, other: object) -> bool:
        return (isinstance(other, Utterances) and self.max_length == other.max_length
                and self.may_be_empty == other.may_be_empty)

    def __hash__(self) -> int:
        return hash((self.max_length, self.may_be_empty))

    def __repr__(self) -> str:
        return f"Utterances(max_length={self.max_length}, may_be_empty={self.may_be_empty})"
