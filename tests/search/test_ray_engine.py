"""Conversations on Ray: the file is that of one process, byte for byte, whoever worked on it and whoever was killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dialogym.alignment.evaluation import evaluate
from dialogym.envs.errors import InvalidConfig, RunStopped
from dialogym.search import crew, search
from dialogym.search import ray_engine as module
from dialogym.search.collect import TREES, collect
from dialogym.search.engines import EngineSettings
from tests.search import crews
from tests.search.crews import BEGUN, CONFIG, COUNT, PLANNER, SCENARIO, STARTS, Noted, broken, deadly, embedded, locked, pair
from tests.toy import cast

ray = pytest.importorskip("ray", reason="wants dialogym[ray]")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600), pytest.mark.filterwarnings("default")]

@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a cluster that this process has joined: that of RAY_ADDRESS, or a new one."""
    ray.cloudpickle.register_pickle_by_value(crews)  # the workers have no tests
    os.environ["RAY_prestart_worker_first_driver"] = "0"  # noqa: SIM112 - processes are begun when they are needed
    own = {"num_cpus": 8, "include_dashboard": False, "object_store_memory": 200_000_000}
    for _ in range(3):
        try:
            there = os.environ.get("RAY_ADDRESS")
            ray.init(there or "local", log_to_driver=False, **({} if there else own))
            break
        except Exception as error:  # noqa: BLE001 - Ray raises no class of its own when a busy machine takes over 30 s
            ray.shutdown()
            said = error
    else:
        pytest.fail(f"Ray does not start: {said}")
    yield ray.get_runtime_context().gcs_address
    ray.shutdown()


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    out = tmp_path_factory.mktemp("local")
    search(CONFIG, out)
    return (out / TREES).read_bytes()


def engine(workers: int, board: Noted | None = None) -> module.RayEngine:
    return module.RayEngine(EngineSettings("ray", workers=workers), board or Noted())


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_the_file_is_the_same_for_any_number_of_workers(cluster: str, workers: int, wanted: bytes, tmp_path: Path) -> None:
    board, done = Noted(), []
    with engine(workers, board) as where:
        assert search(CONFIG, tmp_path / "out", done.append, where) == {"conversations": COUNT, "failed": 0}
    assert (tmp_path / "out" / TREES).read_bytes() == wanted
    assert done[-1] == COUNT
    assert sum(each.finished for each in board.seen) == COUNT
    assert len(board.seen) == workers
    assert all(each.node for each in board.seen if each.finished)


def test_what_one_process_began_workers_go_on_with(cluster: str, wanted: bytes, tmp_path: Path) -> None:
    search(BEGUN, tmp_path)
    with engine(2) as where:
        search(CONFIG, tmp_path, engine=where)
    assert (tmp_path / TREES).read_bytes() == wanted


def test_workers_that_die_are_replaced_and_change_nothing(cluster: str, tmp_path: Path) -> None:
    (tmp_path / "deaths").mkdir()
    collect(PLANNER, STARTS, cast(SCENARIO), tmp_path / "local.jsonl", {"seed": 0}, window=2)
    board = Noted()
    with engine(2, board) as where:
        collect(PLANNER, STARTS, partial(deadly, tmp_path / "deaths", 3, 3), tmp_path / "ray.jsonl", {"seed": 0}, window=2,
                engine=where)
    assert (tmp_path / "ray.jsonl").read_bytes() == (tmp_path / "local.jsonl").read_bytes()
    assert len(list((tmp_path / "deaths").iterdir())) == 3
    assert sum(each.deaths for each in board.seen) == 3
    assert sum("another takes its place" in said for said in board.said) == 3


