"""No command writes into what is not its own; the same command again goes on, or writes the same again."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialogym.search.collect import TREES
from tests.cli.test_cli import command

SEARCH = ("search", "--config", "small.yaml", "--quiet", "--conversations", "8")
PAIRS = ("pairs", "trees", "--min-gap", "0.01", "--min-completions", "1")
BENCH = ("bench", "--env", "PersuasionForGood-v0", "--planners", "sample,greedy", "--budget", "3", "--user", "scripted",
         "--conversations", "2", "--option", "horizon=3", "--quiet")
COMMANDS = {"search": SEARCH, "pairs": PAIRS, "bench": BENCH, "run": ("run",), "pretrain": ("pretrain",)}


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished search in trees/."""
    folder = tmp_path_factory.mktemp("searched")
    (folder / "small.yaml").write_text("{search: {width: 2, keep: 3}, options: {horizon: 4}, policy: novice}")
    assert command(*SEARCH, "--out", "trees", cwd=folder).returncode == 0
    return folder


def held(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("file", ["train.jsonl", "trees.jsonl", "notes.txt"])
def test_what_somebody_else_wrote_is_left_alone(searched: Path, tmp_path: Path, name: str, file: str) -> None:
    (tmp_path / file).write_text("a year's work\n")
    found = command(*COMMANDS[name], "--out", str(tmp_path), cwd=searched)
    assert (found.returncode, len(found.stderr.strip().splitlines())) == (2, 1), found
    assert f"already exists and holds '{file}'" in found.stderr
    assert held(tmp_path) == {file: b"a year's work\n"}


def test_commands_do_not_write_into_each_others_folders(searched: Path, tmp_path: Path) -> None:
    for name in ("pairs", "bench"):
        assert command(*COMMANDS[name], "--out", str(tmp_path / name), cwd=searched).returncode == 0
    before = held(tmp_path), held(searched)
    for folder, owner in ((tmp_path / "pairs", "pairs"), (tmp_path / "bench", "bench"), (searched / "trees", "search")):
        for name, arguments in COMMANDS.items():
            if name != owner:
                found = command(*arguments, "--out", str(folder), cwd=searched)
                assert found.returncode == 2, (name, owner, found)
                assert f"holds what `dialogym {owner}` wrote" in found.stderr
    assert (held(tmp_path), held(searched)) == before


def test_pairs_again_are_the_same_and_other_pairs_are_refused(searched: Path, tmp_path: Path) -> None:
    asked = (*PAIRS, "--out", str(tmp_path / "pairs"))
    first = command(*asked, cwd=searched)
    before = held(tmp_path)
    again = command(*asked, cwd=searched)
    assert (first.returncode, again.returncode, again.stdout) == (0, 0, first.stdout)
    other = command(*asked, "--seed", "1", cwd=searched)
    assert (other.returncode, "begun with another seed (0, now 1)" in other.stderr) == (2, True), other.stderr
    assert held(tmp_path) == before


def test_a_page_replaces_a_page_and_nothing_else(searched: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.html").write_text("<p>my notes")
    refused = command("tree", "trees", "--out", str(tmp_path / "notes.html"), cwd=searched)
    assert (refused.returncode, "was not written by `dialogym tree`" in refused.stderr) == (2, True), refused.stderr
    assert (tmp_path / "notes.html").read_text() == "<p>my notes"
    for conversation in ("0", "1"):
        made = command("tree", "trees", "--conversation", conversation, "--out", str(tmp_path / "page.html"), cwd=searched)
        assert made.returncode == 0, made.stderr
    assert "trees, conversation 1" in (tmp_path / "page.html").read_text()


def test_a_command_that_did_nothing_leaves_nothing(searched: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for out in (empty, tmp_path / "deep" / "new"):
        found = command(*PAIRS, "--min-visits", "99999", "--out", str(out), cwd=searched)
        assert (found.returncode, "no preference pairs" in found.stderr) == (2, True), found.stderr
    assert list(tmp_path.rglob("*")) == [empty]
    assert TREES in {path.name for path in (searched / "trees").iterdir()}
