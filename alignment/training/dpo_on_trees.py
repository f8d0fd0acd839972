"""DPO on packs of pairs (see `packing`), with the losses of `objectives`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from trl import DPOConfig

from ..preferences.pair import PreferencePair
from . import processes
from .objectives import Evidence, dpo_figures
from .packing import Pack
from .rows import Rows
from .settings import DpoSettings
from .tree_model import log_probs, reply_divergences, reply_logits
from .tree_trainer import TreeDpo, TreeTrainer, adapted, one_pack_each, packed, whole


def trainer_on_trees(model: Any, tokenizer: Any, pairs: Sequence[PreferencePair], rows: Rows, settings: DpoSettings,
                     out: Path) -> tuple[TreeTrainer, Callable[[Any], dict[str, float]]]:
    """The trainer on packs of the rows, and what measures a model on the held-out pairs.

    The reference of equation 3 is the policy as it comes in, so its log-probabilities are the policy's before the first
    update: they are computed once, and no second adapter is needed.
    """
    model = whole(model, settings) if settings.full else adapted(model, settings, "CAUSAL_LM")
    packs = packed(tokenizer, pairs, rows, settings)
    start = {name: p.detach().clone() for name, p in model.named_parameters() if p.requires_grad}
    reference = torch.zeros(len(pairs), 2)
    objective = TreeDpo(settings, Evidence.of(pairs, by_gap=settings.gap_weights), reference)
    trainer = TreeTrainer(model, one_pack_each(DPOConfig, settings, out), packs, objective, tokenizer)
    with trainer.at_rest():
        for pack in [*packs[0], *packs[1]][processes.own()::processes.count()]:
            reference[torch.from_numpy(pack.pairs)] = objective.outputs(model, pack)[0].reshape(-1, 2).cpu()
    reference.copy_(processes.summed(reference.to(model.device)))
    return trainer, lambda model: compare_packs(model, start, packs[1], settings)


def compare_packs(model: Any, start: Mapping[str, torch.Tensor], packs: Sequence[Pack],
                  settings: DpoSettings) -> dict[str, float]:
    """Policy and reference on held-out pairs, in the precision of the weights: the figures of `dpo.compare`.

    Args:
        model: the policy.
        start: the trained parameters by name, as they were in the reference.
        packs: the pairs.
        settings: `beta` is used.
    """
    rewards, divergences, tokens = [], [], 0
    model.eval()
    with torch.no_grad():
        for pack in packs:
            new = reply_logits(model, pack)
            with _as_it_was(model, start):
                old = reply_logits(model, pack)
            rewards.append(settings.beta * (log_probs(new, pack) - log_probs(old, pack))[0].reshape(-1, 2))
            divergences.append(reply_divergences(new, old, pack)[::2])
            tokens += int(pack.lengths[::2].sum())
    return dpo_figures(torch.cat(rewards).T, torch.cat(divergences), tokens)


@contextmanager
def _as_it_was(model: Any, start: Mapping[str, torch.Tensor]) -> Iterator[None]:
    """The model with the parameters it had; they change places with its own, so that a whole model costs no copy."""
    parameters = dict(model.named_parameters())
    now = {name: parameters[name].data for name in start}
    try:
        for name, value in start.items():
            parameters[name].data = value
        yield
    finally:
        for name, value in now.items():
            parameters[name].data = value
