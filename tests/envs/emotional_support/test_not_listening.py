"""Nobody is paid for what could be said to anybody: policies that do not listen stay far below the average supporter."""

from __future__ import annotations

import pytest

from dialogym import Ask, Position, Utterance
from dialogym.envs.attention import content_words
from dialogym.envs.book import book
from dialogym.envs.emotional_support import EmotionalSupport
from dialogym.envs.emotional_support.bids import ANSWERS
from dialogym.envs.keys import mix, pick

SEEDS = 40
FEELINGS = "anxious exhausted lonely ashamed helpless angry hopeless worthless guilty sad afraid empty overwhelmed hurt".split()  # noqa: SIM905
FIXED = (
    ("It sounds like that. That makes sense. I am here.",),
    ("I hear you. Possible: none.", "That makes sense. Possible: none."),
    tuple(f"It sounds like you feel {', '.join(FEELINGS[n:] + FEELINGS[:n])}." for n in range(6)),
    ("Sounds makes sense here listening.", "Take your time understandable hear you."),
)


def reached(supporter) -> float:
    scenario, total = EmotionalSupport(), 0.0
    seeker = scenario.scripted_policy("seeker")
    for seed in range(SEEDS):
        position = Position.start(scenario, seed)
        while not position.over:
            position = position.say((supporter if position.seat == "supporter" else seeker)(position.ask()))
        total += position.engagement.level
    return total / SEEDS


@pytest.fixture(scope="module")
def average() -> float:
    return reached(EmotionalSupport().scripted_policy("supporter", "average"))


@pytest.mark.parametrize("lines", FIXED)
def test_fixed_lines(lines: tuple[str, ...], average: float) -> None:
    found = reached(lambda ask: Utterance("supporter", lines[len(ask.view.dialogue) // 2 % len(lines)]))
    assert found <= 0.05 < average


def test_an_echo(average: float) -> None:
    def echo(ask: Ask) -> Utterance:
        last = ask.view.dialogue.utterance.text.rstrip(".!?").rsplit(". ", 1)[-1]
        return Utterance("supporter", f"So what you are saying is that {last}.")

    assert reached(echo) <= 0.05 < average


@pytest.mark.parametrize("plan", range(3))
def test_a_plan_of_acts_even_with_their_own_words_in_it(plan: int, average: float) -> None:
    phrases, acts = book("dialogym.envs.emotional_support", "supporter.en.book"), tuple(ANSWERS.values())

    def planned(ask: Ask) -> Utterance:
        turn = len(ask.view.dialogue)
        act, words = pick(mix(plan, turn), acts), content_words(ask.view.dialogue.utterance.text)
        for attempt in range(20):
            slots = {"word": words[turn % len(words)]} if words else {}
            text = phrases.say(f"{act}.uptake", mix(plan, turn, attempt), 0, slots)
            if "<" not in text:
                return Utterance("supporter", text)
        return Utterance("supporter", "I am listening.")

    assert reached(planned) < 0.5 * average
