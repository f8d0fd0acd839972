"""The supporter's acts in other people's words."""

from __future__ import annotations

import pytest

from dialogym.envs.emotional_support.acts import recognise


@pytest.mark.parametrize(("text", "acts"), [
    ("Why did he leave?", ("open-question",)),
    ("Can I help you with anything?", ("closed-question",)),
    ("Any plans for the weekend?", ("closed-question",)),
    ("I can tell that you are worn out.", ("reflection",)),
    ("That must have been a shock.", ("reflection",)),
    ("I understand how upset you are.", ("reflection",)),
    ("So he never called back.", ("restatement",)),
    ("You mentioned your sister.", ("restatement",)),
    ("That is perfectly okay.", ("validation",)),
    ("You are a strong person.", ("validation",)),
    ("I know it's tough.", ("validation",)),
    ("This is not your fault.", ("validation",)),
    ("I am here for you.", ("encouragement",)),
    ("You'll get through it.", ("reassurance",)),
    ("I'm sure he misses you.", ("reassurance",)),
    ("I've been divorced too.", ("self-disclosure",)),
    ("My dad drank as well.", ("self-disclosure",)),
    ("My mother struggled with it for years.", ("self-disclosure",)),
    ("The same thing happened to me.", ("self-disclosure",)),
    ("Maybe you can call her.", ("suggestion",)),
    ("Have you considered a night class?", ("suggestion",)),
    ("Try to sleep a little more.", ("suggestion",)),
    ("I would suggest a short walk.", ("suggestion",)),
    ("There are many groups for newcomers.", ("information",)),
    ("Lots of people work at night.", ("information",)),
])
def test_other_words_for_an_act_are_understood(text: str, acts: tuple[str, ...]) -> None:
    assert recognise(text) == acts


@pytest.mark.parametrize(("text", "act"), [
    ("Can you tell me about it?", "suggestion"),
    ("You can take your time.", "judgement"),
    ("I can imagine.", "suggestion"),
    ("Take your time.", "suggestion"),
    ("I was wondering about that.", "self-disclosure"),
    ("You need to pull yourself together.", "suggestion"),
    ("Is that right?", "validation"),
    ("The bus was late.", "restatement"),
    ("Take care of the dog for now.", "closing"),
])
def test_look_alikes_are_told_apart(text: str, act: str) -> None:
    assert act not in recognise(text)


def test_a_sentence_is_one_question_at_most() -> None:
    assert recognise("What would you like to do about it?") == ("open-question",)
    assert recognise("Have you tried to talk to him?") == ("suggestion",)
