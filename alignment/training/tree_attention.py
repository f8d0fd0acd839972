"""Attention on a trie in blocks: some tokens at once look at their ancestors, gathered, and at nothing else.

The kernels of torch look at every pair of a pack's tokens where they are given a mask; half of the pairs or more are of two
branches that do not see each other, and the processor's backward pass is half of a training step. Only on the processor.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask
from transformers.modeling_utils import AttentionInterface

from .packing import Pack

NAME = "dialogym-tree"
"""Among transformers' attention implementations; of a model that is not run on a pack it is "sdpa"."""
BLOCK = 256
"""Tokens of a block: of 128, 256 and 384 the fastest, of packs of 1,024 tokens and of 4,096."""
Block = tuple[slice, torch.Tensor, torch.Tensor]
"""The block's tokens; (m,) where those stand that any of them sees; (tokens, m) what is added to their scores."""


def blocks(pack: Pack) -> list[Block]:
    """The blocks of a pack, first to last."""
    sees, found = pack.sees(), list[Block]()
    for start in range(0, len(sees), BLOCK):
        part = sees[start:start + BLOCK]
        seen = np.flatnonzero(part.any(0))
        bias = torch.zeros(len(part), len(seen)).masked_fill_(torch.from_numpy(~part[:, seen]), torch.finfo(torch.float32).min)
        found.append((slice(start, start + len(part)), torch.from_numpy(seen), bias))
    return found


def attend(module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, attention_mask: torch.Tensor | None,
           scaling: float | None = None, *, tree_blocks: Sequence[Block] | None = None,
           **others: Any) -> tuple[torch.Tensor, torch.Tensor | None]:
    """As transformers asks for it: query (1, heads, n, size), key and value (1, key/value heads, n, size).

    In bfloat16 the products are written out, which is twice as fast backwards as torch's kernel; in float32 they are not.
    """
    if tree_blocks is None:
        found: tuple[torch.Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, **others)
        return found
    _, heads, count, size = query.shape
    kinds = key.shape[1]  # several heads share one of these
    scale = size ** -0.5 if scaling is None else scaling
    asked = query[0].reshape(kinds, heads // kinds, count, size)
    parts = []
    for tokens, seen, bias in tree_blocks:
        mine = asked[:, :, tokens].reshape(kinds, -1, size)
        keys, values, added = key[0][:, seen], value[0][:, seen], bias.to(query.dtype).repeat(heads // kinds, 1)
        if query.dtype == torch.bfloat16:
            scores = torch.baddbmm(added.expand(kinds, -1, -1), mine, keys.transpose(1, 2), alpha=scale)
            said = scores.softmax(-1).to(values.dtype) @ values
        else:
            said = scaled_dot_product_attention(mine[None], keys[None], values[None], attn_mask=added, scale=scale)[0]
        parts.append(said.reshape(kinds, heads // kinds, -1, size))
    return torch.cat(parts, 2).reshape(1, heads, count, size).transpose(1, 2), None


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, sdpa_mask)


def blocked(model: Any) -> bool:
    """Whether the model attends in blocks."""
    return bool(model.config._attn_implementation == NAME)


def attend_in_blocks(model: Any) -> str | None:
    """Has a model on the processor attend in blocks; returns how it attended before, None where it is left as it was."""
    before = model.config._attn_implementation
    if model.device.type != "cpu" or before != "sdpa" or getattr(model.config, "attention_dropout", 0):
        return None
    without_adapter(model).set_attn_implementation(NAME)
    return str(before)


def attend_as_before(model: Any, before: str) -> None:
    """Undoes `attend_in_blocks`."""
    without_adapter(model).set_attn_implementation(before)


def without_adapter(model: Any) -> Any:
    """The model that an adapter stands on, which shares its layers; a model without one itself."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model
