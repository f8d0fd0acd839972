"""Whom a run talks to: conditions to search and to evaluate on, kept apart from each other and from training."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ...envs.errors import InvalidConfig
from ...envs.keys import mix, text_key
from ...envs.parts import Condition, Episode
from ...envs.scenario import Scenario, required
from ...search.openings import DRAWN

FEWEST = 2
"""Conditions that are shared out between the search and the choice of weights."""


@dataclass(frozen=True, slots=True)
class UserSplits:
    """The conditions of a run. No condition is in two of them.

    Attributes:
        origin: "drawn", "corpus", or the name of the file they were read from.
        search: conditions of the searched conversations; empty: drawn.
        evaluation: conditions of the evaluation; empty: drawn.
        development: conditions of the talks by which weights are chosen; empty: drawn, or none are.
    """

    origin: str
    search: tuple[Condition, ...] = ()
    evaluation: tuple[Condition, ...] = ()
    development: tuple[Condition, ...] = ()

    def strangers(self, episodes: Iterable[Episode]) -> list[Episode]:
        """The episodes without those to train on whose user the evaluation would meet again."""
        met = set(self.evaluation)
        return [e for e in episodes if e.split != "train" or e.condition not in met]


def split_users(scenario: Scenario, named: str | None, episodes: Sequence[Episode], seed: int, *, corpus: bool,
                development: bool = False) -> UserSplits:
    """Finds the conditions of a run.

    Args:
        scenario: whose conditions.
        named: "drawn", a file that the scenario reads, or None: the corpus's people where it offers them, else drawn.
        episodes: the run's dialogues.
        seed: decides which half of a file is searched and which evaluated.
        corpus: whether the dialogues are a corpus's.
        development: whether a quarter of those to search on is set aside to choose weights by.

    Raises:
        InvalidConfig: there is no such file, or the conditions are too few to keep search and evaluation apart.
        InvalidCorpus: the file cannot be read.
    """
    if named is None and corpus:
        origin = "corpus"
        search, evaluation = (_distinct(scenario.corpus.conditions(episodes, split) if scenario.corpus else [])
                              for split in ("valid", "test"))
        if not search or not evaluation:
            return UserSplits(DRAWN)
    elif named is None or named == DRAWN:
        return UserSplits(DRAWN)
    else:
        path = Path(named)
        if not path.exists():
            raise InvalidConfig(f"There is no file of conditions {named!r}; name one, or take conditions: {DRAWN}.")
        origin = path.name
        found = _distinct(required(scenario, "corpus", scenario.corpus).load_conditions(path))
        key = mix(text_key("halves of a file of conditions"), seed)
        order = sorted(range(len(found)), key=lambda i: mix(key, i))
        evaluation = [found[i] for i in order[:len(found) // 2]]
        search = [found[i] for i in order[len(found) // 2:]]
    met = set(evaluation)
    search = [condition for condition in search if condition not in met]
    if not search or not evaluation:
        raise InvalidConfig(f"The conditions ({origin}) are too few to search on some and evaluate on others; give at least "
                            f"two different ones, or take conditions: {DRAWN}.")
    aside: list[Condition] = []
    if development:
        if len(search) < FEWEST:
            raise InvalidConfig(f"The conditions ({origin}) leave {len(search)} to search on and to choose weights by, where "
                                f"{FEWEST} are needed; give more, take conditions: {DRAWN}, or set choice.checkpoints to 0.")
        key = mix(text_key("development"), seed)
        order = sorted(range(len(search)), key=lambda i: mix(key, i))
        chosen = set(order[:max(1, len(search) // 4)])
        aside, search = ([c for i, c in enumerate(search) if (i in chosen) == wanted] for wanted in (True, False))
    return UserSplits(origin, tuple(search), tuple(evaluation), tuple(aside))


def condition_hash(scenario: Scenario, condition: Condition) -> str:
    """16 hex digits that are the same for the same hidden condition."""
    value = scenario.condition_to_json(condition)
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def _distinct(conditions: Sequence[Condition]) -> list[Condition]:
    return list(dict.fromkeys(conditions))
