"""verifiers: its own command evaluates a model behind a real server on our taskset, and its traces say what we say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import dialogym
from tests.clients.chat_server import LINES, chat_server
from tests.clients.common import EVERY

pytest.importorskip("verifiers", reason="verifiers is not installed: see tests/clients/run.py")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
BIN = Path(sys.executable).parent


def episodes(folder: Path, *options: str) -> list[dict[str, Any]]:
    """What `vf-eval` wrote of two talks with a model that recites."""
    # verifiers starts a plain chat in an environment of its own, which `uv` makes
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "NO_KEY": "none"}
    with chat_server() as (address, bodies):
        command = [str(BIN / "vf-eval"), "dialogym_verifiers", "-n", "2", "-m", "reciter", "--client.base-url", address,
                   "--client.api-key-var", "NO_KEY", "--no-rich", "--no-push", "-o", "out", *options]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-4000:]
        assert bodies
    (file,) = folder.glob("out/**/traces.jsonl")
    return [json.loads(line) for line in file.read_text().splitlines()]


def played(id: str, seed: int, seat: str | None = None) -> tuple[float, dialogym.SeatEnv]:
    """The same talk without verifiers: its reward, and the environment at its end."""
    env = dialogym.SeatEnv(id, seat=seat)
    env.reset(seed=seed)
    reward, over, turn = 0.0, False, 0
    while not over:
        _, reward, ended, cut, _ = env.step(env.read(LINES[turn % len(LINES)]))
        over, turn = ended or cut, turn + 1
    return reward, env


@EVERY
def test_its_rewards_are_ours(id: str, tmp_path: Path) -> None:
    found = sorted(episodes(tmp_path, "--env.taskset.env", id), key=lambda e: e["task"]["data"]["idx"])
    assert len(found) == 2
    for seed, episode in enumerate(found):
        (trace,) = episode["traces"]
        reward, env = played(id, seed)
        assert (trace["errors"], trace["rewards"]["engagement"]["score"], trace["metrics"]["finished"]) == ([], reward, 1.0)
        assert trace["metrics"]["turns"] == env.position.turns
        assert trace["info"]["dialogym"]["status"] == env.position.engagement.status
        assert trace["task"]["data"]["system_prompt"] == env._env.info(env.seat)["role_prompt"]


def test_options_reach_the_game(tmp_path: Path) -> None:
    found = episodes(tmp_path, "--env.taskset.env", "EmotionalSupport-v0", "--env.taskset.seat", "seeker",
                     "--env.taskset.options", '{"horizon": 3}', "--env.taskset.first-seed", "7")
    names = sorted(episode["task"]["data"]["name"] for episode in found)
    assert names == ["EmotionalSupport-v0#7", "EmotionalSupport-v0#8"]
    for episode in found:
        assert episode["traces"][0]["info"]["dialogym"]["seat"] == "seeker"
        assert episode["traces"][0]["metrics"]["turns"] <= 3


def test_a_player_that_is_cut_off_earns_nothing(tmp_path: Path) -> None:
    for episode in episodes(tmp_path, "--env.player.max-turns", "1"):
        (trace,) = episode["traces"]
        assert (trace["rewards"]["engagement"]["score"], trace["metrics"]["finished"]) == (0.0, 0.0)
