"""Any transformers causal LM as a backend, in process: shared prefixes, one batch, one seed per request.

`generate` has no seed per request and no cache across calls, so this is a static path of our own around the model's
forward: the prefixes of a batch are looked up in a `PrefixCache`, what is left is prefilled once per distinct
prompt, and all rows decode together, each drawing its tokens with numbers hashed from (its seed, position).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer

from ..envs.errors import ContextTooLong, InvalidModel
from ..envs.keys import uniform
from .backend import Completion, Promises, Request
from .prefix_cache import BLOCK, PrefixCache


@dataclass(slots=True)
class Counts:
    """Work done since the start, in tokens: read from the cache, prefilled, decoded."""

    reused: int = 0
    prefilled: int = 0
    decoded: int = 0


class _Layer(DynamicLayer):  # type: ignore[no-untyped-call]
    """A cache layer that writes into memory set aside beforehand instead of growing by concatenation."""

    def __init__(self, keys: torch.Tensor, values: torch.Tensor, used: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.keys: torch.Tensor = keys
        self.values: torch.Tensor = values
        self.used = used
        self.dtype, self.device, self.is_initialized = keys.dtype, keys.device, True

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any,
               **kwargs: Any) -> tuple[torch.Tensor, torch.Tensor]:
        end = self.used + key_states.shape[-2]
        self.keys[:, :, self.used:end] = key_states
        self.values[:, :, self.used:end] = value_states
        self.used = end
        return self.keys[:, :, :end], self.values[:, :, :end]

    def get_seq_length(self) -> int:
        return self.used


@dataclass(slots=True)
class _Rows:
    """The rows that decode together. Columns of the states: shared prefix (padded), suffix (padded), new tokens."""

    states: torch.Tensor       # (layers, 2, rows, heads, width, head_size)
    valid: torch.Tensor        # (rows, width) bool: which columns hold a token of the row
    length: torch.Tensor       # (rows,) tokens so far, the position of the next one
    logits: torch.Tensor       # (rows, vocab) of the next token
    used: int                  # columns filled

    def keep(self, rows: torch.Tensor) -> None:
        """Drops every row but these."""
        self.states = self.states.index_select(2, rows)
        self.valid, self.length, self.logits = self.valid[rows], self.length[rows], self.logits[rows]


class TransformersBackend:
    """Completes requests with a transformers causal LM held in this process.

    Promise: with fp32 on one machine the same schedule of calls gives the same tokens. Two batches that put a request
    beside others may differ in the last bits of a logit, and so, rarely, in a token.

    Args:
        model: a causal LM in eval mode (adapters merged or active), whose layers all use full attention.
        stop: token ids that end a reply (default: the model's end-of-sequence ids).
        max_rows: rows decoded together.
        cache_bytes: memory for shared prefixes.
        head: what is asked of the last hidden state (default: the model's own output, logits of the next token); a
            classifier's head serves `last_outputs`.
    """

    def __init__(self, model: Any, *, stop: Sequence[int] | None = None, max_rows: int = 128,
                 cache_bytes: int = 1 << 30, head: Any = None) -> None:
        self._model = model.eval()
        self._decoder = model.get_decoder()
        self._head = model.get_output_embeddings() if head is None else head
        config = model.config.get_text_config()
        self._window = int(getattr(config, "max_position_embeddings", 1 << 20))
        ends = model.generation_config.eos_token_id if stop is None else None
        found = stop if stop is not None else ends if isinstance(ends, list) else [ends]
        self._stop = {int(t) for t in found if t is not None}
        if not self._stop:
            raise InvalidModel("The model names no end-of-sequence token; pass stop=[...] with the ids that end a reply.")
        size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
        like = self._head.weight.new_zeros(0)
        block = config.num_hidden_layers * 2 * heads * BLOCK * size * like.element_size()
        self._cache = PrefixCache(config.num_hidden_layers, heads, size, cache_bytes // block, like)
        self._max_rows = max_rows
        self.counts = Counts()
        self.promises = Promises(seeded=True, batch_invariant=False)

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """See `Backend.complete`."""
        for request in requests:
            room = self._window - len(request.prompt)
            if room < request.sampling.max_new_tokens:
                raise ContextTooLong(
                    f"A prompt of {len(request.prompt)} tokens and {request.sampling.max_new_tokens} for the reply do not "
                    f"fit the model's window of {self._window}; shorten the dialogue or take a model with a larger window.")
        order = sorted(range(len(requests)), key=lambda i: (len(requests[i].prompt), requests[i].prompt))
        results: list[Completion | None] = [None] * len(requests)
        for start in range(0, len(order), self._max_rows):
            chunk = order[start:start + self._max_rows]
            for index, completion in zip(chunk, self._complete([requests[i] for i in chunk]), strict=True):
                results[index] = completion
        return [r for r in results if r is not None]

    @torch.inference_mode()
    def last_outputs(self, prompts: Sequence[tuple[int, ...]]) -> torch.Tensor:
        """The head's outputs (rows, outputs) at the last token of every prompt; prefixes are shared and remembered."""
        order = sorted(set(prompts), key=lambda p: (len(p), p))
        found: dict[tuple[int, ...], torch.Tensor] = {}
        for start in range(0, len(order), self._max_rows):
            chunk = order[start:start + self._max_rows]
            rows, columns = self._prefill(chunk, 0)
            self._remember(chunk, [[] for _ in chunk], columns, rows.states, rows.states.shape[4])
            found.update(zip(chunk, rows.logits, strict=True))
        return torch.stack([found[p] for p in prompts])

    @torch.inference_mode()
    def _complete(self, requests: list[Request]) -> list[Completion]:
        prompts = list(dict.fromkeys(r.prompt for r in requests))
        limit = max(r.sampling.max_new_tokens for r in requests)
        rows, columns = self._prefill(prompts, limit)
        where = {prompt: i for i, prompt in enumerate(prompts)}
        spread = torch.tensor([where[r.prompt] for r in requests], device=rows.length.device)
        if len(prompts) < len(requests):
            rows.keep(spread)
        tokens, finished, sequences = self._decode(rows, requests)
        self._remember([r.prompt for r in requests], tokens, [columns[where[r.prompt]] for r in requests], sequences,
                       sequences.shape[4] - limit)
        return [Completion(tuple(t), f) for t, f in zip(tokens, finished, strict=True)]

    def _prefill(self, prompts: list[tuple[int, ...]], limit: int) -> tuple[_Rows, list[list[int]]]:
        """States and next-token logits of each prompt; and, per prompt, the column of each of its tokens."""
        device = self._model.device
        slots = [self._cache.match(p) for p in prompts]
        blocks = max(len(s) for s in slots)
        table = torch.tensor([s + [0] * (blocks - len(s)) for s in slots], dtype=torch.long, device=device)
        prefix = blocks * BLOCK
        known = [len(s) * BLOCK for s in slots]
        suffix = max(len(p) - k for p, k in zip(prompts, known, strict=True))
        width = prefix + suffix + limit
        shared = self._cache.read(table.view(len(prompts), blocks))
        states = shared.new_zeros((*shared.shape[:4], width, shared.shape[-1]))
        states[..., :prefix, :] = shared
        tokens = torch.zeros((len(prompts), suffix), dtype=torch.long)
        valid = torch.zeros((len(prompts), width), dtype=torch.bool)
        columns = []
        for row, (prompt, have) in enumerate(zip(prompts, known, strict=True)):
            rest = len(prompt) - have
            tokens[row, :rest] = torch.tensor(prompt[have:])
            valid[row, :have] = True
            valid[row, prefix:prefix + rest] = True
            columns.append([*range(have), *range(prefix, prefix + rest)])
            self.counts.reused += have
            self.counts.prefilled += rest
        tokens, valid = tokens.to(device), valid.to(device)
        start = torch.tensor(known, device=device)
        steps = torch.arange(suffix, device=device)
        causal = torch.ones((suffix, prefix + suffix), dtype=torch.bool, device=device).tril(prefix)
        mask = (valid[:, None, :prefix + suffix] & causal)[:, None]
        mask |= torch.eye(suffix, prefix + suffix, dtype=torch.bool, device=device).roll(prefix, 1)  # padding sees itself
        hidden = self._forward(tokens, mask, start[:, None] + steps, states, prefix)
        length = torch.tensor([len(p) for p in prompts], device=device)
        last = hidden[torch.arange(len(prompts), device=device), length - start - 1]
        return _Rows(states, valid, length, self._logits(last), prefix + suffix), columns

    def _forward(self, tokens: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor, states: torch.Tensor,
                 used: int) -> torch.Tensor:
        """Hidden states (rows, n, size) of new tokens, whose keys and values are written into `states`."""
        cache = Cache(layers=[_Layer(layer[0], layer[1], used) for layer in states])
        found: torch.Tensor = self._decoder(input_ids=tokens, attention_mask=mask, position_ids=positions,
                                            past_key_values=cache, use_cache=True).last_hidden_state
        return found

    def _logits(self, hidden: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self._head(hidden).float()
        return found

    def _decode(self, rows: _Rows, requests: list[Request]) -> tuple[list[list[int]], list[bool], torch.Tensor]:
        """Tokens and ends of every request; and the final states of all rows (layers, 2, rows, heads, width, size)."""
        tokens: list[list[int]] = [[] for _ in requests]
        finished = [False] * len(requests)
        active = list(range(len(requests)))       # request of each row still decoding
        final = rows.states
        compact = False
        for _ in range(max(r.sampling.max_new_tokens for r in requests)):
            drawn = sample(rows.logits, [requests[i] for i in active], [len(tokens[i]) for i in active])
            going = []
            for row, (index, token) in enumerate(zip(active, drawn, strict=True)):
                limit = requests[index].sampling.max_new_tokens
                if finished[index] or len(tokens[index]) >= limit:
                    continue
                if token in self._stop:
                    finished[index] = True
                    continue
                tokens[index].append(token)
                going.append(row)
            if not going:
                break
            if len(going) < 0.6 * len(active):
                if compact:
                    final.index_copy_(2, torch.tensor(active, device=final.device), rows.states)
                chosen = torch.tensor(going, device=final.device)
                rows.keep(chosen)
                active, compact = [active[row] for row in going], True
                drawn = [drawn[row] for row in going]
            rows.valid[:, rows.used] = True
            step = torch.tensor(drawn, device=final.device)[:, None]
            mask = rows.valid[:, None, None, :rows.used + 1]
            hidden = self._forward(step, mask, rows.length[:, None], rows.states, rows.used)
            rows.logits, rows.length, rows.used = self._logits(hidden[:, -1]), rows.length + 1, rows.used + 1
            self.counts.decoded += len(going)
        if compact:
            final.index_copy_(2, torch.tensor(active, device=final.device), rows.states)
        return tokens, finished, final

    def _remember(self, prompts: Sequence[tuple[int, ...]], tokens: list[list[int]], columns: list[list[int]],
                  states: torch.Tensor, first_new: int) -> None:
        """Puts the whole blocks of every sequence, but for its last new token (never run), into the prefix cache.

        `first_new` is the column of the first new token.
        """
        slots, row_ids, column_ids = [], [], []
        for row, (prompt, new) in enumerate(zip(prompts, tokens, strict=True)):
            sequence = [*prompt, *new[:-1]]
            place = [*columns[row], *range(first_new, first_new + max(0, len(new) - 1))]
            for start, slot in self._cache.missing(sequence):
                slots.append(slot)
                row_ids.append(row)
                column_ids.append(place[start:start + BLOCK])
        for part in range(0, len(slots), 1024):
            where = torch.tensor(column_ids[part:part + 1024], device=states.device)
            which = torch.tensor(row_ids[part:part + 1024], device=states.device)[:, None].expand_as(where)
            found = states.permute(2, 4, 0, 1, 3, 5)[which, where]  # (n, BLOCK, layers, 2, heads, size)
            self._cache.write(slots[part:part + 1024], found.permute(0, 2, 3, 4, 1, 5))


def sample(logits: torch.Tensor, requests: Sequence[Request], positions: Sequence[int]) -> list[int]:
    """One token per row (rows, vocab) by inverse transform: row r uses the number hashed from (its seed, position).

    A token depends on its own row's logits, seed and position and on nothing else in the batch.
    """
    draws = torch.tensor([uniform(r.seed, p) for r, p in zip(requests, positions, strict=True)], dtype=torch.float64,
                         device=logits.device)
    heat = torch.tensor([r.sampling.temperature for r in requests], device=logits.device)
    best = logits.argmax(-1)
    probs = (logits / heat.clamp(min=1e-6)[:, None]).softmax(-1)
    tops = torch.tensor([r.sampling.top_p for r in requests], device=logits.device)
    if bool((tops < 1).any()):
        ordered, places = probs.topk(min(128, probs.shape[-1]), dim=-1)
        if bool((ordered.sum(-1) < tops).any()):  # some nucleus is wider: order everything
            ordered, places = probs.sort(stable=True, dim=-1, descending=True)
        ordered = ordered.masked_fill(ordered.cumsum(-1) - ordered >= tops[:, None], 0.0)
        probs = torch.zeros_like(probs).scatter_(-1, places, ordered)
    total = probs.double().cumsum(-1)
    chosen = torch.searchsorted(total, (draws * total[:, -1])[:, None], right=True)[:, 0].clamp(max=logits.shape[-1] - 1)
    return [int(b if h == 0 else c) for b, c, h in zip(best.tolist(), chosen.tolist(), heat.tolist(), strict=True)]
