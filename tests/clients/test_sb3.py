"""Stable-Baselines3 by id and by environment, and sb3-contrib's masked PPO."""

from __future__ import annotations

from typing import Any

import gymnasium
import pytest

from tests.clients.common import ACTS, EVERY_ACTS, SEATS, make_numbers

stable_baselines3 = pytest.importorskip("stable_baselines3", reason="SB3 is not installed: see tests/clients/run.py")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
SMALL = {"policy_kwargs": {"net_arch": [8]}, "device": "cpu", "seed": 0}


@EVERY_ACTS
def test_its_checker(id: str) -> None:
    from stable_baselines3.common.env_checker import check_env

    check_env(gymnasium.make(id).unwrapped)


@EVERY_ACTS
@pytest.mark.parametrize("name", ["PPO", "A2C", "DQN"])
def test_training_by_id(id: str, name: str) -> None:
    steps = {"learning_starts": 16} if name == "DQN" else {"n_steps": 32}
    model = getattr(stable_baselines3, name)("MlpPolicy", id, **SMALL, **steps)
    model.learn(64)
    assert model.num_timesteps >= 64
    assert model.get_env().render().shape[-1] == 3


@EVERY_ACTS
@pytest.mark.parametrize("kind", ["DummyVecEnv", "SubprocVecEnv"])
def test_vectors_by_id(id: str, kind: str) -> None:
    from stable_baselines3.common import vec_env
    from stable_baselines3.common.env_util import make_vec_env

    # "dialogym:" has a process of its own import the package that registers the id.
    envs: Any = make_vec_env(f"dialogym:{id}", n_envs=2, seed=0, vec_env_cls=getattr(vec_env, kind))
    envs = vec_env.VecNormalize(vec_env.VecFrameStack(vec_env.VecMonitor(envs), 2))
    stable_baselines3.PPO("MlpPolicy", envs, n_steps=16, **SMALL).learn(64)
    assert envs.env_method("action_masks")[0].any()
    envs.close()


@pytest.mark.parametrize("id", SEATS)
def test_a_text_id_as_numbers(id: str) -> None:
    stable_baselines3.PPO("MlpPolicy", make_numbers(id), n_steps=32, **SMALL).learn(64)


@pytest.mark.parametrize("id", ACTS)
def test_masked(id: str) -> None:
    contrib = pytest.importorskip("sb3_contrib", reason="sb3-contrib is not installed: see tests/clients/run.py")
    contrib.MaskablePPO("MlpPolicy", id, n_steps=32, **SMALL).learn(64)
