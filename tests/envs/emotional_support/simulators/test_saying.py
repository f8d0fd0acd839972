"""Plan, then say: what a seeker's reply does before it has words, and which words are read as it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from dialogym import Ask, Position
from dialogym.envs.emotional_support import EmotionalSupport
from dialogym.envs.emotional_support.acts import closes, told_items
from dialogym.envs.emotional_support.bids import BIDS, read_bid
from dialogym.envs.emotional_support.conditions import seeker_book
from dialogym.envs.emotional_support.simulators.saying import Part, brief, reads_as
from dialogym.envs.keys import mix
from dialogym.envs.parts import Worded
from tests.toy import cast, talk

EACH = pytest.mark.parametrize("family", ["scripted", "guarded", "drifting"])
BOTH = pytest.mark.parametrize("language", ["en", "zh"])
GOODBYE = {"en": "Well, I have to go now. Goodbye.", "zh": "好了，我得走了。再见。"}
OTHER = {"en": "Nobody sees how hard this is for me.", "zh": "没有人看到我有多难受。"}
TOLD = {"en": "I feel exhausted.", "zh": "我感到疲惫。"}


@cache
def ends(family: str, language: str) -> tuple[Position, ...]:
    scenario = EmotionalSupport(language=language)
    return tuple(talk(Position.start(scenario, seed), cast(scenario, supporter="average", seeker=family)) for seed in range(12))


def plans(family: str, language: str) -> Iterator[Worded]:
    """The plan of every reply of some talks, said by another key than it was said by."""
    scenario = EmotionalSupport(language=language)
    for end in ends(family, language):
        position = Position.start(scenario, 0, condition=end.condition)
        for number, utterance in enumerate(end.dialogue):
            if utterance.seat == "seeker":
                yield scenario.planned[family](Ask(position.view("seeker"), mix(9, number)))
            position = position.say(utterance)


def test_a_reply_is_the_plan_in_the_books_words() -> None:
    for family, behave in EmotionalSupport.scripted["seeker"].items():
        if family in EmotionalSupport.planned:
            for end in ends(family, "en")[:4]:
                ask = Position.start(end.scenario, 0, condition=end.condition).ask()
                assert EmotionalSupport.planned[family](ask).own == behave(ask)


@EACH
@BOTH
def test_its_own_words_read_as_meant_and_what_does_something_else_does_not(family: str, language: str) -> None:
    for meant in plans(family, language):
        own = meant.own.text
        assert meant.own.state
        assert meant.brief
        assert meant.reads(own)
        assert meant.reads(GOODBYE[language]) == closes(own)
        assert closes(own) or not meant.reads(f"{own} {GOODBYE[language]}")
        assert read_bid(own) == "seen" or not meant.reads(f"{own} {OTHER[language]}")
        assert told_items(own) or not meant.reads(f"{TOLD[language]} {own}")
        assert not meant.reads({"en": "我很好。", "zh": "I am fine."}[language])
        assert not meant.reads("")


@BOTH
def test_every_section_that_a_seeker_speaks_from_has_a_brief(language: str) -> None:
    for section in seeker_book(language):
        if not section.startswith(("topic.", "companion.", "longing.")):
            found = brief([Part(section, 1, "the cat" if section.startswith(("tell.", "open")) else "")], language)
            assert ("the cat" in found) == section.startswith(("tell.", "open"))
            assert "{" not in found


@pytest.mark.parametrize(("own", "text", "same"), [
    ("The thing is, my boss cut my hours last month.", "Hello. To be honest, my boss cut my hours last month.", True),
    ("The thing is, my boss cut my hours last month.", "To be honest, my sister sold the house.", False),
    ("The thing is, my boss cut my hours last month.", "Hello, nice to meet you.", False),
    ("I feel exhausted.", "Most of all I feel exhausted.", True),
    ("I feel exhausted.", "Most of all I feel lonely.", False),
])
def test_an_item_is_told_in_other_words_around_it_and_no_other_in_its_place(own: str, text: str, same: bool) -> None:
    assert told_items(own)
    assert reads_as(own, [Part("tell.feelings", 1)], "en", text) is same


@BOTH
def test_a_mood_that_is_shown_must_be_heard(language: str) -> None:
    book = seeker_book(language)
    closed, opening, plain = (book.say(section, 3) for section in ("mood.closed", "mood.opening", "quiet"))
    assert not reads_as(opening, [Part("mood.opening", 1)], language, closed)
    assert not reads_as(opening, [Part("mood.opening", 1)], language, plain)
    assert not reads_as(plain, [Part("quiet", 1)], language, closed)
    assert all(reads_as(one, [Part("mood.closed", 1)], language, one) for one in (closed, opening, plain))


@BOTH
@pytest.mark.parametrize("bid", BIDS)
def test_a_bid_may_be_said_in_any_way_that_is_heard_as_it(bid: str, language: str) -> None:
    book = seeker_book(language)
    own, again = book.say(f"bid.{bid}", 3), [book.say(f"bid.{bid}.again", key) for key in range(8)]
    others = [book.say(f"bid.{other}", 5) for other in BIDS if other != bid]
    parts = [Part(f"bid.{bid}", 3)]
    assert sum(reads_as(own, parts, language, text) for text in again) >= 5
    assert not any(reads_as(own, parts, language, text) for text in others)
