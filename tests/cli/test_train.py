"""`dialogym train` and the options of engines: what makes no sense is refused before anything is loaded or written."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dialogym.__main__ import app
from dialogym.envs.errors import DialogymError


@pytest.mark.parametrize(("words", "said"), [
    (("train", "ppo", "--out", "OUT"), "'sft', 'reward', 'dpo'"),
    (("train", "dpo", "--out", "OUT"), "--pairs FOLDER"),
    (("train", "sft", "--pairs", "x", "--out", "OUT"), "--pairs FOLDER"),
    (("train", "sft", "--seat", "judge", "--out", "OUT"), "has the seats"),
    (("train", "sft", "--layout", "spiral", "--out", "OUT"), "layout"),
    (("train", "reward", "--pairs", "OUT", "--out", "OUT"), "no dataset of preference pairs"),
    (("search", "--engine", "slurm", "--out", "OUT"), "one of"),
    (("search", "--workers", "2", "--out", "OUT"), "--engine ray"),
    (("bench", "--address", "auto", "--out", "OUT"), "--engine ray"),
])
def test_what_makes_no_sense_is_refused(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(DialogymError, match=said):
        CliRunner().invoke(app, [str(out) if word == "OUT" else word for word in words], catch_exceptions=False)
    assert not out.exists()


def test_without_ray_the_engine_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(DialogymError, match=r"dialogym\[ray\]"):
        CliRunner().invoke(app, ["search", "--engine", "ray", "--out", str(tmp_path / "out")], catch_exceptions=False)
    assert not (tmp_path / "out").exists()
