"""Muon in float32: torch's own, without its bfloat16."""

from __future__ import annotations

import torch

from dialogym.alignment.training.pretrain_updates import Muon

SHAPES = [(48, 96), (96, 48), (32, 32)]


def test_it_moves_as_torch_does_but_for_the_rounding_of_bfloat16() -> None:
    torch.manual_seed(0)
    began = [torch.randn(shape) for shape in SHAPES]
    own, theirs = ([torch.nn.Parameter(matrix.clone()) for matrix in began] for _ in range(2))
    settings = {"lr": 0.01, "weight_decay": 0.05}
    optimizers = Muon(own, **settings), torch.optim.Muon(theirs, **settings, adjust_lr_fn="match_rms_adamw")
    for _ in range(4):
        for mine, other in zip(own, theirs, strict=True):
            mine.grad = torch.randn_like(mine)
            other.grad = mine.grad.clone()
        for optimizer in optimizers:
            optimizer.step()
    for mine, other, start in zip(own, theirs, began, strict=True):
        assert (mine - start).norm() > 20 * (mine - other).norm()


def test_what_it_moves_by_is_nearly_orthogonal_and_float32() -> None:
    torch.manual_seed(1)
    for shape in SHAPES:
        found = Muon.orthogonal(torch.randn(shape) * 1e-3)
        assert found.shape == shape
        assert found.dtype == torch.float32
        values = torch.linalg.svdvals(found)
        assert values.max() < 1.3
        assert values.median() > 0.6
