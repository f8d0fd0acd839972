"""Episodes of any registered environment, played step by step, for the sweep of a thousand seeds.

`python -m tests.thousand ID FILE` goes on from the JSON snapshots in a file, a line each, and prints each digest.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

import dialogym
from dialogym import ActEnv, DialogueEnv, Position
from dialogym.envs.keys import mix, pick, text_key
from dialogym.envs.registry import acts_id
from tests.toy import cast

SEEDS = [mix(text_key("a thousand seeds"), number) for number in range(1_000)]
MOVES = 5


class Dialogues:
    """A dialogue environment with the scripted pair in its seats."""

    def __init__(self, id: str) -> None:
        self.env: DialogueEnv = dialogym.make(id)
        self.cast = cast(self.env.scenario)

    @property
    def paid(self) -> float:
        return self.env.rewards[self.env.scenario.interactive]

    def reset(self, seed: int) -> None:
        self.env.reset(seed=seed)

    def step(self) -> None:
        self.env.step(self.cast[self.env.agent_selection].respond([self.env.ask()])[0])


class Acts:
    """An act-level environment; which act follows from the moment."""

    def __init__(self, id: str) -> None:
        self.env = ActEnv(id)

    @property
    def paid(self) -> float:
        return self.env.position.outcome[2]

    def reset(self, seed: int) -> None:
        self.env.reset(seed=seed)

    def step(self) -> None:
        act = pick(mix(self.env.position.key, 77), np.flatnonzero(self.env.action_masks()))
        assert self.env.step(int(act))[1] == self.paid


def player(id: str) -> Dialogues | Acts:
    """A player of an environment, named by the id of the registry or by that of its act-level twin."""
    twins = {acts_id(of): of for of in dialogym.registry}
    return Acts(twins[id]) if id in twins else Dialogues(id)


def digest(position: Position, paid: float) -> str:
    """The whole episode in 16 letters: every word, state and figure of it."""
    found = position.engagement
    value: Any = [position.to_json(), paid, found.level, found.status, found.evidence]
    return f"{text_key(json.dumps(value, ensure_ascii=False)):016x}"


def finish(player: Dialogues | Acts) -> str:
    """Plays on to the end and returns the episode's digest."""
    while not player.env.position.over:
        player.step()
    return digest(player.env.position, player.paid)


def main(id: str, file: str) -> None:
    going_on = player(id)
    for line in Path(file).read_text(encoding="utf-8").splitlines():
        going_on.env.restore(line)
        print(finish(going_on))


if __name__ == "__main__":
    main(*sys.argv[1:])
