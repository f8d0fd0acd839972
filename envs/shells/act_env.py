"""Act-level twins of the dialogue environments: a Gymnasium shell around a `Position`, for classic reinforcement learning."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, Space
from numpy.typing import NDArray

from ..agent import Agent, seated
from ..errors import InvalidAction
from ..keys import mark_of
from ..position import Position
from ..registry import acts_id, scenario_for, secret_of
from ..scenario import Mask, Observation, Scenario
from .act_state import ActState, acting_of
from .dialogue_env import DialogueEnv
from .rendering import MODES, check_mode, rendered
from .snapshots import Books, Snapshot, begin, checked, rewinds

LEFT = "left"
"""In a snapshot's books: the agent has made its last step, after the end."""


class ActEnv(gymnasium.Env[Any, np.int64]):
    """The interactive seat chooses dialogue acts; the user answers; the end pays the user's engagement in [0, 1].

    An action is an index into `acting.actions` (`Discrete`), and the scenario's phrase book says it. An observation is
    what the seat has heard, one number in [0, 1] per entry of `acting.features`: (features,) float32. `info` holds
    "action_mask" (which acts make sense now, (actions,) int8 as `Discrete.sample` takes it), "engagement", "status" and
    "turns".

    The reward is 0 but at the end. `terminated` is the dialogue's own end, `truncated` the horizon. A masked act may be chosen
    all the same: it is said, and costs what it does to the user. So learners without masks train unchanged.

    Episodes are those of the dialogue environment: the same seed meets the same user with the same luck. The game itself is an
    `ActState` (`state`), which planners step by themselves.

    Args:
        of: the id of the dialogue environment, such as `default()` of the registry; or a scenario; or a `DialogueEnv`, whose
            scenario is played.
        partner: who is the user: None (the scripted default), the name of a scripted policy, or an agent.
        mask_in_observation: whether an observation is {"observation": the vector, "action_mask": (actions,) int8}, as in
            PettingZoo's classic games.
        numeric_info: whether `info` holds numbers and arrays alone: "status" is then its place in `scenario.statuses`, -1
            when it is not among them.
        render_mode: None, "ansi" (`render` returns the transcript) or "rgb_array" (a picture of it).
        secret: under which conditions and luck are drawn, as `SeatEnv`.
        options: with an id: the scenario's, such as `horizon`.
    """

    metadata: dict[str, Any] = {"render_modes": list(MODES[1:]), "render_fps": 1}  # noqa: RUF012 - as Gymnasium declares it

    def __init__(self, of: str | Scenario | DialogueEnv, *, partner: str | Agent | None = None,
                 mask_in_observation: bool = False, numeric_info: bool = False, render_mode: str | None = None,
                 secret: str | None = None, **options: Any) -> None:
        check_mode(render_mode, MODES[1:])
        self.scenario: Scenario = scenario_for(of, **options)
        self._secret = secret_of(of, secret)
        self.mark = mark_of(self._secret)
        self.acting = acting_of(self.scenario)
        self.of = self.scenario.id
        self.id = acts_id(self.of)
        self.partner = seated(self.scenario, self.scenario.user, partner)
        self.mask_in_observation = mask_in_observation
        self.numeric_info = numeric_info
        self.render_mode = render_mode
        actions = len(self.acting.actions)
        self.action_space = Discrete(actions)
        vector = Box(0.0, 1.0, (len(self.acting.features),), np.float32)
        self.observation_space: Space[Any] = vector if not mask_in_observation else Dict(
            {"observation": vector, "action_mask": Box(0, 1, (actions,), np.int8)})
        self._episode = -1  # the seed of the episode; -1 before the first
        self._state: ActState | None = None

    @property
    def state(self) -> ActState:
        """The game state as a value that can be stepped, hidden condition included: for planners that say so."""
        if self._state is None:
            raise InvalidAction("The environment has no episode yet; call reset(seed=...) first.")
        return self._state

    @property
    def position(self) -> Position:
        """The full game state, hidden condition included: for planners that may see it and say so."""
        return self.state.position

    # -- play ----------------------------------------------------------------------------------

    def reset(self, *, seed: int | None = None,
              options: dict[str, Any] | None = None) -> tuple[Observation | dict[str, Any], dict[str, Any]]:
        """Starts an episode: a pure function of (id, seed, secret, options["condition"] when given).

        Without a seed the next episode follows from the one before (the first from the system's entropy).
        options["snapshot"] restores that snapshot instead, through Gymnasium's wrappers too.
        """
        options = options or {}
        if rewinds(seed, options):
            self.restore(options["snapshot"])
            return self.observe(), self._info()
        episode, start = begin(self.scenario, seed, options, self._episode, self._secret)
        self._state, self._episode = ActState.of(start, self.partner), episode
        super().reset(seed=None if seed is None else self._episode)
        return self.observe(), self._info()

    def step(self, action: np.int64 | int) -> tuple[Observation | dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Says the act and lets the user answer. Raises InvalidAction, and changes nothing, for no act or after the end."""
        self._state = self.state.step(action)
        ended, cut, reward = self._state.position.outcome
        return self.observe(), reward, ended, cut, self._info()

    def observe(self) -> Observation | dict[str, Any]:
        """What the seat has heard: (features,) float32; with `mask_in_observation`, the mask beside it."""
        seen = self.state.features
        return {"observation": seen, "action_mask": self._mask()} if self.mask_in_observation else seen

    def action_masks(self) -> Mask:
        """Which acts make sense now: (actions,) bool, never all False. sb3-contrib's MaskablePPO looks for this name."""
        return self.state.mask

    def _mask(self) -> NDArray[np.int8]:
        return self.action_masks().astype(np.int8)

    def _info(self) -> dict[str, Any]:
        found, words = self.position.engagement, self.scenario.statuses
        status: str | int = found.status
        if self.numeric_info:
            status = words.index(found.status) if found.status in words else -1
        return {"action_mask": self._mask(), "engagement": found.level, "status": status, "turns": self.position.turns}

    # -- rewind --------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The state now; `restore` brings it back exactly, any number of times."""
        return Snapshot(self.id, self.position, self._episode, (), self.mark)

    def restore(self, snapshot: Snapshot | str) -> None:
        """Goes back to a snapshot of this environment, an object or its JSON; `observe` says what is seen there.

        Raises InvalidSnapshot and changes nothing when it is another environment's or damaged.
        """
        snapshot = checked(snapshot, self.id, self.scenario, self.mark, self.books)
        self._state, self._episode = ActState(snapshot.position, self.partner), snapshot.episode

    def books(self, position: Position, found: Any) -> Books:
        """The book-keeping of a snapshot: (), or ("left",) of a PettingZoo agent that is gone. Raises ValueError on another."""
        if position.seat == self.scenario.user and not position.over:
            raise ValueError("the user has not answered yet")
        if list(found) not in ([], [LEFT]) or (found and not position.over):
            raise ValueError("its book-keeping does not belong to its dialogue")
        return tuple(found)

    # -- show ----------------------------------------------------------------------------------

    def render(self) -> str | NDArray[np.uint8] | None:
        """What was said, without private states, and the engagement so far, as `render_mode` says."""
        return rendered(self.render_mode, self.position, states=False) if self.render_mode is not None else None


