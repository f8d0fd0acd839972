"""transformers' training loop over packs of pairs: a batch is a pack, a loss the mean over the pairs of an update."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, cast

import torch
from peft import PeftModel, get_peft_model
from transformers import Trainer

from ..preferences.pair import PreferencePair
from . import processes
from .objectives import Evidence, likelihood, preference_losses, reward_losses
from .packing import Pack, pack_pairs
from .rows import Rows, tokenised
from .settings import DpoSettings, PairTrainSettings, RewardSettings, TrainSettings
from .trainer import arguments, lora
from .tree_model import log_probs, reply_logits, reply_scores


class Objective(Protocol):
    """What a training on packs minimises."""

    def outputs(self, model: Any, pack: Pack) -> torch.Tensor:
        """(2p,): what the model gives for every side of the pack's pairs."""
        ...

    def sums(self, outputs: torch.Tensor, pack: Pack) -> tuple[torch.Tensor, torch.Tensor]:
        """The loss summed over the pack's pairs, and what is added to it, summed over the chosen replies' tokens."""
        ...

    def figures(self, outputs: torch.Tensor, pack: Pack) -> dict[str, torch.Tensor]:
        """(p,) each: what is told of held-out pairs."""
        ...


class TreeDpo:
    """DPO and its relatives (see `objectives`).

    Args:
        settings: of the training.
        evidence: of all pairs that packs point to.
        reference: (pairs, 2), log-probabilities of the replies under the policy at the start.
    """

    def __init__(self, settings: DpoSettings, evidence: Evidence, reference: torch.Tensor) -> None:
        self._settings, self._evidence, self._reference = settings, evidence, reference

    def outputs(self, model: Any, pack: Pack) -> torch.Tensor:
        """See `Objective.outputs`: (2, 2p) log-probabilities, of what a preference is about and of whole replies."""
        return log_probs(reply_logits(model, pack), pack)

    def sums(self, outputs: torch.Tensor, pack: Pack) -> tuple[torch.Tensor, torch.Tensor]:
        """See `Objective.sums`."""
        judged, whole = outputs
        if self._settings.loss_type == "sft":
            return outputs.new_zeros(()), likelihood(whole)
        found = self._evidence.at(pack.pairs, outputs.device)
        losses = preference_losses(judged, self._start(outputs, pack), found, self._settings)
        return losses.sum(), self._settings.sft_weight * likelihood(whole)

    def figures(self, outputs: torch.Tensor, pack: Pack) -> dict[str, torch.Tensor]:
        """See `Objective.figures`: under the names that TRL gives them."""
        rewards = self._settings.beta * (outputs[0] - self._start(outputs, pack)).reshape(-1, 2)
        good, bad = rewards.unbind(1)
        return {"rewards/chosen": good, "rewards/rejected": bad, "rewards/margins": good - bad,
                "rewards/accuracies": (good > bad).float()}

    def _start(self, outputs: torch.Tensor, pack: Pack) -> torch.Tensor:
        return self._reference[torch.from_numpy(pack.pairs)].reshape(-1).to(outputs.device)


class TreeReward:
    """The reward model's: the order of two scores, or their values (see `objectives.reward_losses`)."""

    def __init__(self, settings: RewardSettings, evidence: Evidence) -> None:
        self._settings, self._evidence = settings, evidence

    def outputs(self, model: Any, pack: Pack) -> torch.Tensor:
        """See `Objective.outputs`: scores."""
        return reply_scores(model, pack)

    def sums(self, outputs: torch.Tensor, pack: Pack) -> tuple[torch.Tensor, torch.Tensor]:
        """See `Objective.sums`."""
        losses = reward_losses(outputs, self._evidence.at(pack.pairs, outputs.device), self._settings)
        return losses.sum(), losses.new_zeros(())

    def figures(self, outputs: torch.Tensor, pack: Pack) -> dict[str, torch.Tensor]:
        """See `Objective.figures`: under the names that TRL gives them."""
        good, bad = outputs.reshape(-1, 2).unbind(1)
        return {"margin": good - bad, "accuracy": (good > bad).float()}


