"""OpenEnv: its validation and its clients against real servers, and the laws that it names but does not check yet."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

import dialogym
from dialogym import Position, ScriptedAgent, SeatEnv, converse
from dialogym.__main__ import app
from dialogym.envs.errors import DialogymError
from tests.clients.common import EVERY, IDS, TEXTS

pytest.importorskip("openenv", reason="openenv is not installed: see tests/clients/run.py")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

from dialogym_env import DialogymAction, DialogymEnv  # noqa: E402 - after the question whether it is there
from tests.clients.openenv_local import PACKAGE, Here, served  # noqa: E402

MANIFEST = yaml.safe_load((PACKAGE / "openenv.yaml").read_text())
DEFAULT = "PersuasionForGood-v0"
Told = list[tuple[str, float | None, bool]]


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, str]]:
    """A server for every id, and where it is."""
    contexts = {id: served(id) for id in IDS}
    try:
        yield {id: context.__enter__() for id, context in contexts.items()}
    finally:
        for context in contexts.values():
            context.__exit__(None, None, None)


@pytest.fixture
def url(servers: dict[str, str]) -> str:
    return servers[DEFAULT]


def connect(url: str) -> Any:
    return DialogymEnv(base_url=url).sync()


def talk(env: Any, texts: tuple[str, ...] | list[str], turns: int = 30) -> Told:
    """What is observed while the texts are said in turn, to the end or for so many turns."""
    told: Told = []
    for turn in range(turns):
        found = env.step(DialogymAction(message=texts[turn % len(texts)]))
        told.append((json.dumps(found.observation.model_dump(), sort_keys=True), found.reward, found.done))
        if found.done:
            break
    return told


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(Path(sys.executable).with_name("openenv")), *arguments], capture_output=True, text=True,
                          check=False)


# -- its own validation ------------------------------------------------------------------------------


@EVERY
def test_validate_passes_on_the_running_server(servers: dict[str, str], id: str) -> None:
    found = command("validate", "--url", servers[id], "--json", "--timeout", "600")
    report = json.loads(found.stdout)
    assert (found.returncode, report["passed"], report["summary"]["failed_criteria"]) == (0, True, []), found.stdout


def test_validate_passes_on_the_package() -> None:
    found = command("validate", str(PACKAGE), "--level", "static", "--json")
    report = json.loads(found.stdout)
    assert (found.returncode, report["verdict"]) == (0, "pass"), found.stdout


def test_validate_finds_nothing_wrong_at_run_time(tmp_path: Path) -> None:
    """All of its levels; what is skipped it has no grader for, or needs Docker."""
    from openenv.validation import run_validation

    report = run_validation(PACKAGE, provider=Here(), artifacts_dir=tmp_path / "artifacts").model_dump(mode="json")
    status = {result["check_id"]: result["status"] for result in report["results"]}
    (Path(__file__).resolve().parents[2] / "build" / "openenv_validate.json").write_text(json.dumps(report, indent=1))
    passed = {name for name, found in status.items() if found == "pass"}
    assert passed >= {"static.manifest", "runtime.startup", "runtime.reward_well_formed", "runtime.observation_schema",
                      "runtime.state_contract"}, report
    assert set(status.values()) <= {"pass", "skip"}, report


def test_its_layout_is_ready_for_every_deployment_but_for_a_lock() -> None:
    from openenv.cli._validation import validate_multi_mode_deployment

    issues = validate_multi_mode_deployment(PACKAGE)[1]
    assert issues in ([], ["Missing uv.lock - run 'uv lock' to generate it",
                           "Missing required dependency: openenv>=0.2.0"],
                      ["Missing uv.lock - run 'uv lock' to generate it"]), issues


def test_the_installed_package_is_discovered() -> None:
    from openenv import AutoAction, AutoEnv

    assert AutoEnv.get_env_class("dialogym") is DialogymEnv
    assert AutoAction.from_env("dialogym") is DialogymAction


def test_what_its_page_shows_runs(url: str) -> None:
    [block] = re.findall(r"^```python\n(.*?)^```", (PACKAGE / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    done = subprocess.run([sys.executable, "-c", block.replace("http://localhost:8000", url)], capture_output=True, text=True,
                          check=False)
    assert (done.returncode, "0.0 False" in done.stdout) == (0, True), done.stdout + done.stderr


# -- what RFC 008 names ------------------------------------------------------------------------------


@EVERY
def test_seed_control_and_determinism(servers: dict[str, str], id: str) -> None:
    with connect(servers[id]) as env, connect(servers[id]) as other:
        first, second = env.reset(seed=3), other.reset(seed=3)
        assert first.observation == second.observation
        assert talk(env, TEXTS) == talk(other, TEXTS)
        played = []
        for seed in (3, 4, 5):
            env.reset(seed=seed)
            played.append(talk(env, TEXTS))
        assert played[0] != played[1] != played[2]


@EVERY
def test_it_is_the_episode_that_every_shell_plays(servers: dict[str, str], id: str) -> None:
    own = SeatEnv(id)
    own.reset(seed=9)
    with connect(servers[id]) as env:
        env.reset(seed=9)
        over = False
        for text in TEXTS * 8:
            found = env.step(DialogymAction(message=text))
            _, reward, ended, cut, _ = own.step(own.read(text))
            over = ended or cut
            assert (found.observation.transcript, found.reward, found.done) == (own.observe()["transcript"], reward, over)
            if over:
                break
        assert over


@EVERY
def test_episodes_are_isolated(servers: dict[str, str], id: str) -> None:
    def alone(seed: int) -> Told:
        with connect(servers[id]) as env:
            env.reset(seed=seed)
            return talk(env, TEXTS, 6)

    wanted = [alone(seed) for seed in range(6)]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(alone, range(6))) == wanted


@EVERY
def test_a_moment_is_gone_on_with_in_another_server(servers: dict[str, str], id: str) -> None:
    with connect(servers[id]) as env:
        env.reset(seed=11)
        talk(env, TEXTS, 2)
        mark = env.state().snapshot
        rest = talk(env, TEXTS)
        with served(id) as again, connect(again) as other:
            for state in (mark, json.loads(mark)):
                found = other.reset(injected_state=state, episode_id="branch")
                assert (found.reward, found.done, other.state().episode_id) == (None, False, "branch")
                assert talk(other, TEXTS) == rest
            assert other.state().step_count == len(rest)


def test_the_oracle_reaches_the_maximum_and_a_fool_the_floor(url: str) -> None:
    reward = MANIFEST["validation"]["reward"]
    oracle = json.loads((PACKAGE / MANIFEST["validation"]["capabilities"]["oracle"]["location"]).read_text())
    plan = json.loads((PACKAGE / MANIFEST["validation"]["execution"]["probe_path"]).read_text())
    with connect(url) as env:
        found = env.reset(injected_state=oracle, seed=plan["reset"]["seed"])
        assert (found.reward, found.done) == (reward["range"][1], True)
        env.reset(**{key: plan["reset"][key] for key in ("seed", "episode_id")})
        *before, (_, last, done) = talk(env, [action["message"] for action in plan["actions"]])
        assert (last, done, {paid for _, paid, _ in before}) == (reward["range"][1], True, {0.0})
        floor = []
        for seed in range(40):
            env.reset(seed=seed)
            floor.append(talk(env, TEXTS)[-1][1] or 0.0)
    assert reward["range"][1] - sum(floor) / len(floor) >= reward["floor_margin"]


def test_the_files_of_the_validation_are_of_this_version_of_the_rules() -> None:
    written = subprocess.run([sys.executable, "-c", "import json, runpy; print(json.dumps(runpy.run_path("
                              f"{str(PACKAGE.parent / 'benchmarks' / 'openenv_files.py')!r})['contents']()))"],
                             capture_output=True, text=True, check=True).stdout
    for name, text in json.loads(written).items():
        assert (PACKAGE / "validation" / name).read_text() == text, "run benchmarks/openenv_files.py"
    version = dialogym.make(DEFAULT).scenario.version
    assert MANIFEST["validation"]["task_distribution"]["dataset_version"] == f"{DEFAULT}, rules {version}"


# -- what is refused, and what is hidden --------------------------------------------------------------


def test_what_cannot_be_is_a_sentence_and_changes_nothing(url: str) -> None:
    with connect(url) as env:
        for wrong, says in ((lambda: env.step(DialogymAction(message="Hello")), "call reset"),
                            (lambda: env.reset(seed="one"), "seed is a whole number"),
                            (lambda: env.reset(seed=1, horizon=3), "options of the scenario are the server's")):
            with pytest.raises(RuntimeError, match=says):
                wrong()
        env.reset(seed=1)
        env.step(DialogymAction(message="Hello, how are you?"))
        before, mark = env.state(), env.state().snapshot
        damaged = mark.replace('"episode": "0', '"episode": "1')
        for wrong, says in ((lambda: env.step(DialogymAction(message="x" * 9000)), "8000 characters"),
                            (lambda: env.reset(injected_state=damaged), "damaged"),
                            (lambda: env.reset(injected_state="{}"), "damaged"),
                            (lambda: env.reset(injected_state=mark, seed=2), "seed 1, got seed=2")):
            with pytest.raises(RuntimeError, match=says):
                wrong()
            assert env.state() == before


def test_who_plays_is_not_told_what_is_hidden() -> None:
    with served(DEFAULT, "--no-snapshots", "--secret", "nobody knows it") as url, connect(url) as env:
        found = env.reset(seed=5)
        condition = Position.start(SeatEnv(DEFAULT).scenario, 5, secret="nobody knows it").condition
        described = SeatEnv(DEFAULT).scenario.describe_condition(condition)
        told = json.dumps([found.observation.model_dump(), env.state().model_dump()])
        assert described not in told
        assert env.state().snapshot == ""
        with pytest.raises(RuntimeError, match="takes no snapshots"):
            env.reset(injected_state="{}")


def test_the_other_seat_and_another_family() -> None:
    own = SeatEnv(DEFAULT).scenario
    end = converse(Position.start(own, 2), {own.interactive: ScriptedAgent.of(own, own.interactive, "novice"),
                                            own.user: ScriptedAgent.of(own, own.user, "sceptical")})
    with served(DEFAULT, "--user", "sceptical") as url, connect(url) as env:
        env.reset(seed=2)
        said = [u.text for u in end.dialogue if u.seat == own.interactive]
        assert talk(env, said)[-1][1] == end.engagement.level
    with served(DEFAULT, "--seat", own.user, "--policy", "novice") as url, connect(url) as env:
        assert env.reset(seed=2).observation.message == said[0]
        assert env.state().seat == own.user


@pytest.mark.parametrize(("options", "says"), [
    (["--user", "scepticl"], "did you mean 'sceptical'"), (["--policy", "novice"], "leave it out"),
    (["--seat", "judge"], "seats"), (["--option", "horizon=0"], "horizon"), (["--env", "Nonsense-v0"], "Nonsense-v0"),
])
def test_a_server_that_cannot_be_is_refused_before_it_listens(options: list[str], says: str) -> None:
    with pytest.raises(DialogymError, match=says):
        CliRunner().invoke(app, ["serve", *([] if "--env" in options else [DEFAULT]), *options], catch_exceptions=False)
