"""Act-level twins of the dialogue environments: a Gymnasium shell around a `Position`, for classic reinforcement learning."""

from __future__ import annotations

import operator
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Discrete
from numpy.typing import NDArray

from .acting import Mask, Observation
from .dialogue import Utterance
from .errors import InvalidAction, InvalidConfig
from .position import Position
from .registry import NAMESPACE, registry, spec
from .rendering import MODES, check_mode, rendered
from .scenario import Scenario
from .shell import Books, Snapshot, begin, checked, rewinds


def acts_id(id: str) -> str:
    """The id of an environment's act-level twin: "Name-v0" gives "NameActs-v0"."""
    name, _, version = id.rpartition("-v")
    return f"{name}Acts-v{version}"


class ActEnv(gymnasium.Env[Observation, np.int64]):
    """The interactive seat chooses dialogue acts; the scripted user answers; the end pays the user's engagement in [0, 1].

    An action is an index into `acting.actions` (`Discrete`), and the scenario's phrase book says it. An observation is
    what the seat has heard, one number in [0, 1] per entry of `acting.features`: (features,) float32. `info` holds
    "action_mask" (which acts make sense now, (actions,) int8 as `Discrete.sample` takes it), "engagement", "status" and
    "turns".

    The reward is 0 but at the end. `terminated` is the dialogue's own end, `truncated` the horizon. A masked act may be chosen
    all the same: it is said, and costs what it does to the user. So learners without masks train unchanged.

    Episodes are those of the dialogue environment: the same seed meets the same user with the same luck.

    Args:
        of: the id of the dialogue environment, such as `default()` of the registry.
        render_mode: None, "ansi" (`render` returns the transcript) or "rgb_array" (a picture of it).
        options: the scenario's, such as `horizon`.
    """

    metadata: dict[str, Any] = {"render_modes": list(MODES[1:]), "render_fps": 1}  # noqa: RUF012 - as Gymnasium declares it

    def __init__(self, of: str, *, render_mode: str | None = None, **options: Any) -> None:
        check_mode(render_mode, MODES[1:])
        scenario = spec(of).build(**options)
        if scenario.acting is None:
            raise InvalidConfig(f"Scenario {scenario.name!r} cannot be played by acts: its `acting` is None.")
        self.scenario: Scenario = scenario
        self.acting = scenario.acting
        self.of = of
        self.id = acts_id(of)
        self.render_mode = render_mode
        self.action_space = Discrete(len(self.acting.actions))
        self.observation_space = Box(0.0, 1.0, (len(self.acting.features),), np.float32)
        self._user = scenario.behaviour(scenario.user)
        self._episode = -1  # the seed of the episode; -1 before the first
        self._position: Position | None = None

    @property
    def position(self) -> Position:
        """The full game state, hidden condition included: for planners that may see it and say so."""
        if self._position is None:
            raise InvalidAction("The environment has no episode yet; call reset(seed=...) first.")
        return self._position

    # -- play ----------------------------------------------------------------------------------

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Observation, dict[str, Any]]:
        """Starts an episode: a pure function of (id, seed, options["condition"] when given).

        Without a seed the next episode follows from the one before (the first from the system's entropy).
        options["snapshot"] restores that snapshot instead, through Gymnasium's wrappers too.
        """
        options = options or {}
        if rewinds(seed, options):
            self.restore(options["snapshot"])
            return self.observe(), self._info()
        self._episode, start = begin(self.scenario, self.of, seed, options, self._episode)
        super().reset(seed=None if seed is None else self._episode)
        self._position = self._answered(start)
        return self.observe(), self._info()

    def step(self, action: np.int64 | int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Says the act and lets the user answer. Raises InvalidAction, and changes nothing, for no act or after the end."""
        position = self.position
        index = self._index(action)
        if position.over:
            raise InvalidAction("The dialogue is over; call reset() for the next one.")
        position = self._answered(position.say(self.acting.voice(position.ask(), index)))
        self._position = position
        ended, cut, reward = position.outcome
        return self.observe(), reward, ended, cut, self._info()

    def _index(self, action: np.int64 | int) -> int:
        try:
            index = operator.index(action)
        except TypeError:
            index = -1
        if not 0 <= index < len(self.acting.actions):
            raise InvalidAction(f"An action is a whole number from 0 to {len(self.acting.actions) - 1}, got {action!r}.")
        return index

    def _answered(self, position: Position) -> Position:
        """The position at which the interactive seat speaks next, or the end."""
        while position.seat == self.scenario.user and not position.over:
            reply: Utterance = self._user(position.ask())
            position = position.say(reply)
        return position

    def observe(self) -> Observation:
        """What the seat has heard: (features,) float32."""
        return self.acting.observe(self.position.view(self.scenario.interactive))

    def action_masks(self) -> Mask:
        """Which acts make sense now: (actions,) bool, never all False. sb3-contrib's MaskablePPO looks for this name."""
        return self.acting.mask(self.position.view(self.scenario.interactive))

    def _info(self) -> dict[str, Any]:
        engagement = self.position.engagement
        return {"action_mask": self.action_masks().astype(np.int8), "engagement": engagement.level, "status": engagement.status,
                "turns": self.position.turns}

    # -- rewind --------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The state now; `restore` brings it back exactly, any number of times."""
        return Snapshot(self.id, self.position, self._episode, ())

    def restore(self, snapshot: Snapshot | str) -> None:
        """Goes back to a snapshot of this environment, an object or its JSON; `observe` says what is seen there.

        Raises InvalidSnapshot and changes nothing when it is another environment's or damaged.
        """
        snapshot = checked(snapshot, self.id, self.scenario, self._no_books)
        self._position, self._episode = snapshot.position, snapshot.episode

    def _no_books(self, position: Position, found: Any) -> Books:
        if position.seat == self.scenario.user and not position.over:
            raise ValueError("the user has not answered yet")
        return ()

    # -- show ----------------------------------------------------------------------------------

    def render(self) -> str | NDArray[np.uint8] | None:
        """What was said, without private states, and the engagement so far, as `render_mode` says."""
        return rendered(self.render_mode, self.position, states=False) if self.render_mode is not None else None


def register_acts() -> None:
    """Registers with Gymnasium, as "dialogym/NameActs-v0", the twin of every registered environment that can be played by acts.

    May be called again, after more environments were registered. A scenario given as "module:name" is not imported for it:
    its twin is registered unseen, and `gymnasium.make` raises InvalidConfig if it has no acts.
    """
    for id, known in registry.items():
        name = f"{NAMESPACE}/{acts_id(id)}"
        if name in gymnasium.registry:
            continue
        if isinstance(known.scenario, str) or getattr(known.scenario, "acting", None) is not None:
            gymnasium.register(name, entry_point=f"{__name__}:{ActEnv.__name__}", kwargs={"of": id})
