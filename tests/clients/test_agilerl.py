"""AgileRL: its vector environments by id, and DQN for a few steps, with and without masks."""

from __future__ import annotations

import numpy as np
import pytest

from tests.clients.common import ACTS, EVERY_ACTS, SEATS, make_numbers

pytest.importorskip("agilerl", reason="AgileRL is not installed: see tests/clients/run.py")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
NET = {"latent_dim": 8, "encoder_config": {"hidden_size": [8]}, "head_config": {"hidden_size": [8]}}


@EVERY_ACTS
@pytest.mark.parametrize("apart", [True, False], ids=["async", "sync"])
def test_vectors_by_id(id: str, apart: bool) -> None:
    from agilerl.utils.utils import make_vect_envs

    envs = make_vect_envs(id, num_envs=2, should_async_vector=apart)
    envs.reset(seed=1)
    for _ in range(20):
        assert envs.step(envs.action_space.sample())[1].shape == (2,)
    envs.close()


@pytest.mark.parametrize("id", [*ACTS, *SEATS])
def test_a_short_training(id: str) -> None:
    from agilerl.algorithms.dqn import DQN
    from agilerl.components.replay_buffer import ReplayBuffer
    from agilerl.training.train_off_policy import train_off_policy
    from agilerl.utils.utils import make_vect_envs

    envs = make_vect_envs(num_envs=2, make_env=lambda: make_numbers(id), should_async_vector=False)
    agent = DQN(envs.single_observation_space, envs.single_action_space, batch_size=8, learn_step=2, net_config=NET)
    _, scores = train_off_policy(envs, id, "DQN", [agent], ReplayBuffer(max_size=200), max_steps=60, evo_steps=30,
                                 eval_steps=10, eval_loop=1, tournament=None, mutation=None, verbose=False)
    assert np.isfinite(np.asarray(scores, float)).all()
    envs.close()


@EVERY_ACTS
def test_masks_by_hand(id: str) -> None:
    from agilerl.algorithms.dqn import DQN

    env = make_numbers(id)
    agent = DQN(env.observation_space, env.action_space, net_config=NET)
    observation, info = env.reset(seed=2)
    for _ in range(10):
        action = int(np.asarray(agent.get_action(observation[None], epsilon=0.5, action_mask=info["action_mask"][None]))[0])
        assert info["action_mask"][action]
        observation, _, ended, cut, info = env.step(action)
        if ended or cut:
            observation, info = env.reset()
