"""Pretraining: every scenario and each of its variants gets its share."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from dialogym.agents.engine.loading import load_model, load_tokenizer
from dialogym.alignment.data.demonstrations import conversations
from dialogym.alignment.training.pretrain import PretrainConfig, pretrain, spread
from tests.toy import Guessing, Thinking

TINY = PretrainConfig(dialogues=36, vocab=400, hidden=32, layers=1, heads=2, kv_heads=1, intermediate=32)


@pytest.mark.parametrize("count", [1, 2, 9, 10, 11, 40, 100])
def test_a_spread_is_even_and_sees_both_seats(count: int) -> None:
    found = spread(range(count), 10)
    assert found[0] == 0
    assert len(found) <= 10
    assert len({b - a for a, b in pairwise(found)}) <= 1
    assert count < 4 or {i % 2 for i in found} == {0, 1}
    assert count - found[-1] <= count // 10 + 2


def test_all_scenarios_and_their_variants_are_learned(tmp_path: Path) -> None:
    figures = pretrain([Thinking(3), Guessing(4)], tmp_path, TINY)
    assert figures["scenarios"] == {"thinking": 1, "guessing": 3}
    assert json.loads((tmp_path / "pretraining.json").read_text()) == figures
    tokenizer = load_tokenizer(str(tmp_path))
    assert load_model(str(tmp_path)).config.vocab_size >= len(tokenizer)
    for word in ("Mood", "Response", "guesser", "Warm"):
        assert len(tokenizer(f" {word}")["input_ids"]) <= 3, word


def test_who_has_no_teachers_is_learned_from_its_default_speaker() -> None:
    assert Guessing().speech.teachers == ()
    assert all(position.over for position in conversations(Guessing(), 3, 0))
