"""The command as a user meets it: in a terminal, with exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import dialogym


def command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    return subprocess.run([sys.executable, "-m", "dialogym", *arguments], cwd=cwd, env=environment, text=True,
                          capture_output=True, check=False, timeout=110)


def test_help_names_the_commands(tmp_path: Path) -> None:
    shown = command("--help", cwd=tmp_path)
    assert shown.returncode == 0
    for name in ("run", "envs", "show", "pretrain", "report"):
        assert name in shown.stdout


def test_envs_lists_every_environment(tmp_path: Path) -> None:
    shown = command("envs", cwd=tmp_path)
    assert shown.returncode == 0
    assert all(id in shown.stdout for id in dialogym.registry)


def test_show_is_seeded(tmp_path: Path) -> None:
    first, again, other = (command("show", "--seed", seed, cwd=tmp_path).stdout for seed in ("3", "3", "4"))
    assert first == again != other
    assert "engagement" in first
    assert "persuadee" in first


@pytest.mark.parametrize(("arguments", "says"), [
    (["show", "PersuasionForGod-v0"], "did you mean 'PersuasionForGood-v0'"),
    (["run", "--out", "new", "--env", "Nothing-v0"], "No environment is called 'Nothing-v0'"),
    (["run", "--out", "new", "--corpus", "nowhere"], "nowhere"),
    (["run", "--out", "new", "--model", "nowhere"], "nowhere"),
    (["run", "--out", "taken"], "already exists"),
    (["run", "--out", "new", "--simulator", "nobody"], "'scripted' or 'model'"),
    (["run", "--out", "new", "--config", "none.yaml"], "none.yaml"),
])
def test_bad_input_is_one_sentence_and_exit_code_2(tmp_path: Path, arguments: list[str], says: str) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "results.json").write_text("{}")
    found = command(*arguments, cwd=tmp_path)
    assert found.returncode == 2
    assert says in found.stderr
    assert "Traceback" not in found.stderr
    assert len(found.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "new").exists()
    assert (tmp_path / "taken" / "results.json").read_text() == "{}"
