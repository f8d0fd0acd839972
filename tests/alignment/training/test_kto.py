"""KTO and the likelihood alone, on packs: each loss is its equation, of log-probabilities counted row by row."""

from __future__ import annotations

from math import exp
from pathlib import Path
from typing import Any

import pytest
import torch

from dialogym.agents.engine.loading import load_tokenizer
from dialogym.alignment.training.dpo import train_dpo
from dialogym.alignment.training.objectives import Evidence, kto_losses, likelihood, preference_losses
from dialogym.alignment.training.packing import pack_pairs
from dialogym.alignment.training.settings import DpoSettings, LoraSettings
from dialogym.alignment.training.tree_trainer import TreeDpo
from dialogym.envs.errors import InvalidConfig
from tests import tiny
from tests.alignment.training.test_trees import gradients, model_of, neutral, on_packs, plain_log_probs, tree_of_pairs

BETA = 0.3


def sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x))


def by_hand(policy: list[float], reference: list[float], beta: float) -> list[float]:
    """Equations 7 and 8 of arXiv 2402.01306 for pairs, in plain numbers: chosen and rejected in turn."""
    ratios = [new - old for new, old in zip(policy, reference, strict=True)]
    start = max(0.0, sum(ratios) / len(ratios))
    losses = [1 - sigmoid(beta * (r - start) if place % 2 == 0 else beta * (start - r)) for place, r in enumerate(ratios)]
    return [(a + b) / 2 for a, b in zip(losses[::2], losses[1::2], strict=True)]


@pytest.mark.parametrize("shift", [-3.0, 0.0, 4.0], ids=["clamped", "near", "above"])
def test_the_loss_is_the_equation(shift: float) -> None:
    draw = torch.Generator().manual_seed(5)
    policy, reference = (-9 * torch.rand(12, generator=draw, dtype=torch.float64) for _ in range(2))
    policy += shift
    settings = DpoSettings(trainer="tree", loss_type="kto", beta=BETA)
    found = preference_losses(policy, reference, neutral(6), settings)
    assert found.dtype == torch.float64
    assert found.tolist() == pytest.approx(by_hand(policy.tolist(), reference.tolist(), BETA), rel=1e-12)
    doubled = Evidence(torch.zeros(6), torch.zeros(6, 2), torch.zeros(6), torch.full((6,), 2.0))
    assert torch.equal(preference_losses(policy, reference, doubled, settings), 2 * found), "a pair's weight counts"


def test_where_it_starts_every_loss_is_one_half_and_gradients_part_the_sides() -> None:
    ratios = torch.zeros(3, 2, dtype=torch.float64, requires_grad=True)
    losses = kto_losses(ratios, BETA)
    assert losses.tolist() == [0.5] * 3
    losses.sum().backward()
    assert ratios.grad is not None
    assert ratios.grad.tolist() == [[-BETA / 8, BETA / 8]] * 3


def test_the_point_of_reference_has_no_gradient() -> None:
    ratios = torch.tensor([[2.0, 1.0], [3.0, -1.0]], dtype=torch.float64, requires_grad=True)
    kto_losses(ratios, BETA).sum().backward()
    start = 5 / 4
    for row, (good, bad) in enumerate(ratios.tolist()):
        p, q = sigmoid(BETA * (good - start)), sigmoid(BETA * (start - bad))
        wanted = [-BETA * p * (1 - p) / 2, BETA * q * (1 - q) / 2]
        assert ratios.grad is not None
        assert ratios.grad[row].tolist() == pytest.approx(wanted, rel=1e-12)


def test_on_packs_it_is_that_of_their_rows() -> None:
    """z₀ is the pack's: the sum over the packs of an update, divided by its pairs."""
    pairs, groups = tree_of_pairs(3)
    model = model_of("qwen2", False)
    policy, reference = (plain_log_probs(m, pairs) for m in (model, model_of("qwen2", False, seed=5)))
    packs = pack_pairs(pairs, groups, limit=60)
    assert len(packs) > 1
    objective = TreeDpo(DpoSettings(trainer="tree", loss_type="kto", beta=BETA, sft_weight=0.7), neutral(len(pairs)), reference)
    rows = [by_hand(*(table[torch.from_numpy(pack.pairs)].flatten().tolist() for table in (policy, reference)), BETA)
            for pack in packs]
    tokens = sum(len(good.ids) - good.start for good, _ in pairs)
    wanted = sum(map(sum, rows)) / len(pairs) - 0.7 * float(policy[:, 0].sum()) / tokens
    assert float(on_packs(model, packs, objective)) == pytest.approx(wanted, rel=1e-5)
    assert len(gradients(model)) > 4


def test_the_likelihood_alone_is_that_of_the_chosen_replies() -> None:
    """Per token, as TRL's "sft"; no rejected reply has a gradient."""
    pairs, groups = tree_of_pairs(4)
    model = model_of("qwen2", False)
    chosen = plain_log_probs(model, pairs)[:, 0]
    tokens = sum(len(good.ids) - good.start for good, _ in pairs)
    objective = TreeDpo(DpoSettings(trainer="tree", loss_type="sft"), neutral(len(pairs)), torch.zeros(len(pairs), 2))
    packs = pack_pairs(pairs, groups, limit=60)
    assert float(on_packs(model, packs, objective)) == pytest.approx(-float(chosen.sum()) / tokens, rel=1e-5)
    outputs = torch.randn(2, 2 * len(packs[0].pairs), requires_grad=True)
    losses, added = objective.sums(outputs, packs[0])
    (losses + added).backward()
    assert float(losses) == 0
    assert added == likelihood(outputs[1])
    assert outputs.grad is not None
    assert outputs.grad[0].count_nonzero() == 0
    assert outputs.grad[1].reshape(-1, 2).T.tolist() == [[-1.0] * len(packs[0].pairs), [0.0] * len(packs[0].pairs)]


@pytest.mark.parametrize("options", [{"loss_type": "kto"}, {"loss_type": "sft"}, {"loss_type": "sft", "trainer": "trl"}],
                         ids=["kto", "sft", "sft by trl"])
def test_a_policy_learns_by_it_and_is_kept_by_its_held_out_loss(options: dict[str, Any], tmp_path: Path) -> None:
    base = tiny.save_model(tmp_path / "base")
    settings = DpoSettings(**{"trainer": "tree", **options}, max_steps=8, learning_rate=5e-3, batch_size=4, held_out=0.25,
                           evaluations=2, warmup=0.0, bf16=False, lora=LoraSettings(r=4, alpha=8), pack_tokens=128)
    figures = train_dpo(str(base), tiny.pairs(16), tmp_path / "out", settings)
    assert figures.best_step > 0
    losses = [row["eval_loss"] for row in figures.evaluations]
    assert min(losses) == figures.metrics["eval_loss"] < losses[0]
    if settings.loss_type == "kto":
        assert losses[0] == pytest.approx(0.5, abs=1e-6), "policy and reference are one"
    assert figures.metrics["chosen_reward"] > 0.1
    assert load_tokenizer(str(tmp_path / "out")) is not None


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InvalidConfig, match="loss_type='kto': only trainer='tree' does this"):
        DpoSettings(loss_type="kto")
    with pytest.raises(InvalidConfig, match="loss_type='sft' is the likelihood that sft_weight would add"):
        DpoSettings(loss_type="sft", sft_weight=1.0)
    with pytest.raises(InvalidConfig, match=r"has a loss_type of \('sigmoid', 'refuel', 'kto', 'sft'\), got 'ipo'"):
        DpoSettings(trainer="tree", loss_type="ipo")
