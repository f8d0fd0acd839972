"""The options that say where conversations are worked on, and the workers on the screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from ..search.engines import Engine, EngineSettings, Standing, engine_of
from .shared import COMMAND_LINE, RichReporter

Where = Annotated[str, typer.Option("--engine", metavar="NAME", help=(
    "Where conversations are worked on: 'local' (this process), 'processes' (many on this machine), or 'ray' (actors, here or "
    "on a cluster). Results are the same."))]
Workers = Annotated[int | None, typer.Option("--workers", metavar="N", help=(
    "How many processes or actors (default: one for every processor, at most 8 processes; on a Ray cluster with GPUs, for "
    "every GPU)."))]
Address = Annotated[str | None, typer.Option("--address", metavar="ADDRESS", help=(
    "Of --engine ray: a cluster's, such as 'auto' (default: RAY_ADDRESS, else one that is begun here and ended with the "
    "command)."))]
Gpus = Annotated[float | None, typer.Option("--worker-gpus", metavar="N", help=(
    "Of --engine ray: GPUs of each actor (default: those of the cluster shared out, at most 1 each)."))]


class Screen:
    """A bar for every worker, below those of the stages."""

    def __init__(self, reporter: RichReporter) -> None:
        self._reporter = reporter
        self._bars: dict[int, int] = {}

    def workers(self, standings: Sequence[Standing], total: int) -> None:
        """See `Board.workers`."""
        for each in standings:
            at = f" at {each.node}" if each.node else ", starting"
            died = f", died {each.deaths} times" if each.deaths else ""
            self._bars[each.number] = self._reporter.bar(self._bars.get(each.number), f"  worker {each.number}{at}: "
                                                         f"{each.rate:.3g}/s{died}", each.finished, total)

    def say(self, text: str) -> None:
        """See `Board.say`."""
        self._reporter.say(text)


@contextmanager
def engine_for(reporter: RichReporter, kind: str, workers: int | None, address: str | None, gpus: float | None,
           modules: Sequence[str] | None) -> Iterator[Engine]:
    """The engine that the options ask for, with its workers on the screen. Raises InvalidConfig, Unavailable."""
    from ..alignment.overrides import merge  # noqa: PLC0415 - it says which option is wrong

    settings = merge(EngineSettings(), {"kind": kind, "workers": workers, "address": address, "gpus": gpus,
                                        "modules": tuple(modules or ())}, COMMAND_LINE)
    with engine_of(settings, Screen(reporter)) as found:
        yield found
