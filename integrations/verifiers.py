"""verifiers (v1): every environment as the taskset "dialogym_verifiers", which brings its own environment.

    vf-eval dialogym_verifiers --env.taskset.env EmotionalSupport-v0 -n 20 -m gpt-4o-mini

A task is a talk: the scenario's rules are the system prompt and the simulator answers as the user. The reward is the user's
engagement. verifiers finds plug-ins by top-level names, hence `dialogym_verifiers`, which is this module by another name.
Install it with `pip install 'dialogym[verifiers]'`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count
from typing import Any

import verifiers.v1 as vf
from pydantic import Field

from ..envs.keys import PUBLIC
from .seat import DEFAULT, OpenSeat

__all__ = ["DialogymEnv", "DialogymTaskset"]


class DialogymConfig(vf.TasksetConfig):
    """Which talks.

    Attributes:
        env: id of the environment.
        seat: the seat that the model takes ("": the interactive one).
        partner: who sits in the other, as `agent_for` takes it ("": the scripted default).
        secret: under which conditions and luck are drawn.
        options: the scenario's.
        first_seed: of the first task; the others follow without end.
    """

    env: str = DEFAULT
    seat: str = ""
    partner: str = ""
    secret: str = PUBLIC
    options: dict[str, Any] = Field(default_factory=dict)
    first_seed: int = 0

    def open(self) -> OpenSeat:
        """The seat that the model takes."""
        return OpenSeat(self.env, seat=self.seat, partner=self.partner, secret=self.secret, **self.options)


class DialogymData(vf.TaskData):
    """A talk's seed, beside its opening."""

    seed: int


class DialogymTask(vf.Task[DialogymData]):
    """A talk. Its reward is recorded by `DialogymEnv`, which knows how it ended."""


class DialogymTaskset(vf.Taskset[DialogymTask, DialogymConfig]):
    """A task per seed."""

    INFINITE = True

    def load(self) -> Iterator[DialogymTask]:
        """Tasks without end; bound them with `-n`."""
        talk = self.config.open()
        for seed in count(self.config.first_seed):
            system, opening = talk.begin(seed)
            yield DialogymTask(DialogymData(name=f"{self.config.env}#{seed}", system_prompt=system["content"],
                                            prompt=opening["content"], seed=seed), self.config.task)


class DialogymEnvConfig(vf.EnvConfig):
    """Who plays: a model in a plain chat, which runs no code and needs no sandbox."""

    player: vf.AgentConfig = vf.AgentConfig(harness={"id": "null"}, runtime={"type": "subprocess"})


class DialogymEnv(vf.Env[DialogymEnvConfig]):
    """Lets the player talk to the simulator until the talk is over."""

    async def run(self, task: DialogymTask, agents: vf.Agents) -> None:
        """One talk. A player that is cut off by a limit of its own earns nothing."""
        talk = self.taskset.config.open()
        talk.begin(task.data.seed)
        async with agents.player.interaction(task) as chat:
            segment = await chat.turn()
            while not segment.terminated:
                heard = await asyncio.to_thread(talk.answer, segment.last_reply)
                if talk.over:
                    break
                segment = await chat.turn(heard[-1]["content"])
        chat.trace.record_reward("engagement", talk.reward)
        chat.trace.record_metric("turns", float(talk.env.position.turns))
        chat.trace.record_metric("finished", float(talk.over))
        chat.trace.info["dialogym"] = talk.result
