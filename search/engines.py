"""Where conversations are worked on: in this process, or by many workers (`crew`).

A job is what a worker is given once: called, it makes what the conversations need (agents, models) and returns a session. A
session takes the numbers of conversations, as many as it has room for, and yields each with its result.
Results depend on the numbers alone, so that who works on which, and how often a worker dies, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar, get_args

from ..envs.errors import InvalidConfig
from ..envs.finite import check_finite

T = TypeVar("T")
Session = Callable[[Iterator[int | None]], Iterator[tuple[int, T]]]
"""Numbers in, results out. None among the numbers: none is waiting now (see `driver.stream`); it never comes to a session that
has nothing in hand."""
Job = Callable[[], Session[T]]
"""Called where the work is done. Goes through pickle, as results do."""
Kind = Literal["local", "processes", "ray"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A worker and what it has done for the job at hand.

    Attributes:
        number: of the worker, from 0.
        node: address of the machine that it is on; "" until it has answered.
        finished: conversations.
        seconds: since it was given the job.
        deaths: how often it died and was replaced.
    """

    number: int
    node: str
    finished: int
    seconds: float
    deaths: int

    @property
    def rate(self) -> float:
        """Conversations per second."""
        return self.finished / self.seconds if self.seconds > 0 else 0.0


class Board(Protocol):
    """Is shown how a job goes."""

    def workers(self, standings: Sequence[Standing], total: int) -> None:
        """How all workers stand, when that has changed; `total` conversations are the job's."""
        ...

    def say(self, text: str) -> None:
        """A line of news."""
        ...


class Engine(Protocol):
    """Has jobs done."""

    def work(self, job: Job[T], numbers: Iterable[int], window: int) -> Iterator[tuple[int, T]]:
        """Every number with its result, in the order in which they end.

        Args:
            job: what is done.
            numbers: of conversations, each once.
            window: most conversations that a worker has in hand at once, where it is not the session that says so.

        Raises RunStopped when the job cannot go on; what was yielded is done.
        """
        ...


class Local:
    """This process; there is one of it, in a worker too."""

    def __reduce__(self) -> tuple[Any, ...]:
        return this_process, ()

    def work(self, job: Job[T], numbers: Iterable[int], window: int) -> Iterator[tuple[int, T]]:
        """See `Engine.work`."""
        return job()(iter(numbers))


LOCAL = Local()


def this_process() -> Local:
    """`LOCAL`, wherever it is called: what an engine is when it has been sent to a worker."""
    return LOCAL


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Which engine, and how large.

    Attributes:
        kind: "local"; "processes", of this machine; or "ray".
        workers: of processes, None: one for every processor, at most 8; of Ray, None: one for every GPU of the cluster or,
            where it has none, one for every processor.
        address: of a cluster, as `ray.init` takes it ("auto": the one on this machine); None: RAY_ADDRESS, else a new one here.
        gpus: of each worker; None: what the cluster has, shared out, at most one each.
        modules: imported by every worker first, such as those that register scenarios.
    """

    kind: Kind = "local"
    workers: int | None = None
    address: str | None = None
    gpus: float | None = None
    modules: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_finite(self)
        if self.kind not in get_args(Kind):
            raise InvalidConfig(f"An engine is one of {list(get_args(Kind))}, got {self.kind!r}.")
        if self.kind != "ray" and not (self.address is None and self.gpus is None):
            raise InvalidConfig("address and gpus are Ray's; ask for it with --engine ray, or leave them out.")
        if self.kind == "local" and self.workers is not None:
            raise InvalidConfig("This process is one worker; ask for more with --engine processes or --engine ray, or leave "
                                "workers out.")
        if (self.workers is not None and self.workers < 1) or (self.gpus is not None and self.gpus < 0):
            raise InvalidConfig(f"workers must be at least 1 and gpus at least 0, got {self.workers} and {self.gpus}.")


def engine_of(settings: EngineSettings, board: Board) -> AbstractContextManager[Engine]:
    """The engine, to be entered before it works. Raises Unavailable where Ray is wanted and not installed."""
    if settings.kind == "local":
        return nullcontext(LOCAL)
    if settings.kind == "processes":
        from .process_engine import ProcessEngine  # noqa: PLC0415 - it pickles what few commands ask for

        return ProcessEngine(settings, board)
    from .ray_engine import RayEngine  # noqa: PLC0415 - Ray only when it is asked for

    return RayEngine(settings, board)
