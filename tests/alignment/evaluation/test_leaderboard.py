"""The leaderboard: equal budgets, the same users, honest failures, and a killed comparison that goes on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from dialogym import Position, ScriptedAgent, make
from dialogym.__main__ import app
from dialogym.alignment.evaluation.budget_plot import budget_plot
from dialogym.alignment.evaluation.leaderboard import FIGURES, LINES, PLOT, TABLE, BenchSettings, bench
from dialogym.alignment.training.reward import train_reward
from dialogym.alignment.training.settings import RewardSettings
from dialogym.envs.claims import MARK
from dialogym.envs.errors import DialogymError, InvalidArgument, InvalidConfig, RunExists
from dialogym.envs.keys import mix, text_key, uniform
from dialogym.search import play, run
from tests import tiny

SETTINGS = BenchSettings(env="PersuasionForGood-v0", options={"horizon": 4}, planners=("sample", "greedy", "ixmcts"),
                         budgets=(4, 6), users=("scripted",), policy="novice", conversations=4, worlds=2)


def timeless(figures: dict[str, Any]) -> Any:
    """The figures without the clock."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in figures["rows"]]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("bench") / "one"
    return out, bench(SETTINGS, out)


def test_every_planner_meets_every_user_at_every_budget(played: tuple[Path, dict[str, Any]]) -> None:
    out, figures = played
    assert [(row["budget"], row["planner"]) for row in figures["rows"]] == [
        (budget, name) for budget in (4, 6) for name in SETTINGS.planners]
    assert json.loads((out / FIGURES).read_text()) == json.loads(json.dumps(figures))
    assert all(row["generations"] <= row["budget"] and not row["failed"] for row in figures["rows"])
    page = (out / TABLE).read_text()
    assert len([line for line in page.splitlines() if line.startswith("| `scripted`")]) == 6
    assert "imagined users only, 2 per decision" in page
    assert "(one, not weighed by what was heard, at a budget of 4)" in page


def test_the_plot_shows_every_planner(played: tuple[Path, dict[str, Any]]) -> None:
    out, figures = played
    drawn = (out / PLOT).read_text()
    assert drawn == budget_plot(figures)
    root = ElementTree.fromstring(drawn)
    assert root.tag.endswith("svg")
    ids = [element.get("id", "") for element in root.iter()]
    assert sum(name.startswith("axes_") for name in ids) == 1
    assert sum(name.startswith("LineCollection_") for name in ids) == 2 * len(SETTINGS.planners), "here and in the legend"


def test_best_of_n_says_what_the_reward_model_likes(tmp_path: Path) -> None:
    train_reward("embedded", tiny.pairs(4), tmp_path / "reward", RewardSettings(max_steps=1, held_out=0.0))
    settings = replace(SETTINGS, planners=("sample", "best-of-3", "best-of-9"), budgets=(4,), conversations=2,
                       reward=str(tmp_path / "reward"))
    rows = bench(settings, tmp_path / "bench")["rows"]
    assert [(row["planner"], row["generations"], row["failed"]) for row in rows] == [
        ("sample", 1, 0), ("best-of-3", 3, 0), ("best-of-9", 4, 0)]
    for change in ({"reward": None}, {"planners": ("sample", "greedy")}):
        with pytest.raises(InvalidConfig, match="go together"):
            replace(settings, **change)


def test_the_lower_line_is_the_policy_itself(played: tuple[Path, dict[str, Any]]) -> None:
    scenario = make(SETTINGS.env, **SETTINGS.options).scenario
    secret = played[1]["settings"]["secret"]
    starts = [Position.start(scenario, mix(text_key("leaderboard"), 0, n), secret=secret) for n in range(4)]
    ends = run(play, starts, {"persuader": ScriptedAgent.of(scenario, "persuader", "novice"),
                              "persuadee": ScriptedAgent.of(scenario, "persuadee")})
    lines = [json.loads(line) for line in (played[0] / LINES).read_text().splitlines()[1:]]
    found = [line["level"] for line in lines if line["planner"] == "sample" and line["budget"] == 6]
    assert found == [end.engagement.level for end in ends]


@pytest.mark.parametrize("seed", range(20))
def test_killed_anywhere_it_ends_with_the_same_figures(played: tuple[Path, dict[str, Any]], tmp_path: Path, seed: int) -> None:
    """A kill leaves a prefix of the bytes: the line in flight may be cut anywhere."""
    out, figures = played
    whole = (out / LINES).read_bytes()
    (tmp_path / MARK).write_bytes((out / MARK).read_bytes())
    (tmp_path / LINES).write_bytes(whole[:int(uniform(text_key("kill"), seed) * len(whole))])
    assert timeless(bench(SETTINGS, tmp_path)) == timeless(figures)
    again = [json.loads(line) for line in (tmp_path / LINES).read_text().splitlines()]
    assert len(again) == len(whole.splitlines())


