"""`dialogym reproduce` and `dialogym evaluate`: what they ask for, and what they print in 80 columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dialogym.__main__ import app
from dialogym.alignment import reproduction
from dialogym.alignment.config import preset
from dialogym.alignment.evaluation import families
from dialogym.alignment.report import page
from dialogym.alignment.reproduction import together
from tests.alignment.test_reproduction import RUNS
from tests.cli.test_words import NARROW, refusal


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, env=NARROW, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert max(map(len, result.output.splitlines())) <= 80
    return result.output


def test_a_reproduction_has_the_default_settings_and_a_secret_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def noted(config: Any, seeds: Any, out: Any, **more: Any) -> dict[str, Any]:
        asked.append((config, seeds, out, more))
        return together(RUNS)

    monkeypatch.setattr(reproduction, "reproduce", noted)
    text = shown("reproduce", "persuasion", "--seeds", "4,7", "--families", "16", "--out", "all", "--quiet")
    config, seeds, out, more = asked[0]
    assert (config.environment, config.secret, seeds, out, more["episodes"]) == (
        "PersuasionForGood-v0", None, [4, 7], Path("all"), 16)
    assert config.dialogues == preset(False).dialogues
    assert "+0.500" in text
    assert "all/reproduction.md" in text
    assert config.baselines == ()
    shown("reproduce", "emotional-support", "--secret", "ours", "--baselines", "kto", "--out", "all", "--quiet")
    assert (asked[1][0].secret, asked[1][0].baselines, asked[1][1]) == ("ours", ("kto",), [0, 1, 2, 3, 4])


@pytest.mark.parametrize("command", ["run", "reproduce"])
def test_an_odd_baseline_is_one_sentence(command: str, capsys: pytest.CaptureFixture[str],
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(capsys, monkeypatch, command, "--out", "new", "--baselines", "kto,ppo")
    assert "baselines may hold 'filtered' and 'kto', each once, got ['kto', 'ppo']." in said


def test_odd_seeds_are_one_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "whole numbers with commas" in refusal(capsys, monkeypatch, "reproduce", "--out", "new", "--seeds", "0-4")


def test_a_run_is_evaluated_with_every_family(monkeypatch: pytest.MonkeyPatch) -> None:
    gain = {"pledged": [0.1, -0.02, 0.2], "paid": [0.0, 0.0, 0.0], "engaged": [0.25, 0.1, 0.4]}
    found = {"families": {name: {"searched": name == "scripted", "differences": {"Aligned": gain}}
                          for name in ("scripted", "calibrated")}}
    monkeypatch.setattr(families, "families", lambda run, episodes, reporter, engine: {**found, "episodes": episodes})
    monkeypatch.setattr(page, "write_report", lambda run: run)
    text = shown("evaluate", "mine", "--families", "9", "--quiet")
    assert "calibrated never" in " ".join(text.split())
    assert "+0.250 [+0.100, +0.400]" in text
    assert "mine/families.json" in text
