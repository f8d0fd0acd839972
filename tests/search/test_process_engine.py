"""Conversations by processes of this machine: the file is that of one process, whoever worked on it and whoever was killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cloudpickle
import psutil
import pytest

from dialogym import Agent, Ask, Utterance
from dialogym.alignment.evaluation import evaluate
from dialogym.envs.errors import InvalidConfig, RunStopped
from dialogym.search import SearchConfig, crew, search
from dialogym.search.collect import TREES, collect
from dialogym.search.engines import EngineSettings
from dialogym.search.process_engine import ProcessEngine
from tests.search import crews
from tests.search.crews import BEGUN, CONFIG, COUNT, PLANNER, SCENARIO, STARTS, Noted, broken, deadly, embedded, locked, pair
from tests.toy import cast


@pytest.fixture(autouse=True, scope="module")
def by_value() -> Iterator[None]:
    """The workers have no tests."""
    modules = (crews, sys.modules[__name__])
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    yield
    for module in modules:
        cloudpickle.unregister_pickle_by_value(module)


def engine(workers: int, board: Noted | None = None, **more: Any) -> ProcessEngine:
    return ProcessEngine(EngineSettings("processes", workers=workers, **more), board or Noted())


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    out = tmp_path_factory.mktemp("local")
    search(CONFIG, out)
    return (out / TREES).read_bytes()


@pytest.mark.parametrize("workers", [1, 3])
def test_the_file_is_the_same_for_any_number_of_workers(workers: int, wanted: bytes, tmp_path: Path) -> None:
    board, done, before = Noted(), [], children()
    with engine(workers, board) as where:
        assert search(CONFIG, tmp_path / "out", done.append, where) == {"conversations": COUNT, "failed": 0}
        begun = children() - before
        search(SearchConfig(options={"horizon": 4}, conversations=2), tmp_path / "more", engine=where)
        assert children() - before == begun  # they are kept for the next job
    assert (tmp_path / "out" / TREES).read_bytes() == wanted
    assert done[-1] == COUNT
    assert len(begun) == workers
    assert children() == before


def test_the_screen_is_told_who_did_what(tmp_path: Path) -> None:
    board = Noted()
    with engine(2, board) as where:
        search(CONFIG, tmp_path, engine=where)
    assert len(board.seen) == 2
    assert {each.node for each in board.seen if each.finished} == {"this machine"}  # one may come when all is done
    assert sum(each.finished for each in board.seen) == COUNT
    assert not board.said


def test_what_one_process_began_workers_go_on_with(wanted: bytes, tmp_path: Path) -> None:
    search(BEGUN, tmp_path)
    with engine(2) as where:
        search(CONFIG, tmp_path, engine=where)
    assert (tmp_path / TREES).read_bytes() == wanted


def test_workers_that_die_are_replaced_and_change_nothing(wanted: bytes, tmp_path: Path) -> None:
    (tmp_path / "deaths").mkdir()
    collect(PLANNER, STARTS, cast(SCENARIO), tmp_path / "local.jsonl", {"seed": 0}, window=2)
    board = Noted()
    with engine(1, board) as where:
        collect(PLANNER, STARTS, partial(deadly, tmp_path / "deaths", 3, 2), tmp_path / "many.jsonl", {"seed": 0}, window=2,
                engine=where)
    assert (tmp_path / "many.jsonl").read_bytes() == (tmp_path / "local.jsonl").read_bytes()
    assert sum(each.deaths for each in board.seen) == 2
    assert sum("another takes its place" in said for said in board.said) == 2
    assert sum("last words: It grows dark." in said for said in board.said) == 2


def test_workers_that_die_without_end_stop_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deaths").mkdir()
    monkeypatch.setattr(crew, "DEATHS", 2)
    with engine(1) as where, pytest.raises(RunStopped, match="Every worker died 2 times"):
        collect(PLANNER, STARTS, partial(deadly, tmp_path / "deaths", 1, 99), tmp_path / "many.jsonl", {"seed": 0},
                engine=where)


class Odd(Exception):
    """Does not go through pickle."""

    def __init__(self, text: str, handle: Any) -> None:
        super().__init__(text)
        self.handle = handle


@pytest.mark.parametrize(("load", "kind", "said"), [
    (broken, RunStopped, "The well is dry"), (locked, PermissionError, "The door is locked")])
def test_what_stops_a_worker_at_work_or_before_it_stops_the_run_and_the_engine_works_on(
    load: Any, kind: type[Exception], said: str, wanted: bytes, tmp_path: Path,
) -> None:
    """Nobody waits for a worker to begin: what happens there is told by what it is asked next."""
    with engine(2) as where:
        with pytest.raises(kind, match=said):
            collect(PLANNER, STARTS, load, tmp_path / "many.jsonl", {"seed": 0}, engine=where)
        search(CONFIG, tmp_path / "out", engine=where)
    assert (tmp_path / "out" / TREES).read_bytes() == wanted


def bad_job(make: Any, numbers: Iterator[int | None]) -> Iterator[tuple[int, int]]:
    for number in numbers:
        if number == 2:
            raise make()
        if number is not None:
            yield number, number * number


@pytest.mark.parametrize(("make", "kind", "said"), [
    (lambda: ZeroDivisionError("by zero"), ZeroDivisionError, "by zero"),
    (lambda: Odd("A bare wire.", lambda: 1), RuntimeError, "Odd: A bare wire")])
def test_an_error_in_a_worker_is_raised_where_it_was_called(make: Any, kind: type[Exception], said: str) -> None:
    job: Any = partial(partial, bad_job, make)
    with engine(1) as where:
        with pytest.raises(kind, match=said):
            list(where.work(job, range(4), 1))
        assert sorted(where.work(job, [1, 3], 1)) == [(1, 1), (3, 9)]


def test_a_worker_without_a_module_says_so(tmp_path: Path) -> None:
    with engine(1, modules=("no_such_module",)) as where, pytest.raises(InvalidConfig, match="no_such_module"):
        search(CONFIG, tmp_path, engine=where)


class Talkative:
    """Prints where answers go."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        print("Loading weights", flush=True)
        os.write(1, b"from below")
        return self.agent.respond(asks)


