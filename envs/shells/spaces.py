"""A Gymnasium space of Unicode text: what people and models really write."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from typing import Any, overload

import numpy as np
from gymnasium.spaces import Box, Space, Tuple, flatdim, flatten, flatten_space, unflatten
from gymnasium.spaces.utils import is_space_dtype_shape_equiv
from gymnasium.vector.utils import (
    batch_differing_spaces,
    create_empty_array,
    create_shared_memory,
    read_from_shared_memory,
    write_to_shared_memory,
)
from gymnasium.wrappers.utils import create_zero_array
from numpy.typing import NDArray

from ..dialogue import Utterance, is_blank
from ..errors import InvalidAction
from ..position import MAX_TEXT

_SAMPLES = ("Hello.", "I see.", "Tell me more, please.", "Why do you ask?", "That matters to me.", "你好。", "Merci à tous !",
            "I am not sure.", "How does it work?", "Thank you.")
_LAST = 0x10FFFF
"""The last code point of Unicode."""


class Utterances(Space[str]):
    """Any Unicode text up to `max_length` characters (`gymnasium.spaces.Text` knows only a fixed charset).

    What Gymnasium's wrappers and vector environments ask of a space is there: as a vector a text is its code points, zeros
    after its end.

    Args:
        max_length: longest text, in characters.
        may_be_empty: whether "" and blanks belong to the space (observations), or not (actions).
        seat: whose `Utterance`s, with or without a private state, belong as well ("": nobody's).
        seed: for `sample`, which strings a few short phrases together.
    """

    def __init__(self, max_length: int = MAX_TEXT, *, may_be_empty: bool = False, seat: str = "",
                 seed: int | np.random.Generator | None = None) -> None:
        super().__init__(dtype=str, seed=seed)
        self.max_length = max_length
        self.may_be_empty = may_be_empty
        self.seat = seat

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """A few phrases, drawn by the space's own generator."""
        count = int(self.np_random.integers(1, 4))
        text = " ".join(_SAMPLES[int(self.np_random.integers(len(_SAMPLES)))] for _ in range(count))
        return text[: self.max_length]

    def contains(self, x: Any) -> bool:
        """Whether `x` is a text of this space, or the seat's utterance of one."""
        if isinstance(x, Utterance):
            return bool(self.seat) and x.seat == self.seat and self._holds(x.text) and (x.state == "" or self._holds(x.state))
        return self._holds(x)

    def _holds(self, text: Any) -> bool:
        if not isinstance(text, str) or len(text) > self.max_length:
            return False
        if not self.may_be_empty and is_blank(text):
            return False
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            return False
        return "\x00" not in text

    @property
    def is_np_flattenable(self) -> bool:
        """Yes: the code points of a text, and zeros up to the longest."""
        return True

    def _key(self) -> tuple[Any, ...]:
        return self.max_length, self.may_be_empty, self.seat

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Utterances) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        whose = f", seat={self.seat!r}" if self.seat else ""
        return f"Utterances(max_length={self.max_length}, may_be_empty={self.may_be_empty}{whose})"


# -- what Gymnasium asks of a space of somebody else's; batches are tuples, as Gymnasium makes them of any space -


def _points(space: Utterances, text: Any) -> NDArray[np.int32]:
    """The code points of a text. Raises InvalidAction for what has none."""
    if isinstance(text, Utterance):
        raise InvalidAction("A vector has no place for an Utterance's seat and private state; give its text.")
    if not isinstance(text, str) or len(text) > space.max_length:
        raise InvalidAction(f"A vector of {space} is made of a text that fits it, got {str(text)[:60]!r}.")
    try:
        return np.frombuffer(text.encode("utf-32-le"), np.int32)
    except UnicodeEncodeError:
        raise InvalidAction(f"A vector is made of valid Unicode, got a lone surrogate in {text[:60]!r}.") from None


def _text(points: NDArray[Any]) -> str:
    try:
        return np.asarray(points, np.int32).tobytes().decode("utf-32-le")
    except UnicodeDecodeError as error:
        raise InvalidAction(f"These numbers are not the code points of a text ({error.reason}).") from None


@flatdim.register(Utterances)
def _flatdim(space: Utterances) -> int:
    return space.max_length


@flatten_space.register(Utterances)
def _flatten_space(space: Utterances) -> Box:
    return Box(0, _LAST, (space.max_length,), np.int32)


@flatten.register(Utterances)
def _flatten(space: Utterances, x: Any) -> NDArray[np.int32]:  # type: ignore[misc]
    flat = np.zeros(space.max_length, np.int32)
    points = _points(space, x)
    flat[:len(points)] = points
    return flat


@unflatten.register(Utterances)
def _unflatten(space: Utterances, x: NDArray[Any]) -> str:  # type: ignore[misc]
    x = np.asarray(x)
    ends = np.flatnonzero(x == 0)
    return _text(x[:ends[0]] if len(ends) else x)


@create_zero_array.register(Utterances)
def _zero(space: Utterances) -> str:  # type: ignore[misc]
    return "" if space.may_be_empty else "."


@create_empty_array.register(Utterances)
def _empty(space: Utterances, n: int = 1, fn: Callable[..., Any] = np.zeros) -> tuple[str, ...]:
    return (_zero(space),) * n


@batch_differing_spaces.register(Utterances)
def _differing(spaces: Sequence[Utterances]) -> Tuple[Any]:  # type: ignore[misc]
    return Tuple([Utterances(s.max_length, may_be_empty=s.may_be_empty, seat=s.seat) for s in spaces])


@is_space_dtype_shape_equiv.register(Utterances)
def _alike(space_1: Utterances, space_2: Any) -> bool:
    return isinstance(space_2, Utterances) and space_1.max_length == space_2.max_length


@create_shared_memory.register(Utterances)
def _create_memory(space: Utterances, n: int = 1, ctx: Any = multiprocessing) -> Any:
    return ctx.Array("i", n * (1 + space.max_length))  # of each text its length, then its code points


@write_to_shared_memory.register(Utterances)
def _write_memory(space: Utterances, index: int, value: Any, shared_memory: Any) -> None:
    points = _points(space, value)
    row = np.frombuffer(shared_memory.get_obj(), np.int32).reshape(-1, 1 + space.max_length)[index]
    row[0] = len(points)
    row[1:1 + len(points)] = points


class _Texts(Sequence[str]):
    """The texts that stand in shared memory now; a copy is a tuple of them. Gymnasium asks once and looks at every step."""

    def __init__(self, rows: NDArray[np.int32]) -> None:
        self._rows = rows  # (n, 1 + longest)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        if isinstance(index, slice):
            return tuple(self)[index]
        row = self._rows[index]
        return _text(row[1:1 + row[0]])

    def __len__(self) -> int:
        return len(self._rows)

    def __deepcopy__(self, memo: Any) -> tuple[str, ...]:
        return tuple(self)


@read_from_shared_memory.register(Utterances)
def _read_memory(space: Utterances, shared_memory: Any, n: int = 1) -> Sequence[str]:
    return _Texts(np.frombuffer(shared_memory.get_obj(), np.int32).reshape(n, 1 + space.max_length))
