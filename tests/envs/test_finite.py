"""No option is NaN or infinite, wherever a number can be given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from inspect import signature
from typing import Any

import pytest

import dialogym
from dialogym.agents.backend import Sampling
from dialogym.agents.remote import Limits
from dialogym.alignment.config import RunConfig
from dialogym.alignment.evaluation.leaderboard import BenchSettings
from dialogym.alignment.overrides import merge
from dialogym.alignment.training.pretrain import PretrainConfig
from dialogym.cli.shared import given_options
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.registry import registry, spec
from dialogym.search.bandits import OpenLoop, Puct
from dialogym.search.baselines import Beam, Greedy, Lookahead
from dialogym.search.belief import Imagining
from dialogym.search.collect import SearchConfig
from tests.third import ID as THIRD

ODD = (float("nan"), float("inf"), float("-inf"))
WHOLE = [RunConfig(), SearchConfig(), Limits(), Sampling(), PretrainConfig(), OpenLoop(), Puct(), Beam(), Greedy(), Lookahead(),
         Imagining(Greedy()), BenchSettings(env="PersuasionForGood-v0", options={})]


def numbers(options: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The way to every field that is a number, or may be one."""
    for field in fields(options):
        value = getattr(options, field.name)
        if is_dataclass(value):
            yield from numbers(value, (*above, field.name))
        elif not isinstance(value, bool) and ("int" in str(field.type) or "float" in str(field.type)):
            yield *above, field.name


def changed(options: Any, way: tuple[str, ...], value: Any) -> Any:
    """The options with one field, however deep, replaced by the constructors themselves."""
    name, *rest = way
    return replace(options, **{name: changed(getattr(options, name), tuple(rest), value) if rest else value})


@pytest.mark.parametrize("options", WHOLE, ids=lambda options: type(options).__name__)
def test_no_constructor_takes_a_number_that_is_none(options: Any) -> None:
    ways = list(numbers(options))
    assert ways
    for way in ways:
        for value in ODD:
            with pytest.raises(InvalidConfig, match=way[-1]):
                changed(options, way, value)


@pytest.mark.parametrize("options", [RunConfig(), SearchConfig()], ids=lambda options: type(options).__name__)
def test_no_file_and_no_command_line_brings_one(options: Any) -> None:
    for way in numbers(options):
        for value in ODD:
            given = value
            for name in reversed(way):
                given = {name: given}
            with pytest.raises(InvalidConfig):
                merge(options, given, "a file")
    with pytest.raises(InvalidConfig, match="finite"):
        merge(options, {"options": {"deep": [{"in": float("inf")}]}}, "a file")


@pytest.mark.parametrize("id", sorted(id for id, known in registry.items() if not known.package and id != THIRD))
@pytest.mark.parametrize("written", [".nan", ".inf", "-.inf", "nan", "inf", "-inf", "1e999", "NaN"])
def test_no_scenario_has_one(id: str, written: str) -> None:
    factory = spec(id).factory
    named = [name for name, parameter in signature(factory).parameters.items()
             if isinstance(parameter.default, int | float) and not isinstance(parameter.default, bool)]
    assert "horizon" in named
    for name in named:
        with pytest.raises(InvalidConfig, match=name):
            dialogym.make(id, **given_options([f"{name}={written}"]))
        for value in ODD:
            with pytest.raises(InvalidConfig, match=name):
                factory(**{name: value})


def test_somebody_elses_scenario_is_spared_them_too() -> None:
    from tests.toy import Thinking

    known = registry["PersuasionForGood-v0"]
    with pytest.raises(InvalidConfig, match="horizon must be a finite number, got nan"):
        replace(known, scenario=Thinking).build(horizon=float("nan"))
