"""The noisy persuadee: other words, the same game."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from dialogym import Ask, Position, ScriptedAgent, Utterance, converse
from dialogym.alignment.evaluation.intervals import mean_ci
from dialogym.envs.keys import mix, uniform
from dialogym.envs.persuasion import Persuasion
from dialogym.envs.persuasion.engagement import reading
from dialogym.envs.persuasion.simulators import noisy, persuader
from dialogym.envs.persuasion.simulators import scripted as persuadee
from dialogym.envs.persuasion.simulators.moods import read_mood, read_taste
from dialogym.envs.scenario import ScriptedPolicy

SCENARIO = Persuasion()
NOISY = noisy.POLICIES["noisy"]


def talk(seed: int, persuader_: ScriptedPolicy, user: ScriptedPolicy) -> Position:
    return converse(Position.start(SCENARIO, seed), {"persuader": ScriptedAgent(persuader_), "persuadee": ScriptedAgent(user)})


def deaf(ask: Ask) -> Utterance:
    """A persuader who hears nothing: an appeal or question now and then, in the end an ask, by turn and key alone."""
    turn = len(ask.view.dialogue) // 2
    act = "propose-donation" if turn > 3 and uniform(ask.key, 1) < 0.4 else persuader.APPEALS[turn % 4]
    return Utterance("persuader", persuader.voice("greeting" if turn == 0 else act, mix(ask.key, 9)))


@cache
def pairs(name: str) -> tuple[tuple[Position, Position], ...]:
    player = deaf if name == "deaf" else persuader.POLICIES[name]
    return tuple((talk(seed, player, persuadee.speak), talk(seed, player, NOISY)) for seed in range(200))


@pytest.mark.parametrize("name", ["deaf", "random"])
def test_who_does_not_listen_reaches_the_same_gift_word_for_word(name: str) -> None:
    for clean, rough in pairs(name):
        assert len(clean.dialogue) == len(rough.dialogue)
        a, b = clean.engagement, rough.engagement
        assert (a.level, a.over, a.status) == (b.level, b.over, b.status)
        for one, other in zip(clean.dialogue, rough.dialogue, strict=True):
            assert one == other or one.seat == persuadee.SEAT


def test_after_every_utterance_the_talk_is_read_alike() -> None:
    for clean, rough in pairs("deaf"):
        a, b = clean.dialogue, rough.dialogue
        while a.parent is not None and b.parent is not None:
            assert replace(reading(a), evidence="") == replace(reading(b), evidence="")
            a, b = a.parent, b.parent


def test_gifts_are_among_them() -> None:
    levels = [rough.engagement.level for _, rough in pairs("deaf")]
    assert 0 < sum(level > 0 for level in levels) < len(levels)


def test_a_rigid_listener_hears_less() -> None:
    said = [(one.text, other.text) for clean, rough in pairs("deaf")
            for one, other in zip(clean.dialogue, rough.dialogue, strict=True) if one.seat == persuadee.SEAT]
    moods = sum(read_mood(one) != read_mood(other) for one, other in said) / len(said)
    tastes = [read_taste(one) == read_taste(other) for one, other in said if read_taste(one)]
    changed = sum(one != other for one, other in said) / len(said)
    assert changed > 0.8
    assert 0.02 < moods < 0.4
    assert 0.02 < 1 - sum(tastes) / len(tastes) < 0.5


def test_the_same_ask_gets_the_same_reply_and_no_strength_is_the_scripted_one() -> None:
    for clean, _ in pairs("deaf")[:20]:
        position = Position.start(SCENARIO, 3, condition=clean.condition).say("Hello, how are you today?")
        assert NOISY(position.ask()) == NOISY(position.ask())
        assert noisy.speak(position.ask(), strength=0.0) == persuadee.speak(position.ask())


def test_skill_still_orders() -> None:
    found = {name: mean_ci([rough.engagement.level for _, rough in pairs(name)], 0)[1] for name in ("random", "expert")}
    means = [sum(rough.engagement.level for _, rough in pairs(name)) for name in ("random", "average", "expert")]
    assert found["random"][1] < found["expert"][0]
    assert means == sorted(means)


def test_it_needs_a_persona() -> None:
    position = Position.start(SCENARIO, 3).say("Hello, how are you today?")
    with pytest.raises(TypeError, match="needs a Persona"):
        NOISY(Ask(replace(position.view(), condition="somebody"), 1))
