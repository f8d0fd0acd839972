"""Equation 5 by hand, with the analyser asked directly."""

from __future__ import annotations

import pytest
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from dialogym import Dialogue, Utterance
from dialogym.envs.persuasion import Persuasion
from dialogym.envs.persuasion.pruning import GAMMA, sentiment, vader

SAID = ["I hate this.", "Well, maybe.", "What a wonderful idea, I love it!"]


def talk(*user: str, lead: str = "This is great, wonderful, happy!") -> Dialogue:
    dialogue = Dialogue.EMPTY
    for text in user:
        dialogue = dialogue.say(Utterance("persuader", lead)).say(Utterance("persuadee", text))
    return dialogue


@pytest.mark.parametrize("gamma", [0.0, 0.5, 0.9, 1.0])
def test_eq_5_step_by_step(gamma: float) -> None:
    v = [SentimentIntensityAnalyzer().polarity_scores(text)["compound"] for text in SAID]
    assert v[0] < 0 < v[2]
    scenario = Persuasion(gamma=gamma)
    assert scenario.pruning_score(talk()) == 0.0
    assert scenario.pruning_score(talk(*SAID[:1])) == v[0]
    assert scenario.pruning_score(talk(*SAID[:2])) == pytest.approx(gamma * v[0] + v[1])
    assert scenario.pruning_score(talk(*SAID)) == pytest.approx(gamma * (gamma * v[0] + v[1]) + v[2])


def test_the_persuaders_mood_does_not_count() -> None:
    kind, rude = talk(*SAID), talk(*SAID, lead="This is awful, horrible, sad!")
    assert sentiment(kind, "persuadee") == sentiment(rude, "persuadee")
    unanswered = kind.say(Utterance("persuader", "Great!"))
    assert sentiment(unanswered, "persuadee") == sentiment(kind, "persuadee")


def test_the_discount_is_an_option_with_a_default() -> None:
    assert sentiment(talk(*SAID), "persuadee") == Persuasion().pruning_score(talk(*SAID))
    assert Persuasion().gamma == GAMMA == 0.9


def test_discounts_do_not_share_memories() -> None:
    dialogue = talk(*SAID)
    assert len({round(sentiment(dialogue, "persuadee", gamma), 6) for gamma in (0.1, 0.5, 0.9)}) == 3
    assert sentiment(dialogue, "persuadee", 0.5) == sentiment(talk(*SAID), "persuadee", 0.5)


def test_a_late_turn_for_the_better_is_kept_over_a_turn_for_the_worse() -> None:
    assert sentiment(talk(*SAID), "persuadee") > sentiment(talk(*SAID[::-1]), "persuadee")
    assert -1 <= vader("") == 0.0
