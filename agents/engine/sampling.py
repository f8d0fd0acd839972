"""How the engine draws tokens and ends replies: one row at a time in effect, whatever the batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from ...envs.keys import uniform
from ..backend import Completion, Request

_NUCLEUS = 64  # tokens ordered at first; a nucleus is rarely wider


def sample(logits: torch.Tensor, requests: Sequence[Request], positions: Sequence[int]) -> list[int]:
    """One token per row (rows, vocab) by inverse transform: row r uses the number hashed from (its seed, position).

    A token depends on its own row's logits, seed and position and on nothing else in the batch.
    """
    draws = torch.tensor([uniform(r.seed, p) for r, p in zip(requests, positions, strict=True)], dtype=torch.float64,
                         device=logits.device)
    heats = [r.sampling.temperature for r in requests]
    heat = torch.tensor(heats, device=logits.device)
    probs = (logits / heat.clamp(min=1e-6)[:, None]).softmax(-1)
    tops = torch.tensor([r.sampling.top_p for r in requests], device=logits.device)
    if bool((tops < 1).any()):
        found: list[int] = _nucleus(probs, tops, draws, _NUCLEUS).tolist()
    else:
        found = _drawn(probs, draws)[:, 0].tolist()
    if 0 in heats:
        best = logits.argmax(-1).tolist()
        found = [b if h == 0 else c for b, c, h in zip(best, found, heats, strict=True)]
    return found


def logprobs(logits: torch.Tensor, requests: Sequence[Request], tokens: Sequence[int]) -> list[float]:
    """The log-probability of each row's token (rows, vocab) at its request's temperature; at temperature 0 as at 1."""
    heat = torch.tensor([r.sampling.temperature or 1.0 for r in requests], device=logits.device)
    chosen = torch.tensor(tokens, device=logits.device)[:, None]
    found: list[float] = (logits / heat[:, None]).log_softmax(-1).gather(-1, chosen)[:, 0].tolist()
    return found


def _nucleus(probs: torch.Tensor, tops: torch.Tensor, draws: torch.Tensor, count: int) -> torch.Tensor:
    """One token per row (rows,), of the most likely ones whose sum reaches `tops`; so many are looked at to begin with."""
    count = min(count, probs.shape[-1])
    ordered, places = probs.topk(count, dim=-1)
    wide = ordered.sum(-1) < tops
    ordered = ordered.masked_fill(ordered.cumsum(-1) - ordered >= tops[:, None], 0.0)
    places, back = places.sort(dim=-1)  # the tokens' own order, in which the number is looked up
    found = places.gather(-1, _drawn(ordered.gather(-1, back), draws))[:, 0]
    if count < probs.shape[-1] and bool(wide.any()):
        found[wide] = _nucleus(probs[wide], tops[wide], draws[wide], 8 * count)
    return found


def _drawn(probs: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
    """The column (rows, 1) in which each row's number falls, as a share of the row's sum."""
    total = probs.double().cumsum(-1)
    return torch.searchsorted(total, (draws * total[:, -1])[:, None], right=True).clamp(max=total.shape[-1] - 1)


def cut(tokenizer: Any, tokens: Sequence[int], stops: Sequence[str]) -> Completion | None:
    """The reply without the first stop string in it and what follows; None while it holds none.

    Where the cut lies inside a token, the tokens before it are kept and the text says what was cut.
    """
    reach = 8 + max(len(stop.encode()) for stop in stops)  # a token is at least a byte, so a stop that just ended is in there
    tail = tokenizer.decode(tokens[-reach:], skip_special_tokens=True)
    if not any(stop in tail for stop in stops):
        return None
    text = tokenizer.decode(tokens, skip_special_tokens=True)
    ends = [text.index(stop) for stop in stops if stop in text]
    if not ends:
        return None
    text = text[:min(ends)]
    for kept in range(len(tokens), -1, -1):
        said = tokenizer.decode(tokens[:kept], skip_special_tokens=True)
        if text.startswith(said):
            return Completion(tuple(tokens[:kept]), finished=True, text=None if said == text else text)
    return None
