"""A folder's mark: who may write, what is left where nothing came of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialogym.envs.claims import MARK, check_claim, claimed, secret_for
from dialogym.envs.errors import InvalidArgument, RunExists

COMMAND, SETTINGS = "dialogym search", {"seed": 0, "search": {"width": (1, 2)}}


def filled(folder: Path) -> Path:
    with claimed(folder, COMMAND, SETTINGS):
        (folder / "trees.jsonl").write_text("a tree\n")
    return folder


def test_the_same_command_goes_on_in_its_folder(tmp_path: Path) -> None:
    folder = filled(tmp_path / "a" / "b")
    before = (folder / MARK).read_bytes(), (folder / MARK).stat().st_mtime_ns
    filled(folder)
    assert ((folder / MARK).read_bytes(), (folder / MARK).stat().st_mtime_ns) == before


@pytest.mark.parametrize(("command", "settings", "says"), [
    (COMMAND, {**SETTINGS, "seed": 1}, r"begun with another seed \(0, now 1\)"),
    (COMMAND, {**SETTINGS, "more": 1}, r"another more \(None, now 1\)"),
    ("dialogym pairs", SETTINGS, "holds what `dialogym search` wrote"),
])
def test_anything_else_is_refused_and_changes_nothing(tmp_path: Path, command: str, settings: dict[str, object],
                                                      says: str) -> None:
    folder = filled(tmp_path / "a")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(RunExists, match=says), claimed(folder, command, settings):
        raise AssertionError("nobody comes here")
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("mark", ["", "{", "[]", '{"command": 3}', None])
def test_a_folder_without_a_whole_mark_is_somebody_elses(tmp_path: Path, mark: str | None) -> None:
    (tmp_path / "train.jsonl").write_text("mine\n")
    if mark is not None:
        (tmp_path / MARK).write_text(mark)
    with pytest.raises(RunExists, match=r"holds 'train\.jsonl', which `dialogym search` did not write"):
        check_claim(tmp_path, COMMAND, SETTINGS)
    with pytest.raises(RunExists, match="is not a folder"):
        check_claim(tmp_path / "train.jsonl", COMMAND, SETTINGS)


def test_where_nothing_came_of_it_everything_is_as_before(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "deep" / "new"):
        with pytest.raises(KeyError), claimed(folder, COMMAND, SETTINGS):
            raise KeyError
    assert list(tmp_path.rglob("*")) == [tmp_path / "empty"]


def test_a_mark_alone_binds_nobody(tmp_path: Path) -> None:
    """A kill before the first result leaves one."""
    (tmp_path / MARK).write_text('{"command": "dialogym bench", "settings": {}}\n')
    check_claim(filled(tmp_path), COMMAND, SETTINGS)


def test_a_secret_is_drawn_once_for_a_folder_and_kept_in_its_mark(tmp_path: Path) -> None:
    """From before anything is done there: who is killed at any moment goes on with the same one."""
    folder, drawn = tmp_path / "a", [secret_for(tmp_path / "a", COMMAND, None) for _ in range(2)]
    assert drawn[0] != drawn[1]
    assert not folder.exists()
    with claimed(folder, COMMAND, {**SETTINGS, "secret": drawn[0]}):
        assert secret_for(folder, COMMAND, None) == drawn[0]  # killed now, nothing but the mark is there
        (folder / "trees.jsonl").write_text("a tree\n")
    assert secret_for(folder, COMMAND, None) == drawn[0]
    assert secret_for(folder, COMMAND, "another") == "another"  # which the claim refuses
    assert secret_for(folder, "dialogym bench", None) != drawn[0]
    with pytest.raises(InvalidArgument, match="not blank"):
        secret_for(folder, COMMAND, " ")
