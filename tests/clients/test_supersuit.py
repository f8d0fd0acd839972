"""SuperSuit's wrappers: of dialogues as PettingZoo environments, of seats and acts as Gymnasium's."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

import dialogym
from tests.clients.common import EVERY, EVERY_ACTS, SEEN, TEXTS, seen

supersuit = pytest.importorskip("supersuit", reason="SuperSuit is not installed: see tests/clients/run.py")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
BOX = Box(0.0, 1.0, (SEEN,), np.float32)
WRAPPERS: dict[str, Any] = {
    "stack": lambda env: supersuit.frame_stack_v1(env, 3), "delay": lambda env: supersuit.delay_observations_v0(env, 2),
    "dtype": lambda env: supersuit.dtype_v0(env, np.float16), "flatten": supersuit.flatten_v0,
    "sticky": lambda env: supersuit.sticky_actions_v0(env, 0.3), "clip": supersuit.clip_reward_v0,
    "normal": lambda env: supersuit.normalize_obs_v0(env, env_min=0, env_max=1),
    "max": lambda env: supersuit.max_observation_v0(env, 2),
    "reward": lambda env: supersuit.reward_lambda_v0(env, lambda r: 2 * r),
}
OF_SEATS: dict[str, Any] = {"indicator": supersuit.agent_indicator_v0, "pad": supersuit.pad_observations_v0,
                            "pad actions": supersuit.pad_action_space_v0}


def play(env: Any) -> int:
    env.reset(seed=3)
    for seat in env.possible_agents:
        env.action_space(seat).seed(3)
    steps = 0
    for seat in env.agent_iter(200):
        observation, _, ended, cut, _ = env.last()
        assert env.observation_space(seat).contains(observation)
        env.step(None if ended or cut else env.action_space(seat).sample())
        steps += 1
    return steps


@EVERY
@pytest.mark.parametrize("name", ["clip", "reward"])
def test_texts_as_they_are(id: str, name: str) -> None:
    assert play(WRAPPERS[name](dialogym.make(id, horizon=3))) >= 3


@EVERY
@pytest.mark.parametrize("name", [*WRAPPERS, *OF_SEATS])
def test_texts_as_numbers(id: str, name: str) -> None:
    env = supersuit.observation_lambda_v0(dialogym.make(id, horizon=3), lambda observation, space: seen(observation),
                                          lambda space: BOX)
    env = supersuit.action_lambda_v1(env, lambda number, space: TEXTS[int(number)], lambda space: Discrete(len(TEXTS)))
    assert play({**WRAPPERS, **OF_SEATS}[name](env)) >= 3


@EVERY_ACTS
@pytest.mark.parametrize("name", WRAPPERS)
def test_acts(id: str, name: str) -> None:
    env = WRAPPERS[name](gymnasium.make(id, horizon=3))
    env.reset(seed=1)
    over = False
    while not over:
        observation, _, ended, cut, _ = env.step(env.action_space.sample())
        assert env.observation_space.contains(observation)
        over = ended or cut


@EVERY_ACTS
def test_a_vector_of_acts(id: str) -> None:
    envs = supersuit.gym_vec_env_v0(gymnasium.make(id), 2)
    envs.reset(seed=1)
    for _ in range(20):
        assert envs.step(envs.action_space.sample())[1].shape == (2,)
