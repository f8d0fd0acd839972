"""Acts instead of words: what a scenario brings so that classic reinforcement learning can play its interactive seat.

An action is a dialogue act, which the scenario's phrase book puts into words; an observation is a vector of what the seat has
heard. `act_env.py` makes a Gymnasium environment of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .scenario import Feature


def group(name: str, values: Iterable[str], meaning: str, taken: str = "0 or 1") -> tuple[Feature, ...]:
    """The features of a group, one per value; "<value>" in the meaning stands for it."""
    return tuple(Feature(f"{name}: {value}", meaning.replace("<value>", value), taken) for value in values)


def one_hot(value: str, values: Sequence[str]) -> list[float]:
    """1.0 at the value's place; all 0.0 when it is not among them."""
    return [float(value == known) for known in values]


def share(count: float, most: float) -> float:
    """The share of the most that a count is, at most 1.0."""
    return min(count / most, 1.0)
