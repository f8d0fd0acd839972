"""Keys and values of token prefixes, kept in blocks so that conversations and siblings share what they have in common.

They are the keys and values of certain weights: `Weights` notices when a model's are no longer those.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from itertools import chain

import torch

BLOCK = 4
"""Tokens per block. Only whole blocks are shared: in a tree search on short replies, blocks of 16 prefilled half as much again
as perfect sharing would, blocks of 4 a tenth."""
_PROBES = 16
"""Numbers of each weight, evenly spaced, that are looked at."""


class PrefixCache:
    """A pool of key/value blocks found by the exact tokens that lead to them; the least recently used go first.

    A block is named by (its parent block's serial number, its own tokens), so two different prefixes never collide. The
    first block's parent is a root: states of different weights (adapters) hang from different roots and never mix.

    Args:
        layers, heads, head_size: shape of the model's key/value states (heads: key/value heads).
        capacity: blocks to hold; memory is capacity · layers · 2 · heads · BLOCK · head_size elements.
        like: a tensor whose dtype and device the pool takes.
    """

    def __init__(self, layers: int, heads: int, head_size: int, capacity: int, like: torch.Tensor) -> None:
        self.capacity = max(1, capacity)
        self._shape = (layers, 2, heads, BLOCK, head_size)
        self._like = like
        self._pool = like.new_zeros((min(256, self.capacity), *self._shape))
        self._known: OrderedDict[tuple[int | str | None, tuple[int, ...]], tuple[int, int]] = OrderedDict()  # -> (serial, slot)
        self._free = list(range(self._pool.shape[0]))[::-1]
        self._serial = 0

    def match(self, tokens: Sequence[int], root: str | None = None) -> list[int]:
        """Slots of the longest chain of blocks at the start of `tokens` that leaves at least one token over."""
        slots: list[int] = []
        parent: int | str | None = root
        for start in range(0, len(tokens) - BLOCK, BLOCK):
            found = self._known.get(name := (parent, tuple(tokens[start:start + BLOCK])))
            if found is None:
                break
            self._known.move_to_end(name)
            parent, slot = found
            slots.append(slot)
        return slots

    def read(self, slots: Sequence[Sequence[int]], width: int) -> torch.Tensor:
        """States (layers, 2, rows, heads, width, head_size) that begin with the blocks of each row; the rest is zeros."""
        layers, two, heads, block, size = self._shape
        count = max(map(len, slots))
        table = torch.tensor([[*row, *[0] * (count - len(row))] for row in slots], dtype=torch.long, device=self._pool.device)
        found = self._pool[table.reshape(-1)].view(len(slots), count, layers, two, heads, block, size)
        states = self._like.new_zeros((layers, two, len(slots), heads, width, size))
        states[..., :count * block, :] = found.permute(2, 3, 0, 4, 1, 5, 6).reshape(*states.shape[:4], count * block, size)
        return states

    def missing(self, tokens: Sequence[int], root: str | None = None) -> list[tuple[int, int]]:
        """(start, slot) of every whole block of `tokens` that was not known, now named and to be `write`-n."""
        wanted: list[tuple[int, int]] = []
        parent: int | str | None = root
        for start in range(0, len(tokens) - BLOCK + 1, BLOCK):
            name = (parent, tuple(tokens[start:start + BLOCK]))
            found = self._known.get(name)
            if found is None:
                slot = self._take()
                if slot is None:
                    break
                self._serial += 1
                found = (self._serial, slot)
                wanted.append((start, slot))
                self._known[name] = found
            self._known.move_to_end(name)
            parent = found[0]
        return wanted

    def write(self, slots: Sequence[int], blocks: torch.Tensor) -> None:
        """Stores blocks (n, layers, 2, heads, BLOCK, head_size) at their slots; a slot named twice keeps the later block."""
        latest = {slot: row for row, slot in enumerate(slots)}
        if len(latest) < len(slots):  # a full pool gave a slot away twice; assigning twice has no defined order
            slots, blocks = list(latest), blocks[list(latest.values())]
        self._pool[torch.tensor(slots, device=self._pool.device)] = blocks

    def clear(self) -> None:
        """Forgets every prefix."""
        self._known.clear()
        self._free = list(range(self._pool.shape[0]))[::-1]

    def _take(self) -> int | None:
        if not self._free and self._pool.shape[0] < self.capacity:
            size = min(self.capacity, 2 * self._pool.shape[0])
            self._free = list(range(self._pool.shape[0], size))[::-1]
            self._pool = torch.cat([self._pool, self._like.new_zeros((size - self._pool.shape[0], *self._shape))])
        if self._free:
            return self._free.pop()
        _, (_, slot) = self._known.popitem(last=False)
        return slot


class Weights:
    """Notices when the weights of a module change, whoever changes them.

    Of every parameter and buffer it compares which tensor it is, where its numbers lie, and torch's count of changes in place,
    which optimisers and `load_state_dict` raise; writes through `.data`, as peft's merging of an adapter, raise nothing, so 16
    numbers of each are compared as well. What escapes is a write through `.data` to a few rows that are not among those.

    Args:
        module: a module on any device; it is held, its weights are not.
    """

    def __init__(self, module: torch.nn.Module) -> None:
        self._module = module
        self._seen = self._look()

    def changed(self) -> bool:
        """Whether they are other weights than at the last call, or when this was made."""
        before, self._seen = self._seen, self._look()
        return before != self._seen

    @torch.no_grad()
    def _look(self) -> tuple[list[tuple[int, int, int]], list[bytes]]:
        weights = [w for w in chain(self._module.parameters(), self._module.buffers()) if w.device.type != "meta" and w.numel()]
        books = [(id(w), w.data_ptr(), -1 if w.is_inference() else w._version) for w in weights]
        probes: dict[torch.device, list[torch.Tensor]] = {}
        for weight in weights:
            probes.setdefault(weight.device, []).append(weight.reshape(-1)[::1 + (weight.numel() - 1) // _PROBES])
        # As bytes: a NaN is no change. One transfer per device.
        return books, [torch.cat([p.float() for p in found]).cpu().numpy().tobytes() for found in probes.values()]
