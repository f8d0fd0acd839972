"""What a seeker wants from the listener now is heard in the books' words, in other people's, and typed roughly."""

from __future__ import annotations

import pytest

from dialogym.envs.book import book
from dialogym.envs.emotional_support.bids import ANSWERS, BIDS, read_bid
from dialogym.envs.emotional_support.languages import chinese_bids, english_bids
from dialogym.envs.emotional_support.languages.language import ACTS
from dialogym.envs.keys import mix
from dialogym.envs.noise import roughen
from tests.envs.emotional_support.bid_sentences import HELD_OUT, TUNED

SEEKER = book("dialogym.envs.emotional_support", "seeker.en.book")


def wordings(section: str) -> list[str]:
    said = [SEEKER.say(section, mix(7, key), person=mix(11, key)) for key in range(60)]
    return [text.replace("<item>", "some rest") for text in dict.fromkeys((*SEEKER.every(section), *said))]


def test_every_bid_is_answered_by_an_act_of_its_own_and_heard_in_both_languages() -> None:
    assert set(BIDS) == set(english_bids.BIDS) == set(chinese_bids.BIDS)
    assert len(set(ANSWERS.values())) == len(BIDS) == 8
    assert set(ANSWERS.values()) <= set(ACTS)


@pytest.mark.parametrize("bid", BIDS)
def test_every_wording_of_a_bid_is_heard_as_that_bid(bid: str) -> None:
    texts = [*wordings(f"bid.{bid}"), *wordings(f"bid.{bid}.again")]
    assert [(text, read_bid(text)) for text in texts if read_bid(text) != bid] == []


def test_no_other_wording_is_heard_as_any_bid() -> None:
    others = [section for section in SEEKER if not section.startswith(("bid.", "companion.", "longing."))]
    assert len(others) > 100
    assert [(text, read_bid(text)) for section in others for text in wordings(section) if read_bid(text)] == []


@pytest.mark.parametrize("bid", BIDS)
def test_a_bid_is_heard_whatever_was_told_before_it_and_the_mood_after_it(bid: str) -> None:
    for number, text in enumerate(wordings(f"bid.{bid}")):
        before = SEEKER.say("tell.observations", number, slots={"item": SEEKER.say("topic.work.troubles", number)})
        assert read_bid(f"{SEEKER.say('quiet', number)} {before} {text} {SEEKER.say('mood.wary', number)}") == bid, text


@pytest.mark.parametrize("bid", BIDS)
def test_a_bid_is_heard_when_it_is_typed_roughly(bid: str) -> None:
    texts = [*wordings(f"bid.{bid}"), *wordings(f"bid.{bid}.again")]
    heard = [read_bid(roughen(text, mix(13, number))) == bid for number, text in enumerate(texts)]
    assert sum(heard) >= 0.85 * len(heard)


@pytest.mark.parametrize("bid", BIDS)
def test_a_bid_is_heard_in_other_peoples_words(bid: str) -> None:
    assert [(text, read_bid(text)) for text in TUNED[bid] if read_bid(text) != bid] == []
    assert sum(read_bid(text) == bid for text in HELD_OUT[bid]) >= 0.85 * len(HELD_OUT[bid])


def test_of_two_bids_the_one_said_last_counts() -> None:
    assert read_bid("What should I do? Am I overreacting?") == "normal"
    assert read_bid("Am I overreacting? What should I do?") == "advice"
    assert read_bid("Am I overreacting, or what should I do now that he is gone?") == "advice"


@pytest.mark.parametrize("text", [
    "", "   ", "...", "Hello.", "My boss shouted at me again.", "He asked me to move out.", "Thank you, that helps a lot.",
    "I knew exactly what to say to him.", "The doctor has no time.", "I told her everything and she hugged me.",
    "That makes sense.", "Thanks for all your suggestions.", "She gave me a ride home.", "I read your advice twice.",
    "The letter says I could lose my job.", "I need to find out what triggers me.", "Have a great day, I will sign off now.",
])
def test_where_nothing_is_wanted_no_bid_is_heard(text: str) -> None:
    assert read_bid(text) == ""


def test_chinese_is_read_by_its_own_cues() -> None:
    assert read_bid("我该怎么办？") == "advice"
    assert read_bid("今天下雨了。") == ""


@pytest.mark.parametrize(("text", "mended"), [
    ("dont kno wht to do", "do not kno wht to do"),
    ("Am I OVERREACTING?!", "am i overreacting ? !"),
    ("u cant undersatnd it, no one does", "you cannot understand it, nobody does"),
])
def test_what_is_typed_roughly_is_written_out(text: str, mended: str) -> None:
    assert english_bids.plain(text) == mended
