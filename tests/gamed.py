"""Whether one of the package's own games is won without listening, for the tests of each (`test_not_gamed.py`).

A short search runs always and catches what any fixed string wins; the slow one takes as many minutes a scenario as
DIALOGYM_ATTACK_MINUTES says (three unless told; ten before a release), split over its families, as somebody would who meant to
win. A module for each scenario, so that two of them are searched at once.
"""

from __future__ import annotations

import os
from typing import Any

import dialogym
from dialogym.envs.registry import spec
from dialogym.search import ExploitSettings, exploit
from tests.third import ID as THIRD

IDS = sorted({*dialogym.registry} - {THIRD})
"""Of the package's own environments."""
MINUTES = float(os.environ.get("DIALOGYM_ATTACK_MINUTES", "3"))
"""Of the slow search, for a scenario."""


def families(id: str) -> list[tuple[str, dict[str, Any], str]]:
    """Every scripted user of an environment in every variant."""
    scenario = spec(id).build()
    variants = scenario.speech.variants() if scenario.speech is not None else [{}]
    return [(id, dict(options), user) for options in variants for user in scenario.scripted[scenario.user]]


def beaten(**settings: Any) -> list[str]:
    """The families that somebody who does not listen wins, with the words that win them."""
    found = exploit(ExploitSettings(players=("average", "random"), **settings))
    return [f"{family['name']}: {policy['kind']} {policy['level'][0]:.3f}, average {family['players']['average'][0]:.3f}: "
            f"{policy['lines']}" for family in found["families"] if family["beaten"]
            for policy in family["policies"] if policy["kind"] == family["best"]]


def short(id: str) -> list[str]:
    """What a search of seconds wins, against the first and the last family of every variant."""
    users = [user for _, _, user in families(id)]
    attacked = [family for family in families(id) if family[2] in (users[0], users[-1])]
    return beaten(env=id, users=(users[0], users[-1]), evaluations=400 * len(attacked), talks=40)


def long(id: str, options: dict[str, Any], user: str) -> list[str]:
    """What a family's share of ten minutes wins."""
    return beaten(env=id, options=options, users=(user,), seconds=60 * MINUTES / len(families(id)), talks=1_000)