def test_who_stopped_it_and_kept_the_error_goes_on_in_the_same_process(played: tuple[Path, dict[str, Any]],
                                                                       tmp_path: Path) -> None:
    """A traceback that is kept, as a notebook keeps one, must not keep the journal's lock."""
    def stop(done: int, of: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    secret = played[1]["settings"]["secret"]
    with pytest.raises(KeyboardInterrupt) as kept:
        bench(replace(SETTINGS, secret=secret), tmp_path / "out", progress=stop)
    assert timeless(bench(replace(SETTINGS, secret=secret), tmp_path / "out")) == timeless(played[1])
    assert kept.value.__traceback__ is not None


def test_every_comparison_draws_a_secret_and_replays_with_it(played: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """Fresh people each time, whom no table of seeds knows; told in every file; given again, the same talks again."""
    out, figures = played
    secret = figures["settings"]["secret"]
    assert secret in (out / TABLE).read_text()
    assert json.loads((out / LINES).read_text().splitlines()[0])["settings"]["secret"] == secret
    again = bench(replace(SETTINGS, secret=secret), tmp_path / "again")
    assert timeless(again) == timeless(figures)
    lines = [[{**json.loads(line), "seconds": 0} for line in (folder / LINES).read_text().splitlines()]
             for folder in (out, tmp_path / "again")]
    assert lines[0] == lines[1]
    small = replace(SETTINGS, planners=("sample",), budgets=(1,), conversations=2)
    drawn = [bench(small, tmp_path / name)["settings"]["secret"] for name in ("one", "two")]
    assert len({secret, "public", *drawn}) == 4
    with pytest.raises(RunExists, match="begun with another secret"):
        bench(replace(small, secret="mine"), tmp_path / "one")
    with pytest.raises(InvalidArgument, match="A secret is a text"):
        bench(replace(small, secret=" "), tmp_path / "three")
    assert not (tmp_path / "three").exists()


def test_another_comparison_is_refused(played: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    before = (played[0] / LINES).read_bytes()
    with pytest.raises(RunExists, match="begun with another seed"):
        bench(replace(SETTINGS, seed=1), played[0])
    assert (played[0] / LINES).read_bytes() == before
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RunExists, match=r"holds 'mine\.txt'"):
        bench(SETTINGS, tmp_path)


def broken(position: Position) -> Iterator[Any]:
    """Fails on some users' talks."""
    reply = (yield [position.ask()])[0]
    if len(reply.text) % 3 == 0:
        raise RuntimeError("out of words")
    from dialogym.search import Choice

    return Choice((reply,), (None,), (0,))


def test_a_planner_that_raises_is_noted_and_not_counted(tmp_path: Path) -> None:
    name = "tests.alignment.evaluation.test_leaderboard:broken"
    settings = replace(SETTINGS, planners=("sample", name), budgets=(3,), conversations=12, referee=False)
    figures = bench(settings, tmp_path / "out")
    row = figures["rows"][1]
    assert 0 < row["failed"] <= 12
    (reason,) = row["reasons"]
    assert re.fullmatch(r"RuntimeError: out of words \(tests/alignment/evaluation/test_leaderboard\.py, line \d+\)", reason)
    assert reason in (tmp_path / "out" / TABLE).read_text()
    if row["failed"] < 12:
        assert row["difference"][0] == 0.0


def test_an_oracle_is_labelled(tmp_path: Path) -> None:
    bench(replace(SETTINGS, oracle=True, budgets=(6,), conversations=2), tmp_path / "out")
    page = (tmp_path / "out" / TABLE).read_text()
    assert page.count("(oracle)") == 4


@pytest.mark.parametrize(("change", "says"), [
    ({"planners": ("sampel",)}, "did you mean 'sample'"), ({"users": ("nobody",)}, "nobody"), ({"policy": "nobody"}, "nobody"),
    ({"planners": ("sample", "sample")}, "must differ"), ({"budgets": ()}, "needs planners"),
    ({"conversations": 1}, "2 or more"),
])
def test_what_there_is_not_is_named_before_anything_is_played(change: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(DialogymError, match=says):
        bench(replace(SETTINGS, **change), tmp_path / "out")
    assert not (tmp_path / "out" / LINES).exists()


def test_the_command_prints_a_table_that_fits_80_columns_and_keeps_the_whole_one(tmp_path: Path) -> None:
    found = CliRunner().invoke(app, [
        "bench", "--env", "PersuasionForGood-v0", "--planners", "sample,greedy", "--budget", "3,6",
        "--user", "scripted,sceptical", "--conversations", "2", "--option", "horizon=3", "--out", str(tmp_path / "out"),
        "--quiet"], env={"COLUMNS": "80"})
    assert found.exit_code == 0, found.output
    *shown, last = found.output.splitlines()
    assert max(map(len, shown)) <= 80
    assert "…" not in found.output
    assert last == f"The whole table: {tmp_path / 'out' / TABLE}"
    assert "| `scripted` | 3 | `greedy` |" in (tmp_path / "out" / TABLE).read_text()
    rows = [line.split() for line in shown if " greedy " in line or " sample " in line]
    figures = json.loads((tmp_path / "out" / FIGURES).read_text())["rows"]
    assert [row[row.index(kept["planner"]) + 1] for row, kept in zip(rows[-8:], figures, strict=True)] == [
        f"{kept['level'][0]:.2f}" for kept in figures]
