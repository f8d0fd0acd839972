"""Conversations by many workers: each has agents of its own, keeps its conversations to their end, and then takes more.

A worker that dies, with its machine or alone, is replaced, and what it had in hand is begun again by whoever is free: a
conversation depends on its number alone, so nothing of it can change. What ends is handed to the caller at once, who keeps it.
Where workers live, and how they are called, is a crew's own (`process_engine`, `ray_engine`).
"""

from __future__ import annotations

import os
import sys
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from types import TracebackType
from typing import Any, Self, cast

import cloudpickle

from ..agents.by_name import ADDRESS
from ..agents.recording import WORKER
from ..envs.errors import DialogymError, InvalidConfig, RunStopped
from .engines import Board, EngineSettings, Job, Standing, T, this_process

DEATHS = 3
"""A worker that dies so often, without a conversation that ends between, is replaced no more."""
GATHERED = 0.2
"""Seconds for which a worker gathers results before it hands them over."""
SHOWN = 1.0
"""Seconds between two looks at the workers."""
PATIENCE = 60.0
"""Seconds without any worker, after which it is said what is waited for."""
Answer = tuple[list[tuple[int, Any]], DialogymError | None, str]
"""What a worker hands over: results, why it stopped, and the address of its machine."""


class Worker:
    """What lives in a worker: a session, and the conversations that it was given."""

    def __init__(self, number: int, modules: Sequence[str], folder: str = ".", servers: str = "") -> None:
        os.environ[WORKER] = str(number)
        if servers:
            os.environ[ADDRESS] = servers
        if os.path.isdir(folder):  # where the command was given, so that its paths mean the same here
            os.chdir(folder)
            sys.path.append(folder)
        self._modules = modules
        self._waiting: deque[int] = deque()
        self._in_hand = 0
        self._results: Iterator[tuple[int, Any]] = iter(())
        self._stopped: DialogymError | None = None
        self._failed: Exception | None = None

    def take(self, job: bytes) -> None:
        """Begins a job; what the one before needed is let go first."""
        self._results, self._stopped, self._failed = iter(()), None, None
        self._waiting.clear()
        self._in_hand = 0
        try:
            for module in self._modules:
                import_module(module)
            self._results = cloudpickle.loads(job)()(self._feed())
        except ImportError as error:
            self._stopped = InvalidConfig(f"A worker cannot import what the run needs ({error}); install the same on every "
                                          "machine that has workers.")
        except DialogymError as error:
            self._stopped = error
        except Exception as error:  # noqa: BLE001 - nobody waits for this call: the next one raises it
            self._failed = error

    def advance(self, numbers: Sequence[int]) -> Answer:
        """Takes more conversations and works until one has ended, and a little longer."""
        if self._failed is not None:
            raise self._failed
        self._waiting.extend(numbers)
        self._in_hand += len(numbers)
        found: list[tuple[int, Any]] = []
        until = time.monotonic() + GATHERED
        try:
            while self._stopped is None and self._in_hand and not (found and time.monotonic() > until):
                found.append(next(self._results))
                self._in_hand -= 1
        except DialogymError as error:
            self._stopped = error
        return found, self._stopped, self.address()

    def address(self) -> str:
        """Of the machine."""
        return "this machine"

    def _feed(self) -> Iterator[int | None]:
        while True:
            yield self._waiting.popleft() if self._waiting else None


@dataclass(slots=True, eq=False)
class _Seat:
    """A worker as the driver sees it."""

    number: int
    worker: Any
    hand: set[int] = field(default_factory=set)
    began: float = field(default_factory=time.monotonic)
    finished: int = 0
    deaths: int = 0
    in_a_row: int = 0
    node: str = ""

    def standing(self) -> Standing:
        return Standing(self.number, self.node, self.finished, time.monotonic() - self.began, self.deaths)


