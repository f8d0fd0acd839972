"""Tianshou: vector environments of ids, a collector, and a short training of REINFORCE and DQN."""

from __future__ import annotations

from typing import Any

import gymnasium
import pytest

from tests.clients.common import ACTS, SEATS, make_numbers

pytest.importorskip("tianshou", reason="Tianshou is not installed: see tests/clients/run.py")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
EVERY_ID = pytest.mark.parametrize("id", [*ACTS, *SEATS])


def net_for(env: Any) -> Any:
    from tianshou.utils.net.common import Net

    return Net(state_shape=env.observation_space.shape, action_shape=env.action_space.n, hidden_sizes=[8])


@EVERY_ID
@pytest.mark.parametrize("kind", ["DummyVectorEnv", "SubprocVectorEnv"])
def test_on_policy(id: str, kind: str) -> None:
    from tianshou import env as envs
    from tianshou.algorithm.modelfree.reinforce import ProbabilisticActorPolicy, Reinforce
    from tianshou.algorithm.optim import AdamOptimizerFactory
    from tianshou.data import Collector, CollectStats, VectorReplayBuffer
    from tianshou.trainer import OnPolicyTrainerParams
    from torch.distributions import Categorical

    env = make_numbers(id)
    many = getattr(envs, kind)([lambda: make_numbers(id) for _ in range(2)])
    policy = ProbabilisticActorPolicy(actor=net_for(env), dist_fn=lambda logits: Categorical(logits=logits),
                                      action_space=env.action_space, action_scaling=False)
    algorithm: Any = Reinforce(policy=policy, optim=AdamOptimizerFactory(lr=1e-2))
    collector = Collector[CollectStats](algorithm, many, VectorReplayBuffer(200, 2))
    result = algorithm.run_training(OnPolicyTrainerParams(
        training_collector=collector, max_epochs=1, epoch_num_steps=40, collection_step_num_env_steps=20, batch_size=10,
        verbose=False, show_progress=False))
    assert result.train_step >= 40
    many.close()


@EVERY_ID
def test_off_policy(id: str) -> None:
    from tianshou.algorithm.modelfree.dqn import DQN, DiscreteQLearningPolicy
    from tianshou.algorithm.optim import AdamOptimizerFactory
    from tianshou.data import Collector, CollectStats, VectorReplayBuffer
    from tianshou.env import DummyVectorEnv
    from tianshou.trainer import OffPolicyTrainerParams

    env = make_numbers(id)
    assert isinstance(env, gymnasium.Env)
    policy = DiscreteQLearningPolicy(model=net_for(env), action_space=env.action_space, eps_training=0.5)
    algorithm: Any = DQN(policy=policy, optim=AdamOptimizerFactory(lr=1e-2))
    many = DummyVectorEnv([lambda: make_numbers(id) for _ in range(2)])
    collector = Collector[CollectStats](algorithm, many, VectorReplayBuffer(200, 2), exploration_noise=True)
    result = algorithm.run_training(OffPolicyTrainerParams(
        training_collector=collector, max_epochs=1, epoch_num_steps=40, collection_step_num_env_steps=20, batch_size=10,
        verbose=False, show_progress=False))
    assert result.train_step >= 40
