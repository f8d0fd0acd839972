"""Runs planners: a planner is written as if for one conversation and run for thousands in lockstep."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Protocol, TypeVar

from ..agents.agent import Agent
from ..envs.dialogue import Utterance
from ..envs.errors import InvalidConfig
from ..envs.position import Ask, Position

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
Plan = Generator[list[Ask], list[Utterance], R]
"""Yields the replies it wants, receives them in order, returns its result. All asks of one yield have one seat."""


class Planner(Protocol[R_co]):
    """Starts a plan for one position."""

    def __call__(self, position: Position) -> Plan[R_co]:
        """The generator that plans from `position`."""
        ...


def run(planner: Planner[R], positions: Sequence[Position], agents: Mapping[str, Agent], *,
        window: int | None = None, progress: Callable[[int], None] = lambda finished: None) -> list[R]:
    """Advances every conversation's plan in lockstep and answers each seat's asks as one batch.

    Args:
        planner: started once per position.
        positions: where to plan from.
        agents: who answers, by seat.
        window: at most this many plans in flight (None: all).
        progress: called with the number of finished plans whenever it grows.

    Returns:
        One result per position, in order. What a plan returns does not depend on the others in the batch as long as
        the agents keep that promise. Raises InvalidConfig when a seat has no agent.
    """
    if window is not None and window < 1:
        raise InvalidConfig(f"window must be at least 1 plan in flight, got {window}.")
    results: dict[int, R] = {}
    waiting = list(range(len(positions)))[::-1]
    flying: dict[int, tuple[Plan[R], list[Ask]]] = {}
    while waiting or flying:
        while waiting and (window is None or len(flying) < window):
            number = waiting.pop()
            plan = planner(positions[number])
            _advance(number, plan, None, flying, results, progress)
        answers = _answer(flying, agents)
        for number, replies in answers.items():
            _advance(number, flying[number][0], replies, flying, results, progress)
    return [results[number] for number in range(len(positions))]


def _advance(number: int, plan: Plan[R], replies: list[Utterance] | None, flying: dict[int, tuple[Plan[R], list[Ask]]],
             results: dict[int, R], progress: Callable[[int], None]) -> None:
    """Hands a plan its replies and notes what it wants next, or what it returned."""
    try:
        asks = next(plan) if replies is None else plan.send(replies)
    except StopIteration as stop:
        flying.pop(number, None)
        results[number] = stop.value
        progress(len(results))
    else:
        flying[number] = (plan, asks)


def _answer(flying: Mapping[int, tuple[Plan[R], list[Ask]]], agents: Mapping[str, Agent]) -> dict[int, list[Utterance]]:
    """Every plan's asks answered, one batch per seat."""
    by_seat: dict[str, list[tuple[int, Ask]]] = {}
    for number, (_, asks) in flying.items():
        for ask in asks:
            by_seat.setdefault(ask.view.seat, []).append((number, ask))
    answers: dict[int, list[Utterance]] = {number: [] for number in flying}
    for seat, asked in by_seat.items():
        if seat not in agents:
            raise InvalidConfig(f"A plan asks seat {seat!r} to speak, but agents were given only for {sorted(agents)}.")
        for (number, _), utterance in zip(asked, agents[seat].respond([ask for _, ask in asked]), strict=True):
            answers[number].append(utterance)
    return answers


def play(position: Position) -> Plan[Position]:
    """The simplest plan: talk to the end, one reply a turn, and return the final position."""
    while not position.over:
        reply = (yield [position.ask()])[0]
        position = position.say(reply)
    return position
