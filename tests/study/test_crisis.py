"""The crisis detector, measured: on sentences written for it in both languages, and on what people wrote in corpora."""

from __future__ import annotations

import json

import pytest

from dialogym.study.crisis import speaks_of_harm
from tests.corpora import corpus_folder
from tests.study.crisis_sentences import FINE_EN, FINE_ZH, HARM_EN, HARM_ZH, lines

ESCONV = corpus_folder("esconv")


@pytest.mark.parametrize(("harm", "fine"), [(HARM_EN, FINE_EN), (HARM_ZH, FINE_ZH)], ids=["en", "zh"])
def test_recall_and_false_alarms_on_sentences_that_were_only_measured(harm: str, fine: str) -> None:
    harmed, calm = lines(harm)[1::2], lines(fine)[1::2]
    recall = sum(map(speaks_of_harm, harmed)) / len(harmed)
    false = sum(map(speaks_of_harm, calm)) / len(calm)
    assert recall >= 0.85, recall
    assert false <= 0.1, false


@pytest.mark.parametrize(("harm", "fine"), [(HARM_EN, FINE_EN), (HARM_ZH, FINE_ZH)], ids=["en", "zh"])
def test_those_it_was_made_with(harm: str, fine: str) -> None:
    assert [text for text in lines(harm)[::2] if not speaks_of_harm(text)] == []
    assert [text for text in lines(fine)[::2] if speaks_of_harm(text)] == []


@pytest.mark.parametrize("text", [
    "I want to DIE", "i  want\nto   die", "I don’t want to live", "ｉ ｗａｎｔ ｔｏ ｄｉｅ", "我 不 想 活 了",
    "I want to\u200b die",
    "我不想活在这个世界上了", "The film was great. By the way, I want to kill myself.",
])
def test_ways_to_write_it(text: str) -> None:
    assert speaks_of_harm(text)


@pytest.mark.parametrize("text", ["", "x" * 8_000, "我" * 8_000, "i want to " * 800, "my head " * 900, "if i was " * 800])
def test_long_messages_take_no_time(text: str) -> None:
    assert not speaks_of_harm(text)


@pytest.mark.skipif(ESCONV is None, reason="the corpus is not here")
def test_few_messages_of_people_in_support_are_heard() -> None:
    assert ESCONV is not None
    said = [turn["text"] for line in (ESCONV / "valid.txt").read_text(encoding="utf-8").splitlines()
            for turn in json.loads(line)["dialog"] if turn["speaker"] == "usr"]
    assert len(said) > 1_000
    assert sum(map(speaks_of_harm, said)) / len(said) < 0.01
