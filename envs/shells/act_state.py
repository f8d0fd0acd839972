"""`ActState`: a moment of a conversation in acts, as a value that a planner steps, keeps and throws away."""

from __future__ import annotations

import operator
from dataclasses import dataclass

import numpy as np

from ..agent import Agent, answer, seated
from ..errors import InvalidAction
from ..keys import PUBLIC
from ..parts import Condition
from ..position import Position
from ..scenario import Acting, Mask, Observation, Scenario, required


def acting_of(scenario: Scenario) -> Acting:
    """The scenario's interactive seat as a player of acts. Raises InvalidConfig when it has none."""
    return required(scenario, "acting", scenario.acting)


@dataclass(frozen=True, slots=True)
class ActState:
    """A moment at which the interactive seat chooses an act, or the end. Immutable and hashable; equal states go on alike.

    `ActEnv` is a shell around it, so searching from `env.state` sees what the environment will do:

        state = env.state
        best = max(state.legal, key=lambda act: sum(state.step(act, luck).value for luck in range(1, 9)))

    Two things to know when planning. The state holds the user's hidden condition, as `Position` does: right for making data,
    cheating when acting, unless it is drawn anew (`dataclasses.replace(state.position, condition=...)`). And luck 0 is what the
    environment itself deals; a planner that must not foresee it counts from 1.

    Attributes:
        position: the game state.
        partner: who answers; its agent must be stateless, as all are.
    """

    position: Position
    partner: Agent

    @classmethod
    def start(cls, scenario: Scenario, seed: int, *, partner: str | Agent | None = None,
              condition: Condition | None = None, secret: str = PUBLIC) -> ActState:
        """The state that `reset(seed=seed)` of the scenario's act-level environment begins with.

        Args:
            scenario: the rules.
            seed: of the episode.
            partner: who is the user: None (the scripted default), the name of a scripted policy, or an agent.
            condition: the user's; None: drawn.
            secret: under which conditions and luck are drawn (see `DialogueEnv`).

        Raises:
            InvalidConfig: the scenario has no acts, or nobody is called like the partner.
        """
        return cls.of(Position.start(scenario, seed, condition=condition, secret=secret), partner)

    @classmethod
    def of(cls, position: Position, partner: str | Agent | None = None) -> ActState:
        """The state at a position, or after the user's answer where it is the user who speaks. Raises as `start`."""
        acting_of(position.scenario)
        user = seated(position.scenario, position.scenario.user, partner)
        return cls(_answered(position, user), user)

    @property
    def acting(self) -> Acting:
        """The names of the acts and features, and what makes them."""
        return acting_of(self.position.scenario)

    @property
    def over(self) -> bool:
        """Whether nobody speaks any more."""
        return self.position.over

    @property
    def value(self) -> float:
        """What the interactive seat is paid at the end, the user's engagement in [0, 1]; 0 before it."""
        return self.position.outcome[2]

    @property
    def mask(self) -> Mask:
        """Which acts make sense: (actions,) bool, never all False."""
        return self.acting.mask(self.position.view(self.position.scenario.interactive))

    @property
    def legal(self) -> tuple[int, ...]:
        """The acts that make sense, as indices into `acting.actions`; () at the end."""
        return () if self.over else tuple(map(int, np.flatnonzero(self.mask)))

    @property
    def features(self) -> Observation:
        """What the interactive seat has heard: (features,) float32 in [0, 1], a fresh array at each call."""
        return self.acting.observe(self.position.view(self.position.scenario.interactive))

    def step(self, action: int | np.integer, luck: int = 0) -> ActState:
        """The state after the act was said and the user has answered; this one stays as it is.

        Args:
            action: an index into `acting.actions`; one that makes no sense (not in `legal`) is said all the same.
            luck: which of the possible wordings and answers; a pure function of it. 0 is what `ActEnv.step` deals. Acts
                compared under the same luck meet a user who draws the same numbers.

        Raises:
            InvalidAction: it is no act, or the dialogue is over.
        """
        index = self._index(action)
        position = self.position
        if position.over:
            raise InvalidAction("The dialogue is over; call reset() for the next one.")
        try:
            luck = operator.index(luck)
        except TypeError:
            raise InvalidAction(f"Luck is a whole number, got {luck!r}.") from None
        said = position.say(self.acting.voice(position.ask(luck), index), luck)
        return ActState(_answered(said, self.partner), self.partner)

    def _index(self, action: int | np.integer) -> int:
        try:
            index = operator.index(action)
        except TypeError:
            index = -1
        if not 0 <= index < len(self.acting.actions):
            raise InvalidAction(f"An action is a whole number from 0 to {len(self.acting.actions) - 1}, got {action!r}.")
        return index


def _answered(position: Position, user: Agent) -> Position:
    """The position at which the interactive seat speaks next, or the end."""
    while position.seat == position.scenario.user and not position.over:
        position = position.say(answer(user, position.ask()))
    return position