class TreeTrainer(Trainer):
    """A training loop over packs; to be given to `trainer.train`.

    Args:
        model: a causal model or a sequence classifier, with an adapter or without.
        args: made by `trainer.arguments`, for batches of one pack.
        packs: to train on, and held out.
        objective: what is minimised.
        processing_class: the tokenizer.
    """

    loss_is_scaled_for_ga = True

    def __init__(self, model: Any, args: Any, packs: tuple[Sequence[Pack], Sequence[Pack]], objective: Objective,
                 processing_class: Any) -> None:
        self.objective: Objective = objective
        make: Callable[..., None] = super().__init__
        if processes.count() > 1:
            _run_packs(model, objective)
        make(model=model, args=args, train_dataset=list(packs[0]), eval_dataset=list(packs[1]) or None,
             data_collator=_alone, processing_class=processing_class)

    def get_batch_samples(self, epoch_iterator: Iterator[Any], num_batches: int, device: Any) -> tuple[list[Any], Any]:
        """The packs of an update, and how many pairs and tokens of chosen replies it has, those of other processes counted."""
        samples, _ = super().get_batch_samples(epoch_iterator, num_batches, device)
        counts = _counts([sample["pack"] for sample in samples])
        if processes.count() > 1:
            pairs, tokens = processes.summed(torch.tensor(counts, device=device)).tolist()
            return samples, (pairs, tokens)
        return samples, counts

    def compute_loss(self, model: Any, inputs: Mapping[str, Any], return_outputs: bool = False,
                     num_items_in_batch: Any = None) -> Any:
        """A pack's part of the update's loss: the mean over all pairs of the update is the sum of its packs' parts.

        Several processes' gradients are averaged, so that each part is as many times as large there.
        """
        pack, several = inputs["pack"], processes.count()
        pairs, tokens = num_items_in_batch or _counts([pack])
        with self.precision():
            outputs = self.objective.outputs(model, pack) if several == 1 else model(pack=pack)
        losses, added = self.objective.sums(outputs, pack)
        return several * (losses / pairs + added / tokens)

    def precision(self) -> Any:
        """bfloat16 where the settings ask for it. A classifier's head is not run by the forward that accelerate wraps."""
        return torch.autocast(self.args.device.type, torch.bfloat16, enabled=self.args.bf16)

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Means over all held-out pairs: "eval_loss", and what the objective tells of them.

        Where something is added to the preferences' loss, "eval_score" is the loss without it, to choose the weights by.
        """
        packs: Any = self.eval_dataset
        pairs, tokens = _counts(packs)
        sums = self._summed(packs)
        losses, added = sums.pop(_LOSS), sums.pop(_ADDED)
        found = {"eval_loss": losses / pairs + added / tokens,
                 **{f"eval_{name}": value / pairs for name, value in sums.items()}}
        if added and losses:
            found["eval_score"] = losses / pairs
        self.log(dict(found))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, found)
        return found

    def _summed(self, packs: Sequence[Pack]) -> dict[str, float]:
        """What the objective tells of packs, summed over their pairs; several processes run a share each, all as many."""
        several, model = processes.count(), cast(Any, self.model)
        sums: dict[str, float] = {}
        with self.at_rest():
            for first in range(0, len(packs), several):
                place = first + processes.own()
                pack = packs[min(place, len(packs) - 1)]
                outputs = self.objective.outputs(model, pack) if several == 1 else model(pack=pack)
                parts = self.objective.sums(outputs, pack)
                told = {_LOSS: parts[0], _ADDED: parts[1],
                        **{name: values.sum() for name, values in self.objective.figures(outputs, pack).items()}}
                for name, value in told.items():
                    sums[name] = sums.get(name, 0.0) + (float(value) if place < len(packs) else 0.0)
        if several > 1:
            total = processes.summed(torch.tensor([*sums.values()], dtype=torch.float64, device=self.args.device))
            sums = dict(zip(sums, total.tolist(), strict=True))
        return sums

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Without dropout and gradients, in the precision of the training."""
        model: Any = self.model
        training = model.training
        model.eval()
        try:
            with torch.no_grad(), self.precision():
                yield
        finally:
            model.train(training)

    def floating_point_ops(self, inputs: Any) -> int:
        """Not counted."""
        return 0


def packed(tokenizer: Any, pairs: Sequence[PreferencePair], rows: Rows,
           settings: PairTrainSettings) -> tuple[list[Pack], list[Pack]]:
    """The training pairs and those held out as packs, which point into `pairs`."""
    tokens = tokenised(tokenizer, pairs, thoughts=getattr(settings, "thoughts", False))
    train, held_out = (
        pack_pairs([tokens[i] for i in part], [pairs[i].conversation for i in part], settings.pack_tokens, settings.seed, part)
        for part in (rows.train, rows.held_out))
    return train, held_out


def one_pack_each(kind: type[Any], settings: PairTrainSettings, out: Path, **own: Any) -> Any:
    """`trainer.arguments` for a `TreeTrainer`: a pack per forward pass, in an order of their own every epoch."""
    return arguments(kind, settings, out, per_device_train_batch_size=1, per_device_eval_batch_size=1,
                     train_sampling_strategy="random", **own)


def adapted(model: Any, settings: PairTrainSettings, task: str, modules_to_save: Sequence[str] = ()) -> Any:
    """The model with the adapter that is trained: a new one unless it has one."""
    if not isinstance(model, PeftModel):
        model = get_peft_model(model, lora(settings.lora, task, modules_to_save))
    if settings.checkpointing:
        model.enable_input_require_grads()
    return model


def whole(model: Any, settings: TrainSettings) -> Any:
    """The model with its matrices to be trained: not the embeddings, in or out, nor the scales of its norms."""
    frozen = {id(layer.weight) for layer in (model.get_input_embeddings(), model.get_output_embeddings()) if layer is not None}
    for parameter in model.parameters():
        parameter.requires_grad_(parameter.ndim > 1 and id(parameter) not in frozen)
    if settings.checkpointing:
        model.enable_input_require_grads()
    return model


_LOSS, _ADDED = "loss", "added"


def _run_packs(model: Any, objective: Objective) -> None:
    """Has the model's own forward run packs: what splits a model over processes (DDP, FSDP) sees to it there."""
    inside = _Inside(model, model.forward)

    def forward(*args: Any, pack: Pack | None = None, **kwargs: Any) -> Any:
        return inside(*args, **kwargs) if pack is None else objective.outputs(inside, pack)

    model.forward = forward


class _Inside:
    """A model in the middle of its own forward: called, it does not begin another."""

    def __init__(self, model: Any, forward: Callable[..., Any]) -> None:
        self._model, self._forward = model, forward

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._forward(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


def _alone(batch: Sequence[Pack]) -> dict[str, Pack]:
    """A batch of one pack."""
    [pack] = batch
    return {"pack": pack}


def _counts(packs: Sequence[Pack]) -> tuple[int, int]:
    """Pairs, and tokens of chosen replies."""
    return sum(len(pack.pairs) for pack in packs), sum(int(pack.lengths[::2].sum()) for pack in packs)
