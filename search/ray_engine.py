"""A crew of Ray's actors, on this machine or on a cluster."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from types import TracebackType
from typing import Any, Self

from ..agents.by_name import ADDRESS
from ..envs.errors import Unavailable
from .crew import Answer, Crew, Worker
from .engines import Board, EngineSettings, Job


class Actor(Worker):
    """A worker whose machine Ray knows."""

    def address(self) -> str:
        """Of the machine."""
        return str(import_module("ray.util").get_node_ip_address())


class RayEngine(Crew):
    """See `crew.Crew`. Entered, it is connected to a cluster; left, it takes its actors down, and a cluster that it began.

    Args:
        settings: how many workers, and where.
        board: is shown how they stand.
    """

    READ = "Ray's log"

    def __init__(self, settings: EngineSettings, board: Board) -> None:
        try:
            import ray  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise Unavailable(f"--engine ray needs Ray, which is not installed ({error}): pip install "
                              "'dialogym[ray]', or take --engine processes for this machine alone.") from error
        super().__init__(settings, board)
        self._ray: Any = ray
        self._began = False

    def __enter__(self) -> Self:
        """Raises Unavailable where no cluster answers."""
        ray, settings = self._ray, self._settings
        if not ray.is_initialized():
            page = getattr(self._connected(), "dashboard_url", None)
            self._began = True
            self._board.say(f"Ray's dashboard: http://{page}" if page else "This Ray cluster has no dashboard.")
        have = ray.cluster_resources()
        gpus = have.get("GPU", 0.0)
        self._workers = settings.workers or int(gpus) or max(1, int(have.get("CPU", 1)))
        self._gpus = min(1.0, gpus / self._workers) if settings.gpus is None else settings.gpus
        self.ASKED_FOR = f"of 1 CPU and {self._gpus:g} GPU each are asked for. `ray status` says what the cluster has."
        return self

    def _connected(self) -> Any:
        """Joins the cluster, or begins one here; that is tried three times, since Ray gives up after half a minute."""
        address = self._settings.address or os.environ.get("RAY_ADDRESS")
        own = {"num_cpus": max(os.cpu_count() or 1, self._settings.workers or 1)}
        for tries in (2, 1, 0):
            try:
                return self._ray.init(address=address or "local", log_to_driver=False, logging_level="WARNING",
                                      **({} if address else own))
            except Exception as error:
                self._ray.shutdown()
                if tries and address is None:
                    continue
                reason = " ".join(str(error).split())
                raise Unavailable(f"No Ray cluster answers at {address} ({reason}); start one with `ray start --head`, or "
                                  "leave --address out." if address else f"Ray does not start here ({reason}); see its log in "
                                  "/tmp/ray/session_latest/logs, or give this machine more room.") from error
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        super().__exit__(kind, error, trace)
        if self._began:
            self._ray.shutdown()

    def _packed(self, job: Job[Any]) -> Any:
        return self._ray.put(self._ray.cloudpickle.dumps(job))

    def _hired(self, number: int) -> Any:
        remote = self._ray.remote(num_cpus=1, num_gpus=self._gpus, max_restarts=0)(Actor)
        return remote.remote(number, self._settings.modules, os.getcwd(), os.environ.get(ADDRESS, ""))

    def _take(self, worker: Any, job: Any) -> None:
        worker.take.remote(job)

    def _advance(self, worker: Any, numbers: Sequence[int]) -> Any:
        return worker.advance.remote(numbers)

    def _back(self, calls: Sequence[Any], seconds: float) -> Any:
        done, _ = self._ray.wait(list(calls), num_returns=1, timeout=seconds)
        return done[0] if done else None

    def _answer(self, call: Any) -> Answer | None:
        errors = self._ray.exceptions
        try:
            found: Answer = self._ray.get(call)
        except errors.RayTaskError as error:
            raise error.cause or error from error
        except errors.RayError:
            return None
        return found

    def _dismiss(self, worker: Any) -> None:
        self._ray.kill(worker, no_restart=True)