class Crew(ABC):
    """See `engines.Engine`; to be entered before it works. Left, it takes its workers down.

    Args:
        settings: how many workers, and where.
        board: is shown how they stand.
    """

    ASKED_FOR = ""
    """What is waited for where no worker comes."""
    READ = ""
    """Where it can be read why workers die."""

    def __init__(self, settings: EngineSettings, board: Board) -> None:
        self._settings, self._board = settings, board
        self._seats: list[_Seat] = []
        self._workers = 1
        self._shown = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for seat in self._seats:
            self._dismiss(seat.worker)
        self._seats = []

    def __reduce__(self) -> tuple[Any, ...]:
        return this_process, ()  # what a worker is sent works where the worker is

    # -- a crew's own ------------------------------------------------------------------------------

    @abstractmethod
    def _packed(self, job: Job[Any]) -> Any:
        """The job, ready to be given to many."""

    @abstractmethod
    def _hired(self, number: int) -> Any:
        """A new worker, which may take its time to come."""

    @abstractmethod
    def _take(self, worker: Any, job: Any) -> None:
        """Has a worker begin a job; nothing is waited for."""

    @abstractmethod
    def _advance(self, worker: Any, numbers: Sequence[int]) -> Any:
        """Has a worker go on (`Worker.advance`); the call, which can be a key."""

    @abstractmethod
    def _back(self, calls: Sequence[Any], seconds: float) -> Any:
        """A call that has come back, or None after so long."""

    @abstractmethod
    def _answer(self, call: Any) -> Answer | None:
        """What a worker says; None when it died. What its code raised is raised."""

    @abstractmethod
    def _dismiss(self, worker: Any) -> None:
        """Ends a worker at once, whatever it does."""

    # -- the same for all --------------------------------------------------------------------------

    def work(self, job: Job[T], numbers: Iterable[int], window: int) -> Iterator[tuple[int, T]]:
        """See `Engine.work`. Raises RunStopped when workers die one after another, and what ends a job in a worker."""
        queue = deque(numbers)
        if not queue:
            return
        total, job_there = len(queue), self._packed(job)
        there = {seat.number for seat in self._seats}
        self._seats += [_Seat(number, self._hired(number)) for number in range(self._workers) if number not in there]
        calls: dict[Any, _Seat] = {}
        for seat in self._seats:
            seat.began, seat.finished, seat.deaths, seat.in_a_row = time.monotonic(), 0, 0, 0
            seat.hand.clear()
            self._take(seat.worker, job_there)
            calls |= self._call(seat, queue, window)
        try:
            while queue or any(seat.hand for seat in self._seats):
                call, seat = self._next(calls, total)
                answer = self._answer(call)
                if answer is None:
                    self._replace(seat, job_there, queue)
                else:
                    found, stopped, seat.node = answer
                    for number, result in found:
                        seat.hand.discard(number)
                        seat.finished, seat.in_a_row = seat.finished + 1, 0
                        yield number, cast(T, result)
                    if stopped is not None:
                        raise stopped
                for idle in [each for each in self._seats if each not in calls.values()]:
                    calls |= self._call(idle, queue, window)
                self._show(total)
            self._show(total, last=True)
        finally:
            for seat in calls.values():  # at work on what nobody waits for any more, or never there
                self._dismiss(seat.worker)
            self._seats = [seat for seat in self._seats if seat not in calls.values()]

    def _call(self, seat: _Seat, queue: deque[int], window: int) -> dict[Any, _Seat]:
        """Has a worker go on, with as many more conversations as it has room for, and leaves some to the others.

        One that has not answered yet is given none: there may never be room for it.
        """
        if not seat.node:
            return {self._advance(seat.worker, ()): seat}
        wanted = 2 * window if len(queue) >= window * self._workers else window  # at the end nothing waits at a busy worker
        room, share = wanted - len(seat.hand), -(-len(queue) // self._workers)
        given = [queue.popleft() for _ in range(max(0, min(room, share)))]
        seat.hand.update(given)
        return {self._advance(seat.worker, given): seat} if seat.hand else {}

    def _next(self, calls: dict[Any, _Seat], total: int) -> tuple[Any, _Seat]:
        """The next call that has come back."""
        began = time.monotonic()
        while True:
            if (call := self._back(list(calls), SHOWN)) is not None:
                return call, calls.pop(call)
            self._show(total)
            if time.monotonic() - began > PATIENCE and not any(seat.node or seat.deaths for seat in self._seats):
                began = time.monotonic()
                self._board.say(f"No worker has answered yet; {self._workers} {self.ASKED_FOR}")

    def _replace(self, seat: _Seat, job: Any, queue: deque[int]) -> None:
        """Puts a new worker into the seat of one that died, and what that had in hand back to the head of the queue.

        A seat whose workers die one after another is given up. Raises RunStopped when none is left.
        """
        self._dismiss(seat.worker)
        queue.extendleft(sorted(seat.hand, reverse=True))
        begun_again = len(seat.hand)
        seat.hand.clear()
        seat.deaths, seat.in_a_row, seat.node = seat.deaths + 1, seat.in_a_row + 1, ""
        if seat.in_a_row < DEATHS:
            self._board.say(f"Worker {seat.number} died; another takes its place, and {begun_again} conversations begin again.")
            seat.worker = self._hired(seat.number)
            self._take(seat.worker, job)
            return
        self._seats.remove(seat)
        if not self._seats:
            raise RunStopped(f"Every worker died {DEATHS} times one after another without finishing a conversation; see "
                             f"{self.READ} (memory is the usual reason: a smaller window, or fewer workers on a machine), then "
                             "give the command again: what is finished is kept.")
        self._board.say(f"Worker {seat.number} died {DEATHS} times one after another; it is given up, the others go on.")

    def _show(self, total: int, *, last: bool = False) -> None:
        if last or time.monotonic() - self._shown > SHOWN:
            self._shown = time.monotonic()
            self._board.workers([seat.standing() for seat in self._seats], total)
