"""The page of a run's folder: it lists what is there, all of it and nothing else, and every link leads there."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element

import pytest

from dialogym.alignment.preferences.pair import Candidate, PreferencePair, save_pairs
from dialogym.alignment.report.folder import OPENED, UNKNOWN, described, shown_size
from dialogym.alignment.report.page import write_report
from dialogym.envs.errors import RunExists
from dialogym.envs.storage import draft_of
from tests.alignment.report.outline import outline, styled, text

RESULTS = {"systems": {"SFT": {}}, "environment": "Tea-v0", "command": "dialogym run --env Tea-v0 --option leaf='<b>green</b>'"}
MADE = ("config.yaml", "evaluation.jsonl", "development.jsonl", "families.jsonl", "trees.jsonl", "trees-2.jsonl", "tree-7.html",
        "linear.json", "recording.jsonl", ".dialogym.json", "models/base/a", "models/host-sft/a", "models/reward/a",
        "models/host-dpo/step-2/a", "models/host-dpo-2/step-2/a", "models/host-aligned/a", "trees/search-3.html",
        "trees/search-12.html", "trees/search-2-11.html")
"""What runs leave behind, of 1,500 bytes each here."""
FOREIGN = ("my notes & <b>thoughts.txt", "50%#1?.txt", "models/mine/a", "sub/deep/a")
PAIR = PreferencePair((("user", "Hello."),), Candidate("Yes.", 0.5), Candidate("No.", 0.0), 1, "talk-1", "1", "search", "warm")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    for name in (*MADE, *FOREIGN):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 1500)
    for folder in ("pairs", "pairs-2"):
        save_pairs([PAIR], tmp_path / folder)
    for name, value in (("results.json", RESULTS), ("transcripts.json", []), ("families.json", None)):
        (tmp_path / name).write_text(json.dumps(value))
    write_report(tmp_path)
    return tmp_path


def page(run: Path) -> Element:
    return outline((run / "index.html").read_text())


def rows(run: Path) -> dict[str, list[str]]:
    """By link, as a path below the folder: the name, what it is, and the size."""
    (table,) = styled(page(run), "folder")
    found = [(row.find("th/a"), [text(cell) for cell in row]) for row in table.findall("tbody/tr")]
    links = [unquote(link.get("href", "")) for link, _ in found if link is not None]
    assert len(links) == len(set(links)) == len(found)
    return dict(zip(links, (cells for _, cells in found), strict=True))


def test_it_lists_exactly_what_is_in_the_folder(run: Path) -> None:
    there = [*run.iterdir(), *(path for name in OPENED for path in (run / name).iterdir())]
    wanted = {path.relative_to(run).as_posix() + "/" * path.is_dir() for path in there} - {"index.html"}
    found = rows(run)
    assert found.keys() == wanted
    assert all((run / link).exists() for link in found)
    assert all(name == Path(link).name + "/" * link.endswith("/") for link, (name, _, _) in found.items())
    assert next(iter(found)) == "report.html"
    assert [link for link in found if link.startswith("trees/s")] == [
        "trees/search-3.html", "trees/search-12.html", "trees/search-2-11.html"]


def test_everything_of_a_run_is_explained_and_what_is_none_says_so(run: Path) -> None:
    strange = {link for link, (_, what, _) in rows(run).items() if what == UNKNOWN}
    assert strange == {FOREIGN[0], FOREIGN[1], "models/mine/", "sub/"}
    assert described("models/host-dpo-2") == "The same of the host in round 2."
    assert described("trees/search-2-11.html") == "The tree of conversation 11 in round 2."


def test_sizes_are_those_of_the_files_and_of_all_in_a_folder(run: Path) -> None:
    found = rows(run)
    assert found["config.yaml"][2] == found["sub/"][2] == "1.5 kB"
    assert found["models/"][2] == shown_size(7 * 1500)
    for name in ("report.html", "results.json"):
        assert found[name][2] == shown_size((run / name).stat().st_size)


@pytest.mark.parametrize(("size", "shown"), [
    (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (99_949, "99.9 kB"), (99_960, "100 kB"), (999_499, "999 kB"),
    (999_500, "1.0 MB"), (11_637_565, "11.6 MB"), (2_500_000_000, "2.5 GB"), (7_000_000_000_000, "7000.0 GB")])
def test_sizes_are_for_people(size: int, shown: str) -> None:
    assert shown_size(size) == shown


def test_names_and_the_command_are_text(run: Path) -> None:
    assert [text(each) for each in page(run).iter("pre")] == [RESULTS["command"]]
    assert list(page(run).iter("b")) == []
    assert not {each.tag for each in page(run).iter()} & {"script", "img", "link", "iframe"}
    (run / "results.json").write_text(json.dumps({**RESULTS, "command": ""}))
    write_report(run)
    assert list(page(run).iter("pre")) == [], "no section without one"
    assert "Made by" not in text(page(run))


def test_what_a_kill_left_unfinished_is_not_listed_nor_what_it_did_not_write_yet(run: Path) -> None:
    before = (run / "index.html").read_bytes()
    draft_of(run / "trees.jsonl").write_text("half a")
    (run / "report.html").unlink()
    write_report(run)
    assert (run / "index.html").read_bytes() == before


def test_a_link_is_listed_and_not_followed(run: Path) -> None:
    (run / "up").symlink_to(run.parent)
    write_report(run)
    assert rows(run)["up"][1] == UNKNOWN


def test_a_page_of_somebody_elses_is_left_alone(run: Path) -> None:
    (run / "index.html").write_text("<title>my own page</title>")
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    with pytest.raises(RunExists, match=r"index\.html was not written by `dialogym report`"):
        write_report(run)
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
