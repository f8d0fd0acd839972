"""Gymnasium's wrappers and vector environments around every id."""

from __future__ import annotations

from typing import Any

import gymnasium
import pytest
from gymnasium import wrappers
from gymnasium.utils.env_checker import check_env

from tests.clients.common import ACTS, SEATS

pytestmark = pytest.mark.slow
EVERY_ID = pytest.mark.parametrize("id", [*ACTS, *SEATS])
WRAPPERS: dict[str, Any] = {
    "autoreset": wrappers.Autoreset, "delay": lambda env: wrappers.DelayObservation(env, 2),
    "flatten": wrappers.FlattenObservation, "stack": lambda env: wrappers.FrameStackObservation(env, 3),
    "statistics": wrappers.RecordEpisodeStatistics, "limit": lambda env: wrappers.TimeLimit(env, 3),
    "time": lambda env: wrappers.TimeAwareObservation(wrappers.TimeLimit(env, 3)), "reward": wrappers.NormalizeReward,
    "sticky": lambda env: wrappers.StickyAction(env, 0.5), "checker": wrappers.PassiveEnvChecker,
    "frames": lambda env: wrappers.AddRenderObservation(env, render_only=False),
    "both": lambda env: wrappers.FlattenObservation(wrappers.FrameStackObservation(env, 2)),
}


@EVERY_ID
def test_the_checker(id: str) -> None:
    check_env(gymnasium.make(id).unwrapped)


@EVERY_ID
@pytest.mark.parametrize("name", WRAPPERS)
def test_a_wrapper(id: str, name: str) -> None:
    env = WRAPPERS[name](gymnasium.make(id, render_mode="rgb_array", horizon=4))
    for seed in range(2):
        observation, _ = env.reset(seed=seed)
        assert env.observation_space.contains(observation)
        for _ in range(4):
            observation, _, ended, cut, _ = env.step(env.action_space.sample())
            assert env.observation_space.contains(observation)
            if (ended or cut) and name != "autoreset":
                break
    env.close()


@EVERY_ID
@pytest.mark.parametrize(("mode", "options"), [("sync", {}), ("async", {}), ("async", {"shared_memory": False}),
                                               ("sync", {"observation_mode": "different"})])
@pytest.mark.parametrize("wraps", [(), (wrappers.FlattenObservation,), (lambda env: wrappers.FrameStackObservation(env, 2),)],
                         ids=["plain", "flat", "stack"])
def test_vectors(id: str, mode: str, options: dict[str, Any], wraps: tuple[Any, ...]) -> None:
    envs = gymnasium.make_vec(id, 2, vectorization_mode=mode, vector_kwargs=options, wrappers=wraps, horizon=3)
    envs.reset(seed=1)
    for _ in range(8):
        observation, *_ = envs.step(envs.action_space.sample())
        assert envs.observation_space.contains(observation)
    envs.close()
