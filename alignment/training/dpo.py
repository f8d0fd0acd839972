"""Direct Preference Optimisation of the policy on D_p ∪ D_t (paper §3.3, equation 3).

The SFT adapter is trained further; TRL copies it to a frozen adapter "ref", so that the reference of equation 3
is the SFT model and not the base below it. A policy that is no adapter gets a new one, and is itself the
reference. A small model may be trained whole instead (`DpoSettings.full`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import PeftModel
from torch.nn.functional import log_softmax
from trl import DPOConfig, DPOTrainer

from ...agents.engine.loading import base_of, is_adapter, load_model, load_tokenizer
from ...envs.storage import write_json
from ..preferences.pair import PreferencePair
from . import processes
from .dpo_on_trees import trainer_on_trees
from .objectives import dpo_figures
from .processes import whole_state
from .rows import fit_pairs, unlike_thoughts, window
from .settings import DpoSettings
from .trainer import Kept, Progress, TrainingFigures, arguments, fresh, lora, save, save_weights, session, train
from .tree_model import chosen_trainer, reply_log_probs

_LOGITS = 100_000_000  # most numbers the logits of one evaluation batch may have


def train_dpo(
    policy: str,
    pairs: Sequence[PreferencePair],
    out: Path,
    settings: DpoSettings,
    progress: Progress | None = None,
    *,
    checkpoints: int = 0,
) -> TrainingFigures:
    """Aligns a policy with preference pairs and saves the adapter, or the whole model, and the tokenizer in `out`.

    Args:
        policy: name of the SFT model: an adapter (trained further) or a whole model (given a new adapter). With
            `settings.full` the matrices of either are trained, an adapter added into them.
        pairs: preference pairs; a share of their users is held out, and the weights kept are those
            with the least held-out loss of equation 3, the start included.
        out: folder for the adapter, called "default", or the model, the tokenizer and `training.json`.
        settings: of the training.
        progress: called after every update and evaluation.
        checkpoints: saves the weights at so many evenly spaced updates, the end included, as "step-N" in `out`, and none in
            `out` itself: somebody else will choose (fewer where `patience` ends the training before).

    Returns:
        The figures; for `metrics`, and those of checkpoints, see `compare`.

    Raises:
        InvalidModel: the policy cannot be loaded.
        InvalidConfig: there are no pairs.
        ContextTooLong: a pair does not fit, and `skip_long` is off.
        RunExists: `out` holds a model already.
    """
    fresh(out)
    if settings.thoughts:
        pairs = unlike_thoughts(pairs)
    with session(settings):
        tokenizer = load_tokenizer(policy)
        model = load_model(policy, dtype=torch.float32) if settings.full else load_model(policy, trainable=True)
        rows, sets = fit_pairs(tokenizer, pairs, window(model, tokenizer, settings), settings)
        on_trees = chosen_trainer(settings, model, max(rows.lengths.values()), reply_log_probs) == "tree"
        trainer, held_out = (trainer_on_trees(model, tokenizer, pairs, rows, settings, out) if on_trees
                             else _trainer_on_rows(model, tokenizer, sets, settings, out))
        # By equation 3 alone: the likelihood term is there to restrain the training, not to be optimised.
        chosen_by = (lambda model: held_out(model)["loss"]) if settings.sft_weight > 0 and not on_trees else None
        kept = Kept(checkpoints)
        if checkpoints:
            trainer.add_callback(kept)
        figures = train(trainer, "dpo", rows, settings, progress, chosen_by)
        base = None if settings.full else base_of(policy) if is_adapter(policy) else policy
        if checkpoints:
            found = []
            for step in kept.each(trainer.model):
                save_weights(trainer.model, tokenizer, checkpoint(out, step), base)
                found.append({"step": step, **(held_out(trainer.model) if rows.held_out else {})})
            figures = replace(figures, checkpoints=tuple(found))
            write_json(out / "training.json", figures.to_json())
            return figures
        state = whole_state(trainer)
        if rows.held_out and state is None:  # what is in parts tells only what its evaluations told
            exact = held_out(trainer.model)
            figures = replace(figures, metrics={"eval_loss": figures.metrics["eval_loss"], **exact})
        save(trainer.model, tokenizer, out, base, figures, state)
    return figures


def checkpoint(out: Path, step: int) -> Path:
    """Where `train_dpo` saves the weights of an update."""
    return out / f"step-{step}"


def _trainer_on_rows(model: Any, tokenizer: Any, sets: Sequence[list[dict[str, Any]]], settings: DpoSettings,
                     out: Path) -> tuple[Any, Callable[[Any], dict[str, float]]]:
    """TRL's trainer, for padded batches of rows, and what measures a model on the held-out pairs."""
    own: dict[str, Any] = {"beta": settings.beta, "loss_type": [settings.loss_type]}
    if settings.sft_weight > 0:
        own |= {"loss_type": [settings.loss_type, "sft"], "loss_weights": [1.0, settings.sft_weight]}
    # TRL keeps what it computes ahead in a temporary folder of one process, where the others look for it in vain.
    ahead = settings.precompute and processes.count() == 1
    trainer = DPOTrainer(
        model=model, processing_class=tokenizer,
        args=arguments(
            DPOConfig, settings, out, precompute_ref_log_probs=ahead,
            precompute_ref_batch_size=settings.batch_size, **own,
        ),
        train_dataset=Dataset.from_list(sets[0]),
        eval_dataset=Dataset.from_list(sets[1]) if sets[1] else None,
        peft_config=None if isinstance(model, PeftModel) else lora(settings.lora, "CAUSAL_LM"),
    )  # fmt: skip

    def held_out(model: Any) -> dict[str, float]:
        tokenised: Any = trainer.eval_dataset
        return compare(model, tokenised, trainer.data_collator, settings)

    return trainer, held_out


