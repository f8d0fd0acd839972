"""The leaderboard's page: made of the entries that are kept, which hold, and up to date."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from dialogym.__main__ import app
from dialogym.alignment.evaluation.board import board
from dialogym.alignment.evaluation.entries import read_entry
from dialogym.alignment.evaluation.verification import verify
from dialogym.envs.errors import InvalidConfig

ROOT = Path(__file__).resolve().parents[3]
ENTRIES = sorted((ROOT / "leaderboard").glob("*.json.gz"))


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "leaderboard.md").read_text() == board(ROOT / "leaderboard"), (
        "run: dialogym leaderboard leaderboard --page docs/leaderboard.md")


@pytest.mark.parametrize("most", [1, pytest.param(None, marks=pytest.mark.slow)])
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda path: path.name.partition(".")[0])
def test_what_is_kept_holds(entry: Path, most: int | None) -> None:
    assert verify(entry, most=most).differences == ()


def test_everybody_met_the_same_people() -> None:
    settings = [read_entry(entry)["settings"] for entry in ENTRIES]
    assert {(each["secret"], each["seed"]) for each in settings} == {("public", 0)}


def test_the_best_stand_first(tmp_path: Path) -> None:
    page = board(ROOT / "leaderboard")
    for section in page.split("\n## ")[2:]:
        means = [float(cell.split(" [")[0]) for line in section.splitlines() for cell in line.split(" | ") if " [" in cell]
        assert len(means) > 3
        assert means == sorted(means, reverse=True)
    found = CliRunner().invoke(app, ["leaderboard", str(ROOT / "leaderboard"), "--page", str(tmp_path / "page.md")])
    assert (found.exit_code, (tmp_path / "page.md").read_text()) == (0, page)
    assert CliRunner().invoke(app, ["leaderboard", str(ROOT / "leaderboard")]).output == page


def test_a_folder_without_entries_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(InvalidConfig, match="holds no entries"):
            board(folder)
