"""Acts instead of words: what a scenario brings so that classic reinforcement learning can play its interactive seat.

An action is a dialogue act, which the scenario's phrase book puts into words; an observation is a vector of what the seat has
heard. `act_env.py` makes a Gymnasium environment of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .dialogue import Utterance

if TYPE_CHECKING:
    from .position import Ask, View

Observation = NDArray[np.float32]
"""One number in [0, 1] per feature: (features,) float32."""

Mask = NDArray[np.bool_]
"""Which acts make sense now: (actions,) bool, at least one True."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One number of an observation.

    Attributes:
        name: short and unique in its scenario; a value of a group is "group: value", as in "mood: warm".
        meaning: what it says, in words.
        values: which numbers in [0, 1] it takes, in words.
    """

    name: str
    meaning: str
    values: str = "0 or 1"


@dataclass(frozen=True, slots=True)
class Acting:
    """A scenario's interactive seat as a player of acts.

    All three functions use only what the seat has seen: no condition, and no private state of the other seat.

    Attributes:
        actions: names of the acts; an action is an index into them.
        features: what the numbers of an observation mean, in order. The values of the group "mood", where there is one,
            stand from the worst to the best.
        voice: the utterance that says an act: `(ask, action) -> utterance`, its wording chosen by the ask's key. An act that
            cannot be said yet is put into the nearest words there are.
        observe: what the seat knows, `(view) -> (features,) float32`, all in [0, 1]. The view is the interactive seat's.
        mask: which acts make sense, `(view) -> (actions,) bool`, at least one of them.
    """

    actions: tuple[str, ...]
    features: tuple[Feature, ...]
    voice: Callable[[Ask, int], Utterance]
    observe: Callable[[View], Observation]
    mask: Callable[[View], Mask]


def group(name: str, values: Iterable[str], meaning: str, taken: str = "0 or 1") -> tuple[Feature, ...]:
    """The features of a group, one per value; "<value>" in the meaning stands for it."""
    return tuple(Feature(f"{name}: {value}", meaning.replace("<value>", value), taken) for value in values)


def one_hot(value: str, values: Sequence[str]) -> list[float]:
    """1.0 at the value's place; all 0.0 when it is not among them."""
    return [float(value == known) for known in values]


def share(count: float, most: float) -> float:
    """The share of the most that a count is, at most 1.0."""
    return min(count / most, 1.0)
