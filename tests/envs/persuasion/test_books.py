"""The phrase books of persuasion say what they are meant to say, to everybody who reads them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dialogym.envs.book import Book, book
from dialogym.envs.keys import mix, pick
from dialogym.envs.persuasion.acts import ACTS, garbled
from dialogym.envs.persuasion.reading.amounts import mentions, normalise
from dialogym.envs.persuasion.reading.concerns import CONCERNS
from dialogym.envs.persuasion.reading.donation import Reading, read
from dialogym.envs.persuasion.simulators.hearing import taken_in
from dialogym.envs.persuasion.simulators.moods import MOODS, read_mood
from dialogym.envs.persuasion.simulators.people import GIFTS
from dialogym.envs.persuasion.simulators.persuader import SUMS
from dialogym.envs.persuasion.simulators.saying import in_words

PERSUADEE, PERSUADER = (book("dialogym.envs.persuasion", f"{who}.book") for who in ("persuadee", "persuader"))
DECISIONS = ("promise", "refuse", "leave")
REACTIONS = ("hit", "mild", "miss", "unanswered", "tired", "confused", "pressure", "rebuff", "toomuch", "double", "rambling",
             "doubtful", "guarded")
ANSWERS = ("opening", *(f"answer.{act}" for act in ("source-inquiry", "personal-inquiry", "greeting", "appreciation")))
CLASSES = tuple(f"class.{name}" for name in (
    "greeting", "thank", "closing", "ask-organisation", "ask-procedure", "ask-intention", "ask-back", "answer-yes",
    "answer-neutral", "answer-no", "acknowledge", "positive-reaction", "neutral-reaction", "negative-reaction", "other",
    "known-yes", "known-no", "known-neutral"))
THEIR = ("the money", "those children", "bills", "figures", "a card", "work", "the other side of the world", "your own payment")
"""What a persuader may take up."""


def wordings(said: Book, section: str, more: int = 60) -> Iterator[str]:
    """Every option of a section, at most 400 of them, and some wordings as they are said."""
    every = list(said.every(section))
    yield from every[::max(1, len(every) // 400)]
    yield from (said.say(section, mix(7, number), mix(9, number)) for number in range(more))


def test_the_persuadee_has_the_sections_that_the_game_needs() -> None:
    calls = {f"concern.{concern}{again}" for concern in CONCERNS for again in ("", ".again")}
    assert set(PERSUADEE) == {*ANSWERS, *REACTIONS, *(f"mood.{mood}" for mood in MOODS), *calls, "detail", *CLASSES, *DECISIONS}


def test_the_persuader_has_every_act_and_takes_up_words_with_each() -> None:
    assert set(PERSUADER) == {*ACTS, *(f"{act}.uptake" for act in ACTS)}


@pytest.mark.parametrize("section", list(PERSUADEE))
def test_the_persuadee_says_whole_sentences_with_every_slot_filled(section: str) -> None:
    wrong = [text for text in wordings(PERSUADEE, section) if garbled(text) or "<" in text.replace("<gift>", "")]
    assert wrong == []


@pytest.mark.parametrize("section", [name for name in PERSUADEE if name not in DECISIONS])
def test_only_a_decision_decides(section: str) -> None:
    """Whether or not a sum was asked for, and no wording names a sum."""
    def decides(text: str) -> bool:
        asked = read(Reading(offer=0.5), "persuadee", text)
        return read(Reading(), "persuadee", text) != Reading() or asked.status != "undecided" or asked.closed

    assert [text for text in wordings(PERSUADEE, section) if decides(text) or mentions(normalise(text))] == []


def test_every_promise_is_read_with_its_sum_whatever_was_asked_for() -> None:
    for number, text in enumerate(wordings(PERSUADEE, "promise", 200)):
        gift = pick(number, GIFTS)
        said = text.replace("<gift>", in_words(gift, mix(number, 1)))
        for offer in (None, 0.1, 2.0):
            found = read(Reading(offer=offer), "persuadee", said)
            assert (found.status, found.closed) == ("promised", True), said
            assert found.amount == pytest.approx(gift), said


@pytest.mark.parametrize("section", ["refuse", "leave"])
def test_every_refusal_is_read_as_one(section: str) -> None:
    for text in wordings(PERSUADEE, section, 200):
        for offer in (None, 0.5):
            found = read(Reading(offer=offer), "persuadee", text)
            assert (found.status, found.closed) == ("declined", True), text


@pytest.mark.parametrize("mood", MOODS)
def test_a_mood_is_heard_whatever_was_said_before_it(mood: str) -> None:
    others = [name for name in PERSUADEE if not name.startswith("mood.") and not name.endswith("-reaction")
              and name not in DECISIONS]
    tails = list(wordings(PERSUADEE, f"mood.{mood}", 20))
    assert [tail for tail in tails if read_mood(tail) != mood] == []
    for number, name in enumerate(others):
        for index, text in enumerate(wordings(PERSUADEE, name, 10)):
            said = f"{text} {tails[(number + index) % len(tails)]}"
            assert read_mood(said) == mood, said


@pytest.mark.parametrize("act", ACTS)
def test_every_wording_of_the_persuader_is_heard_as_its_act_and_no_other(act: str) -> None:
    for number, text in enumerate(wordings(PERSUADER, act, 100)):
        said = text.replace("<sum>", SUMS[number % len(SUMS)])
        assert (taken_in(said)[0].acts, garbled(said), "<" in said) == ((act,), False, False), said


@pytest.mark.parametrize("act", ACTS)
def test_what_takes_up_their_words_is_heard_as_its_act_and_no_other(act: str) -> None:
    for number, text in enumerate(wordings(PERSUADER, f"{act}.uptake", 40)):
        assert text.count("<their>") == 1
        for their in THEIR:
            said = text.replace("<sum>", SUMS[number % len(SUMS)]).replace("<their>", their)
            assert (taken_in(said)[0].acts, "<" in said) == ((act,), False), said


def test_two_hundred_talks_hardly_repeat_themselves() -> None:
    """A reaction, a concern or a detail, and a mood, seven times a talk."""
    said = [PERSUADEE.say("opening", mix(1, talk), mix(2, talk)) for talk in range(200)]
    for talk in range(200):
        for turn in range(7):
            key = mix(3, talk, turn)
            parts = (pick(key, REACTIONS[:5], 1), pick(key, [*(f"concern.{name}" for name in CONCERNS), "detail", "detail"], 2),
                     f"mood.{pick(key, MOODS, 3)}")
            said.append(" ".join(PERSUADEE.say(part, mix(key, place), mix(2, talk)) for place, part in enumerate(parts)))
    words = {word for text in said for word in normalise(text).replace(".", " ").replace("?", " ").replace(",", " ").split()}
    assert len(said) - len(set(said)) < 0.1 * len(said)
    assert len(words) > 1_500
