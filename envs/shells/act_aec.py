"""The act-level game as PettingZoo's classic games are: one agent, a mask in its observation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from gymnasium.spaces import Space
from numpy.typing import NDArray
from pettingzoo import AECEnv

from ..agent import Agent
from ..errors import InvalidAction
from ..position import Position
from ..scenario import Scenario
from .act_env import LEFT, ActEnv
from .act_state import ActState
from .dialogue_env import DialogueEnv
from .snapshots import Snapshot, checked, rewinds


class ActAECEnv(AECEnv[str, dict[str, Any], Any]):
    """`ActEnv` for PettingZoo: its one agent is the interactive seat; the user is part of the environment.

    An observation is {"observation": (features,) float32, "action_mask": (actions,) int8}. Actions, rewards, episodes and
    snapshots are those of `ActEnv`. `pettingzoo.make("aec", "NameActs-v0", partner=...)` makes one.

    Args:
        of: the id of the dialogue environment; or a scenario; or a `DialogueEnv`, whose scenario is played.
        partner: who is the user: None (the scripted default), the name of a scripted policy, or an agent.
        render_mode: as of `ActEnv`.
        secret: as of `ActEnv`.
        options: with an id: the scenario's, such as `horizon`.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 - PettingZoo wants it on the class and on the instance
        "render_modes": list(ActEnv.metadata["render_modes"]), "render_fps": 1, "name": "acts_v0", "is_parallelizable": False}

    def __init__(self, of: str | Scenario | DialogueEnv, *, partner: str | Agent | None = None, render_mode: str | None = None,
                 secret: str | None = None, **options: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._acts = ActEnv(of, partner=partner, mask_in_observation=True, render_mode=render_mode, secret=secret, **options)
        self.scenario, self.acting, self.id = self._acts.scenario, self._acts.acting, self._acts.id
        self.render_mode = render_mode
        self.metadata = {**self.metadata, "name": self.id}
        self.possible_agents = [self.scenario.interactive]
        self.action_spaces = {self.scenario.interactive: self._acts.action_space}
        self.observation_spaces = {self.scenario.interactive: self._acts.observation_space}
        self.agents: list[str] = []

    def observation_space(self, agent: str) -> Space[Any]:
        """The same object at every call."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> Space[Any]:
        """The same object at every call."""
        return self.action_spaces[agent]

    @property
    def act_state(self) -> ActState:
        """`ActEnv.state`; PettingZoo means something else by `state`."""
        return self._acts.state

    @property
    def position(self) -> Position:
        """The full game state, hidden condition included: for planners that may see it and say so."""
        return self._acts.position

    # -- play ----------------------------------------------------------------------------------

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Starts an episode, or goes back to options["snapshot"]: see `ActEnv.reset`."""
        options = options or {}
        if rewinds(seed, options):
            self.restore(options["snapshot"])
        else:
            self._seat(self._acts.reset(seed=seed, options=options)[1])

    def step(self, action: np.int64 | int | None) -> None:
        """Says the act and lets the user answer. Raises InvalidAction, and changes nothing, for no act or after the end."""
        if not self.agents:
            raise InvalidAction("The episode is finished and the agent has left; call reset() for the next one.")
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            if action is not None:
                raise InvalidAction(f"The dialogue is over; {agent!r} may only step(None), got {action!r}.")
            self._was_dead_step(None)
            return
        if action is None:
            raise InvalidAction("The dialogue goes on; an action is a whole number, got None.")
        self._seat(self._acts.step(action)[-1])

    def _seat(self, info: dict[str, Any], *, left: bool = False) -> None:
        """PettingZoo's books: with one agent they follow from the position, but for whether it has left."""
        ended, cut, reward = self.position.outcome
        agent = self.scenario.interactive
        self.agents = [] if left else [agent]
        self.agent_selection = agent
        self._skip_agent_selection = None  # type: ignore[assignment]
        self.rewards = dict.fromkeys(self.agents, reward)
        self._cumulative_rewards = dict.fromkeys(self.agents, reward)
        self.terminations = dict.fromkeys(self.agents, ended)
        self.truncations = dict.fromkeys(self.agents, cut)
        self.infos = {seat: info.copy() for seat in self.agents}

    def observe(self, agent: str) -> dict[str, Any]:
        """What the agent has heard, and which acts make sense."""
        seen: Any = self._acts.observe()
        return dict(seen)

    # -- rewind --------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The state now, which `ActEnv` takes too."""
        found = self._acts.snapshot()
        return found if self.agents else replace(found, books=(LEFT,))

    def restore(self, snapshot: Snapshot | str) -> None:
        """Goes back to a snapshot of this environment or of the `ActEnv` of its id, an object or its JSON.

        Through PettingZoo's wrappers use `reset(options={"snapshot": snapshot})`. Raises InvalidSnapshot and changes nothing
        when it is another environment's or damaged.
        """
        snapshot = checked(snapshot, self.id, self.scenario, self._acts.mark, self._acts.books)
        info = self._acts.reset(options={"snapshot": snapshot})[1]
        self._seat(info, left=snapshot.books == (LEFT,))

    # -- show ----------------------------------------------------------------------------------

    def render(self) -> str | NDArray[np.uint8] | None:
        """As `ActEnv.render`."""
        return self._acts.render()

    def close(self) -> None:
        """Nothing is held open."""
