"""The referee: planners that cheat win nothing or are named, and honest ones play as they do without it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dialogym import Position, ScriptedAgent
from dialogym.__main__ import app
from dialogym.alignment.evaluation.leaderboard import CLOCKS, FIGURES, LINES, TABLE, BenchSettings, bench
from dialogym.envs.claims import MARK
from dialogym.envs.errors import InvalidConfig, PluginFailed
from dialogym.envs.registry import EnvSpec, registry
from dialogym.search import Imagining, Scored, Talk, referee, run, stream
from dialogym.search.driver import Failed
from dialogym.search.referee import MESSAGE, Entry, Foul, Refereed
from dialogym.search.veil import Veiled
from tests.adversaries.cheats import FOLDER
from tests.toy import Guessing, Thinking

ROOT = Path(__file__).resolve().parents[2]
CHEATS = "tests.adversaries.cheats:"
WINNERS = ("FrameReader", "PolicyCaller", "OwnWords", "Patcher")
SETTINGS = BenchSettings(env="Guessing-v0", options={"horizon": 1}, budgets=(12,), users=("honest",), conversations=40,
                         worlds=1, secret="nobody has seen this one", patience=20.0)


@pytest.fixture(scope="module", autouse=True)
def games() -> Iterator[None]:
    """Two games that the registry of a planner's process must be told of."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        for name, kind in (("Guessing-v0", Guessing), ("Thinking-v0", Thinking)):
            patch.setitem(registry, name, EnvSpec(name, kind))
        yield


def played(out: Path, *cheats: str, **changes: Any) -> dict[str, dict[str, Any]]:
    """The rows of a comparison with the policy alone, by the planner's name."""
    planners = ("sample", *(CHEATS + cheat for cheat in cheats))
    rows = bench(replace(SETTINGS, planners=planners, **changes), out)["rows"]
    return {row["planner"].removeprefix(CHEATS): row for row in rows}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, Any]]]:
    out = tmp_path_factory.mktemp("watched") / "out"
    return out, played(out, "KeyReader", "MemoWalker", *WINNERS, "Stumbler", "Talker")


