"""`dialogym experiment`: what it asks for, what it prints in 80 columns, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dialogym.alignment import comparison
from dialogym.alignment.config import resolve
from dialogym.alignment.experiments import EXPERIMENTS
from tests.cli.test_reproduce import shown
from tests.cli.test_words import refusal

ALL = ", ".join(f"{name!r}" for name in sorted(EXPERIMENTS))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What would have been run."""
    found: list[Any] = []

    def noted(experiment: Any, configs: Any, seeds: Any, out: Any, **more: Any) -> dict[str, Any]:
        found.append((experiment, configs, seeds, out))
        return {"conclusions": ["turn against future: the gain in pledged differs by −$0.05 (95% −$0.09 to −$0.01), which "
                                "excludes zero: turn teaches less than future."]}

    monkeypatch.setattr(comparison, "compare", noted)
    return found


def test_an_experiment_has_a_runs_settings_and_says_what_came_out(asked: list[Any], tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("dialogues: 77\nsearch: {keep: 5}\n")
    text = shown("experiment", "turn-reward", "--seeds", "4,7", "--out", "all", "--env", "emotional-support", "--talks", "9",
                 "--config", str(tmp_path / "mine.yaml"), "--quiet")
    experiment, configs, seeds, out = asked[0]
    assert (experiment.name, seeds, out) == ("turn-reward", [4, 7], Path("all"))
    wanted = resolve(environment="EmotionalSupport-v0", file=tmp_path / "mine.yaml")
    assert list(configs) == ["future", "turn"]
    for made in configs.values():
        assert (made.environment, made.dialogues, made.episodes, made.secret) == ("EmotionalSupport-v0", 77, 9, None)
        assert (made.search, made.dpo) == (wanted.search, wanted.dpo)
    assert "turn teaches less than future" in " ".join(text.split())
    assert "all/experiment.md" in text
    shown("experiment", "replays", "--secret", "ours", "--out", "all", "--quiet")
    assert asked[1][2] == [0, 1, 2, 3, 4]
    assert {made.secret for made in asked[1][1].values()} == {"ours"}
    assert {made.episodes for made in asked[1][1].values()} == {resolve().episodes}


def test_every_task_has_its_own_settings(asked: list[Any], capsys: pytest.CaptureFixture[str],
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    shown("experiment", "cross-task", "--out", "all", "--quiet")
    made = {config.environment: config for config in asked[0][1].values()}
    for id in ("PersuasionForGood-v0", "EmotionalSupport-v0"):
        assert made[id].search == resolve(environment=id).search
    assert "leave --env out" in refusal(capsys, monkeypatch, "experiment", "cross-task", "--env", "persuasion", "--out", "all")


def test_the_help_names_every_experiment() -> None:
    text = shown("experiment", "--help")
    assert all(name in text for name in EXPERIMENTS)


@pytest.mark.parametrize(("arguments", "says"), [
    (("nothing",), f"There is no experiment 'nothing'. There are [{ALL}]."),
    (("prunning",), "did you mean 'pruning'?"),
    (("replays", "--seeds", "0-4"), "whole numbers with commas"),
    (("replays", "--talks", "0"), "episodes must be at least 1"),
])
def test_what_there_is_not_is_one_sentence(arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str],
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(capsys, monkeypatch, "experiment", *arguments, "--out", "new")
    assert says in " ".join(said.split())
    assert len(said.strip().splitlines()) == 1
    assert not Path("new").exists()
