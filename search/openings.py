"""Where the conversations of a run begin: opening positions that no other purpose of the run shares."""

from __future__ import annotations

from collections.abc import Sequence

from ..envs.keys import PUBLIC, mix, text_key
from ..envs.parts import Condition
from ..envs.position import Position
from ..envs.scenario import Scenario


def openings(scenario: Scenario, purpose: str, count: int, seed: int,
             conditions: Sequence[Condition] = (), secret: str = PUBLIC) -> list[Position]:
    """Opening positions for one purpose of a run, which share no key with those of another purpose.

    Their conditions are drawn or, where some are given, taken from these in an order decided by the seed, again from the
    first when they run out.
    """
    key = text_key(purpose)
    order = sorted(range(len(conditions)), key=lambda i: mix(key, seed, i, 1))
    return [Position.start(scenario, mix(key, seed, i), secret=secret,
                           condition=conditions[order[i % len(order)]] if order else None) for i in range(count)]


DRAWN = "drawn"
