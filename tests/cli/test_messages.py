"""What the command says when something is wrong with a plug-in, a model or a server, and that it says so first."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.agents.faulty_server import FaultyServer
from tests.cli.test_cli import ROOT, command

BROKEN = '''
import dialogym


class Broken(Thinking):
    name = "broken"

    def pruning_score(self, dialogue):
        raise ValueError("no [score] today")


dialogym.register("Broken-v0", Broken)
'''
KEY = "sk-private-1234567890"


@pytest.fixture
def plugged(tmp_path: Path) -> Path:
    """A folder with a plug-in whose scenario cannot score."""
    shutil.copy(ROOT / "tests" / "toy.py", tmp_path / "broken.py")
    with (tmp_path / "broken.py").open("a") as file:
        file.write(BROKEN)
    return tmp_path


@pytest.fixture(autouse=True)
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def test_failed_conversations_show_their_first_reasons_and_are_no_success(plugged: Path) -> None:
    line = (plugged / "broken.py").read_text().splitlines().index('        raise ValueError("no [score] today")') + 1
    for _ in range(2):
        found = command("search", "--plugin", "broken", "--env", "Broken-v0", "--conversations", "5", "--out", "trees",
                        "--quiet", cwd=plugged)
        assert (found.returncode, json.loads(found.stdout)) == (1, {"conversations": 5, "failed": 5})
        assert found.stderr.splitlines() == [
            f"dialogym: conversation {n} failed: ValueError: no [score] today (broken.py, line {line})" for n in range(3)]


def test_a_plugin_that_raises_is_told_by_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_text("\n\nraise RuntimeError('not today')\n")
    found = command("envs", "--plugin", "odd", cwd=tmp_path)
    assert found.returncode == 2
    assert found.stderr == ("dialogym: The plugin 'odd' raised RuntimeError: not today (odd.py, line 3) when it was imported; "
                            "fix it there.\n")


@pytest.mark.parametrize("arguments", [(), ("--ask-conditions",)])
def test_a_scenario_that_has_nothing_to_ask_for_is_refused_before_the_model_is_loaded(tmp_path: Path,
                                                                                      arguments: tuple[str, ...]) -> None:
    found = command("annotate", "--env", "persuasion", "--corpus", str(episodes(tmp_path)), "--out", "new/out.jsonl",
                    "--model", "no/such/model", *arguments, cwd=tmp_path)
    assert (found.returncode, len(found.stderr.splitlines())) == (2, 1), found.stderr
    assert "Scenario 'persuasion' has no" in found.stderr
    assert not (tmp_path / "new").exists()


def episodes(folder: Path, environment: str = "PersuasionForGood-v0") -> Path:
    from dialogym import Position, ScriptedAgent
    from dialogym.envs.episodes import save
    from dialogym.envs.parts import Episode
    from dialogym.envs.registry import spec
    from dialogym.search import play, run

    scenario = spec(environment).build()
    pair = {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats}
    ends = run(play, [Position.start(scenario, seed) for seed in range(3)], pair)
    save(folder / "talks.jsonl", scenario, [Episode(e.condition, e.dialogue, "train", f"t{n}") for n, e in enumerate(ends)])
    return folder / "talks.jsonl"


SERVED = {
    "run": ("run", "--user", "openai:large", "--out", "new", "--quiet"),
    "search": ("search", "--user", "openai:large", "--out", "new", "--quiet", "--conversations", "2"),
}


@pytest.mark.parametrize("name", SERVED)
def test_a_server_without_address_and_key_is_asked_for(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = command(*SERVED[name], cwd=tmp_path)
    assert (found.returncode, len(found.stderr.splitlines())) == (2, 1), found.stderr
    assert "OPENAI_BASE_URL" in found.stderr
    assert "OPENAI_API_KEY" in found.stderr
    monkeypatch.setenv("OPENAI_BASE_URL", "localhost:8000")
    found = command(*SERVED[name], cwd=tmp_path)
    assert (found.returncode, "begins with http:// or https://" in found.stderr) == (2, True), found.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", SERVED)
@pytest.mark.parametrize(("refusal", "says"), [
    ((404, {"error": {"message": "no such model"}}), "has no model 'large'"),
    ((401, {"error": {"message": "who are you"}}), "wants a key"),
])
def test_a_wrong_model_or_key_is_said_before_anything_is_done(name: str, refusal: tuple[int, object], says: str, tmp_path: Path,
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultyServer(refuse=lambda body: refusal if body["model"] == "large" else None) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        found = command(*SERVED[name], cwd=tmp_path)
        assert (found.returncode, len(found.stderr.splitlines()), says in found.stderr) == (2, 1, True), found.stderr
        assert list(tmp_path.iterdir()) == []
        if name == "search":  # nothing was begun with the wrong name
            right = [argument.replace("large", "small") for argument in SERVED[name]]
            assert command(*right, "--option", "horizon=1", cwd=tmp_path).returncode == 0
