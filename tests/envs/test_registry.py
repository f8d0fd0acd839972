"""Environment ids: found, suggested, guarded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import dialogym
from dialogym.envs.errors import InvalidConfig, UnknownEnvironment
from dialogym.envs.registry import default, id_of, scenarios, spec
from tests.toy import Guessing, Thinking


@pytest.fixture(autouse=True)
def registry_put_back() -> Iterator[None]:
    before = dict(dialogym.registry)
    yield
    dialogym.registry.clear()
    dialogym.registry.update(before)


def test_a_misspelt_id_is_told_the_near_one() -> None:
    with pytest.raises(UnknownEnvironment, match="did you mean 'PersuasionForGood-v0'"):
        dialogym.make("PersuasionForGod-v0")


@pytest.mark.parametrize("id", ["", "Chess-v1", 3])
def test_an_id_near_nothing_is_told_them_all(id: object) -> None:
    with pytest.raises(UnknownEnvironment, match=r"choose one of \['EmotionalSupport-v0'.*'PersuasionForGood-v0'"):
        dialogym.make(id)  # type: ignore[arg-type]


@pytest.mark.parametrize("id", ["Guessing", "Guessing-v", "Guessing-vx", "-v0", ""])
def test_an_id_without_name_or_version_is_refused(id: str) -> None:
    with pytest.raises(InvalidConfig, match="looks like 'Name-v0'"):
        dialogym.register(id, Guessing)
    assert id not in dialogym.registry


def test_an_id_is_taken_once() -> None:
    with pytest.raises(InvalidConfig, match="is taken"):
        dialogym.register("PersuasionForGood-v0", Guessing)
    assert dialogym.make("PersuasionForGood-v0").scenario.name == "persuasion"


@pytest.mark.parametrize("scenario", [Guessing, "tests.toy:Guessing"])
def test_fixed_options_can_be_overridden(scenario: object) -> None:
    dialogym.register("Guessing-v1", scenario, horizon=2)  # type: ignore[arg-type]
    assert dialogym.make("Guessing-v1").scenario == Guessing(2).under("Guessing-v1")
    assert dialogym.make("Guessing-v1", horizon=3).scenario == Guessing(3).under("Guessing-v1")


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(InvalidConfig, match=r"PersuasionForGood-v0 does not take.*'depth'"):
        dialogym.make("PersuasionForGood-v0", depth=3)


@pytest.mark.parametrize("options", [{"horizon": 0}, {"gamma": 1.5}, {"gamma": -0.1}, {"personas": "invented"}])
def test_options_out_of_range_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InvalidConfig, match=next(iter(options))):
        dialogym.make("PersuasionForGood-v0", **options)


def test_the_default_is_the_first() -> None:
    assert default() == next(iter(dialogym.registry))
    dialogym.registry.clear()
    dialogym.register("Guessing-v1", Guessing)
    dialogym.register("Aaa-v1", Guessing)
    assert default() == "Guessing-v1"


def test_a_scenario_is_found_by_its_name_at_its_newest() -> None:
    before = scenarios()
    for id in ("Guessing-v9", "Guess-v10", "Other-v10", "Guessing-v2"):
        dialogym.register(id, "tests.toy:Guessing")
    dialogym.register("Thinking-v0", Thinking)
    assert id_of("guessing") == id_of("GUESSING") == "Guess-v10"
    assert scenarios() == [*before, "guessing", "thinking"]
    assert {spec(id_of(name)).build().name for name in scenarios()} == set(scenarios())


def test_an_unknown_scenario_is_told_them_all() -> None:
    with pytest.raises(InvalidConfig, match=r"'chess'; choose one of \[.*'persuasion'"):
        id_of("chess")


def test_a_name_is_read_without_building_where_it_can_be() -> None:
    class Costly(Guessing):
        name = "costly"

        def __init__(self) -> None:
            raise TimeoutError

    dialogym.register("Costly-v0", Costly)
    dialogym.register("Made-v0", lambda: Thinking(2))
    assert id_of("costly") == "Costly-v0"
    assert id_of("thinking") == "Made-v0"
