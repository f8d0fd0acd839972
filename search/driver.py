"""Runs planners: a planner is written as if for one conversation and run for thousands in lockstep."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, cast

from ..envs.agent import Agent
from ..envs.blame import told
from ..envs.errors import InvalidConfig, RunStopped
from ..envs.position import Position
from ..envs.scenario import Ask, Scenario

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """A request for the scenario's `pruning_score` of each position, answered together with those of all other plans."""

    positions: tuple[Position, ...]


Plan = Generator[list[Ask] | ScoreRequest, Any, R]
"""Yields what it wants and receives it in order, then returns its result: a list[Utterance] for a list of asks, of one
seat or of both; a list[float] for a `ScoreRequest`. What is sent is Any because Python's generators have one type for it."""


class Planner(Protocol[R_co]):
    """Starts a plan for one position."""

    def __call__(self, position: Position) -> Plan[R_co]:
        """The generator that plans from `position`."""
        ...


@dataclass(frozen=True, slots=True)
class Failed:
    """A conversation that could not be finished, and why. It is nobody's failure to engage.

    Attributes:
        reason: in words.
        seat: who could not speak, where the error says it in an attribute of that name; "" otherwise.
    """

    reason: str
    seat: str = ""


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
        the agents and `Scenario.pruning_scores` keep that promise. Raises InvalidConfig when a seat has no agent.
    """
    results: dict[int, R] = {}
    for number, found in _Flight(planner, agents, window).run(enumerate(positions)):
        results[number] = cast(R, found)
        progress(len(results))
    return [results[number] for number in range(len(positions))]


def stream(planner: Planner[R], positions: Iterable[tuple[int, Position] | None], agents: Mapping[str, Agent], *,
           window: int | None = None) -> Iterator[tuple[int, R | Failed]]:
    """Like `run`, but yields each (number, result) as it is finished and holds no more than `window` plans in memory.

    A plan that raises, or that asks what an agent raises on, comes back as `Failed` and disturbs no other: when a batch
    raises, each plan's asks are tried alone. `RunStopped` is no conversation's fault and is raised.

    Args:
        planner: started once per position.
        positions: numbered places to plan from, taken as there is room. None: there is none at this moment, and what is in
            flight goes on; whoever gives it must have given a place whose plan has not ended.
        agents: who answers, by seat.
        window: at most this many plans in flight (None: all).
    """
    return _Flight(planner, agents, window, isolated=True).run(positions)


@dataclass(slots=True)
class _Flight(Generic[R]):
    """Plans in flight."""

    planner: Planner[R]
    agents: Mapping[str, Agent]
    window: int | None
    isolated: bool = False
    flying: dict[int, tuple[Plan[R], list[Ask] | ScoreRequest]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.window is not None and self.window < 1:
            raise InvalidConfig(f"window must be at least 1 plan in flight, got {self.window}.")

    def run(self, positions: Iterable[tuple[int, Position] | None]) -> Iterator[tuple[int, R | Failed]]:
        """Yields every plan's result as it is finished."""
        waiting = iter(positions)
        more = True
        while more or self.flying:
            while more and (self.window is None or len(self.flying) < self.window):
                try:
                    found = next(waiting)
                except StopIteration:
                    more = False
                else:
                    if found is None:
                        break
                    yield from self._step(found[0], self.planner(found[1]), None)
            requests = {number: request for number, (_, request) in self.flying.items()}
            for number, answer in self._answers(requests).items():
                plan, _ = self.flying.pop(number)
                if isinstance(answer, Failed):
                    yield number, answer
                else:
                    yield from self._step(number, plan, answer)

    def _step(self, number: int, plan: Plan[R], answer: list[Any] | None) -> Iterator[tuple[int, R | Failed]]:
        """Hands a plan its answer and notes what it wants next; yields what it returned."""
        try:
            request = next(plan) if answer is None else plan.send(answer)
        except StopIteration as stop:
            yield number, stop.value
        except Exception as error:
            if not self.isolated or isinstance(error, RunStopped):
                raise
            yield number, failure(error)
        else:
            self.flying[number] = (plan, request)

    def _answers(self, requests: Mapping[int, list[Ask] | ScoreRequest]) -> dict[int, list[Any] | Failed]:
        """Every plan's request answered, together or, where that raises and plans are isolated, each alone."""
        try:
            return dict(_answer(requests, self.agents))
        except Exception as error:
            if not self.isolated or isinstance(error, RunStopped):
                raise
            if len(requests) == 1:
                return dict.fromkeys(requests, failure(error))
        return {number: answer for one in requests.items() for number, answer in self._answers(dict([one])).items()}


def failure(error: Exception) -> Failed:
    """What is noted of an error that ended a conversation: whose it is, and where, if it is not ours."""
    return Failed(told(error), str(getattr(error, "seat", "")))


def _answer(requests: Mapping[int, list[Ask] | ScoreRequest], agents: Mapping[str, Agent]) -> dict[int, list[Any]]:
    """Every plan's request answered: asks in one batch per seat, scores in one per scenario."""
    asked: dict[str, list[tuple[int, int, Ask]]] = {}
    to_score: dict[Scenario, list[tuple[int, int, Position]]] = {}
    answers: dict[int, list[Any]] = {}
    for number, request in requests.items():
        wanted: Sequence[Ask | Position] = request.positions if isinstance(request, ScoreRequest) else request
        answers[number] = [None] * len(wanted)
        for place, item in enumerate(wanted):
            if isinstance(item, Ask):
                asked.setdefault(item.view.seat, []).append((number, place, item))
            else:
                to_score.setdefault(item.scenario, []).append((number, place, item))
    for seat, asks in asked.items():
        if seat not in agents:
            raise InvalidConfig(f"A plan asks seat {seat!r} to speak, but agents were given only for {sorted(agents)}.")
        for (number, place, _), reply in zip(asks, agents[seat].respond([ask for _, _, ask in asks]), strict=True):
            answers[number][place] = reply
    for scenario, nodes in to_score.items():
        scores = scenario.pruning_scores([position.dialogue for _, _, position in nodes])
        for (number, place, _), score in zip(nodes, scores, strict=True):
            answers[number][place] = score
    return answers


def play(position: Position) -> Plan[Position]:
    """The simplest plan: talk to the end, one reply a turn, and return the final position."""
    while not position.over:
        reply = (yield [position.ask()])[0]
        position = position.say(reply)
    return position
