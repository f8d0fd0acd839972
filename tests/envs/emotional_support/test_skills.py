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
def levels(language: str, skill: str, episodes: int = EPISODES) -> tuple[float, ...]:
    scenario = EmotionalSupport(language=language)
    agents = cast(scenario, supporter=skill)
    return tuple(talk(Position.start(scenario, seed), agents).engagement.level for seed in range(episodes))


def interval(language: str, skill: str) -> tuple[float, float]:
    return mean_ci(list(levels(language, skill)), 0)[1]


@LANGUAGES
def test_the_strong_beat_the_middling_and_they_the_weak_with_intervals_apart(language: str) -> None:
    weak, middling, strong = (interval(language, skill) for skill in ("novice", "average", "expert"))
    assert weak[1] < middling[0]
    assert middling[1] < strong[0]


@LANGUAGES
@pytest.mark.parametrize("plan", ["random", "interrogator", "listener", "adviser"])
def test_who_keeps_to_a_plan_hardly_reaches_anybody(language: str, plan: str) -> None:
    assert sum(levels(language, plan, 60)) <= 0.05 * 60


@LANGUAGES
def test_the_weak_are_neither_hopeless_nor_good(language: str) -> None:
    """What a search can learn from: a baseline that sometimes succeeds."""
    assert 0.05 < sum(levels(language, "novice")) / EPISODES < 0.35


@LANGUAGES
def test_there_is_room_above_the_expert(language: str) -> None:
    assert 0.7 < sum(levels(language, "expert")) / EPISODES < 0.95
