"""Tree planners that walk from the root anew in every iteration: open-loop MCTS over acts, and PUCT with a prior."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt
from typing import Any

import numpy as np

from ..envs.dialogue import Utterance
from ..envs.errors import InvalidConfig
from ..envs.finite import check_finite
from ..envs.keys import mix, text_key
from ..envs.position import Position
from ..envs.scenario import Acting
from .budget import OutOfBudget
from .choice import Choice, Wants
from .driver import Plan
from .rollouts import POLICY, roll_out, user_answers

_PATH = text_key("a path of its own")
Prior = Callable[[Position, Sequence[Utterance]], Sequence[float]]
"""How likely each candidate is to be the right one, from what the seat to speak sees; any non-negative numbers."""


@dataclass(slots=True)
class _Arm:
    """One act or candidate at a node, and the node below it."""

    prior: float
    visits: int = 0
    reward: float = 0.0
    below: _Node | None = None

    @property
    def mean(self) -> float:
        return self.reward / self.visits if self.visits else 0.0


@dataclass(slots=True)
class _Node:
    """What is known after one sequence of acts (open loop) or of words (PUCT)."""

    arms: dict[int, _Arm]
    visits: int = 0
    position: Position | None = None
    replies: tuple[Utterance, ...] = ()

    def pick(self, exploration: float) -> int:
        """PUCT (Silver et al. 2017): Q + c · P · √N / (1 + n); the first of equals."""
        around = sqrt(max(1, self.visits))
        return max(self.arms, key=lambda a: (self.arms[a].mean + exploration * self.arms[a].prior * around
                                             / (1 + self.arms[a].visits), -a))


@dataclass(frozen=True, slots=True)
class OpenLoop:
    """Open-loop MCTS over dialogue acts (GDP-Zero, Yu et al. 2023): a node is a sequence of acts, not of words.

    Every iteration plays the acts anew with other luck, so that a node's value is a mean over what the user might say. The
    acts are the scenario's `acting`, said by its phrase book: it needs no policy, and a scenario with acts.

    Attributes:
        iterations: paths tried.
        exploration: c of PUCT, over a uniform prior on the acts that make sense.
        player: the scripted player that ends each path.
    """

    iterations: int = 30
    exploration: float = 1.0
    player: str | None = None

    def __post_init__(self) -> None:
        check_finite(self)
        if self.iterations < 1:
            raise InvalidConfig(f"iterations must be at least 1, got {self.iterations}.")

    def __call__(self, position: Position) -> Plan[Choice]:
        """See `Decider`. Raises InvalidConfig for a scenario without acts."""
        acting = position.scenario.acting
        if acting is None:
            raise InvalidConfig(f"Scenario {position.scenario.name!r} has no acts to search over: its `acting` is None.")
        root = self._node(acting, position)
        replies = tuple(acting.voice(position.ask(act), act) for act in root.arms)
        for number in range(self.iterations):
            yield from self._try(acting, root, replace(position, key=mix(position.key, _PATH, number)))
        arms = list(root.arms.values())
        return Choice(replies, tuple(arm.mean if arm.visits else None for arm in arms), tuple(arm.visits for arm in arms))

    def _node(self, acting: Acting, position: Position) -> _Node:
        sensible = np.flatnonzero(acting.mask(position.view(position.scenario.interactive)))
        return _Node({int(act): _Arm(1 / len(sensible)) for act in sensible})

    def _try(self, acting: Acting, root: _Node, position: Position) -> Generator[Wants, Any, None]:
        """One path: down by PUCT to a new node, to the end by the player, and the reward back up."""
        node, path = root, []
        while not position.over:
            sensible = self._node(acting, position).arms  # other words may have made other acts sensible
            known = {act: node.arms.setdefault(act, fresh) for act, fresh in sensible.items()}
            act = _Node(known, node.visits).pick(self.exploration)
            arm = node.arms[act]
            path.append((node, arm))
            position = (yield from user_answers([position.say(acting.voice(position.ask(), act))]))[0]
            if arm.below is None:
                if not position.over:
                    arm.below = self._node(acting, position)
                break
            node = arm.below
        player = self.player or next(iter(position.scenario.scripted[position.scenario.interactive]))
        end = (yield from roll_out([position], player))[0]
        for above, arm in path:
            above.visits += 1
            arm.visits += 1
            arm.reward += end.engagement.level


@dataclass(frozen=True, slots=True)
class Puct:
    """PUCT over the policy's candidates with a prior (Silver et al. 2017): one new node an iteration, valued by a rollout.

    Attributes:
        width: candidates per node.
        iterations: nodes expanded.
        exploration: c of PUCT.
        prior: of the candidates; None: the policy's own, that is, the share of the candidates that make the same acts.
        rollout: who plays a new node to its end: "policy" or a scripted player.
    """

    width: int = 3
    iterations: int = 10
    exploration: float = 1.5
    prior: Prior | None = field(default=None)
    rollout: str = POLICY

    def __post_init__(self) -> None:
        check_finite(self)
        if self.width < 1 or self.iterations < 1:
            raise InvalidConfig(f"width and iterations must be at least 1, got {self.width} and {self.iterations}.")

    def __call__(self, position: Position) -> Plan[Choice]:
        """See `Decider`."""
        root = yield from self._node(position)
        for _ in range(self.iterations - 1):
            path, node = [], root
            while True:
                index = node.pick(self.exploration)
                arm = node.arms[index]
                path.append((node, arm))
                if arm.below is None or not arm.below.arms:
                    break
                node = arm.below
            try:
                yield from self._grow(node, index, path)
            except OutOfBudget:
                break
        arms = [root.arms[index] for index in range(self.width)]
        return Choice(root.replies, tuple(a.mean if a.visits else None for a in arms), tuple(a.visits for a in arms))

    def _node(self, position: Position) -> Generator[Wants, Any, _Node]:
        """A position with its candidates and their prior."""
        replies = tuple((yield [position.ask(index) for index in range(self.width)]))
        weights = [max(0.0, w) for w in (self.prior or same_acts)(position, replies)]
        total = sum(weights)
        shares = [w / total for w in weights] if total > 0 else [1 / self.width] * self.width
        return _Node({index: _Arm(share) for index, share in enumerate(shares)}, position=position, replies=replies)

    def _grow(self, node: _Node, index: int, path: list[tuple[_Node, _Arm]]) -> Generator[Wants, Any, None]:
        """Hears the user after a candidate, values the moment by a rollout, and sends the value up."""
        arm, here = node.arms[index], node.position
        if here is None:
            raise InvalidConfig("a node of PUCT has a position")
        if arm.below is None:
            after = (yield from user_answers([here.say(node.replies[index], index)]))[0]
            end = (yield from roll_out([after], self.rollout))[0]
            arm.below = _Node({}, position=end) if after.over else (yield from self._node(after))
            level = end.engagement.level
        else:
            level = arm.below.position.engagement.level if arm.below.position is not None else 0.0
        for above, taken in path:
            above.visits += 1
            taken.visits += 1
            taken.reward += level


def same_acts(position: Position, replies: Sequence[Utterance]) -> list[float]:
    """The share of the candidates that make the same dialogue acts: the policy's own prior, as far as its samples show it."""
    acts = [position.scenario.recognise(reply) for reply in replies]
    return [acts.count(found) / len(acts) for found in acts]
