"""What is minimised over pairs, as functions of the log-probabilities (or scores) of their two replies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import logsigmoid

from ..preferences.pair import PreferencePair
from .settings import DpoSettings, RewardSettings


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the searches found of p pairs, each (p,), float32.

    Attributes:
        gap: how much better the chosen reply is, in engagement.
        values: (p, 2) value of the chosen and of the rejected reply.
        doubt: probability in [0, 0.5] that the pair is the wrong way round, by visits.
        weight: of the pair in the objective, 1 on average over all pairs.
    """

    gap: torch.Tensor
    values: torch.Tensor
    doubt: torch.Tensor
    weight: torch.Tensor

    @classmethod
    def of(cls, pairs: Sequence[PreferencePair], *, by_gap: bool = False) -> Evidence:
        """The evidence for some pairs; with `by_gap` a pair weighs as its gap."""
        gap = [pair.gap for pair in pairs]
        mean = sum(gap) / max(1, len(gap))
        weight = [g / mean for g in gap] if by_gap and mean > 0 else [1.0] * len(gap)
        values = [[pair.chosen.value, pair.rejected.value] for pair in pairs]
        return cls(torch.tensor(gap), torch.tensor(values), torch.tensor([doubt(pair) for pair in pairs]),
                   torch.tensor(weight))

    def at(self, indices: Any, device: Any) -> Evidence:
        """Those of some of the pairs, on a device."""
        chosen = torch.as_tensor(indices)
        return Evidence(*(getattr(self, name)[chosen].to(device) for name in ("gap", "values", "doubt", "weight")))


def doubt(pair: PreferencePair) -> float:
    """The share of label noise in a pair, by visits: 1 / (1 + N_chosen / N_rejected), at most one half.

    Xie et al. 2024 (arXiv 2405.00451), the adaptive label smoothing of their DPO: both replies came from one parent, and the
    search goes back to the one that it trusts. 0 where the pair has no visits.
    """
    visits = pair.chosen.visits + pair.rejected.visits
    return min(pair.rejected.visits / visits, 0.5) if visits else 0.0


def preference_losses(policy: torch.Tensor, reference: torch.Tensor, found: Evidence, settings: DpoSettings) -> torch.Tensor:
    """(p,): the loss of every pair.

    Args:
        policy: (2p,) log π(reply), chosen and rejected in turn; for "kto" those of one forward pass.
        reference: (2p,) log π_SFT(reply).
        found: of the pairs.
        settings: of the training.
    """
    ratios = (policy - reference).reshape(-1, 2)
    if settings.loss_type == "kto":
        return found.weight * kto_losses(ratios, settings.beta)
    delta = ratios[:, 0] - ratios[:, 1]  # Δ = log π/π_SFT (chosen) − log π/π_SFT (rejected)
    if settings.loss_type == "refuel":
        # (Δ − η (Q_chosen − Q_rejected))²: Gao et al. 2024 (REFUEL, arXiv 2410.04612), their loss times η².
        losses = (delta - settings.eta * found.gap) ** 2
    else:
        # −log σ(βΔ − α gap): equation 3 of the paper, with the offset of Amini et al. 2024 (ODPO, arXiv 2402.10571).
        margin = settings.beta * delta - settings.offset * found.gap
        # (1 − ε) · −log σ(m) + ε · −log σ(−m): label smoothing of Xie et al. 2024, see `doubt`.
        wrong = found.doubt if settings.visit_smoothing else torch.zeros_like(found.doubt)
        losses = -(1 - wrong) * logsigmoid(margin) - wrong * logsigmoid(-margin)
    return found.weight * losses


def kto_losses(ratios: torch.Tensor, beta: float) -> torch.Tensor:
    """(p,): the mean loss of a pair's two replies, each judged by itself.

    Ethayarajh et al. 2024 (KTO, arXiv 2402.01306), equations 7 and 8, of r = log π/π_SFT (reply), with λ_D = λ_U = 1:

        1 − σ(β (r − z₀)) for a desirable reply, the chosen one;   1 − σ(β (z₀ − r)) for an undesirable one, the rejected;
        z₀ = max(0, mean of r over all replies of the forward pass), a constant in the gradient.

    z₀ stands for KL(π‖π_SFT). The paper and TRL estimate it on every context of the batch with the reply to another one, which
    are rows of their own. A pack has no such rows, and would not share them with others; we take the mean over the rows that
    are there, the two replies of every pair of the pack. So z₀ depends on what is packed together.

    Args:
        ratios: (p, 2) r of the chosen and of the rejected reply.
        beta: β.
    """
    start = ratios.detach().mean().clamp(min=0)
    good, bad = (beta * (ratios - start)).unbind(1)
    return ((1 - good.sigmoid()) + (1 - (-bad).sigmoid())) / 2


def likelihood(policy: torch.Tensor) -> torch.Tensor:
    """Σ −log π(chosen) of (2p,) log-probabilities.

    Pang et al. 2024 (arXiv 2404.19733), equation 1: a term for the likelihood of the chosen reply, against its fall. Theirs is
    divided by the length of each reply, TRL's ("sft") and ours by the tokens of all chosen replies of an update.
    """
    return -policy.reshape(-1, 2)[:, 0].sum()


def reward_losses(scores: torch.Tensor, found: Evidence, settings: RewardSettings) -> torch.Tensor:
    """(p,): the loss of every pair, of (2p,) scores, chosen and rejected in turn."""
    good, bad = scores.reshape(-1, 2).unbind(1)
    if settings.regression:
        # ½ Σ (score − value)²: the head is a value function of what the search found below each reply.
        return 0.5 * ((good - found.values[:, 0]) ** 2 + (bad - found.values[:, 1]) ** 2)
    # −log σ(r_chosen − r_rejected − margin): Bradley-Terry, with the margin of Llama 2 (arXiv 2307.09288), equation 2.
    margin = found.gap if settings.use_margin else torch.zeros_like(found.gap)
    # center · (r_chosen + r_rejected)²: Eisenstein et al. 2023 (arXiv 2312.09244).
    return -logsigmoid(good - bad - margin) + settings.center * (good + bad) ** 2


def dpo_figures(rewards: torch.Tensor, divergence: torch.Tensor, tokens: int) -> dict[str, float]:
    """What is told of a policy on held-out pairs, whichever trainer measured it.

    Args:
        rewards: β times the log-ratio of policy and reference, of the chosen and of the rejected replies, (2, pairs).
        divergence: of the policy from the reference on each chosen reply, in nats, (pairs,).
        tokens: of all chosen replies.
    """
    good, bad = rewards
    return {
        "loss": float(-logsigmoid(good - bad).mean()), "accuracy": float((good > bad).float().mean()),
        "margin": float((good - bad).mean()), "chosen_reward": float(good.mean()),
        "rejected_reward": float(bad.mean()), "kl_per_token": float(divergence.sum()) / tokens,
        "kl_per_reply": float(divergence.mean()),
    }
