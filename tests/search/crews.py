"""What crews of workers are tried with, processes or Ray's actors: by value, since workers have no tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dialogym import Agent, Ask, Position, Utterance
from dialogym.envs.errors import RunStopped
from dialogym.envs.persuasion import Persuasion
from dialogym.search import IxMCTS, SearchConfig
from dialogym.search.engines import Standing
from tests.toy import cast

SCENARIO = Persuasion(horizon=4).under("PersuasionForGood-v0")
COUNT = 9
STARTS = [Position.start(SCENARIO, seed) for seed in range(COUNT)]
PLANNER = IxMCTS(width=2, keep=3)
CONFIG = SearchConfig(options={"horizon": 4}, conversations=COUNT, window=2, search=PLANNER)
BEGUN = SearchConfig(options={"horizon": 4}, conversations=4, window=2, search=PLANNER)
"""A part of the same search."""


class Noted:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.seen: list[Standing] = []

    def workers(self, standings: Sequence[Standing], total: int) -> None:
        self.seen = list(standings)

    def say(self, text: str) -> None:
        self.said.append(text)


class Deadly:
    """Kills its process when it is asked for the given time, as often as there is no file to say that it did."""

    def __init__(self, agent: Agent, folder: Path, when: int, times: int) -> None:
        self.agent, self.folder, self.when, self.times, self.asked = agent, folder, when, times, 0

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        self.asked += 1
        done = len(list(self.folder.iterdir()))
        if self.asked >= self.when and done < self.times:
            (self.folder / str(done)).touch()
            print("It grows dark.", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        return self.agent.respond(asks)


def deadly(folder: Path, when: int, times: int) -> Mapping[str, Agent]:
    agents = cast(SCENARIO)
    return {**agents, "persuadee": Deadly(agents["persuadee"], folder, when, times)}


class Broken:
    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        raise RunStopped("The well is dry.")


def broken() -> Mapping[str, Agent]:
    return {**cast(SCENARIO), "persuadee": Broken()}


def locked() -> Mapping[str, Agent]:
    """Cannot even begin, and not for a reason of ours."""
    raise PermissionError("The door is locked.")


def pair(wrap: Any = lambda agent: agent) -> tuple[Agent, Agent]:
    agents = cast(SCENARIO)
    return wrap(agents[SCENARIO.interactive]), agents[SCENARIO.user]


def embedded() -> tuple[Agent, Agent]:
    from dialogym.agents.backend import Sampling
    from dialogym.agents.by_name import model_agent

    return model_agent("embedded", Sampling(max_new_tokens=12)), cast(SCENARIO)[SCENARIO.user]
