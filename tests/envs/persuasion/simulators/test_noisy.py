"""The noisy persuadee: other words, the same mind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from dialogym import Ask, Position, ScriptedAgent, converse
from dialogym.alignment.evaluation.intervals import mean_ci
from dialogym.envs.persuasion import Persuasion
from dialogym.envs.persuasion.engagement import reading
from dialogym.envs.persuasion.reading.concerns import read_concern
from dialogym.envs.persuasion.simulators import noisy, people, persuader
from dialogym.envs.persuasion.simulators import scripted as persuadee
from dialogym.envs.persuasion.simulators.moods import read_mood

SCENARIO = Persuasion()
NOISY = noisy.POLICIES["noisy"]


@cache
def talks(name: str) -> tuple[Position, ...]:
    agents = {"persuader": ScriptedAgent(persuader.POLICIES[name]), "persuadee": ScriptedAgent(NOISY)}
    return tuple(converse(Position.start(SCENARIO, seed), agents) for seed in range(120))


def moments(name: str) -> Iterator[Position]:
    """Every position of these talks in which it is the persuadee's turn."""
    for end in talks(name):
        position = Position.start(SCENARIO, 0, condition=end.condition)
        for utterance in end.dialogue:
            if utterance.seat == people.SEAT:
                yield position
            position = position.say(utterance)


def test_every_utterance_is_heard_as_it_was_meant() -> None:
    """The same decision and the same concern, whatever the typing; of the mood a rigid listener hears a little less."""
    moods = changed = total = 0
    for position in moments("average"):
        clean, rough = persuadee.speak(position.ask()).text, NOISY(position.ask()).text
        before = reading(position.dialogue)
        assert noisy._meant(before, clean) == noisy._meant(before, rough)
        assert read_concern(clean) == read_concern(rough)
        total += 1
        changed += clean != rough
        moods += read_mood(clean) != read_mood(rough)
    assert changed > 0.8 * total
    assert 0.01 * total < moods < 0.4 * total


def test_the_same_ask_gets_the_same_reply_and_no_strength_is_the_scripted_one() -> None:
    for end in talks("average")[:20]:
        position = Position.start(SCENARIO, 3, condition=end.condition).say("Hello, how are you today?")
        assert NOISY(position.ask()) == NOISY(position.ask())
        assert noisy.speak(position.ask(), strength=0.0) == persuadee.speak(position.ask())


def test_skill_still_orders() -> None:
    levels = {name: [end.engagement.level for end in talks(name)] for name in ("random", "average", "expert")}
    found = {name: mean_ci(each, 0)[1] for name, each in levels.items()}
    assert found["random"][1] < found["average"][0]
    assert found["average"][1] < found["expert"][0]


def test_it_needs_a_persona() -> None:
    position = Position.start(SCENARIO, 3).say("Hello, how are you today?")
    with pytest.raises(TypeError, match="needs a Persona"):
        NOISY(Ask(replace(position.view(), condition="somebody"), 1))
