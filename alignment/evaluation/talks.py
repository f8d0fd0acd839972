"""The leaderboard's conversations: one decider with one user, talk by talk, each with its words and what it cost."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ...envs.errors import DialogymError
from ...envs.keys import PUBLIC, mix, text_key
from ...envs.position import Position
from ...envs.scenario import Scenario
from ...search.choice import Decider, Talk
from ...search.driver import Failed, Plan, Planner, ScoreRequest, stream
from ...search.referee import Foul, Refereed
from .players import Player

WINDOW = 32
"""Talks at a time where a language model speaks: it answers many asks in one batch."""
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Metered(Generic[R]):
    """A plan that returns how many replies of the interactive seat it asked for, too."""

    plan: Planner[R]

    def __call__(self, position: Position) -> Plan[tuple[R, int]]:
        """See `Planner`."""
        plan, count = self.plan(position), 0
        try:
            request = next(plan)
            while True:
                if not isinstance(request, ScoreRequest):
                    count += sum(ask.view.seat == position.scenario.interactive for ask in request)
                answer = yield request
                request = plan.send(answer)
        except StopIteration as stop:
            return stop.value, count


@dataclass(frozen=True, slots=True)
class _Whistled:
    """A talk that ends with the foul where there is one."""

    talk: Talk

    def __call__(self, position: Position) -> Plan[Position | Foul]:
        try:
            return (yield from self.talk(position))
        except Foul as foul:
            return foul


def opening(scenario: Scenario, seed: int, number: int, secret: str | None) -> Position:
    """Where the leaderboard's conversation of that number begins."""
    return Position.start(scenario, mix(text_key("leaderboard"), seed, number), secret=secret or PUBLIC)


def played(starts: Sequence[tuple[int, Position]], decider: Decider, policy: Player,
           user: Player) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every talk's line, by its number, as it ends.

    A talk that fails is noted with its reason ("failed"), and is nobody's failure to engage; but a refereed planner's own
    failure, and a language model's in the policy's seat, is a "foul" and a talk without engagement, lest it pays to break down
    before users who are hard to engage. A user who is a language model and cannot be read has failed.

    Args:
        starts: numbered openings.
        decider: who decides what the policy says.
        policy: who proposes it.
        user: who answers.
    """
    if isinstance(decider, Refereed) or not (policy.model or user.model):
        for number, start in starts:
            yield from _batch([(number, start)], decider, policy, user, None)
    else:
        yield from _batch(starts, decider, policy, user, WINDOW)


def _batch(starts: Sequence[tuple[int, Position]], decider: Decider, policy: Player, user: Player,
           window: int | None) -> Iterator[tuple[int, dict[str, Any]]]:
    scenario = starts[0][1].scenario
    agents = {scenario.interactive: policy.agent, scenario.user: user.agent}
    referee = decider if isinstance(decider, Refereed) else None
    try:
        if referee:
            referee.start()  # a process starts on nobody's time
    except DialogymError as error:
        yield from ((number, {"foul": str(error), "level": 0.0}) for number, _ in starts)
        return
    clock = _Clock(referee, policy, user)
    for number, found in stream(Metered(_Whistled(Talk(decider))), starts, agents, window=window):
        yield number, {**_outcome(found, scenario, user, referee), **clock.since()}


def _outcome(found: Any, scenario: Scenario, user: Player, referee: Refereed | None) -> dict[str, Any]:
    """What a talk came to: its level, turns, generations and words, or why there are none."""
    if isinstance(found, Failed):
        own = (referee is not None and referee.imagining) or found.seat == scenario.interactive
        return {"foul": found.reason, "level": 0.0} if own else {"failed": found.reason}
    end, generations = found
    if isinstance(end, Foul):
        return {"foul": str(end), "level": 0.0}
    reading = end.engagement
    words = [[u.seat, u.text, u.state] if u.state else [u.seat, u.text] for u in end.dialogue]
    if user.model and reading.status in scenario.unreadable:
        return {"failed": f"SimulatorFault: {reading.evidence}", "dialogue": words}
    return {"level": reading.level, "turns": end.turns, "generations": generations, "status": reading.status,
            "dialogue": words}


class _Clock:
    """Time, processor time and tokens since the talk before; they add up to a cell's, however its talks overlap."""

    def __init__(self, referee: Refereed | None, policy: Player, user: Player) -> None:
        self._referee, self._policy, self._user = referee, policy, user
        self._last = self._now()

    def _now(self) -> tuple[float, ...]:
        referee = self._referee
        return (time.perf_counter(), referee.own if referee else 0.0, referee.cpu if referee else 0.0, *self._policy.spent,
                *self._user.spent)

    def since(self) -> dict[str, Any]:
        now = self._now()
        seconds, own, cpu, *tokens = (after - before for after, before in zip(now, self._last, strict=True))
        self._last = now
        found: dict[str, Any] = {"seconds": round(seconds, 4)}
        if self._referee:
            found |= {"own": round(own, 4), "cpu": round(cpu, 4)}
        if self._policy.meter:
            found["tokens"] = [int(n) for n in tokens[:2]]
        if self._user.meter:
            found["user_tokens"] = [int(n) for n in tokens[2:]]
        return found
