"""Planners by name, held to a budget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from dialogym import Ask, Position, ScriptedAgent, Utterance
from dialogym.envs.errors import InvalidConfig
from dialogym.search import run
from dialogym.search.belief import Imagining
from dialogym.search.budget import Budget, OutOfBudget
from dialogym.search.choice import Choice
from dialogym.search.planners import PLANNERS, known_planners, planner
from tests.search.test_baselines import PERSUASION, agents, middle


class Counting:
    def __init__(self) -> None:
        self.agent, self.count = ScriptedAgent.of(PERSUASION, "persuader", "novice"), 0

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        self.count += len(asks)
        return self.agent.respond(asks)


def used(decide: Any, position: Position) -> tuple[int, Choice]:
    policy = Counting()
    choice = run(decide, [position], {**agents(), "persuader": policy})[0]
    return policy.count, choice


@pytest.mark.parametrize("name", PLANNERS)
@pytest.mark.parametrize("budget", [3, 4, 11, 30])
def test_no_planner_exceeds_its_budget(name: str, budget: int) -> None:
    for seed in range(3):
        count, choice = used(Budget(planner(name, budget), budget), middle(seed))
        assert count <= budget
        assert choice.replies


@pytest.mark.parametrize("name", sorted(PLANNERS.keys() - {"sample", "open-loop"}))
def test_planners_use_what_they_are_given(name: str) -> None:
    shares = [used(Budget(planner(name, 60), 60), middle(seed))[0] / 60 for seed in range(6)]
    assert max(shares) > 0.7


def test_a_larger_budget_begins_like_a_smaller_one() -> None:
    for name in PLANNERS.keys() - {"open-loop", "sample"}:
        small, large = (used(Budget(planner(name, size), size), middle(1))[1] for size in (6, 24))
        assert large.replies[:len(small.replies)] == small.replies, name


def test_a_budget_too_small_for_the_candidates_is_named() -> None:
    with pytest.raises(InvalidConfig, match="nothing to say within 2 generations"):
        used(Budget(planner("beam", 2), 2), middle(1))
    with pytest.raises(InvalidConfig, match="at least 1 generation"):
        Budget(planner("beam", 3), 0)


class Mine:
    """A user's planner: the longest of three."""

    def __init__(self, budget: int = 3) -> None:
        self.budget = budget

    def __call__(self, position: Position) -> Iterator[Any]:
        replies = yield [position.ask(index) for index in range(self.budget)]
        return Choice(tuple(replies), tuple(float(len(reply.text)) for reply in replies), (0,) * len(replies))


def stubborn(position: Position) -> Iterator[Any]:
    """Goes on whatever it is told."""
    replies = []
    for index in range(50):
        try:
            replies += yield [position.ask(index)]
        except OutOfBudget:
            continue
    return Choice(tuple(replies), (0.0,) * len(replies), (0,) * len(replies))


NO_PLANNER = 4


def test_anybodys_planner_comes_by_import_path() -> None:
    mine = planner("tests.search.test_planners:Mine", 7)
    count, choice = used(Budget(Imagining(mine, worlds=1, drawn=1, samples=0), 7), middle(2))
    assert count == 7
    assert choice.replies[choice.best].text == max((reply.text for reply in choice.replies), key=len)
    assert planner("tests.search.test_planners:stubborn", 7) is stubborn


def test_a_planner_that_ignores_its_budget_is_stopped() -> None:
    with pytest.raises(InvalidConfig, match="goes on without a budget"):
        used(Budget(planner("tests.search.test_planners:stubborn", 7), 7), middle(2))


@pytest.mark.parametrize(("name", "says"), [
    ("ixmtcs", "did you mean 'ixmcts'"), ("nothing-like-it", "Known are"), ("no.such.module:Planner", "cannot be imported"),
    ("tests.search.test_planners:Nobody", "cannot be imported"), ("tests.search.test_planners:NO_PLANNER", "NO_PLANNER"),
])
def test_what_is_no_planner_is_named(name: str, says: str) -> None:
    with pytest.raises(InvalidConfig, match=says):
        planner(name, 4)


def test_an_installed_package_can_announce_planners(monkeypatch: pytest.MonkeyPatch) -> None:
    class Point:
        name = "theirs"

        @staticmethod
        def load() -> Any:
            return Mine

    monkeypatch.setattr("dialogym.search.planners.entry_points", lambda group: [Point] if group == "dialogym.planners" else [])
    assert "theirs" in known_planners()
    assert isinstance(planner("theirs", 5), Mine)
