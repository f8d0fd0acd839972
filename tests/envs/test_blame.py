"""Errors of other people's code are told as theirs, with file and line; wrong options are told as wrong options."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from dialogym import Position, ScriptedAgent
from dialogym.envs.errors import InvalidConfig, PluginFailed
from dialogym.envs.persuasion import Persuasion
from dialogym.envs.registry import EnvSpec
from dialogym.search.driver import Failed, stream
from dialogym.search.planners import planner
from tests.third import Haggling

FILE = "tests/envs/test_blame.py"


def line_of(code: Any, words: str) -> int:
    lines, first = inspect.getsourcelines(code)
    return first + next(number for number, line in enumerate(lines) if words in line)


def longest(words: Any) -> Any:
    return max(words)


class Stumbling(Haggling):
    def __init__(self, horizon: int = 6, prices: Any = ()) -> None:
        super().__init__(horizon)
        self.highest = longest(prices or 3)  # stumbles


class Unfinished(Haggling):
    situation = None

    from abc import abstractmethod

    @abstractmethod
    def haggle(self) -> None: ...


class NeedsPaper(Haggling):
    def __init__(self, horizon: int = 6) -> None:
        super().__init__(horizon)
        raise FileNotFoundError("paper.txt")


@pytest.mark.parametrize(("options", "says"), [
    ({"colour": "red"}, r"Odd-v0 does not take .*'colour'.*it takes \['horizon', 'prices'\]"),
    ({"horizon": 2, "colour": 3}, "Odd-v0 does not take"),
])
def test_wrong_options_are_wrong_options(options: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidConfig, match=says):
        EnvSpec("Odd-v0", Stumbling).build(**options)


def test_an_error_inside_a_constructor_is_the_constructors() -> None:
    with pytest.raises(PluginFailed) as caught:
        EnvSpec("Odd-v0", Stumbling).build(horizon=2)
    place = f"{FILE}, line {line_of(longest, 'return max')}"
    assert f"Odd-v0 raised TypeError: 'int' object is not iterable ({place})" in str(caught.value)
    assert isinstance(caught.value.__cause__, TypeError)
    with pytest.raises(PluginFailed, match=r"FileNotFoundError: paper\.txt \(tests/envs/test_blame\.py, line \d+\)"):
        EnvSpec("Odd-v0", NeedsPaper).build()
    with pytest.raises(InvalidConfig, match="horizon must be at least 1"):
        EnvSpec("Fine-v0", Persuasion).build(horizon=0)


def test_a_missing_method_is_named() -> None:
    with pytest.raises(PluginFailed, match=r"of Odd-v0, Unfinished, .* lacks \['haggle'\]"):
        EnvSpec("Odd-v0", Unfinished).build()


def test_a_scenario_that_cannot_be_imported_is_named() -> None:
    with pytest.raises(PluginFailed, match=r"tests\.toy:Nobody' of Odd-v0 cannot be imported: AttributeError"):
        EnvSpec("Odd-v0", "tests.toy:Nobody").build()
    with pytest.raises(PluginFailed, match=r"tests\.nowhere:Nobody' of Odd-v0 cannot be imported: ModuleNotFoundError"):
        EnvSpec("Odd-v0", "tests.nowhere:Nobody").build()


def clumsy(position: Position) -> Iterator[Any]:
    """Stumbles in a helper, after its first replies."""
    replies = yield [position.ask()]
    yield longest(len(replies))


class Choosy:
    def __init__(self, budget: int) -> None:
        raise KeyError(budget)


def forgetful(position: Position) -> Iterator[Any]:
    """Ends without a choice."""
    yield [position.ask()]


def played(planned: Any) -> str:
    scenario = Persuasion()
    agents = {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats}
    ((_, found),) = stream(planned, [(0, Position.start(scenario, 0))], agents)
    assert isinstance(found, Failed)
    return found.reason


def test_a_planner_that_raises_is_told_by_its_own_frame() -> None:
    place = f"{FILE}, line {line_of(longest, 'return max')}"
    assert played(planner(f"{__name__}:clumsy", 3)) == f"TypeError: 'int' object is not iterable ({place})"


def test_an_error_of_our_own_has_no_foreign_place() -> None:
    def asks_nobody(position: Position) -> Iterator[Any]:
        yield [Position.start(Haggling(), 0).ask()]

    assert played(asks_nobody).startswith("InvalidConfig: A plan asks seat 'buyer'")
    assert "line" not in played(asks_nobody)


def test_a_planner_that_cannot_be_made_is_told_likewise() -> None:
    place = rf"test_blame\.py, line {line_of(Choosy, 'raise KeyError')}"
    with pytest.raises(PluginFailed, match=rf"{__name__}:Choosy' raised KeyError: 3 \(tests/envs/{place}\)"):
        planner(f"{__name__}:Choosy", 3)


def test_a_planner_that_ends_without_a_choice_is_named() -> None:
    from dialogym.search.choice import Talk

    assert "ended with NoneType" in played(Talk(planner(f"{__name__}:forgetful", 3)))
