"""Exports: every format gives the same pairs back, with whole users on one side, and the trainers read what is written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import datasets
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym.alignment.preferences.exports import FORMATS, export, read_export
from dialogym.alignment.preferences.pair import Candidate, PreferencePair
from dialogym.envs.errors import InvalidConfig, RunExists
from tests import tiny

PAIRS = tiny.pairs(12)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
TALK = st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)
CANDIDATES = st.builds(Candidate, TEXT, st.floats(0, 1), st.lists(TEXT, max_size=2).map(tuple), st.integers(0, 9),
                       st.none() | st.floats(0, 1), st.integers(0, 9), st.floats(0, 9), TALK)
CONTEXTS = st.tuples(TEXT, st.lists(TEXT, min_size=1, max_size=3)).map(lambda found: (
    ("system", found[0]), *((("user", "assistant")[n % 2], text) for n, text in enumerate(found[1][:len(found[1]) - 1 | 1]))))
ANY = st.builds(PreferencePair, CONTEXTS, CANDIDATES, CANDIDATES, st.integers(0, 25), TEXT, TEXT,
                st.sampled_from(["search", "replay"]), TEXT)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40, deadline=None)
@given(pairs=st.lists(ANY, max_size=3))
def test_rows_come_back_equal(name: str, pairs: list[PreferencePair]) -> None:
    rows = json.loads(json.dumps([row for pair in pairs for row in FORMATS[name].write(pair)]))
    assert FORMATS[name].read(rows) == pairs


@pytest.mark.parametrize("name", FORMATS)
def test_files_come_back_equal_and_split_by_user(tmp_path: Path, name: str) -> None:
    odd = replace(PAIRS[3], conversation="another", chosen=replace(PAIRS[3].chosen, text="你好\u2028\n\u0085"))
    pairs = [*PAIRS, odd]  # of the same user as PAIRS[3]
    counts = export(pairs, tmp_path, name, held_out=0.4)
    assert sum(counts.values()) == len(pairs)
    parts = {part: read_export(tmp_path / f"{part}{FORMATS[name].suffix}", name) for part in counts}
    assert {part: len(found) for part, found in parts.items()} == counts
    assert sorted((p for found in parts.values() for p in found), key=pairs.index) == pairs
    users = [{p.condition for p in found} for found in parts.values()]
    assert len(users) == 2
    assert not users[0] & users[1]
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert export(pairs, tmp_path, name, held_out=0.4) == counts
    with pytest.raises(RunExists, match=r"begun with another held_out \(0\.4, now 0\.0\)"):
        export(pairs, tmp_path, name, held_out=0.0)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert export(pairs, tmp_path / "whole", name, held_out=0.0) == {"train": len(pairs)}
    assert [path.stem for path in sorted((tmp_path / "whole").glob("t*"))] == ["train"]


def test_trl_and_kto_files_load_as_datasets(tmp_path: Path) -> None:
    for name, columns in (("trl", {"prompt", "chosen", "rejected"}), ("kto", {"prompt", "completion", "label"})):
        export(PAIRS, tmp_path / name, name)
        rows = datasets.Dataset.from_json(str(tmp_path / name / "train.jsonl"), cache_dir=str(tmp_path / "cache"))
        assert columns <= set(rows.column_names)
        assert rows[0]["prompt"][0]["role"] == "system"


def test_llamafactory_gets_its_dataset_info(tmp_path: Path) -> None:
    export(PAIRS, tmp_path, "llamafactory")
    info = json.loads((tmp_path / "dataset_info.json").read_text())
    assert set(info) == {"dialogym_train", "dialogym_test"}
    for entry in info.values():
        assert (entry["formatting"], entry["ranking"]) == ("sharegpt", True)
        for row in json.loads((tmp_path / entry["file_name"]).read_text()):
            assert {entry["columns"][name] for name in entry["columns"]} <= set(row)
            turns = [turn["from"] for turn in row["conversations"]]
            assert turns == (["human", "gpt"] * len(turns))[:len(turns)]
            assert turns[-1] == "human"
            assert row["chosen"]["from"] == row["rejected"]["from"] == "gpt"


def test_what_cannot_be_exported_or_read_says_so(tmp_path: Path) -> None:
    for options, says in (({"format": "csv"}, "one of \\['kto', 'llamafactory', 'trl'\\]"), ({"held_out": 1.0}, "less than 1")):
        with pytest.raises(InvalidConfig, match=says):
            export(PAIRS, tmp_path / "none", **options)
    with pytest.raises(InvalidConfig, match="no preference pairs to export"):
        export([], tmp_path / "none")
    assert not (tmp_path / "none").exists()
    export(PAIRS, tmp_path, "trl")
    for file, name, says in (("train.jsonl", "kto", "no pairs in the format 'kto'"), ("absent.json", "trl", "no pairs"),
                             ("train.jsonl", "csv", "one of")):
        with pytest.raises(InvalidConfig, match=says):
            read_export(tmp_path / file, name)
