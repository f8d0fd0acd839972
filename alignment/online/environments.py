"""Environments for TRL's `environment_factory`: for models whose chat template calls tools."""

from __future__ import annotations

from typing import Any, Protocol

from ...agents.by_name import agent_for
from ...envs.agent import Agent
from ...envs.errors import InvalidAction
from ...envs.keys import PUBLIC
from ...envs.registry import scenario_for
from ...envs.scenario import Scenario
from ...envs.shells.seat_env import SeatEnv
from .episodes import SEED, seed_of

OVER = "(The conversation is over.)"
HOW = "Say each of your turns with the tool `reply`, and nothing outside of it."


class ToolEnvironment(Protocol):
    """What `environment` makes."""

    def reset(self, **row: Any) -> str:
        """Begins the row's episode."""
        ...

    def reply(self, message: str) -> str:
        """Says something."""
        ...

    def get_reward(self) -> float:
        """What the talk was worth."""
        ...


def environment(environment: str | Scenario, *, user: str | Agent | None = None, secret: str = PUBLIC,
                **options: Any) -> type[ToolEnvironment]:
    """The class that `GRPOTrainer(environment_factory=...)` takes, with one tool, `reply(message)`.

    Its dataset has a column "episode" with the episode's seed, as the rows of `prompts` have: the talks of a group are with one
    person and one luck. Several environments in one training: give the trainer a dict of such classes, and the rows a column
    "environment" with their names.

    Args:
        environment: id of a registered environment, or a scenario.
        user: who sits in the user's seat: the name of a scripted speaker or of a language model, or an agent.
        secret: under which people and their luck are drawn.
        options: with an id: the scenario's.

    Returns:
        A plain class without arguments, called as the environment: "PersuasionForGood-v0" gives `PersuasionForGood`.
    """
    scenario = scenario_for(environment, **options)
    partner = agent_for(scenario, scenario.user, user) if user is None or isinstance(user, str) else user

    class Talk:
        def __init__(self) -> None:
            self._env = SeatEnv(scenario, partner=partner, secret=secret)

        def reset(self, **row: Any) -> str:
            """Begins the episode that the row's column "episode" names; what the seat is told, and what it hears first."""
            _, info = self._env.reset(seed=seed_of(row.get(SEED)))
            heard = self._heard()
            return "\n\n".join(part for part in (info["role_prompt"], HOW, heard) if part)

        def reply(self, message: str) -> str:
            """Say something to the other person and hear their answer.

            Args:
                message: What you say.

            Returns:
                What they answer.
            """
            if self._env.position.over:
                raise InvalidAction(f"{OVER} Do not call reply any more.")
            env = self._env
            env.step(message if scenario.speech is None else env.read(message))
            return f"{self._heard()} {OVER}" if env.position.over else self._heard()

        def get_reward(self) -> float:
            """The user's engagement at the end, in [0, 1]; 0 of a talk that did not come to one."""
            return self._env.position.outcome[2]

        def _heard(self) -> str:
            last = self._env.view().dialogue.last
            return last.text if last is not None and last.seat != self._env.seat else ""

    Talk.__name__ = Talk.__qualname__ = scenario.id.rpartition("-v")[0]
    return Talk
