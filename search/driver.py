"""Runs planners: a planner is written as if for one conversation and run for thousands in lockstep."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from ..agents.agent import Agent
from ..envs.errors import InvalidConfig
from ..envs.position import Ask, Position
from ..envs.scenario import Scenario

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Weigh:
    """A request for the scenario's `keep_score` of each position, answered together with those of all other plans."""

    positions: tuple[Position, ...]


Plan = Generator[list[Ask] | Weigh, Any, R]
"""Yields what it wants and receives it in order, then returns its result: a list[Utterance] for a list of asks, of one
seat or of both; a list[float] for a `Weigh`. What is sent is Any because Python's generators have one type for it."""


class Planner(Protocol[R_co]):
    """Starts a plan for one position."""

    def __call__(self, position: Position) -> Plan[R_co]:
        """The generator that plans from `position`."""
        ...


def run(planner: Planner[R], positions: Sequence[Position], agents: Mapping[str, Agent], *,
        window: int | None = None, progress: Callable[[int], None] = lambda finished: None) -> list[R]:
    """Advances every conversation's plan in lockstep: one batch per seat for the asks, one per scenario for the scores.

    Args:
        planner: started once per position.
        positions: where to plan from.
        agents: who answers, by seat.
        window: at most this many plans in flight (None: all).
        progress: called with the number of finished plans whenever it grows.

    Returns:
        One result per position, in order. What a plan returns does not depend on the others in the batch as long as
        the agents and `Scenario.keep_scores` keep that promise. Raises InvalidConfig when a seat has no agent.
    """
    if window is not None and window < 1:
        raise InvalidConfig(f"window must be at least 1 plan in flight, got {window}.")
    results: dict[int, R] = {}
    waiting = list(range(len(positions)))[::-1]
    flying: dict[int, tuple[Plan[R], list[Ask] | Weigh]] = {}
    while waiting or flying:
        while waiting and (window is None or len(flying) < window):
            number = waiting.pop()
            plan = planner(positions[number])
            _advance(number, plan, None, flying, results, progress)
        answers = _answer({number: request for number, (_, request) in flying.items()}, agents)
        for number, answer in answers.items():
            _advance(number, flying[number][0], answer, flying, results, progress)
    return [results[number] for number in range(len(positions))]


def _advance(number: int, plan: Plan[R], answer: list[Any] | None, flying: dict[int, tuple[Plan[R], list[Ask] | Weigh]],
             results: dict[int, R], progress: Callable[[int], None]) -> None:
    """Hands a plan its answer and notes what it wants next, or what it returned."""
    try:
        request = next(plan) if answer is None else plan.send(answer)
    except StopIteration as stop:
        flying.pop(number, None)
        results[number] = stop.value
        progress(len(results))
    else:
        flying[number] = (plan, request)


def _answer(requests: Mapping[int, list[Ask] | Weigh], agents: Mapping[str, Agent]) -> dict[int, list[Any]]:
    """Every plan's request answered: asks in one batch per seat, scores in one per scenario."""
    asked: dict[str, list[tuple[int, int, Ask]]] = {}
    weighed: dict[Scenario, list[tuple[int, int, Position]]] = {}
    answers: dict[int, list[Any]] = {}
    for number, request in requests.items():
        wanted: Sequence[Ask | Position] = request.positions if isinstance(request, Weigh) else request
        answers[number] = [None] * len(wanted)
        for place, item in enumerate(wanted):
            if isinstance(item, Ask):
                asked.setdefault(item.view.seat, []).append((number, place, item))
            else:
                weighed.setdefault(item.scenario, []).append((number, place, item))
    for seat, asks in asked.items():
        if seat not in agents:
            raise InvalidConfig(f"A plan asks seat {seat!r} to speak, but agents were given only for {sorted(agents)}.")
        for (number, place, _), reply in zip(asks, agents[seat].respond([ask for _, _, ask in asks]), strict=True):
            answers[number][place] = reply
    for scenario, nodes in weighed.items():
        scores = scenario.keep_scores([position.dialogue for _, _, position in nodes])
        for (number, place, _), score in zip(nodes, scores, strict=True):
            answers[number][place] = score
    return answers


def play(position: Position) -> Plan[Position]:
    """The simplest plan: talk to the end, one reply a turn, and return the final position."""
    while not position.over:
        reply = (yield [position.ask()])[0]
        position = position.say(reply)
    return position
