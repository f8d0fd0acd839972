"""A text that nobody can see says nothing; one that somebody can see may hold what they cannot."""

from __future__ import annotations

import sys
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dialogym
from dialogym.envs.chat import SILENCE, read
from dialogym.envs.errors import InvalidAction
from dialogym.envs.position import check_text
from dialogym.envs.shells.spaces import Utterances

FORMAT = [c for c in map(chr, range(1, sys.maxunicode + 1)) if category(c) in ("Cc", "Cf", "Zs", "Zl", "Zp")]
BLANK = ["\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u180b", "\u180e", "\u2800", "\u3164", "\ufe0f", "\uffa0",
         "\U000e0020", "\U000e0100", "\u2065", "\U000e0fff"]
INVISIBLE = st.text(st.sampled_from([*FORMAT, *BLANK]), min_size=1, max_size=20)
VISIBLE = ["a", "é", "好", "🙂", "🫨", "…", "?", "ا", "́"]


@pytest.mark.parametrize("text", ["\u200b", "\u200b\u200d\ufeff", "\u2062 \u2063", "\u202e\u202c", "\u2066\u2069", "\x01\x1b",
                                  "\u3164", "\u2800\u2800", "\ufe0f", "\u00ad", "\U000e0041\U000e007f"])
def test_these_are_empty(text: str) -> None:
    with pytest.raises(InvalidAction, match="must say something"):
        check_text(text)


@settings(max_examples=200, deadline=None)
@given(INVISIBLE)
def test_nothing_visible_is_nothing_said(text: str) -> None:
    with pytest.raises(InvalidAction, match="must say something"):
        check_text(text)
    assert text not in Utterances(seat="persuader")
    for id in ("PersuasionForGood-v0", "EmotionalSupport-v0"):
        scenario = dialogym.make(id).scenario
        for seat in scenario.seats:
            assert read(scenario, seat, text).text == SILENCE


@settings(max_examples=200, deadline=None)
@given(INVISIBLE, st.sampled_from(VISIBLE), INVISIBLE)
def test_one_visible_letter_is_something(before: str, letter: str, after: str) -> None:
    check_text(before + letter + after)
    assert before + letter + after in Utterances(seat="persuader")


def test_an_environment_refuses_it_and_stays_as_it_was() -> None:
    env = dialogym.make("PersuasionForGood-v0")
    env.reset(seed=1)
    before = env.snapshot().to_json()
    with pytest.raises(InvalidAction, match="must say something"):
        env.step("\u200b\u2060")
    assert env.snapshot().to_json() == before


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(), max_size=30))
def test_the_space_and_the_game_agree(text: str) -> None:
    try:
        check_text(text)
        fine = True
    except InvalidAction:
        fine = False
    assert (text in Utterances(seat="persuader")) is fine