def test_workers_that_die_without_end_stop_the_run(cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deaths").mkdir()
    monkeypatch.setattr(crew, "DEATHS", 2)
    with engine(1) as where, pytest.raises(RunStopped, match="Every worker died 2 times"):
        collect(PLANNER, STARTS, partial(deadly, tmp_path / "deaths", 1, 99), tmp_path / "ray.jsonl", {"seed": 0},
                engine=where)


def test_workers_for_which_there_is_no_room_hold_nothing_up(cluster: str, wanted: bytes, tmp_path: Path) -> None:
    """Eleven are asked for where eight have room: the others never come, and nothing waits for them."""
    with engine(11) as where:
        search(CONFIG, tmp_path, engine=where)
    assert (tmp_path / TREES).read_bytes() == wanted


@pytest.mark.parametrize(("load", "kind", "said"), [
    (broken, RunStopped, "The well is dry"), (locked, PermissionError, "The door is locked")])
def test_what_stops_a_worker_at_work_or_before_it_stops_the_run_and_the_engine_works_on(
    cluster: str, load: Any, kind: type[Exception], said: str, wanted: bytes, tmp_path: Path,
) -> None:
    """Nobody waits for a worker to begin: what happens there is told by what it is asked next."""
    with engine(2) as where:
        with pytest.raises(kind, match=said):
            collect(PLANNER, STARTS, load, tmp_path / "ray.jsonl", {"seed": 0}, engine=where)
        search(CONFIG, tmp_path / "out", engine=where)
    assert (tmp_path / "out" / TREES).read_bytes() == wanted


def test_a_worker_without_a_module_says_so(cluster: str, tmp_path: Path) -> None:
    settings = EngineSettings("ray", workers=1, modules=("no_such_module",))
    with module.RayEngine(settings, Noted()) as where, pytest.raises(InvalidConfig, match="no_such_module"):
        search(CONFIG, tmp_path, engine=where)


def test_evaluations_are_the_same(cluster: str) -> None:
    load = partial(pair)
    alone = evaluate.talk(load, STARTS)
    with engine(2) as where:
        assert evaluate.talk(load, STARTS, engine=where) == alone


def test_a_model_says_the_same_wherever_it_is_loaded(cluster: str) -> None:
    alone = evaluate.talk(embedded, STARTS[:4])
    with engine(2) as where:
        assert evaluate.talk(embedded, STARTS[:4], engine=where) == alone


def test_the_search_of_a_run_is_dealt_out(cluster: str, tmp_path: Path) -> None:
    from dialogym.alignment import stages
    from dialogym.alignment.config import RunConfig
    from dialogym.alignment.inputs import prepare
    from dialogym.alignment.progress import Silent

    config = RunConfig(environment="PersuasionForGood-v0", options={"horizon": 4}, dialogues=8, conversations=6, window=2,
                       searcher="speaker", search=PLANNER, search_families=2, secret="known")
    nobody: Any = None
    with engine(2) as where:
        found = stages.search(prepare(config, tmp_path / "ray", where), nobody, None, Silent())
    assert found == stages.search(prepare(config, tmp_path / "local"), nobody, None, Silent())
    assert (tmp_path / "ray" / TREES).read_bytes() == (tmp_path / "local" / TREES).read_bytes()


def command(out: Path, address: str, *more: str) -> list[str]:
    return [sys.executable, "-m", "dialogym", "search", "--out", str(out), "--engine", "ray", "--workers", "2", "--address",
            address, "--conversations", str(COUNT), "--window", "2", "--option", "horizon=4", "--config",
            str(out.parent / "search.yaml"), "--quiet", *more]


def test_ten_kills_of_workers_and_of_the_driver_leave_the_same_bytes(cluster: str, wanted: bytes, tmp_path: Path) -> None:
    (tmp_path / "search.yaml").write_text("search: {width: 2, keep: 3}\n")
    out, random, kills = tmp_path / "out", Random(0), 0
    while kills < 10:
        process = subprocess.Popen(command(out, cluster), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        before, grown = lines(out), random.randrange(3)
        while process.poll() is None and lines(out) < before + grown:
            time.sleep(0.05)
        if process.poll() is not None:
            (out / TREES).write_bytes(b"".join(wanted.splitlines(keepends=True)[:random.randrange(1, 4)]))  # more to kill
            continue
        if kills % 2:
            process.kill()
        else:
            [os.kill(worker, signal.SIGKILL) for worker in workers_of_cluster(cluster)[:1]]
            process.wait(3000)
        process.communicate()
        kills += 1
    subprocess.run(command(out, cluster), check=True, stdout=subprocess.DEVNULL)
    assert (out / TREES).read_bytes() == wanted


def lines(out: Path) -> int:
    return (out / TREES).read_bytes().count(b"\n") if (out / TREES).exists() else 0


def workers_of_cluster(address: str) -> list[int]:
    """Processes of this cluster's actors that are workers of an engine; their parent was told the cluster's address."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().startswith(b"ray::Worker"):
                above = Path(f"/proc/{parent(int(path.parent.name))}/cmdline").read_bytes()
                found += [int(path.parent.name)] if address.encode() in above else []
        except OSError:
            continue
    return found


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def test_the_leaderboard_is_the_same_but_for_its_clocks(cluster: str, tmp_path: Path) -> None:
    from dialogym.alignment.evaluation.leaderboard import CLOCKS, FIGURES, LINES, BenchSettings, bench

    settings = BenchSettings(env="PersuasionForGood-v0", options={"horizon": 4}, planners=("sample", "greedy"), budgets=(3,),
                             users=("scripted", "sceptical"), conversations=3, worlds=1, secret="public")
    bench(settings, tmp_path / "local")
    with engine(2) as where:
        bench(settings, tmp_path / "ray", engine=where)

    def timeless(value: Any) -> Any:
        if isinstance(value, list):
            return [timeless(item) for item in value]
        return {k: timeless(v) for k, v in value.items() if k not in CLOCKS} if isinstance(value, dict) else value

    def read(where: str) -> Any:
        written = (tmp_path / where / LINES).read_text().splitlines()
        return timeless([*map(json.loads, written), json.loads((tmp_path / where / FIGURES).read_text())])

    assert read("ray") == read("local")
