"""The concern in a persuadee's words: what the phrase book says, what people say, and what hasty fingers type."""

from __future__ import annotations

import pytest

from dialogym.envs.book import book
from dialogym.envs.keys import mix
from dialogym.envs.noise import roughen
from dialogym.envs.persuasion.acts import ACTS
from dialogym.envs.persuasion.reading.concerns import ANSWERED_BY, CONCERNS, read_concern
from tests.envs.persuasion.reading.concern_sentences import FITTED, HELD_OUT, OTHER
from tests.growth import linear

BOOK = book("dialogym.envs.persuasion", "persuadee.book")


def said_for(section: str) -> str:
    return section.split(".")[1] if section.startswith("concern.") else ""


@pytest.mark.parametrize("section", list(BOOK))
def test_every_wording_is_heard_as_the_concern_it_is_said_for_and_no_other_as_any(section: str) -> None:
    texts = [*BOOK.every(section), *(BOOK.say(section, mix(5, number), mix(6, number)) for number in range(60))]
    wrong = {text: heard for text in texts
             if (heard := read_concern(text.replace("<gift>", "50 cents"))) != said_for(section)}
    assert wrong == {}


@pytest.mark.parametrize("concern", CONCERNS)
def test_people_are_heard(concern: str) -> None:
    """Of sentences that the cues were fitted on, nearly all; of those that they never saw, at least 85%."""
    fitted = [text for text in FITTED[concern] if read_concern(text) == concern]
    unseen = [text for text in HELD_OUT[concern] if read_concern(text) == concern]
    assert len(fitted) >= 13
    assert len(unseen) >= 0.85 * len(HELD_OUT[concern])


def test_sentences_without_a_concern_are_heard_as_none() -> None:
    assert {text: heard for text in OTHER if (heard := read_concern(text))} == {}


@pytest.mark.parametrize("concern", CONCERNS)
def test_hasty_fingers_are_heard(concern: str) -> None:
    rough = [roughen(BOOK.say(f"concern.{concern}{again}", mix(8, number), mix(9, number)), mix(10, number))
             for again in ("", ".again") for number in range(100)]
    heard = [read_concern(text) for text in rough]
    assert heard.count(concern) >= 0.85 * len(heard)
    assert len(heard) - heard.count(concern) - heard.count("") <= 0.03 * len(heard)


@pytest.mark.parametrize(("text", "concern"), [
    ("Is it a scam? And money is tight.", "means"),
    ("Money is tight. And is it a scam?", "trust"),
    ("I wonder if it's a scam, and do you give yourself?", "example"),
    ("WHO ARE THOSE KIDS?", "people"),
    ("you havent asked me anything", "self"),
    ("You haven\u2019t asked me anything.", "self"),
    ("do i need a creidt card", "procedure"),
    ("It is so far away. It rains here.", "nearness"),
    ("", ""),
    ("...!?", ""),
])
def test_the_last_concern_counts_however_it_is_typed(text: str, concern: str) -> None:
    assert read_concern(text) == concern


@pytest.mark.parametrize("text", [
    "My sister is in the band.", "I came from Ohio.", "The clock in the hall is slow.", "I love to march in the parade.",
    "I am tired.", "to be honest, no", "In my opinion, yes.", "Thank you for asking me.", "I can make a difference, I hope.",
    "Thanks for the link.",
])
def test_look_alikes_are_no_concern(text: str) -> None:
    assert read_concern(text) == ""


def test_each_concern_is_answered_by_an_act_of_its_own() -> None:
    assert set(ANSWERED_BY.values()) <= set(ACTS)
    assert len(set(ANSWERED_BY.values())) == len(CONCERNS) == 8


@pytest.mark.parametrize("piece", ["a", "how many ", "do you ", "what is it ", "...", "the children ", "aa"])
def test_no_text_takes_long(piece: str) -> None:
    assert linear(read_concern, piece, 1_000)
