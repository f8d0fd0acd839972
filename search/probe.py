"""A short search with the very agents of a long one, from which `forecast` says how long that will take."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from ..envs.errors import InvalidConfig
from ..envs.parts import Condition
from ..envs.registry import spec
from ..envs.scenario import required
from ..envs.storage import line
from .collect import SearchConfig, speakers
from .driver import Failed, stream
from .forecast import Course, Line, Work, fitted, simulated, told
from .openings import DRAWN, openings

FEWEST = 4
"""Conversations that a probe searches at least, half of them one by one, half together."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What a short search told.

    Attributes:
        loading: seconds until the agents were there.
        sweep: seconds of a sweep by the conversations in hand.
        searched: conversations.
        expansions: nodes expanded in each, on average.
        spread: standard deviation of the expansions over their mean.
        file_bytes: of the file for each conversation, on average.
        width: e.
    """

    loading: float
    sweep: Line
    searched: int
    expansions: float
    spread: float
    file_bytes: float
    width: int

    def course(self, conversations: int, workers: int, window: int) -> Course:
        """How a search of so many conversations would go with so many workers, each as fast as the one that was measured."""
        work = Work(conversations, self.expansions, self.spread, self.width, 0.0)
        return simulated(work.lengths(), workers, window, self.sweep)

    @property
    def error(self) -> float:
        """Standard error of the average conversation's length, as a share of it: what a short search cannot know."""
        return self.spread / sqrt(self.searched)


def probe(config: SearchConfig, count: int, clock: Callable[[], float] = time.perf_counter) -> Probe:
    """Searches the first conversations of a configuration and keeps nothing.

    One more is searched before, and not counted: it fills what is remembered of texts, prompts and models.

    Args:
        config: of the long search.
        count: conversations, `FEWEST` or more, an even number of them.
        clock: in seconds; `time.process_time` where other work shares the processor and all agents are in this process.

    Raises InvalidConfig for a count that is too small, and when every conversation fails; otherwise as `collect.search`.
    """
    if count < FEWEST:
        raise InvalidConfig(f"A measurement takes {FEWEST} conversations or more, got {count}.")
    half, quarter = count // 2, count // 4
    scenario = spec(config.environment).build(**config.options)
    people: list[Condition] = [] if config.conditions == DRAWN else list(
        required(scenario, "corpus", scenario.corpus).load_conditions(Path(config.conditions)))
    starts = openings(scenario, "search", 1 + 2 * half, config.seed, people)
    began = clock()
    agents = speakers(config, scenario, None)
    loading = clock() - began
    lengths: list[float] = []
    sizes: list[float] = []
    together = min(half, config.window)
    spent: dict[int, tuple[float, float]] = {1: (0.0, 0.0), together: (0.0, 0.0)}
    # One by one before and after those together: what gets faster as texts become known is then on both sides alike.
    for window, numbers in ((1, range(1)), (1, range(1, 1 + quarter)), (together, range(1 + quarter, 1 + quarter + half)),
                            (1, range(1 + quarter + half, 1 + 2 * half))):
        began, sweeps = clock(), 0
        for number, tree in stream(config.search, ((n, starts[n]) for n in numbers), agents, window=window):
            if isinstance(tree, Failed):
                continue
            written = line({"number": number, "tree": tree.to_json()})
            expanded = sum(1 for _ in tree.sibling_groups())
            sweeps += expanded
            if number:
                lengths.append(float(expanded))
                sizes.append(float(len(written)))
        if 0 not in numbers:
            spent[window] = (spent[window][0] + sweeps, spent[window][1] + clock() - began)
    if not all(sweeps for sweeps, _ in spent.values()):
        raise InvalidConfig("Every conversation of the measurement failed or had nothing to search; see what a search says.")
    sweep = (fitted((1, *spent[1]), (together, *spent[together])) if together > 1
             else Line(0.0, spent[1][1] / spent[1][0]))
    mean, spread = told(lengths)
    return Probe(loading, sweep, len(lengths), mean, spread, told(sizes)[0], config.search.width)
