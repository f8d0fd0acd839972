"""Planners to compare i×MCTS with, each a decider (`choice.Decider`) on the same driver.

All of them sample `width` (or `n`) candidates from the policy, as keys order it: the first candidate is what the policy
would have said without planning, and two planners with the same width look at the same candidates.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

from ..envs.dialogue import Utterance
from ..envs.finite import check_finite
from ..envs.position import Position
from .budget import OutOfBudget
from .choice import Choice, at_least_one
from .driver import Plan, ScoreRequest
from .rollouts import POLICY, roll_out, user_answers


@dataclass(frozen=True, slots=True)
class Sample:
    """No planning: the policy's first sample. What every planner starts from, and the lower line of a comparison."""

    def __call__(self, position: Position) -> Plan[Choice]:
        """See `Decider`."""
        replies = yield [position.ask()]
        return Choice(tuple(replies), (None,), (0,))


@dataclass(frozen=True, slots=True)
class Greedy:
    """One exchange ahead: the candidate after whose answer the user is most engaged, then the best by the pruning score."""

    width: int = 3

    def __post_init__(self) -> None:
        check_finite(self)
        at_least_one(width=self.width)

    def __call__(self, position: Position) -> Plan[Choice]:
        """See `Decider`. A value is the level; among equals the rank of the score (eq. 4 or 5) decides, worth 0.001 at most."""
        replies = yield [position.ask(index) for index in range(self.width)]
        answered = yield from user_answers([position.say(reply, index) for index, reply in enumerate(replies)])
        scores = yield ScoreRequest(tuple(answered))
        order = sorted(scores)
        values = [after.engagement.level + 1e-3 * order.index(score) / self.width
                  for after, score in zip(answered, scores, strict=True)]
        return Choice(tuple(replies), tuple(values), (1,) * self.width)


@dataclass(frozen=True, slots=True)
class Lookahead:
    """One step with rollouts: the candidate with the best simulated endings (CollabLLM's reward, Wu et al. 2025).

    Attributes:
        width: candidates.
        rollouts: endings per candidate.
        player: who plays them: "policy", or a scripted speaker, which costs no generations ("scripted": the default one).
    """

    width: int = 3
    rollouts: int = 2
    player: str = POLICY

    def __post_init__(self) -> None:
        check_finite(self)
        at_least_one(width=self.width, rollouts=self.rollouts)

    def __call__(self, position: Position) -> Plan[Choice]:
        """See `Decider`."""
        replies = yield [position.ask(index) for index in range(self.width)]
        spoken = [position.say(reply, index) for index, reply in enumerate(replies)]
        levels: list[list[float]] = [[] for _ in replies]
        try:
            for answer in range(self.rollouts):
                starts = yield from user_answers(spoken, answer)
                ends = yield from roll_out(starts, self.player)
                for found, end in zip(levels, ends, strict=True):
                    found.append(end.engagement.level)
        except OutOfBudget:
            pass  # the rounds that are complete count
        return Choice(tuple(replies), tuple(fmean(found) if found else None for found in levels), tuple(map(len, levels)))


@dataclass(frozen=True, slots=True)
class Beam:
    """Beam search: the `beam` best lines by the pruning score go on; the candidate whose finished lines are best is said.

    Attributes:
        width: candidates per line and turn.
        beam: lines kept per turn.
        depth: turns looked ahead; None: to the end.
    """

    width: int = 3
    beam: int = 3
    depth: int | None = None

    def __post_init__(self) -> None:
        check_finite(self)
        at_least_one(width=self.width, beam=self.beam, depth=1 if self.depth is None else self.depth)

    def __call__(self, position: Position) -> Plan[Choice]:
        """See `Decider`. A candidate's value is the mean engagement of the finished lines that began with it."""
        first: list[Utterance] = []
        ended: dict[int, list[float]] = {}
        lines: list[tuple[int, Position]] = [(-1, position)]
        turn = 0
        while lines and (self.depth is None or turn < self.depth):
            try:
                replies = yield [line.ask(index) for _, line in lines for index in range(self.width)]
            except OutOfBudget:
                if turn == 0:
                    raise
                break
            if turn == 0:
                first = list(replies)
            grown = [(place % self.width if turn == 0 else lines[place // self.width][0],
                      lines[place // self.width][1].say(reply, place % self.width)) for place, reply in enumerate(replies)]
            after = yield from user_answers([line for _, line in grown])
            scores = yield ScoreRequest(tuple(after))
            turn += 1
            going = []
            for (root, _), line, score in zip(grown, after, scores, strict=True):
                if line.over:
                    ended.setdefault(root, []).append(line.engagement.level)
                else:
                    going.append((score, root, line))
            going.sort(key=lambda found: -found[0])
            lines = [(root, line) for _, root, line in going[:self.beam]]
        values = tuple(fmean(ended[root]) if root in ended else None for root in range(self.width))
        return Choice(tuple(first), values, tuple(len(ended.get(root, ())) for root in range(self.width)))
