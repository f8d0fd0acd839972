"""No command writes into what is not its own; the same command again goes on, or writes the same again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dialogym.search.collect import TREES
from tests.cli.test_cli import command

SEARCH = ("search", "--config", "small.yaml", "--quiet", "--conversations", "8")
PAIRS = ("pairs", "trees", "--min-gap", "0.01", "--min-completions", "1")
BENCH = ("bench", "--env", "PersuasionForGood-v0", "--planners", "sample,greedy", "--budget", "3", "--user", "scripted",
         "--conversations", "2", "--option", "horizon=3", "--quiet")
COMMANDS = {"search": SEARCH, "pairs": PAIRS, "bench": BENCH, "run": ("run",),
            "reproduce": ("reproduce", "persuasion", "--seeds", "0"), "pretrain": ("pretrain",),
            "experiment": ("experiment", "replays", "--seeds", "0"), "train": ("train", "sft", "--dialogues", "4"),
            "train-online": ("train-online",)}


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


def outputs(folder: Path) -> dict[str, tuple[str, ...]]:
    """Every command that writes where --out says, by name, with what else it needs; `dialogym report` writes into RUN."""
    from tests.cli.test_messages import episodes

    talks = episodes(folder, "EmotionalSupport-v0") if not (folder / "talks.jsonl").exists() else folder / "talks.jsonl"
    annotate = ("annotate", "--env", "emotional-support", "--corpus", str(talks), "--quiet")
    gamed = ("exploit", "--env", "PersuasionForGood-v0", "--user", "scripted", "--evaluations", "4", "--talks", "4", "--quiet")
    return {**COMMANDS, "exploit": gamed, "tree": ("tree", "trees"), "annotate": annotate,
            "new-scenario": ("new-scenario", "tea_house"), "plan-run": ("plan-run", "--shape", "llama-3.2-1b")}


def test_every_command_with_an_output_is_tried_here(tmp_path: Path) -> None:
    from typer.main import get_command

    from dialogym.__main__ import app

    writers = {name for name, found in get_command(app).commands.items()  # type: ignore[attr-defined]
               if any("--out" in parameter.opts for parameter in found.params)}
    assert writers == set(outputs(tmp_path))


def foreign(place: Path, kind: str) -> Path:
    """What somebody else put where a command is to write."""
    out = place / "out.jsonl"
    if kind == "file":
        out.write_text("a year's work\n")
    elif kind == "folder":
        (out / "deep").mkdir(parents=True)
        (out / "deep" / "notes.txt").write_text("a year's work\n")
    elif kind == "link":
        (place / "elsewhere").write_text("a year's work\n")
        out.symlink_to(place / "elsewhere")
    else:  # what a command may have called its own draft
        for name in ("out.jsonl.tmp", "out.jsonl.tmp.d"):
            (place / name).mkdir()
            (place / name / "notes.txt").write_text("a year's work\n")
    return out


@pytest.mark.parametrize("name", [*COMMANDS, "exploit", "tree", "annotate", "new-scenario", "plan-run"])
def test_nobodys_file_or_folder_is_changed(searched: Path, tmp_path: Path, name: str) -> None:
    arguments = outputs(searched)[name]
    for kind in ("file", "folder", "link"):
        place = tmp_path / kind
        place.mkdir()
        out = foreign(place, kind)
        before = held(place)
        found = command(*arguments, "--out", str(out), cwd=searched)
        assert (found.returncode, len(found.stderr.strip().splitlines())) == (2, 1), (kind, found)
        assert held(place) == before
        assert out.is_symlink() is (kind == "link")


@pytest.mark.parametrize("name", ["pairs", "tree", "annotate", "new-scenario"])
def test_what_stands_beside_the_output_is_left_alone_whatever_its_name(searched: Path, tmp_path: Path, name: str) -> None:
    out = foreign(tmp_path, "beside")
    mine = {path: path.read_bytes() for path in tmp_path.rglob("notes.txt")}
    inside = ("train.jsonl.tmp", "pyproject.toml.tmp", ".dialogym.json.tmp")
    found = command(*outputs(searched)[name], "--out", str(out), cwd=searched)
    assert found.returncode == 0, found
    assert {path: path.read_bytes() for path in mine} == mine
    assert not [path for path in tmp_path.rglob("*") if path.name in inside or (path.name.endswith(".tmp") and path.is_file())]


def test_a_report_replaces_a_report_and_nothing_else(tmp_path: Path) -> None:
    from tests.alignment.report.test_page import RESULTS  # a run's, made by hand

    (tmp_path / "results.json").write_text(json.dumps(RESULTS))
    (tmp_path / "report.html").write_text("<title>my own report</title>")
    before = held(tmp_path)
    found = command("report", str(tmp_path), cwd=tmp_path)
    assert (found.returncode, "was not written by `dialogym report`" in found.stderr) == (2, True), found
    assert held(tmp_path) == before
    (tmp_path / "report.html").unlink()
    pages = []
    for _ in range(2):
        assert command("report", str(tmp_path), cwd=tmp_path).returncode == 0
        pages.append((tmp_path / "report.html").read_bytes())
    assert pages[0] == pages[1]


def test_no_recording_goes_on_with_somebody_elses_file(tmp_path: Path) -> None:
    from dialogym.agents.recording import Recorder
    from dialogym.agents.scripted_model import ScriptedModel
    from dialogym.envs.errors import InvalidConfig

    for text in ("a year's work\n", '{"dialogym_trees": 1, "settings": {}}\n', "[]\n", "["):
        (tmp_path / "r.jsonl").write_text(text)
        with pytest.raises(InvalidConfig, match="was not written by"):
            Recorder(ScriptedModel(lambda asked: "Hello."), tmp_path / "r.jsonl")
        assert held(tmp_path) == {"r.jsonl": text.encode()}


def test_a_mark_that_a_kill_left_half_written_binds_nobody(tmp_path: Path) -> None:
    from dialogym.envs.claims import MARK, claimed
    from dialogym.envs.storage import draft_of

    draft_of(tmp_path / MARK).write_text('{"comm')
    with claimed(tmp_path, "dialogym search", {"seed": 0}):
        (tmp_path / "trees.jsonl").write_text("a tree\n")
    assert sorted(held(tmp_path)) == [MARK, "trees.jsonl"]


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
