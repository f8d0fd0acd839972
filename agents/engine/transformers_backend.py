"""Any transformers causal LM as a backend, in process: shared prefixes, one batch, adapters, one seed per request.

This is a static path of our own around the model's forward, because transformers' continuous batching (`generate_batch`)
does not serve a tree search: its prefix cache takes no notice of the adapter, siblings that come together are each
prefilled, and it has neither a seed nor stop strings per request; benchmarks/batching.py times it. Here the prefixes of a
batch are looked up in a `PrefixCache`, what is left is prefilled once per distinct prompt, beginnings that several new
prompts share once for all of them, and the rows decode together, each drawing its tokens with numbers hashed from (its
seed, position).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.nn.functional import pad

from ...envs.errors import InvalidConfig, InvalidModel
from ..backend import Completion, Promises, Request
from .attention import NAME, columns, filled, memory, spans
from .loading import attach, check_base, load_model
from .prefix_cache import BLOCK, PrefixCache, Weights
from .sampling import cut, logprobs, sample

_WORTH = 64
"""Tokens that must be saved for a shared beginning to be run on its own first."""
_FEW = 16
"""Rows that are too few to be parted for being of unlike length."""
_THIN = 0.6
"""Rows that have ended are dropped when less than this share is left."""
Tokens = tuple[int, ...]
Job = tuple[str | None, Tokens, int]
"""An adapter, a prompt and the room for its reply."""


@dataclass(slots=True)
class Counts:
    """Work done since the start, in tokens: read from the cache, prefilled, decoded."""

    reused: int = 0
    prefilled: int = 0
    decoded: int = 0


@dataclass(slots=True)
class _Rows:
    """The rows that decode together; a row's token at position p is in column p."""

    states: torch.Tensor       # (layers, 2, rows, heads, width, head_size)
    length: torch.Tensor       # (rows,) tokens run, the position of the next one
    logits: torch.Tensor       # (rows, vocab) of the next token

    def keep(self, rows: Sequence[int], count: int) -> None:
        """Replaces the rows by these of them, filled up with the last to so many."""
        chosen = torch.tensor([*rows, *[rows[-1]] * (count - len(rows))], device=self.length.device)
        self.states = self.states.index_select(2, chosen)
        self.length, self.logits = self.length[chosen], self.logits[chosen]

    def widen(self, width: int) -> None:
        """Makes room for that many columns."""
        if width > self.states.shape[4]:
            self.states = pad(self.states, (0, 0, 0, width - self.states.shape[4]))


