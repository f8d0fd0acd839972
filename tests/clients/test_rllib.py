"""RLlib: a short training of PPO on every id, and its wrapper of PettingZoo environments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gymnasium
import pytest

import dialogym
from tests.clients.common import ACTS, EVERY, SEATS, make_numbers

ray = pytest.importorskip("ray", reason="RLlib is not installed: see tests/clients/run.py")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module", autouse=True)
def started() -> Iterator[None]:
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.mark.parametrize("id", [*ACTS, *SEATS])
def test_a_short_training(id: str) -> None:
    from ray.rllib.algorithms.ppo import PPOConfig
    from ray.tune.registry import register_env

    name = id
    if id in SEATS:
        register_env(name := id.replace("/", "-"), lambda options: make_numbers(id))
    config: Any = (
        PPOConfig().environment(name).env_runners(num_env_runners=0, rollout_fragment_length=32)
        .training(train_batch_size_per_learner=32, minibatch_size=16, num_epochs=1).learners(num_learners=0)
        .debugging(seed=0))  # fmt: skip
    algorithm = config.build_algo()
    result = algorithm.train()
    assert result["num_env_steps_sampled_lifetime"] >= 32
    algorithm.stop()


@EVERY
def test_a_dialogue_as_a_multi_agent_environment(id: str) -> None:
    from ray.rllib.env.wrappers.pettingzoo_env import PettingZooEnv

    env = PettingZooEnv(dialogym.make(id, horizon=3))
    observations, _ = env.reset(seed=1)
    over = False
    turns = 0
    while not over:
        (seat,) = observations
        observations, _, ended, cut, _ = env.step({seat: "I see."})
        over = ended["__all__"] or cut["__all__"]
        turns += 1
    assert turns >= 2


def test_the_id_is_gymnasiums() -> None:
    assert all(id in gymnasium.registry for id in (*ACTS, *SEATS))
