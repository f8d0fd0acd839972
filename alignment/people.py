"""Whom a run talks to: conditions to search and to evaluate on, kept apart from each other and from training."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..envs.errors import InvalidConfig
from ..envs.keys import mix, text_key
from ..envs.position import Position
from ..envs.scenario import Condition, Episode, Scenario

DRAWN = "drawn"


@dataclass(frozen=True, slots=True)
class People:
    """The conditions of a run. No condition is in both.

    Attributes:
        origin: "drawn", "corpus", or the name of the file they were read from.
        search: conditions of the searched conversations; empty: drawn.
        evaluation: conditions of the evaluation; empty: drawn.
    """

    origin: str
    search: tuple[Condition, ...] = ()
    evaluation: tuple[Condition, ...] = ()

    def strangers(self, episodes: Iterable[Episode]) -> list[Episode]:
        """The episodes without those to train on whose user the evaluation would meet again."""
        met = set(self.evaluation)
        return [e for e in episodes if e.split != "train" or e.condition not in met]


def choose(scenario: Scenario, named: str | None, episodes: Sequence[Episode], seed: int, *, corpus: bool) -> People:
    """Finds the conditions of a run.

    Args:
        scenario: whose conditions.
        named: "drawn", a file that the scenario reads, or None: the corpus's people where it offers them, else drawn.
        episodes: the run's dialogues.
        seed: decides which half of a file is searched and which evaluated.
        corpus: whether the dialogues are a corpus's.

    Raises:
        InvalidConfig: there is no such file, or the conditions are too few to keep search and evaluation apart.
        InvalidCorpus: the file cannot be read.
    """
    if named is None and corpus:
        origin = "corpus"
        search, evaluation = (_distinct(scenario.conditions_of(episodes, split)) for split in ("valid", "test"))
        if not search or not evaluation:
            return People(DRAWN)
    elif named is None or named == DRAWN:
        return People(DRAWN)
    else:
        path = Path(named)
        if not path.exists():
            raise InvalidConfig(f"There is no file of conditions {named!r}; name one, or take conditions: {DRAWN}.")
        origin = path.name
        found = _distinct(scenario.load_conditions(path))
        key = mix(text_key("halves of a file of conditions"), seed)
        order = sorted(range(len(found)), key=lambda i: mix(key, i))
        evaluation = [found[i] for i in order[:len(found) // 2]]
        search = [found[i] for i in order[len(found) // 2:]]
    met = set(evaluation)
    search = [condition for condition in search if condition not in met]
    if not search or not evaluation:
        raise InvalidConfig(f"The conditions ({origin}) are too few to search on some and evaluate on others; give at least "
                            f"two different ones, or take conditions: {DRAWN}.")
    return People(origin, tuple(search), tuple(evaluation))


def openings(scenario: Scenario, purpose: str, count: int, seed: int,
             conditions: Sequence[Condition] = ()) -> list[Position]:
    """Opening positions for one purpose of a run, which share no key with those of another purpose.

    Their conditions are drawn or, where some are given, taken from these in an order decided by the seed, again from the
    first when they run out.
    """
    key = text_key(purpose)
    order = sorted(range(len(conditions)), key=lambda i: mix(key, seed, i, 1))
    return [Position.start(scenario, mix(key, seed, i), condition=conditions[order[i % len(order)]] if order else None)
            for i in range(count)]


def _distinct(conditions: Sequence[Condition]) -> list[Condition]:
    return list(dict.fromkeys(conditions))
