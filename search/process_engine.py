"""A crew of processes on this machine, one for every processor: no cluster and nothing to install.

A worker reads calls from its standard input and writes answers to its standard output, both pickled; it ends with the command
that began it. What its code prints goes to a file whose last lines are told when it dies.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import IO, Any, Self

import cloudpickle

from ..agents.by_name import ADDRESS
from .crew import Answer, Crew, Worker
from .engines import Job

_BEGUN = "from dialogym.search.process_engine import serve; serve()"
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
MOST = 8
"""Workers that nobody asked for are no more: each has a model of its own."""
TOLD = 400
"""Characters of what a worker last printed that are told when it dies."""


def serve() -> None:
    """What a worker's process does: one call after another until nobody calls any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command ends its workers itself
    calls, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # prints are no answers
    worker = Worker(*pickle.load(calls))
    while True:
        try:
            name, argument = pickle.load(calls)
        except EOFError:
            return
        try:
            answer: tuple[Exception | None, Any] = (None, getattr(worker, name)(argument))
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to whoever called
            answer = (_portable(error), None)
        cloudpickle.dump(answer, answers)
        answers.flush()


def _portable(error: Exception) -> Exception:
    """The error, or one of the same words where it does not go through pickle."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - pickle raises what the error's class raises
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _fewer(wanted: str, threads: int) -> int:
    """The threads of a worker: no more than were asked for, and no more than there are processors for."""
    return min(int(wanted), threads) if wanted.isdecimal() and int(wanted) else threads


class _Process:
    """A worker's process, and a thread that speaks with it."""

    def __init__(self, first: tuple[Any, ...], threads: int) -> None:
        self.printed: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process is there
        limits = {name: str(_fewer(os.environ.get(name, ""), threads)) for name in _THREADS}
        path = os.pathsep.join(part for part in sys.path if part)  # what this process can import, it can
        self.process = subprocess.Popen([sys.executable, "-c", _BEGUN], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.printed, env={**os.environ, **limits, "PYTHONPATH": path})
        self.thread = ThreadPoolExecutor(1)
        self._send(first)

    def call(self, name: str, argument: Any) -> Future[Any]:
        """The answer, after those to earlier calls; None when the process has died."""
        return self.thread.submit(self._ask, name, argument)

    def end(self) -> None:
        """At once."""
        self.process.kill()
        self.process.wait()
        self.thread.shutdown(cancel_futures=True)
        for pipe in (self.process.stdin, self.process.stdout, self.printed):
            if pipe is not None:
                with suppress(OSError):  # what was not sent, to nobody
                    pipe.close()

    def last_words(self) -> str:
        """The end of what it printed."""
        size = self.printed.seek(0, os.SEEK_END)
        self.printed.seek(max(0, size - TOLD))
        return self.printed.read().decode(errors="replace").strip()

    def _send(self, message: Any) -> None:
        with suppress(OSError):  # it has died, as the answer will tell
            pickle.dump(message, self.process.stdin)  # type: ignore[arg-type]
            self.process.stdin.flush()  # type: ignore[union-attr]

    def _ask(self, name: str, argument: Any) -> Any:
        self._send((name, argument))
        try:
            error, answer = pickle.load(self.process.stdout)  # type: ignore[arg-type]
        except (EOFError, pickle.UnpicklingError):
            return None
        if error is not None:
            raise error
        return answer


class ProcessEngine(Crew):
    """See `crew.Crew`. Its workers live as long as it is entered, so that libraries are imported once."""

    ASKED_FOR = "processes are starting on this machine."
    READ = "what it last printed, above"

    def __enter__(self) -> Self:
        here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._workers = self._settings.workers or min(here, MOST)
        self._threads = max(1, here // self._workers)
        return self

    def _packed(self, job: Job[Any]) -> Any:
        return cloudpickle.dumps(job)

    def _hired(self, number: int) -> Any:
        return _Process((number, self._settings.modules, os.getcwd(), os.environ.get(ADDRESS, "")), self._threads)

    def _take(self, worker: Any, job: Any) -> None:
        worker.call("take", job)

    def _advance(self, worker: Any, numbers: Sequence[int]) -> Any:
        call = worker.call("advance", tuple(numbers))
        call.worker = worker
        return call

    def _back(self, calls: Sequence[Any], seconds: float) -> Any:
        done, _ = wait(calls, seconds, FIRST_COMPLETED)
        return next((call for call in calls if call in done), None)

    def _answer(self, call: Any) -> Answer | None:
        found: Answer | None = call.result()
        if found is None and (words := call.worker.last_words()):
            self._board.say(f"A worker's last words: {words}")
        return found

    def _dismiss(self, worker: Any) -> None:
        worker.end()
