"""The text space holds what people write and nothing a seat could not say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogym import Position
from dialogym.envs.errors import InvalidAction
from dialogym.envs.position import MAX_TEXT
from dialogym.envs.spaces import Utterances
from tests.toy import Guessing


@pytest.mark.parametrize("text", ["ok", "日本語です。", "Ça va\u00a0?", "👩‍👩‍👧", "x" * MAX_TEXT])
def test_unicode_text_belongs(text: str) -> None:
    assert text in Utterances()


@pytest.mark.parametrize("thing", ["", " \n\t", "\u2003", "\ud800", "null\x00byte", "x" * (MAX_TEXT + 1), b"ok", None, 3,
                                   ["ok"]])
def test_what_cannot_be_said_does_not_belong(thing: object) -> None:
    assert thing not in Utterances()


@given(st.text(st.characters(), max_size=12))
def test_the_action_space_is_exactly_what_a_position_takes(text: str) -> None:
    position = Position.start(Guessing(), 0)
    try:
        position.say(text)
        taken = True
    except InvalidAction:
        taken = False
    assert (text in Utterances()) == taken


def test_observations_may_be_empty_and_long() -> None:
    space = Utterances(100_000, may_be_empty=True)
    assert "" in space
    assert "x" * 100_000 in space
    assert "x" * 100_001 not in space
    assert "x" * MAX_TEXT + "\ud800" not in space


def test_samples_belong_and_are_seeded() -> None:
    one, other = Utterances(seed=5), Utterances(seed=5)
    samples = [one.sample() for _ in range(50)]
    assert samples == [other.sample() for _ in range(50)]
    assert all(sample in one for sample in samples)
    assert len(set(samples)) > 20
    one.seed(5)
    assert [one.sample() for _ in range(50)] == samples
    assert Utterances(seed=6).sample() != samples[0]
    assert all(len(Utterances(4, seed=seed).sample()) <= 4 for seed in range(20))


def test_equal_limits_make_equal_spaces() -> None:
    assert Utterances(5) == Utterances(5, seed=1)
    assert hash(Utterances(5)) == hash(Utterances(5, seed=1))
    assert Utterances(5) != Utterances(6)
    assert Utterances(5) != Utterances(5, may_be_empty=True)
    assert Utterances(5) != "Utterances(5)"
