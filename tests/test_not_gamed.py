"""The package's own games are not won without listening: on no family, in no language.

A short search runs always and catches what any fixed string wins; the slow one takes ten minutes a scenario, split over its
families, as somebody would who meant to win.
"""

from __future__ import annotations

from typing import Any

import pytest

import dialogym
from dialogym.envs.registry import spec
from dialogym.search import ExploitSettings, exploit
from tests.third import ID as THIRD

RULES_1 = pytest.mark.xfail(strict=False, reason="rules 1")
IDS = sorted({*dialogym.registry} - {THIRD})
MINUTES = 10
"""Of the slow search, for a scenario."""


def families(id: str) -> list[tuple[str, dict[str, Any], str]]:
    """Every scripted user of an environment in every variant."""
    scenario = spec(id).build()
    variants = scenario.speech.variants() if scenario.speech is not None else [{}]
    return [(id, dict(options), user) for options in variants for user in scenario.scripted[scenario.user]]


def beaten(**settings: Any) -> list[str]:
    found = exploit(ExploitSettings(players=("average", "random"), **settings))
    return [f"{family['name']}: {policy['kind']} {policy['level'][0]:.3f}, average {family['players']['average'][0]:.3f}: "
            f"{policy['lines']}" for family in found["families"] if family["beaten"]
            for policy in family["policies"] if policy["kind"] == family["best"]]


@RULES_1
@pytest.mark.parametrize("id", IDS)
def test_a_short_search_wins_nothing(id: str) -> None:
    users = [user for _, _, user in families(id)]
    attacked = [family for family in families(id) if family[2] in (users[0], users[-1])]
    assert beaten(env=id, users=(users[0], users[-1]), evaluations=1_000 * len(attacked), talks=60) == []


@RULES_1
@pytest.mark.slow
@pytest.mark.parametrize(("id", "options", "user"), [family for id in IDS for family in families(id)])
def test_ten_minutes_of_search_win_nothing(id: str, options: dict[str, Any], user: str) -> None:
    assert beaten(env=id, options=options, users=(user,), seconds=60 * MINUTES / len(families(id)), talks=1_000) == []
