"""A thousand seeds of every environment: replayed, gone on with elsewhere, and interleaved, they are the same episodes."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import dialogym
from dialogym.envs.keys import mix, uniform
from dialogym.envs.registry import acts_id
from tests.third import ID as THIRD
from tests.thousand import MOVES, SEEDS, finish, player

ROOT = Path(__file__).resolve().parents[1]
IDS = sorted({*dialogym.registry} - {THIRD})
IDS += [acts_id(id) for id in IDS if dialogym.make(id).scenario.acting is not None]
SIZES = pytest.mark.parametrize("count", [100, pytest.param(len(SEEDS), marks=pytest.mark.slow)])
"""What leaks from one episode into another, or is lost in a snapshot, shows in most episodes, hence in a hundred; what a
rare act or status alone would show is for the thousand."""


@cache
def alone(id: str, count: int) -> tuple[str, ...]:
    """The digest of every seed's episode, each played in one go."""
    one = player(id)
    found = []
    for seed in SEEDS[:count]:
        one.reset(seed)
        found.append(finish(one))
    return tuple(found)


@pytest.mark.parametrize("id", IDS)
@SIZES
def test_a_replayed_episode_is_the_same(id: str, count: int) -> None:
    alone.cache_clear()
    first = alone(id, count)
    assert len(set(first)) == count
    again = player(id)
    found = []
    for seed in reversed(SEEDS[:count]):
        again.reset(seed)
        found.append(finish(again))
    assert tuple(reversed(found)) == first


@pytest.mark.parametrize("id", IDS)
@SIZES
def test_another_process_goes_on_from_a_snapshot(id: str, count: int, tmp_path: Path) -> None:
    one = player(id)
    lines = []
    for seed in SEEDS[:count]:
        one.reset(seed)
        for _ in range(int(uniform(seed, 1) * MOVES) + 1):
            if not one.env.position.over:
                one.step()
        lines.append(one.env.snapshot().to_json())
    over = sum(one.env.restore(line) is None and one.env.position.over for line in lines)
    assert over < count / 2
    (tmp_path / "snapshots").write_text("\n".join(lines), encoding="utf-8")
    command = [sys.executable, "-m", "tests.thousand", id, str(tmp_path / "snapshots")]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "4711"}, capture_output=True, text=True,
                          timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    ends = zip(SEEDS[:count], alone(id, count), done.stdout.split(), strict=True)
    differ = [seed for seed, here, there in ends if here != there]
    assert differ == []


@pytest.mark.parametrize("id", IDS)
@SIZES
def test_interleaved_environments_play_the_same_whoever_steps_first(id: str, count: int) -> None:
    left, right = player(id), player(id)
    expected = alone(id, count)
    for number in range(0, count, 2):
        pair = (left, right) if uniform(SEEDS[number], 2) < 0.5 else (right, left)
        for one, seed in zip(pair, SEEDS[number:number + 2], strict=True):
            one.reset(seed)
        moment = 0
        while not (pair[0].env.position.over and pair[1].env.position.over):
            one = pair[uniform(mix(SEEDS[number], moment), 3) < 0.5]
            moment += 1
            if not one.env.position.over:
                one.step()
        assert (finish(pair[0]), finish(pair[1])) == expected[number:number + 2]
