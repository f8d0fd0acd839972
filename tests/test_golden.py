"""Golden transcripts: conversations people can read, so that a changed word or number shows as a diff."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import dialogym
from dialogym import ActEnv, Position
from dialogym.envs.registry import acts_id
from tests.third import ID as THIRD
from tests.thousand import Acts
from tests.toy import cast, talk

GOLDEN = Path(__file__).parent / "golden"
IDS = sorted({*dialogym.registry} - {THIRD})
SEEDS = (7, 8)


def episodes() -> dict[str, tuple[str, int, str, dict[str, str]]]:
    """File name: (id, seed, user's policy, options): every id at every seed, every family and language at the first."""
    found = {f"{id}-seed{seed}": (id, seed, "", {}) for id in IDS for seed in SEEDS}
    for id in IDS:
        scenario = dialogym.make(id).scenario
        families = [*scenario.scripted[scenario.user]][1:]
        found |= {f"{id}-seed{SEEDS[0]}-{name}": (id, SEEDS[0], name, {}) for name in families}
    return found | {f"EmotionalSupport-v0-seed{SEEDS[0]}-zh": ("EmotionalSupport-v0", SEEDS[0], "", {"language": "zh"})}


EPISODES = episodes()


def transcript(id: str, seed: int, user: str, options: dict[str, str]) -> str:
    scenario = dialogym.make(id, **options).scenario
    names = {scenario.user: user} if user else {}
    speakers = ", ".join(f"{seat} {names.get(seat) or next(iter(scenario.scripted[seat]))!r}" for seat in scenario.seats)
    end = talk(Position.start(scenario, seed), cast(scenario, **names))
    title = f"{id}, seed {seed}: scenario {scenario.name} version {scenario.version}; {speakers}"
    return "\n".join([title, *written(end)]) + "\n"


def written(end: Position) -> list[str]:
    """A finished conversation with what is hidden in it."""
    found = end.engagement
    lines = [f"({end.scenario.user}, hidden: {end.scenario.describe_condition(end.condition)})", ""]
    for u in end.dialogue:
        lines += [f"{u.seat}: {u.text}", *(f"    | {line}" for line in u.state.splitlines())]
    return [*lines, "", f"engagement {found.level:.3f}, {found.status}, read from {found.evidence!r}; {end.turns} turns"]


def acted(id: str, seed: int) -> str:
    """An episode of the act-level twin, with what was seen before each act and which acts were masked out."""
    player = Acts(id)
    env: ActEnv = player.env
    player.reset(seed)
    lines = [f"{env.id}, seed {seed}: scenario {env.scenario.name} version {env.scenario.version}"]
    while not env.position.over:
        seen = [f"{feature.name} {value:g}" for feature, value in zip(env.acting.features, env.observe(), strict=True) if value]
        masked = [name for name, sensible in zip(env.acting.actions, env.action_masks(), strict=True) if not sensible]
        lines.append(f"    | seen: {'; '.join(seen)} | masked: {', '.join(masked) or 'none'}")
        player.step()
    return "\n".join([*lines, *written(env.position)]) + "\n"


def check(name: str, found: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("DIALOGYM_REGOLD") == "1":
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8"), (
        "The transcript changed. If that is meant, raise the scenario's version, write the file again with "
        "DIALOGYM_REGOLD=1 pytest tests/test_golden.py, and review its diff.")


@pytest.mark.parametrize("name", EPISODES)
def test_the_conversation_is_the_golden_one(name: str) -> None:
    check(name, transcript(*EPISODES[name]))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("id", IDS)
def test_the_act_level_episode_is_the_golden_one(id: str, seed: int) -> None:
    check(f"{acts_id(id)}-seed{seed}", acted(id, seed))


def test_every_golden_file_is_checked() -> None:
    wanted = {*EPISODES, *(f"{acts_id(id)}-seed{seed}" for id in IDS for seed in SEEDS)}
    assert {path.stem for path in GOLDEN.glob("*.txt")} == wanted
