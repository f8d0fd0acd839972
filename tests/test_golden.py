"""Golden transcripts: conversations people can read, so that a changed word or number shows as a diff."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import dialogym
from dialogym import Position
from tests.third import ID as THIRD
from tests.toy import cast, talk

GOLDEN = Path(__file__).parent / "golden"
EPISODES = [("EmotionalSupport-v0", 7), ("PersuasionForGood-v0", 7)]


def transcript(id: str, seed: int) -> str:
    scenario = dialogym.make(id).scenario
    speakers = ", ".join(f"{seat} {next(iter(scenario.scripted[seat]))!r}" for seat in scenario.seats)
    end = talk(Position.start(scenario, seed, name=id), cast(scenario))
    found = end.engagement
    lines = [f"{id}, seed {seed}: scenario {scenario.name} version {scenario.version}; {speakers}",
             f"({scenario.user}, hidden: {scenario.describe_condition(end.condition)})", ""]
    for u in end.dialogue:
        lines += [f"{u.seat}: {u.text}", *(f"    | {line}" for line in u.state.splitlines())]
    lines += ["", f"engagement {found.level:.3f}, {found.status}, read from {found.evidence!r}; {end.turns} turns"]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(("id", "seed"), EPISODES)
def test_the_conversation_is_the_golden_one(id: str, seed: int) -> None:
    path = GOLDEN / f"{id}-seed{seed}.txt"
    found = transcript(id, seed)
    if os.environ.get("DIALOGYM_REGOLD") == "1":
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8"), (
        "The transcript changed. If that is meant, raise the scenario's version, write the file again with "
        "DIALOGYM_REGOLD=1 pytest tests/test_golden.py, and review its diff.")


def test_every_environment_has_a_golden_conversation() -> None:
    assert {id for id, _ in EPISODES} == set(dialogym.registry) - {THIRD}
