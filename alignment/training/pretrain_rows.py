"""Chats as what a base model learns from: tokens, what each weighs, and batches of them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import torch

from ...agents.prompting import defuse, render, thought_of
from ...envs.chat import Message
from ...envs.keys import mix

THOUGHT, SAID, STATE = 1.0, 1.0, 0.1
"""What a token of a turn weighs where a base goes on: of the thought, which many words drown; of the words on average over acts
(`_rarity`); of a private state, most of a supporter's tokens and the least of what they are judged by, and of a chat without
thoughts."""
RAREST, COMMONEST = 4.0, 0.5
"""How many times the weight of the others the words of a rare act have at most, and those of a common one at least."""


class Row(NamedTuple):
    """A chat to learn from.

    Attributes:
        ids: its tokens.
        skip: how many of them, from the first on, are not learned.
        weights: of each token where a base goes on.
    """

    ids: list[int]
    skip: int
    weights: list[float]


def encode(tokenizer: Any, chats: Iterable[list[Message]], control: Sequence[str]) -> list[Row]:
    """Token ids of every chat, the length of its system prompt, which is not learned, and what its tokens weigh."""
    chats = list(chats)
    turns = [[defuse(m["content"], control) for m in chat if m["role"] == "assistant"] for chat in chats]
    rarity = _rarity(thought_of(content) for own in turns for content in own)
    rows = []
    for chat, own in zip(chats, turns, strict=True):
        text = render(tokenizer, chat, control, reply=False)
        found = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        ids, begins = found["input_ids"], [begin for begin, _ in found["offset_mapping"]]
        skip = ids.index(tokenizer.eos_token_id) + 1
        weights, at = [STATE] * len(ids), begins[skip - 1]
        for content in filter(thought_of, own):
            at = text.index(content, at)
            for weight, begin, end in _parts(content, rarity):
                here = slice(bisect_left(begins, at + begin), bisect_left(begins, at + end))
                weights[here] = [weight] * len(weights[here])
            at += len(content)
        rows.append(Row(ids, skip, weights))
    return rows


def _acts(thought: str) -> tuple[str, ...]:
    """The acts that a thought names, without the moment before them and the words that are taken up."""
    return tuple(name for name in thought.strip("[] ").rpartition("> ")[2].split(", ") if not name.startswith("#"))


def _rarity(thoughts: Iterable[str]) -> dict[str, float]:
    """By act, what its words weigh: the mean count of an act by its own, within bounds."""
    counts = Counter(act for thought in filter(None, thoughts) for act in _acts(thought))
    mean = counts.total() / max(1, len(counts))
    return {act: min(RAREST, max(COMMONEST, mean / count)) for act, count in counts.items()}


def _parts(content: str, rarity: Mapping[str, float]) -> list[tuple[float, int, int]]:
    """Weight, beginning and end of a turn's thought, of its words, where its acts stand once more before them, and its end."""
    thought = thought_of(content)
    begin = content.index(thought) + len(thought)
    words = max(begin, content.rfind(f"[{thought.strip('[]').rpartition('> ')[2]}]"))
    said = SAID * max((rarity[act] for act in _acts(thought)), default=1.0)  # brackets of a corpus need not name an act
    return [(THOUGHT, content.index(thought), begin), (said, words, len(content) + 1)]


def batches(rows: list[Row], size: int, seed: int) -> list[list[Row]]:
    """Rows of like length together, about `size` tokens a batch, in a seeded order."""
    order = sorted(range(len(rows)), key=lambda i: (len(rows[i].ids) // 24, mix(seed, i)))
    found: list[list[Row]] = [[]]
    for i in order:
        longest = max([len(rows[i].ids), *(len(r.ids) for r in found[-1][:1])])
        if found[-1] and longest * (len(found[-1]) + 1) > size:
            found.append([])
        found[-1].append(rows[i])
    return [found[i] for i in sorted(range(len(found)), key=lambda i: mix(seed, 1, i))]


def tensors(batch: list[Row], pad: int, own: tuple[int, int] | None = None) -> tuple[torch.Tensor, ...]:
    """Tokens, labels and what each label weighs, right-padded; `own` begin and end what is learned, if not all is."""
    width = max(len(row.ids) for row in batch)
    tokens = torch.full((len(batch), width), pad)
    labels = torch.full((len(batch), width), -100)
    weights = torch.ones((len(batch), width))
    for row, (ids, skip, weigh) in enumerate(batch):
        if own is not None:
            weights[row, :len(ids)] = torch.tensor(weigh)
        tokens[row, :len(ids)] = torch.tensor(ids)
        labels[row, skip:len(ids)] = tokens[row, skip:len(ids)]
    if own is not None:
        places = torch.arange(width).expand_as(tokens)
        begun, ended = (places.where(tokens == mark, -1).cummax(1).values for mark in own)
        spoken = (begun > -1) & (begun < places) & (begun > ended.roll(1, 1))  # begun, and not ended before this token
        labels = labels.where(spoken, -100)
    return tokens, labels, weights
