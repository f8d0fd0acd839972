"""Environment ids: found, suggested, guarded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import dialogym
from dialogym.envs.errors import InvalidConfig, UnknownEnvironment
from tests.toy import Guessing


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
    with pytest.raises(UnknownEnvironment, match=r"choose one of \['PersuasionForGood-v0'"):
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
    assert dialogym.make("Guessing-v1").scenario == Guessing(2)
    assert dialogym.make("Guessing-v1", horizon=3).scenario == Guessing(3)


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(InvalidConfig, match=r"PersuasionForGood-v0 does not take.*'depth'"):
        dialogym.make("PersuasionForGood-v0", depth=3)


@pytest.mark.parametrize("options", [{"horizon": 0}, {"gamma": 1.5}, {"gamma": -0.1}, {"personas": "invented"}])
def test_options_out_of_range_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InvalidConfig, match=next(iter(options))):
        dialogym.make("PersuasionForGood-v0", **options)
