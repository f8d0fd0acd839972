"""Journals: whatever a kill leaves of one, it goes on to the same bytes, and nothing else is ever touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialogym.envs.errors import InvalidConfig
from dialogym.envs.journal import Journal, line

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
    with pytest.raises(InvalidConfig, match="is no file"):
        opened(tmp_path)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(line({"a_test": 1, "settings": SETTINGS}) + b"1\n{\n")
    with pytest.raises(InvalidConfig, match="line 3: no JSON"):
        list(opened(tmp_path / "a.jsonl").values())
