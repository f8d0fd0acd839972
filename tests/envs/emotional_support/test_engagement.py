from __future__ import annotations

import pytest

from dialogym import Dialogue, Utterance
from dialogym.envs.emotional_support import EmotionalSupport, Facet, State
from dialogym.envs.emotional_support.states import render

BYE = {"en": "Thank you, I feel lighter. Goodbye.", "zh": "谢谢你，我轻松多了。再见。"}


def ended(text: str, state: str) -> Dialogue:
    start = Dialogue.EMPTY.say(Utterance("seeker", "Hello.", render(State())))
    return start.say(Utterance("supporter", "I am listening.")).say(Utterance("seeker", text, state))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_left_and_a_close_is_engagement(language: str) -> None:
    block = render(State(Facet(feelings=("anxious",))), language)
    found = EmotionalSupport().engagement(ended(BYE[language], block))
    assert (found.level, found.over, found.status) == (1.0, True, "relieved")
    assert found.evidence == BYE[language]


@pytest.mark.parametrize("hidden", [Facet(feelings=("焦虑",)), Facet(observations=("nobody would notice if I were gone",)),
                                    Facet(feelings=("not calm",)), Facet(feelings=("不安心",))])
def test_a_negative_feeling_or_thought_left_hidden_is_none(hidden: Facet) -> None:
    found = EmotionalSupport().engagement(ended(BYE["en"], render(State(hidden=hidden))))
    assert (found.level, found.over, found.status) == (0.0, True, "unspoken")
    assert not any(item in found.evidence for _, item in hidden), "the evidence is public, what is hidden is not"


@pytest.mark.parametrize("hidden", [Facet(feelings=("calm",)), Facet(feelings=("hopeful", "relieved")), Facet(needs=("rest",)),
                                    Facet(requests=("to talk again",)), Facet(observations=("none",))])
def test_relief_and_needs_are_no_unspoken_pain(hidden: Facet) -> None:
    assert EmotionalSupport().engagement(ended(BYE["en"], render(State(hidden=hidden)))).level == 1.0


def test_without_a_close_it_goes_on() -> None:
    found = EmotionalSupport().engagement(ended("I feel lighter.", render(State())))
    assert (found.level, found.over, found.status) == (0.0, False, "open")


@pytest.mark.parametrize("state", ["", "gibberish"])
def test_a_close_without_a_readable_state_is_not_credited(state: str) -> None:
    found = EmotionalSupport().engagement(ended(BYE["en"], state))
    assert (found.level, found.over, found.status) == (0.0, True, "unread")


def test_what_the_supporter_says_last_changes_nothing() -> None:
    dialogue = ended("Well.", render(State(hidden=Facet(feelings=("sad",)))))
    assert EmotionalSupport().engagement(dialogue.say(Utterance("supporter", "Goodbye."))).status == "open"
