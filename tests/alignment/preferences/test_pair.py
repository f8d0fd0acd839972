"""Preference pairs keep everything on their way through TRL's format and the disk."""

from __future__ import annotations

from pathlib import Path

import datasets
import pytest

from dialogym.alignment.preferences.pair import load_pairs, save_pairs
from dialogym.envs.errors import InvalidConfig
from tests import tiny


def test_rows_are_conversational_and_can_be_read_back() -> None:
    pair = tiny.pairs(2)[1]
    row = pair.to_row()
    assert [m["role"] for m in row["prompt"]] == ["system", "user", "assistant", "user"]
    assert row["chosen"] == [{"role": "assistant", "content": pair.chosen.text}]
    assert row["rejected"] == [{"role": "assistant", "content": pair.rejected.text}]
    assert (row["chosen_value"], row["depth"], row["origin"]) == (0.75, 3, "search")
    assert type(pair).from_row(row) == pair
    assert pair.chat("chosen")[-1] == {"role": "assistant", "content": pair.chosen.text}


def test_pairs_survive_the_disk_and_give_equal_bytes(tmp_path: Path) -> None:
    pairs = tiny.pairs(5)
    for name in ("one", "two"):
        save_pairs(pairs, tmp_path / name)
        assert load_pairs(tmp_path / name) == pairs
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert all((tmp_path / "one" / f).read_bytes() == (tmp_path / "two" / f).read_bytes() for f in files)


def test_what_is_no_pair_says_so(tmp_path: Path) -> None:
    pair = tiny.pairs(1)[0]
    two = pair.to_row() | {"chosen": pair.to_row()["chosen"] * 2}
    other = pair.to_row() | {"rejected": [{"role": "user", "content": "No."}]}
    for row in ({}, two, other):
        with pytest.raises(InvalidConfig, match="not a preference pair"):
            type(pair).from_row(row)
    with pytest.raises(InvalidConfig, match="holds no dataset"):
        load_pairs(tmp_path)
    datasets.Dataset.from_dict({"text": ["a"]}).save_to_disk(tmp_path / "texts")
    with pytest.raises(InvalidConfig, match="not a preference pair"):
        load_pairs(tmp_path / "texts")
    with pytest.raises(InvalidConfig, match="no preference pairs to save"):
        save_pairs([], tmp_path / "none")
