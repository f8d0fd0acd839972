"""Best-of-N: sample N replies, say the one a reward model likes best (paper §5.1, N = 3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..envs.agent import Agent
from ..envs.dialogue import Utterance
from ..envs.errors import InvalidConfig
from ..envs.finite import check_finite
from ..envs.position import Position
from ..envs.scenario import Ask, View
from .choice import Choice, at_least_one
from .driver import Plan

Score = Callable[[Sequence[tuple[View, Utterance]]], list[float]]
"""How good each reply is in its view; higher is better."""


class BestOfN:
    """An agent around another: N candidates per ask, the best-scored is spoken (the first among equals).

    The candidates are those that any planner gets at the same position (`Ask.candidate`), the first of them what the agent
    alone would have said. Asked for candidate i of a position itself, it chooses among the agent's candidates iN to iN + N - 1.
    """

    def __init__(self, agent: Agent, score: Score, n: int = 3) -> None:
        if n < 1:
            raise InvalidConfig(f"Best-of-N needs N of at least 1, got {n}.")
        self._agent, self._score, self._n = agent, score, n

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        """See `Agent.respond`."""
        n = self._n
        candidates = self._agent.respond([ask.candidate(n * ask.index + number) for ask in asks for number in range(n)])
        scores = self._score([(ask.view, candidates[i * n + j]) for i, ask in enumerate(asks) for j in range(n)])
        best = [max(range(i * n, i * n + n), key=lambda c: (scores[c], -c)) for i in range(len(asks))]
        return [candidates[c] for c in best]


@dataclass(frozen=True, slots=True)
class Scored:
    """Best-of-N by a score of the words alone, such as a reward model's (paper §5.1); nothing is imagined."""

    score: Score
    n: int = 3

    def __post_init__(self) -> None:
        check_finite(self)
        at_least_one(n=self.n)

    def __call__(self, position: Position) -> Plan[Choice]:
        """See `Decider`."""
        replies = yield [position.ask(index) for index in range(self.n)]
        view = position.view()
        return Choice(tuple(replies), tuple(self.score([(view, reply) for reply in replies])), (0,) * self.n)
