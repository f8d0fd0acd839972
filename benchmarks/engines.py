"""What workers bring: conversations per second by one and by two of them, and whether memory stays flat.

    python benchmarks/engines.py                        throughput by 1 and 2 processes and Ray actors, and what bounds it
    python benchmarks/engines.py --kinds processes      of these alone
    python benchmarks/engines.py --memory 10000         so many small conversations through two workers, memory on the way

The work is scripted and bound by the processor. Each engine does a small job first, so that starting is not in the time; the
rate is of all conversations of the second job. "driver" is the processor time of the process that keeps the file, for each
conversation: on a machine with as many cores as workers it is what the workers cannot have.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from dialogym import Agent, Position, ScriptedAgent, make
from dialogym.search import IxMCTS
from dialogym.search.collect import TREES, collect
from dialogym.search.engines import LOCAL, Engine, EngineSettings, Kind, Standing, engine_of

SCENARIO = make("PersuasionForGood-v0", horizon=8).scenario
PLANNER = IxMCTS(width=3, keep=9)
SMALL = IxMCTS(width=2, keep=2, iterations=6)
WINDOW = 16
MEBI = 1 << 20


class Quiet:
    """A board that nobody looks at."""

    def workers(self, standings: Sequence[Standing], total: int) -> None:
        """See `Board.workers`."""

    def say(self, text: str) -> None:
        """See `Board.say`."""
        print(text, flush=True)


def agents() -> dict[str, Agent]:
    return {seat: ScriptedAgent.of(SCENARIO, seat) for seat in SCENARIO.seats}


def starts(first: int, count: int) -> list[Position]:
    return [Position.start(SCENARIO, seed) for seed in range(first, first + count)]


def timed(engine: Engine, count: int, warm: int) -> tuple[float, float, bytes]:
    """(seconds, processor seconds of this process, the file) of a search by an engine that is warm."""
    with tempfile.TemporaryDirectory() as folder:
        collect(PLANNER, starts(10**6, warm), agents, Path(folder) / "warm.jsonl", {}, window=WINDOW, engine=engine)
        positions, path = starts(0, count), Path(folder) / TREES
        began, own = time.perf_counter(), time.process_time()
        collect(PLANNER, positions, agents, path, {}, window=WINDOW, engine=engine)
        return time.perf_counter() - began, time.process_time() - own, path.read_bytes()


def throughput(count: int, kinds: Sequence[Kind], address: str | None) -> None:
    alone, processor, wanted = timed(LOCAL, count, 4)
    print(f"this process: {count / alone:.2f} conversations/s, {1000 * processor / count:.1f} ms of processor time each")
    for kind in kinds:
        rates = []
        for workers in (1, 2):
            where = EngineSettings(kind, workers=workers, address=address if kind == "ray" else None)
            with engine_of(where, Quiet()) as engine:
                seconds, driver, found = timed(engine, count, 4 * workers)
            rates.append(count / seconds)
            print(f"{kind}, {workers}: {rates[-1]:.2f} conversations/s; driver {1000 * driver / count:.2f} ms of processor "
                  f"time each; the same bytes: {found == wanted}", flush=True)
        print(f"{kind}: two workers {rates[1] / rates[0]:.2f} times one")
        print(f"by processor time, on two cores that do nothing else, at most {2 / (1 + driver / processor):.2f} times")


def resident(address: str) -> list[int]:
    """Resident memory of this process and of the engine's workers, in bytes."""
    found = [psutil.Process().memory_info().rss]
    for process in psutil.process_iter(["name", "cmdline", "memory_info"]):
        command, above = process.info["cmdline"] or [""], process.parent()
        if command[0].startswith("ray::Worker") and above is not None and any(address in part for part in above.cmdline()):
            found.append(process.info["memory_info"].rss)
    return found


def memory(count: int, address: str | None) -> None:
    import ray  # noqa: PLC0415 - an extra

    with engine_of(EngineSettings("ray", workers=2, address=address), Quiet()) as engine, \
            tempfile.TemporaryDirectory() as folder:
        cluster, began = ray.get_runtime_context().gcs_address, time.perf_counter()
        marks = {count // 10, count // 2, count}

        def progress(done: int) -> None:
            if done in marks:
                told = ", ".join(f"{size / MEBI:.0f}" for size in resident(cluster))
                print(f"{done:,} conversations, {time.perf_counter() - began:.0f} s: {told} MiB (driver, workers)", flush=True)

        collect(SMALL, starts(0, count), agents, Path(folder) / TREES, {}, window=WINDOW, engine=engine, progress=progress)
        print(f"the file has {(Path(folder) / TREES).stat().st_size / MEBI:.0f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--memory", type=int, default=0, metavar="N")
    parser.add_argument("--kinds", default=["processes", "ray"], nargs="+", choices=["processes", "ray"])
    parser.add_argument("--address", default=None, help="of a cluster that is there")
    options = parser.parse_args()
    if options.memory:
        memory(options.memory, options.address)
    else:
        throughput(options.conversations, options.kinds, options.address)


if __name__ == "__main__":
    main()
