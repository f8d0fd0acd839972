"""Phrase books: every wording is reachable, every choice is the key's, slots are filled."""

from __future__ import annotations

import pytest

from dialogym.envs.phrases import Phrases, fill

BOOK = Phrases("{Hello|Hi}{ there|}, {friend|<name>}.", "Good {day|evening}.")


def test_the_keys_reach_every_wording_and_no_other() -> None:
    wanted = {f"{hi}{there}, {who}." for hi in ("Hello", "Hi") for there in (" there", "") for who in ("friend", "Ann")}
    wanted |= {"Good day.", "Good evening."}
    assert {BOOK.say(key, name="Ann") for key in range(500)} == wanted
    assert len(BOOK) == len(wanted) == 10


def test_a_wording_is_its_keys() -> None:
    assert [BOOK.say(key, name="x") for key in range(50)] == [BOOK.say(key, name="x") for key in range(50)]


def test_every_shows_each_option() -> None:
    shown = list(BOOK.every())
    assert shown == ["Hello there, friend.", "Hi, <name>.", "Good day.", "Good evening."]


def test_templates_are_used_equally_often() -> None:
    good = sum(BOOK.say(key, name="x").startswith("Good") for key in range(4000))
    assert abs(good - 2000) < 150


def test_a_slot_value_is_not_read_as_a_template() -> None:
    assert Phrases("Give <sum>.").say(3, sum="{1|2} <sum>") == "Give {1|2} <sum>."


def test_an_empty_book_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one template"):
        Phrases()


def test_filling_later_is_the_same_as_saying_with_slots() -> None:
    for key in range(50):
        assert fill(BOOK.say(key), {"name": "Ann"}) == BOOK.say(key, name="Ann")
    assert fill("<a> and <b>", {"a": "<b>", "b": "<a>"}) == "<a> and <a>"  # in the order given, as `say` always did