def compare(model: Any, rows: Sequence[Mapping[str, Any]], collate: Any, settings: DpoSettings) -> dict[str, float]:
    """Policy and reference on held-out pairs, in the precision of the weights.

    Args:
        model: a PeftModel with the trained adapter "default", and "ref" unless its base is the reference.
        rows: tokenised pairs ("prompt_ids", "chosen_ids", "rejected_ids").
        collate: TRL's collator of such pairs.
        settings: `beta` and `batch_size` are used.

    Returns:
        "loss": of equation 3; "accuracy": share of pairs whose chosen reply has the higher implicit reward
        r = β log(π/π_SFT); "margin", "chosen_reward", "rejected_reward": means of those rewards; "kl_per_token"
        and "kl_per_reply": KL(π‖π_SFT) in nats, exact over the vocabulary at every token of the chosen replies.
        Those replies stand in for the policy's own, so it is an estimate of the divergence in use.
    """
    longest = max(len(r["prompt_ids"]) + max(len(r["chosen_ids"]), len(r["rejected_ids"])) for r in rows)
    fits = _LOGITS // (2 * longest * int(model.config.get_text_config().vocab_size))
    size = max(1, min(settings.batch_size, fits))
    rewards, divergences, tokens = [], [], 0
    for start in range(0, len(rows), size):
        batch = collate([rows[i] for i in range(start, min(start + size, len(rows)))])
        mask = batch["completion_mask"][:, 1:].bool().to(model.device)
        with torch.no_grad():
            new = _log_probs(model, batch, mask)
            with _reference(model):
                old = _log_probs(model, batch, mask)
        said = batch["input_ids"][:, 1:].to(model.device)[mask].unsqueeze(-1)
        ratio = torch.zeros(mask.shape, device=model.device)
        ratio[mask] = (new.gather(-1, said) - old.gather(-1, said)).squeeze(-1)
        rewards.append(settings.beta * ratio.sum(1).reshape(2, -1))  # chosen rows come first
        divergence = torch.zeros(mask.shape, device=model.device)
        divergence[mask] = (new.exp() * (new - old)).sum(-1)
        chosen = mask.shape[0] // 2
        divergences.append(divergence[:chosen].sum(1))
        tokens += int(mask[:chosen].sum())
    return dpo_figures(torch.cat(rewards, 1), torch.cat(divergences), tokens)


def _log_probs(model: Any, batch: Mapping[str, torch.Tensor], mask: torch.Tensor) -> torch.Tensor:
    """Log-probabilities over the vocabulary where the mask is set: (reply tokens of the batch, vocabulary)."""
    inputs = {name: batch[name].to(model.device) for name in ("input_ids", "attention_mask")}
    logits = model(**inputs, use_cache=False).logits[:, :-1][mask]
    return log_softmax(logits.float(), dim=-1)


@contextmanager
def _reference(model: Any) -> Iterator[None]:
    """The reference in place of the policy: the adapter "ref", or no adapter."""
    if "ref" not in model.peft_config:
        with model.disable_adapter():
            yield
        return
    model.set_adapter("ref")
    try:
        yield
    finally:
        model.set_adapter("default")
