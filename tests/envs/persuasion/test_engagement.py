"""Engagement is the decided donation over two dollars."""

from __future__ import annotations

import pytest

from dialogym import Dialogue, Utterance
from dialogym.envs.persuasion import Persuasion

SEATS = ("persuader", "persuadee")


def talk(*said: str) -> Dialogue:
    dialogue = Dialogue.EMPTY
    for index, text in enumerate(said):
        dialogue = dialogue.say(Utterance(SEATS[index % 2], text))
    return dialogue


@pytest.mark.parametrize(
    ("answer", "level", "status", "over"),
    [
        ("I will donate $1.", 0.5, "promised", True),
        ("I will donate $0.10.", 0.05, "promised", True),
        ("I will donate all of my payment, the entire $2.", 1.0, "promised", True),
        ("I will donate $5!", 1.0, "promised", True),  # more than the payment counts as all of it
        ("No, I will not donate.", 0.0, "declined", True),
        ("I will donate $0.", 0.0, "declined", True),
        ("Tell me more about them.", 0.0, "undecided", False),
        ("", 0.0, "undecided", False),
    ],
)
def test_what_an_answer_is_worth(answer: str, level: float, status: str, over: bool) -> None:
    found = Persuasion().engagement(talk("Would you donate to the children?", answer))
    assert (found.level, found.status, found.over) == (pytest.approx(level), status, over)
    assert found.status in Persuasion.statuses
    assert found.evidence


def test_agreeing_without_a_sum_is_not_passed_off_as_a_refusal() -> None:
    found = Persuasion().engagement(talk("Would you donate something?", "Yes, I would love to donate."))
    assert (found.level, found.status) == (0.0, "unparsed")
    assert not found.over


def test_the_measure_turns_levels_into_dollars() -> None:
    measure = Persuasion.measures[0]
    level = Persuasion().engagement(talk("How about it?", "I will donate 75 cents.")).level
    assert measure.scale * level == pytest.approx(0.75)
    assert measure.unit == "$"


def test_a_beginning_has_no_engagement() -> None:
    found = Persuasion().engagement(Dialogue.EMPTY)
    assert (found.level, found.over, found.status) == (0.0, False, "undecided")


def test_the_evidence_is_the_users_own_words() -> None:
    found = Persuasion().engagement(talk("How about $2?", "I will donate fifty cents today."))
    assert "fifty cents" in found.evidence
    assert found.level == 0.25


def test_an_offer_alone_decides_nothing() -> None:
    found = Persuasion().engagement(talk("Would you like to donate $2?"))
    assert (found.level, found.over) == (0.0, False)