class TransformersBackend:
    """Completes requests with a transformers causal LM held in this process.

    Promise: the same schedule of calls gives the same tokens on one machine. In float32 on a CPU, with a model that uses
    torch's scaled attention, a reply moreover depends on its request alone, whatever it is batched with and whatever the
    cache holds; in other precisions and on a GPU batches may differ in the last bits of a logit, and so, rarely, in a token.
    The model may go on learning between calls: when its weights are no longer those of the call before, what is remembered is
    forgotten (`Weights` says what is noticed; looking took 2 ms a call for the embedded model's 74 weights on a busy core, 6 ms
    for a model of 363). Replies are made in eval mode, whichever it is left in.

    Args:
        model: a causal LM whose layers all use full attention; of a PeftModel, requests name the adapters.
        tokenizer: the model's; needed for stop strings alone.
        stop: token ids that end a reply (default: the model's end-of-sequence ids).
        max_rows: rows decoded together.
        rows_bytes: memory for the keys and values of rows decoded together; one row is always taken.
        cache_bytes: memory for shared prefixes.
        head: what is asked of the last hidden state (default: the model's own output, logits of the next token); a
            classifier's head serves `last_outputs`.
    """

    def __init__(self, model: Any, tokenizer: Any = None, *, stop: Sequence[int] | None = None, max_rows: int = 256,
                 rows_bytes: int = 2 << 30, cache_bytes: int = 1 << 30, head: Any = None) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._decoder = model.get_decoder()
        self._head = model.get_output_embeddings() if head is None else head
        self._config = config = model.config.get_text_config()
        ends = model.generation_config.eos_token_id if stop is None else None
        found = stop if stop is not None else ends if isinstance(ends, list) else [ends]
        self._stop = {int(t) for t in found if t is not None}
        if not self._stop:
            raise InvalidModel("The model names no end-of-sequence token; pass stop=[...] with the ids that end a reply.")
        size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
        like = self._head.weight.new_zeros(0)
        column = config.num_hidden_layers * 2 * heads * size * like.element_size()
        self._cache = PrefixCache(config.num_hidden_layers, heads, size, cache_bytes // (column * BLOCK), like)
        self._weights = Weights(self._decoder)
        self._max_rows, self._max_columns = max_rows, rows_bytes // column
        self._ours = like.device.type == "cpu" and config._attn_implementation == "sdpa"
        self.counts = Counts()
        self.promises = Promises(seeded=True, batch_invariant=self._ours and like.dtype in (torch.float32, torch.float64),
                                 adapters=tuple(getattr(model, "peft_config", ())),
                                 window=getattr(config, "max_position_embeddings", None), logprobs=True)

    @classmethod
    def with_adapters(cls, base: str, adapters: Mapping[str, str], tokenizer: Any = None, *, dtype: torch.dtype | None = None,
                      **options: Any) -> TransformersBackend:
        """A base model once in memory, and LoRA adapters on it that requests name; none is merged.

        Args:
            base: name of the base model (`load_model`).
            adapters: the folder of each adapter, by the name that requests will use.
            tokenizer: as of the class.
            dtype: of all weights; None: as `load_model`.
            **options: as of the class.

        Raises:
            InvalidModel: a name is not of a usable model or adapter, or an adapter was trained on another base.
        """
        for name, folder in adapters.items():
            check_base(name, folder, base)
        model = load_model(base)
        for name, folder in adapters.items():
            model = attach(model, folder, trainable=False, name=name)
        return cls(model.to(dtype=dtype), tokenizer, **options)

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """See `Backend.complete`."""
        self.promises.check(requests)
        if self._tokenizer is None and (stops := next((r.sampling.stop for r in requests if r.sampling.stop), ())):
            raise InvalidConfig(f"The stop strings {list(stops)} cannot be found in token ids alone; give TransformersBackend "
                                "the model's tokenizer.")
        self._notice()
        results: list[Completion | None] = [None] * len(requests)
        for chunk in self._chunks([(r.adapter, r.prompt, r.sampling.max_new_tokens) for r in requests]):
            for index, completion in zip(chunk, self._complete([requests[i] for i in chunk]), strict=True):
                results[index] = completion
        return [r for r in results if r is not None]

    @torch.inference_mode()
    def last_outputs(self, prompts: Sequence[Tokens]) -> torch.Tensor:
        """The head's outputs (rows, outputs) at the last token of every prompt; prefixes are shared and remembered."""
        distinct = list(dict.fromkeys(prompts))
        found: dict[Tokens, torch.Tensor] = {}
        self._notice()
        for chunk in self._chunks([(None, p, 0) for p in distinct]):
            part = [distinct[i] for i in chunk]
            with self._speaking(None):
                self._run_shared(part, None)
                for alike in self._lacking_alike(part, None):
                    found.update(zip(alike, self._run(alike, None), strict=True))
        return torch.stack([found[p] for p in prompts])

    def forget(self) -> None:
        """Empties the prefix cache. Needed only after a change of the weights that `Weights` does not notice."""
        self._cache.clear()

    def _notice(self) -> None:
        if self._weights.changed():
            self.forget()

    def _chunks(self, jobs: Sequence[Job]) -> Iterator[list[int]]:
        """Jobs to be run together: of one adapter, of like length, within the bounds on rows and memory."""
        chunk: list[int] = []
        widest = 0
        for index in sorted(range(len(jobs)), key=lambda i: (jobs[i][0] or "", len(jobs[i][1]), jobs[i][1])):
            adapter, prompt, room = jobs[index]
            width = columns(len(prompt) + room)
            if chunk and (adapter != jobs[chunk[0]][0] or len(chunk) >= self._max_rows
                          or (len(chunk) + 1) * max(widest, width) > self._max_columns
                          or (len(chunk) >= _FEW and len(prompt) > 2 * len(jobs[chunk[0]][1]))):
                yield chunk
                chunk, widest = [], 0
            chunk.append(index)
            widest = max(widest, width)
        if chunk:
            yield chunk

    @contextmanager
    def _speaking(self, adapter: str | None) -> Iterator[None]:
        """The model in eval mode with that adapter, or with none, and with our attention where it serves."""
        off: AbstractContextManager[None] = nullcontext()
        if adapter is not None:
            self._model.set_adapter(adapter, inference_mode=True)
        elif self.promises.adapters:
            off = self._model.disable_adapter()
        before = self._config._attn_implementation
        learning = [module for module in self._model.modules() if module.training]
        try:
            for module in learning:
                module.training = False
            with off:
                self._config._attn_implementation = NAME if self._ours else before
                yield
        finally:
            self._config._attn_implementation = before
            for module in learning:
                module.training = True

    @torch.inference_mode()
    def _complete(self, requests: list[Request]) -> list[Completion]:
        adapter = requests[0].adapter
        prompts = list(dict.fromkeys(r.prompt for r in requests))
        where = {prompt: i for i, prompt in enumerate(prompts)}
        with self._speaking(adapter):
            self._run_shared(prompts, adapter)
            rows = self._prefill(prompts, adapter)
            rows.keep([where[r.prompt] for r in requests], self._filled(len(requests)))
            return self._decode(rows, requests)

    def _run_shared(self, prompts: Sequence[Tokens], adapter: str | None) -> None:
        """Runs the beginnings that several prompts share and the cache lacks, once, level by level."""
        tried: set[Tokens] = set()
        while True:
            groups: dict[Tokens, list[Tokens]] = {}
            for prompt in prompts:
                known = BLOCK * len(self._cache.match(prompt, adapter))
                groups.setdefault(prompt[:known + BLOCK], []).append(prompt)
            shared = []
            for begin, group in groups.items():
                low, high = min(group), max(group)
                same = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low)) // BLOCK * BLOCK
                if (len(group) - 1) * (same - len(begin) + BLOCK) >= _WORTH and low[:same] not in tried:
                    shared.append(low[:same])
            if not shared:
                return
            tried.update(shared)
            self._run(shared, adapter)

    def _lacking_alike(self, prompts: Sequence[Tokens], adapter: str | None) -> Iterator[list[Tokens]]:
        """The prompts, parted so that none is filled up to much more than it lacks in the cache.

        Of a conversation's turns most lack a few tokens when what they share is run, and the last one a whole turn.
        """
        lacks = {prompt: len(prompt) - BLOCK * len(self._cache.match(prompt, adapter)) for prompt in prompts}
        part: list[Tokens] = []
        for prompt in sorted(prompts, key=lambda one: lacks[one]):
            if part and lacks[prompt] > 2 * max(_FEW, lacks[part[0]]):
                yield part
                part = []
            part.append(prompt)
        yield part

    def _run(self, prompts: Sequence[Tokens], adapter: str | None) -> torch.Tensor:
        """Prefills and remembers prompts; the head's outputs (rows, outputs) at their ends."""
        rows = self._prefill(prompts, adapter)
        self._remember(dict(enumerate(prompts)), adapter, rows.states)
        return rows.logits[:len(prompts)]

    def _prefill(self, prompts: Sequence[Tokens], adapter: str | None) -> _Rows:
        """States and next-token logits of each prompt."""
        device = self._model.device
        slots = [self._cache.match(p, adapter) for p in prompts]
        known = [len(s) * BLOCK for s in slots]
        lengths = [len(p) for p in prompts]
        count = self._filled(max(len(p) - k for p, k in zip(prompts, known, strict=True)))
        rest = torch.tensor([[*p[k:], *[0] * (count - len(p) + k)] for p, k in zip(prompts, known, strict=True)], device=device)
        width = columns(max(lengths))
        states = self._cache.read(slots, width + 1)  # what fills a row up is written into the last column
        start, length = torch.tensor(known, device=device), torch.tensor(lengths, device=device)
        positions = start[:, None] + torch.arange(count, device=device)
        real = positions < length[:, None]
        hidden = self._forward(rest, positions.where(real, 0), positions.where(real, width), states, lengths)
        last = hidden[torch.arange(len(prompts), device=device), length - start - 1]
        self.counts.reused += sum(known)
        self.counts.prefilled += sum(lengths) - sum(known)
        return _Rows(states[..., :width, :], length, self._logits(last))

    def _forward(self, tokens: torch.Tensor, positions: torch.Tensor, at: torch.Tensor, states: torch.Tensor,
                 lengths: Sequence[int]) -> torch.Tensor:
        """Hidden states (rows, n, size) of new tokens (rows, n), which see the columns up to their positions.

        Their keys and values are written into `states` at columns `at`; then each row uses as many columns as `lengths` says.
        """
        width = columns(max(lengths))
        mask = torch.arange(width, device=at.device) <= positions[:, None, :, None]
        more = {"parts": spans(lengths)} if self._ours else {}
        found: torch.Tensor = self._decoder(input_ids=tokens, attention_mask=mask, position_ids=positions, use_cache=True,
                                            past_key_values=memory(states, at, width), **more).last_hidden_state
        return found

    def _filled(self, rows: int) -> int:
        return filled(rows) if self._ours else rows

    def _logits(self, hidden: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self._head(pad(hidden, (0, 0, 0, self._filled(len(hidden)) - len(hidden)))).float()
        return found

    def _decode(self, rows: _Rows, requests: list[Request]) -> list[Completion]:
        """The reply of every request, whose rows come first."""
        replies: list[Completion | None] = [None] * len(requests)
        run: list[list[int]] = [[] for _ in requests]     # the tokens of each reply that went through the model
        scores: list[list[float]] = [[] for _ in requests]
        active = list(range(len(requests)))               # request of each row still decoding
        while True:
            asking = [requests[i] for i in active]
            drawn = sample(rows.logits[:len(active)], asking, [len(run[i]) for i in active])
            scored = logprobs(rows.logits[:len(active)], asking, drawn) if any(r.logprobs for r in asking) else None
            going = []
            for row, (index, token) in enumerate(zip(active, drawn, strict=True)):
                if replies[index] is None:
                    if scored is not None and requests[index].logprobs:
                        scores[index].append(scored[row])
                    replies[index] = self._ending(requests[index], (*run[index], token), scores[index])
                    if replies[index] is None:
                        run[index].append(token)
                        going.append(row)
            if len(going) < _THIN * len(active):
                kept = set(going)
                ended = {row: (*requests[i].prompt, *run[i]) for row, i in enumerate(active) if row not in kept}
                self._remember(ended, requests[0].adapter, rows.states)
                if not going:
                    return [r for r in replies if r is not None]
                rows.keep(going, self._filled(len(going)))
                active, drawn, going = [active[r] for r in going], [drawn[r] for r in going], list(range(len(going)))
            self._step(rows, drawn, going, [len(requests[i].prompt) + len(run[i]) + 1 for i in active])
            self.counts.decoded += len(going)

    def _step(self, rows: _Rows, drawn: list[int], going: list[int], lengths: list[int]) -> None:
        """Runs one token per row, within so many columns each; rows that have ended write one beyond their end."""
        spare = len(rows.length) - len(drawn)
        tokens = torch.tensor([*drawn, *[0] * spare], device=rows.length.device)[:, None]
        rows.widen(columns(max(lengths)))
        at = rows.length[:, None]
        hidden = self._forward(tokens, at, at, rows.states, [*lengths, *lengths[-1:] * spare])
        moved = torch.zeros_like(rows.length)
        moved[going] = 1
        rows.logits, rows.length = self._logits(hidden[:, -1]), rows.length + moved

    def _ending(self, request: Request, said: Tokens, scores: Sequence[float]) -> Completion | None:
        """The reply, if its last token ended it."""
        if said[-1] in self._stop:
            return Completion(said[:-1], finished=True, logprobs=tuple(scores), end=said[-1] if request.logprobs else None)
        if request.sampling.stop and (found := cut(self._tokenizer, said, request.sampling.stop)):
            return replace(found, logprobs=tuple(scores[:len(found.tokens)]))
        full = len(said) == request.sampling.max_new_tokens
        return Completion(said, finished=False, logprobs=tuple(scores)) if full else None

    def _remember(self, sequences: Mapping[int, Tokens], adapter: str | None, states: torch.Tensor) -> None:
        """Puts the whole blocks of every row's tokens into the prefix cache."""
        found = [(slot, row, start) for row, sequence in sequences.items()
                 for start, slot in self._cache.missing(sequence, adapter)]
        for part in range(0, len(found), 4096):
            slots, which, begin = zip(*found[part:part + 4096], strict=True)
            where = torch.tensor(begin, device=states.device)[:, None] + torch.arange(BLOCK, device=states.device)
            blocks = states.permute(2, 4, 0, 1, 3, 5)[torch.tensor(which, device=states.device)[:, None], where]
            self._cache.write(slots, blocks.permute(0, 2, 3, 4, 1, 5))  # from (n, BLOCK, layers, 2, heads, size)
