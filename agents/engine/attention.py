"""Attention and key/value memory whose results do not depend on what else is in the batch.

A row's token at position p always lies in column p of the row's memory, and a query sees the columns up to its own. What
is left to depend on the batch are shapes, measured with torch 2.13 in float32 on AVX-512, for one and two threads:

- MKL adds up a matrix product in the same order, bit for bit, as long as no thread is given fewer than four rows and the
  inner dimension is not between one and two of its blocks, which are of 192 columns or, on newer processors, of 384:
  `filled`, `attend`, `columns`.
- torch computes what is left over after the last whole vector of an elementwise function by another formula; layers are
  multiples of 16 wide, so whole fours of rows leave nothing over: `filled`.

So a token's states are the same bits whether it is prefilled, decoded or read from the cache, alone or in a batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import pad, scaled_dot_product_attention
from transformers.cache_utils import Cache, DynamicLayer
from transformers.modeling_utils import AttentionInterface

NAME = "dialogym"
"""Of `attend` among transformers' attention implementations."""
_STEP = 64
_FEW = 8  # rows that are not parted from others


def columns(length: int) -> int:
    """The least width >= `length` at which the scaled product of torch adds up alike: see above.

    torch takes keys in parts of 512, two halves where a block is 384; the last part must hold at most 192, or be whole.
    """
    width = -(-length // _STEP) * _STEP
    return width if width % 512 <= 192 else width - width % 512 + 512


def filled(rows: int) -> int:
    """The rows that a matrix of so many is filled up to: see above."""
    step = 4 * torch.get_num_threads()
    return max(2, -(-rows // step)) * step


Span = tuple[slice, int]
"""Rows that are neighbours, and the columns that they look at."""


def spans(lengths: Sequence[int]) -> list[Span]:
    """The rows in order, parted where their width changes, so that short rows do not look at the columns of long ones.

    Args:
        lengths: columns in use, by row; best in ascending order.
    """
    found: list[Span] = []
    stop, width = len(lengths), 0
    for row in range(len(lengths) - 1, -1, -1):
        own = columns(lengths[row])
        if own < width and stop - row > _FEW <= row:
            found.append((slice(row + 1, stop), width))
            stop, width = row + 1, own
        width = max(width, own)
    return [*found, (slice(0, stop), width)]


def attend(module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, attention_mask: torch.Tensor,
           scaling: float | None = None, *, parts: Sequence[Span], **_: Any) -> tuple[torch.Tensor, None]:
    """Attention with the queries of a key/value head in one matrix, filled up to a multiple of four rows.

    Args:
        module: the attention layer; not looked at.
        query: (rows, heads, n, size).
        key: (rows, key/value heads, width, size).
        value: likewise.
        attention_mask: (rows, 1, n, width) bool.
        scaling: of the scores.
        parts: `spans` of the rows.
        **_: what other implementations want.
    """
    rows, heads, count, size = query.shape
    groups = heads // key.shape[1]
    packed = query.reshape(rows, key.shape[1], groups * count, size)
    more = -(groups * count) % 4
    if count > 1:  # a single query's mask is spread over all of its head's
        attention_mask = pad(attention_mask.repeat(1, 1, groups, 1), (0, 0, 0, more), value=True)
    packed = pad(packed, (0, 0, 0, more))
    found = torch.empty_like(packed)
    for part, width in parts:
        found[part] = scaled_dot_product_attention(packed[part], key[part, :, :width], value[part, :, :width],
                                                   attn_mask=attention_mask[part, ..., :width], scale=scaling)
    return found[:, :, :groups * count].reshape(query.shape).transpose(1, 2), None


AttentionInterface.register(NAME, attend)


class _Layer(DynamicLayer):  # type: ignore[no-untyped-call]
    """A cache layer that writes into memory set aside beforehand, each row's tokens at columns of its own."""

    def __init__(self, keys: torch.Tensor, values: torch.Tensor, where: tuple[Any, ...], width: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.keys: torch.Tensor = keys
        self.values: torch.Tensor = values
        self.where, self.width = where, width
        self.dtype, self.device, self.is_initialized = keys.dtype, keys.device, True

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any,
               **kwargs: Any) -> tuple[torch.Tensor, torch.Tensor]:
        self.keys[self.where] = key_states.transpose(1, 2)
        self.values[self.where] = value_states.transpose(1, 2)
        return self.keys[:, :, :self.width], self.values[:, :, :self.width]

    def get_seq_length(self) -> int:
        return self.width


def memory(states: torch.Tensor, at: torch.Tensor, width: int) -> Cache:
    """A cache for one forward pass of new tokens.

    Args:
        states: (layers, 2, rows, heads, columns, size), written into.
        at: (rows, n) the column of each new token.
        width: columns that are looked at.
    """
    where = (torch.arange(at.shape[0], device=at.device)[:, None], slice(None), at)
    return Cache(layers=[_Layer(layer[0], layer[1], where, width) for layer in states])
