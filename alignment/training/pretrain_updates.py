"""An update of the base model that is made from nothing: its loss and its optimizers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch

from ...agents.engine.precision import bf16_helps


class SlicedCrossEntropy(torch.autograd.Function):
    """Weighted mean cross-entropy of a linear output layer, some rows at a time, the gradients taken on the way.

    A slice's logits stay in the processor's cache; all of them at once are 200 MB, written and read five times over.
    """

    ROWS = 256

    @staticmethod
    def forward(ctx: Any, hidden: torch.Tensor, table: torch.Tensor, wanted: torch.Tensor,
                shares: torch.Tensor) -> torch.Tensor:
        """`hidden` (rows, width), `table` (vocabulary, width), `wanted` (rows,), `shares` (rows,) of sum 1: a scalar."""
        rows = len(hidden)
        weights = table.to(hidden.dtype)
        of_hidden, of_table, total = torch.empty_like(hidden), torch.zeros_like(table), 0.0
        for start in range(0, rows, SlicedCrossEntropy.ROWS):
            part = slice(start, start + SlicedCrossEntropy.ROWS)
            logits = (hidden[part] @ weights.T).float()
            norms = logits.logsumexp(1, keepdim=True)
            labels = wanted[part, None]
            total += float(((norms - logits.gather(1, labels)) * shares[part, None]).sum())
            errors = logits.sub_(norms).exp_()  # softmax; less one at the label it is the gradient by the logits
            errors.scatter_add_(1, labels, torch.full_like(labels, -1, dtype=errors.dtype))
            small = errors.mul_(shares[part, None]).to(hidden.dtype)
            of_hidden[part] = small @ weights
            of_table += (small.T @ hidden[part]).to(table.dtype)
        ctx.save_for_backward(of_hidden, of_table)
        return table.new_tensor(total)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None, None]:
        """By the hidden rows and by the table."""
        of_hidden, of_table = ctx.saved_tensors
        return of_hidden * grads[0], of_table * grads[0], None, None


def loss_of(model: Any, tokens: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Weighted mean negative log-likelihood of the labelled tokens (right padding needs no mask under causal attention)."""
    hidden = model.model(input_ids=tokens).last_hidden_state[:, :-1]
    wanted = labels[:, 1:]
    keep = wanted != -100
    rows = hidden[keep].to(torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else hidden.dtype)
    shares = weights[:, 1:][keep]
    loss: torch.Tensor = SlicedCrossEntropy.apply(  # type: ignore[no-untyped-call]
        rows, model.lm_head.weight, wanted[keep], shares / shares.sum())
    return loss


class Muon(torch.optim.Optimizer):
    """Muon (Jordan et al. 2024), in float32: Nesterov momentum, five steps of Newton and Schulz, decoupled decay.

    torch's own multiplies in bfloat16, which a processor without instructions for it does at an eightieth of the speed: 4.3
    seconds an update of this model, and 0.2 in float32. Its rates are those of AdamW (`adjust_lr_fn="match_rms_adamw"`).
    """

    STEPS = 5
    COEFFICIENTS = (3.4445, -4.7750, 2.0315)

    def __init__(self, matrices: Iterable[torch.Tensor], lr: float, weight_decay: float, momentum: float = 0.95) -> None:
        """Of matrices alone."""
        super().__init__(matrices, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One update of every matrix that has a gradient; there is no closure."""
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                moved = self.state[matrix].setdefault("momentum", torch.zeros_like(matrix))
                moved.lerp_(matrix.grad, 1 - group["momentum"])
                found = self.orthogonal(matrix.grad.lerp(moved, group["momentum"]))
                matrix.mul_(1 - group["lr"] * group["weight_decay"])
                matrix.add_(found, alpha=-group["lr"] * 0.2 * max(matrix.shape) ** 0.5)

    @classmethod
    def orthogonal(cls, matrix: torch.Tensor) -> torch.Tensor:
        """Near the orthogonal matrix next to it: singular values of 0.7 to 1.2 where they were not nearly 0."""
        a, b, c = cls.COEFFICIENTS
        wide = matrix.T if matrix.size(0) > matrix.size(1) else matrix
        wide = wide / wide.norm().clamp(min=1e-7)
        for _ in range(cls.STEPS):
            gram = wide @ wide.T
            wide = torch.addmm(wide, torch.addmm(gram, gram, gram, beta=b, alpha=c), wide, beta=a)
        return wide.T if matrix.size(0) > matrix.size(1) else wide


def make_optimizers(model: Any, rate: float, matrix_rate: float) -> dict[torch.optim.Optimizer, float]:
    """AdamW for the embeddings and the norms, Muon (Jordan et al. 2024) for the matrices between them, each with its rate.

    With 900 dialogues that leaves a held-out loss of 1.75 nats a token where AdamW alone leaves 2.80; with 13,000, where both
    reach what the generator's chance leaves, they end alike.
    """
    tables = list(model.get_input_embeddings().parameters())
    plain = [p for p in model.parameters() if p.dim() <= 1]
    matrices = [p for p in model.parameters() if p.dim() > 1 and all(p is not t for t in tables)]
    return {torch.optim.AdamW([{"params": tables, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}],
                              lr=rate, betas=(0.9, 0.98)): rate,
            Muon(matrices, lr=matrix_rate, weight_decay=0.05): matrix_rate}


def update(model: Any, optimizers: Mapping[torch.optim.Optimizer, float], batch: tuple[torch.Tensor, ...],
           share: float) -> float:
    """One step on a batch of tokens, labels and weights, at a share of the learning rates; returns the loss.

    In bf16 autocast where the processor has instructions for it.
    """
    for optimizer, highest in optimizers.items():
        for group in optimizer.param_groups:
            group["lr"] = highest * share
    model.zero_grad(set_to_none=True)
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16_helps()):
        loss = loss_of(model, *batch)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
    return float(loss.detach())
