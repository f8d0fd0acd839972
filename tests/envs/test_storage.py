"""Journals: whatever a kill leaves of one, it goes on to the same bytes, and nothing else is ever touched."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dialogym
from dialogym.envs import storage as journal
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.storage import Journal, draft_of, drafted, line, write_json, write_whole

KIND = ("a_test", 1)
SETTINGS = {"seed": 1, "names": ("a", "b"), "of": {"x": None}}
VALUES: list[Any] = [{"number": 0, "text": "你好\u2028\n"}, [], "words", 3.5, {"number": 4}]


def opened(path: Path, **changed: Any) -> Journal:
    return Journal(path, KIND, {**SETTINGS, **changed}, "dialogym test")


def whole(folder: Path) -> bytes:
    (folder / "whole.jsonl").unlink(missing_ok=True)
    journal = opened(folder / "whole.jsonl")
    for value in VALUES:
        journal.append(value)
    return (folder / "whole.jsonl").read_bytes()


def test_values_come_back_in_order(tmp_path: Path) -> None:
    whole(tmp_path)
    assert list(opened(tmp_path / "whole.jsonl").values()) == VALUES


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(at=st.floats(0, 1), split=st.integers(1, 3))
def test_cut_anywhere_it_goes_on_to_the_same_bytes(tmp_path: Path, at: float, split: int) -> None:
    data = whole(tmp_path)
    path = tmp_path / "cut.jsonl"
    path.write_bytes(data[:round(at * len(data))])
    journal = opened(path)
    have = len(list(journal.values()))
    assert have == max(0, data[:round(at * len(data))].count(b"\n") - 1)
    while have < len(VALUES):
        journal.append(*VALUES[have:have + split])
        have += split
    assert path.read_bytes() == data


def test_a_torn_line_stays_until_something_is_added(tmp_path: Path) -> None:
    data = whole(tmp_path)
    (tmp_path / "cut.jsonl").write_bytes(data[:-3])
    journal = opened(tmp_path / "cut.jsonl")
    assert list(journal.values()) == VALUES[:-1]
    assert (tmp_path / "cut.jsonl").read_bytes() == data[:-3]


@pytest.mark.parametrize(("data", "says"), [
    (b"a letter", "was not written by `dialogym test`"),
    (b"[1]\n", "was not written by"),
    (line({"another": 1, "settings": {}}), "was not written by"),
    (line({"a_test": 2, "settings": {**SETTINGS}}), "another format \\(2, now 1\\)"),
    (line({"a_test": 1, "settings": {**SETTINGS, "seed": 2}}), "another seed \\(2, now 1\\)"),
    (line({"a_test": 1, "settings": {**SETTINGS, "more": 2}}), "another more \\(2, now None\\)"),
])
def test_what_does_not_fit_is_refused_and_left_alone(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(data)
    with pytest.raises(InvalidConfig, match=says):
        opened(path)
    assert path.read_bytes() == data
    with pytest.raises(InvalidConfig, match="is not a file"):
        opened(tmp_path)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(line({"a_test": 1, "settings": SETTINGS}) + b"1\n{\n")
    with pytest.raises(InvalidConfig, match="line 3: not JSON"):
        list(opened(tmp_path / "a.jsonl").values())


class Stopped(BaseException):
    """Stands for Ctrl-C in the midst of writing."""


@pytest.mark.parametrize("folder", [False, True])
def test_what_is_written_takes_its_place_whole_or_not_at_all(tmp_path: Path, folder: bool) -> None:
    path = tmp_path / "mark.json"

    def write(to: Path, text: str) -> Path:
        if not folder:
            to.write_text(text)
            return to
        to.mkdir(parents=True, exist_ok=True)
        (to / "inside").write_text(text)
        return to / "inside"

    left = write(draft_of(path), "of one who was killed")

    def stop() -> None:
        with drafted(path) as draft:
            assert not draft.exists()
            write(draft, "half")
            assert not path.exists()
            raise Stopped

    with pytest.raises(Stopped):
        stop()
    assert not list(tmp_path.iterdir())
    with drafted(path) as draft:
        write(draft, "whole")
    assert [p.name for p in tmp_path.iterdir()] == ["mark.json"]
    assert (path / left.name if folder else path).read_text() == "whole"


def test_a_file_is_replaced_only_by_a_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    write_json(path, {"names": "你好"})
    assert path.read_bytes() == '{\n "names": "你好"\n}\n'.encode()
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "half \ud800")
    assert path.read_bytes() == '{\n "names": "你好"\n}\n'.encode()
    assert [p.name for p in tmp_path.iterdir()] == ["figures.json"]


def test_the_package_writes_files_in_no_other_way() -> None:
    """A mark that says "complete" must not be found half written; nor must anything else."""
    root = Path(dialogym.__file__).parent
    rooms = ("envs", "agents", "search", "alignment")
    files = [*root.glob("*.py"), *(path for room in rooms for path in (root / room).rglob("*.py"))]
    found = {f"{path.relative_to(root)}:{number}" for path in files if path != Path(journal.__file__)
             for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
             if re.search(r"\.write_(text|bytes)\(|\.to_disk\(|json\.dump\(|open\([^)]*[\"'][wax]", text)}
    drafts = {f"{path.relative_to(root)}" for path in files if "with drafted(" in path.read_text(encoding="utf-8")}
    assert {place.split(":")[0] for place in found} <= drafts, found


class TestOneWriter:
    def test_a_twin_in_the_same_process_is_told_and_nothing_is_lost(self, tmp_path: Path) -> None:
        first, second = opened(tmp_path / "a.jsonl"), opened(tmp_path / "a.jsonl")
        first.append(1)
        for _ in range(3):
            with pytest.raises(InvalidConfig, match="is writing"):
                second.append(2)
        first.append(3)
        first.close()
        with pytest.raises(InvalidConfig, match="since it was opened"):
            second.append(2)
        third = opened(tmp_path / "a.jsonl")
        third.append(4)
        assert list(third.values()) == [1, 3, 4]

    def test_a_twin_in_another_process_is_told_until_the_first_dies(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jsonl"
        code = ("import sys, pathlib\nfrom dialogym.envs.storage import Journal\n"
                "j = Journal(pathlib.Path(sys.argv[1]), ('a_test', 1), {'seed': 1}, 'test')\nj.append('theirs')\n"
                "print('ready', flush=True)\nsys.stdin.read()\n")
        with subprocess.Popen([sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == b"ready\n"
            mine = Journal(path, KIND, {"seed": 1}, "test")
            assert list(mine.values()) == ["theirs"]
            with pytest.raises(InvalidConfig, match="is writing"):
                mine.append("mine")
            other.kill()
            other.wait()
        mine.append("mine")
        assert list(Journal(path, KIND, {"seed": 1}, "test").values()) == ["theirs", "mine"]