def test_without_a_referee_cheats_win_unremarked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and memos give nothing away in this process either; frames, words and classes do."""
    monkeypatch.setattr(Guessing, "engagement", Guessing.engagement)  # undone in the end, whoever puts another there
    found = played(tmp_path / "out", "KeyReader", "MemoWalker", *WINNERS, referee=False)
    alone = found["sample"]["level"][0]
    assert alone < 0.45
    for cheat in ("FrameReader", "OwnWords", "Patcher"):
        assert found[cheat]["level"][0] > 0.75, cheat
    assert found["PolicyCaller"]["generations"] == 0
    assert not any(row["failed"] or row["refereed"] for row in found.values())
    for cheat in ("KeyReader", "MemoWalker"):
        assert found[cheat]["level"][0] < alone + 0.2


@pytest.mark.parametrize("cheat", ["KeyReader", "MemoWalker", "FrameReader", "Patcher"])
def test_who_looks_for_the_truth_is_at_chance(watched: tuple[Path, dict[str, dict[str, Any]]], cheat: str) -> None:
    found = watched[1]
    assert found[cheat]["refereed"]
    assert not found[cheat]["failed"]
    assert found[cheat]["generations"] == 8
    assert abs(found[cheat]["level"][0] - found["sample"]["level"][0]) < 0.2  # a quarter is chance


@pytest.mark.parametrize("cheat", ["PolicyCaller", "OwnWords"])
def test_words_that_nobody_proposed_are_named_and_win_nothing(watched: tuple[Path, dict[str, dict[str, Any]]],
                                                              cheat: str) -> None:
    row = watched[1][cheat]
    assert (row["failed"], row["fouls"], row["level"][0]) == (40, 40, 0.0)
    assert row["reasons"] == ["said words that the policy did not propose"]
    assert "- said words that the policy did not propose" in (watched[0] / TABLE).read_text()


def test_breaking_down_before_some_users_does_not_pay(watched: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    row = watched[1]["Stumbler"]
    assert 0 < row["fouls"] < 40
    assert row["level"][0] < watched[1]["sample"]["level"][0]
    assert row["reasons"][0].startswith("RuntimeError: out of words (tests/adversaries/cheats.py, line ")


def test_prints_do_no_harm_and_processor_time_is_told(watched: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    row = watched[1]["Talker"]
    assert not row["failed"]
    assert row["own"] > 0
    if sys.platform == "linux":
        assert row["cpu"] > 0
    header, *lines = [line for line in (watched[0] / TABLE).read_text().splitlines() if line.startswith("|")]
    assert header.endswith("| own CPU a talk | fouls |")
    assert ["not refereed" in line for line in lines[1:]] == [True] + [False] * 8
    assert {line.count("|") for line in lines} == {header.count("|")}


BREAKERS = {
    "SecretReader": "PermissionError: a planner under test does not read .dialogym.json",
    "ProcessStarter": "PermissionError: a planner under test starts no process (os.system)",
    "Previewer": "ValueError: not what was foreseen",
    "Spender": "asked for 100 generations of the policy in a decision, 12 are allowed",
    "liar": "chose no candidate (3 is none of those it asked for, [])",
    "rubbish": "sent what is no message (b'[1, 2]')",
    "garbled": "sent what is no message (b'\\xff')",
    "hurried": "sent a message that nobody waited for",
    "nester": "sent what is no message",
    "flooder": f"sent a message of more than {MESSAGE} bytes",
    "dier": "its process ended (exit code 3)",
    "sleeper": "took longer than 1.5 seconds",
    "stranger": "asked for what there is not (ValueError",
    "forger": "asked for what there is not (ValueError: 'guesser' speaks out of turn)",
    "beyond": "asked for what there is not (ValueError",
    "judge": "sent what is no message",
}


@pytest.mark.parametrize("cheat", BREAKERS)
def test_who_breaks_the_rules_is_named(cheat: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    (tmp_path / ".dialogym.json").write_text('{"secret": "mine"}')
    patience = 1.5 if cheat == "sleeper" else 20.0
    scenario = Guessing(horizon=1).under("Guessing-v0")
    agents = {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats}
    entry = Entry(planner=CHEATS + cheat, budget=12, worlds=1, seconds=patience, closed=(tmp_path,))
    with Refereed("Guessing-v0", {"horizon": 1}, entry) as seat:
        ((_, found),) = stream(Talk(seat), [(0, Position.start(scenario, 0))], agents)
    assert isinstance(found, Failed)
    assert BREAKERS[cheat] in found.reason


def timeless(out: Path) -> list[dict[str, Any]]:
    """The conversations without the clock."""
    return [{name: value for name, value in json.loads(line).items() if name not in CLOCKS}
            for line in (out / LINES).read_text().splitlines()[1:]]


@pytest.mark.parametrize(("env", "horizon", "policy", "planners"), [
    ("PersuasionForGood-v0", 3, "novice", ("sample", "open-loop", "ixmcts-rollouts")),
    ("Thinking-v0", 3, None, ("beam", "ixmcts")),
])
def test_an_honest_planner_plays_the_same_with_a_referee(env: str, horizon: int, policy: str | None, planners: tuple[str, ...],
                                                         tmp_path: Path) -> None:
    settings = BenchSettings(env=env, options={"horizon": horizon}, planners=planners, budgets=(6,), policy=policy,
                             users=None if env == "Thinking-v0" else ("scripted",), conversations=2, worlds=2, secret="mine")
    for watched in (False, True):
        bench(replace(settings, referee=watched), tmp_path / str(watched))
    assert timeless(tmp_path / "True") == timeless(tmp_path / "False")
    assert all("level" in line and "foul" not in line for line in timeless(tmp_path / "True"))


def test_words_of_a_failure_break_no_file(tmp_path: Path) -> None:
    row = played(tmp_path, "Mumbler", conversations=2)["Mumbler"]
    assert row["fouls"] == 2
    assert row["reasons"][0].startswith("RuntimeError: ? | `scripted` | ?[2J (tests/adversaries/cheats.py, line ")


def test_who_does_not_come_up_does_not_come_up_the_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(referee, "_START", 0.01)
    with Refereed("Guessing-v0", {}, Entry(planner="sample", budget=1, worlds=1)) as seat:
        for _ in range(2):
            with pytest.raises(Foul, match="took longer than"):
                seat.start()


def test_a_judge_scores_for_the_referee() -> None:
    """Best-of-N in a process of its own: the reward model stays here."""
    scenario = Guessing().under("Guessing-v0")
    agents = {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats}
    starts = [Position.start(scenario, seed) for seed in range(3)]

    def score(pairs: Any) -> list[float]:
        return [float("blue" in reply.text) for _, reply in pairs]

    here = run(Talk(Veiled(Imagining(Scored(score, 3), worlds=1, drawn=1, samples=0))), starts, agents)
    with Refereed("Guessing-v0", {}, Entry(planner="best-of-3", budget=3, worlds=1, best_of=3), score) as seat:
        assert run(Talk(seat), starts, agents, window=1) == here
        with pytest.raises(InvalidConfig, match="one conversation at a time"):
            run(Talk(seat), starts, agents)


@pytest.mark.parametrize("cut", [0.6])
def test_a_killed_comparison_goes_on_to_the_same_lines(tmp_path: Path, cut: float) -> None:
    planners = ("Stumbler", "Talker")
    for folder in ("whole", "killed"):
        if folder == "killed":
            (tmp_path / folder).mkdir()
            (tmp_path / folder / MARK).write_bytes((tmp_path / "whole" / MARK).read_bytes())
            lines = (tmp_path / "whole" / LINES).read_bytes()
            (tmp_path / folder / LINES).write_bytes(lines[:int(cut * len(lines))])
        played(tmp_path / folder, *planners, conversations=4)
    assert timeless(tmp_path / "killed") == timeless(tmp_path / "whole")


def test_the_command_takes_a_referee_for_all_and_says_so(tmp_path: Path) -> None:
    found = CliRunner().invoke(app, ["bench", "--env", "PersuasionForGood-v0", "--option", "horizon=2", "--planners", "sample",
                                     "--user", "scripted", "--conversations", "2", "--referee", "--patience", "30",
                                     "--out", str(tmp_path / "out"), "--quiet"])
    assert found.exit_code == 0, found.output
    assert "refereed: all" in " ".join(found.output.split())
    figures = json.loads((tmp_path / "out" / FIGURES).read_text())
    assert (figures["settings"]["referee"], figures["settings"]["patience"]) == (True, 30.0)
    assert figures["rows"][0]["refereed"]


def test_what_cannot_come_up_is_refused_before_anything_is_played(tmp_path: Path) -> None:
    for planner, error, says in (("tests.toy:Nobody", InvalidConfig, "has no attribute 'Nobody'"),
                                 ("nobody", InvalidConfig, "There is no planner 'nobody'"),
                                 ("os:abort", PluginFailed, "does not come up in a process of its own: its process ended")):
        with pytest.raises(error, match=says):
            bench(replace(SETTINGS, planners=("sample", planner)), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(InvalidConfig, match="nothing to referee"):
        replace(SETTINGS, oracle=True, referee=True)
    with pytest.raises(InvalidConfig, match="patience is more than 0"):
        replace(SETTINGS, patience=0.0)
