"""What a run tells of itself while it lasts: stages with their steps, and news."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Reporter(Protocol):
    """Shows progress: `stage` opens a stage of `total` steps and returns what is called with the steps done."""

    def stage(self, name: str, total: int) -> Callable[[int], None]:
        """A new stage."""
        ...

    def say(self, text: str) -> None:
        """A line of news."""
        ...


class Silent:
    """A reporter that shows nothing."""

    def stage(self, name: str, total: int) -> Callable[[int], None]:
        """See `Reporter.stage`."""
        return lambda done: None

    def say(self, text: str) -> None:
        """See `Reporter.say`."""


def steps(show: Reporter, name: str) -> Callable[[int, int, object], None]:
    """A stage that opens with its first step, when the number of steps is known: what a trainer calls."""
    opened: list[Callable[[int], None]] = []

    def step(done: int, total: int, figures: object) -> None:
        if not opened:
            opened.append(show.stage(name, total))
        opened[0](done)

    return step
