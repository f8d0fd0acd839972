"""One seat as a Gymnasium environment, with a partner in the other."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import gymnasium
import numpy as np
from numpy.typing import NDArray

from ..agent import Agent, answer, seated
from ..chat import read
from ..dialogue import Utterance
from ..errors import InvalidAction, InvalidArgument
from ..keys import MASK
from ..position import Position
from ..registry import dialogue_env
from ..scenario import Ask, Scenario, View
from .dialogue_env import DialogueEnv
from .rendering import MODES, Screen, check_mode, rendered
from .snapshots import Snapshot


class SeatEnv(gymnasium.Env[dict[str, Any], str]):
    """One seat of a dialogue; a partner answers at once. `gymnasium.make("dialogym/Name-v0", seat=..., partner=...)` makes one.

    An action is the text to say (or an `Utterance` with a private state); the observation is the seat's own of `DialogueEnv`:
    `{"transcript": str, "condition": str}`. The reward is the user's engagement in [0, 1] at the end, for either seat, and 0
    before; `terminated` is the dialogue's own end, `truncated` the horizon; `info` is `DialogueEnv`'s.

    Episodes are those of the dialogue environment: the same seed meets the same user with the same luck.
    `gymnasium.make_vec` makes many at once, in this process or (`vectorization_mode="async"`) in processes of their own.

    Args:
        environment: id of a registered environment; or a scenario; or a `DialogueEnv`, of which a fresh copy is played.
        seat: the seat that is played (default: the interactive one).
        partner: who sits in the other: None (the scripted default), the name of a scripted policy, or an agent.
        render_mode: None, "ansi", "rgb_array" or "human", as `DialogueEnv`; but it shows only what the seat may see.
        secret: under which conditions and luck are drawn, as `DialogueEnv`; None: a given environment's own, else the one that
            everybody knows.
        options: with an id: the scenario's, such as `horizon`, and `messages=True` (see `DialogueEnv`).
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": list(MODES), "render_fps": 1}  # type: ignore[misc]

    def __init__(self, environment: str | Scenario | DialogueEnv, *, seat: str | None = None,
                 partner: str | Agent | None = None, render_mode: str | None = None, secret: str | None = None,
                 **options: Any) -> None:
        check_mode(render_mode)
        self._env: DialogueEnv = dialogue_env(environment, secret, **options)
        self.id, self.scenario = self._env.id, self._env.scenario
        if seat not in (None, *self.scenario.seats):
            raise InvalidArgument(f"{self.id} has the seats {list(self.scenario.seats)}, got {seat!r}.")
        self.seat = seat or self.scenario.interactive
        self.partner = seated(self.scenario, self.scenario.other(self.seat), partner)
        self.render_mode = render_mode
        self.action_space = self._env.action_space(self.seat)
        self.observation_space = self._env.observation_space(self.seat)
        self._screen = Screen(self.seat) if render_mode == "human" else None
        self._begun = False

    # -- play ----------------------------------------------------------------------------------

    def reset(self, *, seed: int | None = None,
              options: dict[str, Any] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """Starts an episode and lets the partner open it, if it does; `DialogueEnv.reset` has the options."""
        if seed is not None:
            seed = operator.index(seed)  # numpy's integers too
        with self._unharmed():
            self._env.reset(seed=seed, options=options)
            self._hear()
        super().reset(seed=None if seed is None else seed & MASK)
        if self._screen is not None:
            self._screen.start(self.id)
            self._screen.show(self.position)
        return self.observe(), self._env.info(self.seat)

    def step(self, action: str | Utterance) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """The seat says `action` and the partner answers. Raises InvalidAction and changes nothing when it cannot be said."""
        if self.position.over:
            raise InvalidAction("The dialogue is over; call reset() for the next one.")
        with self._unharmed():
            self._env.step(action)
            self._hear()
        position = self._env.position
        if self._screen is not None:
            self._screen.show(position)
        ended, cut, reward = position.outcome
        return self.observe(), reward, ended, cut, self._env.info(self.seat)

    def _hear(self) -> None:
        """Lets the partner speak where it is its turn."""
        while self._env.position.seat != self.seat and not self._env.position.over:
            self._env.step(answer(self.partner, self._env.ask()))

    @contextmanager
    def _unharmed(self) -> Iterator[None]:
        """Puts everything back if the partner, or what was said, fails."""
        before = self._env.snapshot() if self._begun else None
        try:
            yield
        except BaseException:
            if before is None:
                self._env = self._env.fresh()
            else:
                self._env.restore(before)
            raise
        self._begun = True

    def observe(self) -> dict[str, Any]:
        """What the seat may see, as text."""
        return self._env.observe(self.seat)

    def view(self) -> View:
        """What the seat may see, as an object."""
        return self._env.view(self.seat)

    def read(self, text: str, finished: bool = True) -> Utterance:
        """What a language model in the seat wrote, as an action: see `DialogueEnv.read`."""
        return read(self.scenario, self.seat, text, finished)

    def ask(self) -> Ask:
        """The request for the seat's reply: what `dialogym` agents take instead of an observation."""
        if self.position.over:
            raise InvalidAction("The dialogue is over; call reset() for the next one.")
        return self._env.ask()

    @property
    def position(self) -> Position:
        """The full game state, hidden condition included: for planners that may see it and say so."""
        return self._env.position

    # -- rewind --------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The state now, which `DialogueEnv` takes too; the partner has none (agents keep their memory in the dialogue)."""
        return self._env.snapshot()

    def restore(self, snapshot: Snapshot | str) -> None:
        """Goes back to a snapshot, an object or its JSON; where it is the partner's turn, the partner speaks.

        Through Gymnasium's wrappers use `reset(options={"snapshot": snapshot})`. Raises InvalidSnapshot and changes nothing
        when it is another environment's or damaged.
        """
        with self._unharmed():
            self._env.restore(snapshot)
            self._hear()
        if self._screen is not None:
            self._screen.show(self.position)

    # -- show ----------------------------------------------------------------------------------

    def render(self) -> str | NDArray[np.uint8] | None:
        """The dialogue with the engagement so far, as the seat may see it."""
        if self._screen is not None:
            self._screen.show(self.position)
        return rendered(self.render_mode, self.position, self.seat) if self.render_mode is not None else None
