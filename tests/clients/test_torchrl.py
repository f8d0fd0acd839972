"""TorchRL: environments by id, its checks, and a few steps of PPO."""

from __future__ import annotations

import pytest

from tests.clients.common import ACTS, EVERY_ACTS, SEATS, make_numbers

pytest.importorskip("torchrl", reason="TorchRL is not installed: see tests/clients/run.py")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@EVERY_ACTS
@pytest.mark.parametrize("options", [{}, {"frame_skip": 2}, {"from_pixels": True, "pixels_only": False}],
                         ids=["plain", "skip", "pixels"])
def test_environments_by_id(id: str, options: dict[str, object]) -> None:
    from torchrl.envs import GymEnv, check_env_specs

    env = GymEnv(id, **options)
    check_env_specs(env)
    assert env.rollout(40)["next", "reward"].shape[-1] == 1


@pytest.mark.parametrize("id", [*ACTS, *SEATS])
def test_a_short_training(id: str) -> None:
    import torch
    from tensordict.nn import TensorDictModule
    from torchrl.envs import GymWrapper, set_exploration_type
    from torchrl.modules import OneHotCategorical, ProbabilisticActor, ValueOperator
    from torchrl.objectives import ClipPPOLoss
    from torchrl.objectives.value import GAE

    torch.manual_seed(0)
    env = GymWrapper(make_numbers(id))
    env.set_seed(0)
    size = env.observation_spec["observation"].shape[-1]
    net = TensorDictModule(torch.nn.Linear(size, env.action_spec.shape[-1]), in_keys=["observation"], out_keys=["logits"])
    actor = ProbabilisticActor(net, in_keys=["logits"], spec=env.action_spec, distribution_class=OneHotCategorical,
                               return_log_prob=True)
    critic = ValueOperator(torch.nn.Linear(size, 1), in_keys=["observation"])
    loss, advantage = ClipPPOLoss(actor, critic), GAE(gamma=1.0, lmbda=0.9, value_network=critic)
    optimiser = torch.optim.Adam(loss.parameters(), 1e-2)
    before = net.module.weight.detach().clone()
    for _ in range(3):
        with torch.no_grad(), set_exploration_type("random"):  # TorchRL takes the likeliest action otherwise
            batch = env.rollout(30, actor, break_when_any_done=False)
        advantage(batch)
        found = loss(batch)
        optimiser.zero_grad()
        sum(found[name] for name in ("loss_objective", "loss_critic", "loss_entropy")).backward()
        optimiser.step()
    assert not torch.equal(before, net.module.weight)
