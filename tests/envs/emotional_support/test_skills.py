"""Skill orders as it should: what the scripted supporters of different skill reach with the scripted seeker."""

from __future__ import annotations

from functools import cache

import pytest

from dialogym import Position
from dialogym.alignment.evaluation.intervals import mean_ci
from dialogym.envs.emotional_support import EmotionalSupport
from tests.toy import cast, talk

EPISODES = 200
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])


@cache
def levels(language: str, skill: str) -> tuple[float, ...]:
    scenario = EmotionalSupport(language=language)
    agents = cast(scenario, supporter=skill)
    return tuple(talk(Position.start(scenario, seed), agents).engagement.level for seed in range(EPISODES))


def interval(language: str, skill: str) -> tuple[float, float]:
    return mean_ci(list(levels(language, skill)), 0)[1]


@LANGUAGES
def test_the_strong_beat_the_middling_and_they_the_weak_with_intervals_apart(language: str) -> None:
    weak, middling, strong = (interval(language, skill) for skill in ("novice", "average", "expert"))
    assert weak[1] < middling[0]
    assert middling[1] < strong[0]


@LANGUAGES
@pytest.mark.parametrize("worse", ["interrogator", "adviser"])
def test_asking_every_turn_or_advising_at_once_is_worse_than_reflecting(language: str, worse: str) -> None:
    assert interval(language, worse)[1] < interval(language, "listener")[0]


@LANGUAGES
def test_the_weak_are_neither_hopeless_nor_good(language: str) -> None:
    """What a search can learn from: a baseline that sometimes succeeds."""
    assert 0.08 < sum(levels(language, "novice")) / EPISODES < 0.4
