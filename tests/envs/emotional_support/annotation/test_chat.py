"""What a chat model is asked, and how its answers are read: states (appendix A.1) and conditions (§4.4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogym import Dialogue, Utterance
from dialogym.envs.emotional_support import EmotionalSupport, Facet, State, Trouble
from dialogym.envs.emotional_support.states import render

ANNOTATOR = EmotionalSupport().annotator


def talk(seeker: str, supporter: str) -> Dialogue:
    return Dialogue.EMPTY.say(Utterance("seeker", seeker)).say(Utterance("supporter", supporter, "a guess"))


TALK = {"en": talk("I lost my job.", "How is that for you?"), "zh": talk("我丢了工作。", "你有什么感受？")}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_question_shows_the_words_and_the_form_and_no_state(language: str) -> None:
    chat = ANNOTATOR.state_chat(TALK[language])
    assert chat is not None
    text = chat[-1]["content"]
    assert all(u.text in text for u in TALK[language])
    assert "a guess" not in text
    assert ("Feelings:" if language == "en" else "感受:") in text


@pytest.mark.parametrize(("language", "written"), [
    ("en", "Shown:\nObservations: lost the job\nFeelings: anxious\nPossible:\nNeeds: safety"),
    ("en", "**Shown:** Observations: lost the job Feelings: anxious\n**Hidden:** Needs: safety"),
    ("zh", "来访者显示出的观察、感受、需求和请求：\n观察：lost the job\n感受：anxious\n"
           "来访者可能有的观察、感受、需求和请求：\n需求：safety"),
])
def test_a_state_is_read_into_the_one_format(language: str, written: str) -> None:
    wanted = State(Facet(("lost the job",), ("anxious",)), Facet(needs=("safety",)))
    assert ANNOTATOR.read_state(TALK[language], written) == render(wanted, language)


@pytest.mark.parametrize("written", ["", "I cannot do that.", "As a language model I think it is sad."])
def test_an_answer_without_a_state_is_none(written: str) -> None:
    assert ANNOTATOR.read_state(TALK["en"], written) == ""


def test_a_condition_is_read() -> None:
    written = "Troubles: lost the job; rent is due\nFeelings: anxious, ashamed\nThoughts: none\nNeeds: safety\nRequests: "
    assert ANNOTATOR.read_condition(TALK["en"], written) == Trouble(
        "en", "", ("lost the job", "rent is due"), ("anxious", "ashamed"), (), ("safety",))
    assert ANNOTATOR.read_condition(TALK["zh"], "困扰：丢了工作；付不起房租\n感受：焦虑、羞愧\n想法：无") == Trouble(
        "zh", "", ("丢了工作", "付不起房租"), ("焦虑", "羞愧"))


@given(st.text(max_size=120))
def test_no_answer_raises(written: str) -> None:
    for dialogue in TALK.values():
        ANNOTATOR.read_state(dialogue, written)
        ANNOTATOR.read_condition(dialogue, written)


def test_an_answer_without_a_trouble_is_no_condition() -> None:
    assert ANNOTATOR.read_condition(TALK["en"], "Feelings: sad") is None