def test_evaluations_are_the_same_whatever_is_printed() -> None:
    alone = evaluate.talk(pair, STARTS)
    with engine(2) as where:
        assert evaluate.talk(partial(pair, Talkative), STARTS, engine=where) == alone


@pytest.mark.slow  # two processes load the framework
def test_a_model_says_the_same_wherever_it_is_loaded() -> None:
    alone = evaluate.talk(embedded, STARTS[:4])
    with engine(2) as where:
        assert evaluate.talk(embedded, STARTS[:4], engine=where) == alone


def threads() -> Any:
    return lambda numbers: ((number, os.environ["OMP_NUM_THREADS"]) for number in numbers if number is not None)


@pytest.mark.parametrize(("wanted", "found"), [("", "shared"), ("1", "1"), ("900", "shared"), ("many", "shared")])
def test_workers_share_out_the_processors(monkeypatch: pytest.MonkeyPatch, wanted: str, found: str) -> None:
    """Two workers with two threads each on two cores are slower than one."""
    monkeypatch.setenv("OMP_NUM_THREADS", wanted)
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    job: Any = threads
    with engine(2) as where:
        assert {said for _, said in where.work(job, range(3), 1)} == {str(max(1, here // 2)) if found == "shared" else found}


def test_a_driver_that_is_killed_leaves_no_workers(wanted: bytes, tmp_path: Path) -> None:
    (tmp_path / "search.yaml").write_text("search: {width: 2, keep: 3}\n")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "dialogym", "search", "--out", str(out), "--engine", "processes", "--workers", "2",
               "--conversations", str(COUNT), "--window", "2", "--option", "horizon=4", "--config",
               str(tmp_path / "search.yaml"), "--quiet"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not (workers := psutil.Process(process.pid).children()):
        time.sleep(0.02)
    process.kill()
    process.wait()
    gone, alive = psutil.wait_procs(workers, timeout=60)
    assert gone
    assert not alive
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert (out / TREES).read_bytes() == wanted
