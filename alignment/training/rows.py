"""Rows that fit a model's window, split by conversation: nothing is truncated or dropped unsaid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from ...agents.prompting import control_tokens, defuse, render, thought_of
from ...envs.chat import Message
from ...envs.errors import ContextTooLong, InvalidConfig
from ..preferences.pair import SIDES, PreferencePair, held_out_groups, people
from .packing import Row, TokenPair
from .settings import TrainSettings


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that fit, split for training and validation: indices into what was given, and tokens per row."""

    train: tuple[int, ...]
    held_out: tuple[int, ...]
    skipped: int
    lengths: Mapping[int, int]

    @property
    def tokens(self) -> int:
        """Tokens of one pass over the training rows."""
        return sum(self.lengths[i] for i in self.train)


def window(model: Any, tokenizer: Any, settings: TrainSettings) -> int:
    """The most tokens a row may have: the setting, or the model's window where that is less."""
    limits = [getattr(model.config.get_text_config(), "max_position_embeddings", None), settings.max_length]
    known = [int(limit) for limit in limits if limit]
    return min(known) if known else int(tokenizer.model_max_length)


def fit_rows(
    tokenizer: Any,
    texts: Sequence[Sequence[str]],
    groups: Sequence[str],
    limit: int,
    settings: TrainSettings,
) -> Rows:
    """Measures the rows against the limit and splits those that fit by group.

    Args:
        tokenizer: of the model.
        texts: what each row makes the model read, as rendered chats; the longest counts.
        groups: the conversation of each row; one conversation never lies on both sides of the split.
        limit: most tokens a row may have.
        settings: `skip_long`, `held_out` and `seed` are used.

    Raises:
        ContextTooLong: a row is longer and `skip_long` is off.
        InvalidConfig: nothing is left to train on.
    """
    flat = [text for row in texts for text in row]
    encoded = tokenizer(flat, add_special_tokens=False)["input_ids"] if flat else []
    counts = iter([len(ids) for ids in encoded])
    lengths = {index: max(next(counts) for _ in row) for index, row in enumerate(texts)}
    long = [index for index, length in lengths.items() if length > limit]
    if long and not settings.skip_long:
        raise ContextTooLong(
            f"Row {long[0]} ({groups[long[0]]}) has {lengths[long[0]]} tokens, but {limit} fit "
            f"({len(long)} of {len(texts)} rows are too long); raise max_length up to the model's window, "
            "shorten the dialogues, or set skip_long=True to leave such rows out."
        )
    kept = {index: length for index, length in lengths.items() if length <= limit}
    held = held_out_groups([groups[index] for index in kept], settings.held_out, settings.seed)
    train = tuple(index for index in kept if groups[index] not in held)
    if not train:
        raise InvalidConfig(f"Of {len(texts)} rows none is left to train on; give more or shorter rows.")
    return Rows(train, tuple(i for i in kept if groups[i] in held), len(long), kept)


def fit_pairs(
    tokenizer: Any, pairs: Sequence[PreferencePair], limit: int, settings: TrainSettings
) -> tuple[Rows, list[list[dict[str, Any]]]]:
    """`fit_rows` for pairs, and the training and held-out rows in TRL's format, defused, with their length."""
    control = control_tokens(tokenizer)
    texts = [[render(tokenizer, p.chat(side), control, reply=False) for side in SIDES] for p in pairs]
    rows = fit_rows(tokenizer, texts, people(pairs), limit, settings)
    return rows, [
        [{**{side: defused(pairs[i].to_row()[side], control) for side in ("prompt", *SIDES)}, "length": rows.lengths[i]}
         for i in part]
        for part in (rows.train, rows.held_out)
    ]  # fmt: skip


def tokenised(tokenizer: Any, pairs: Sequence[PreferencePair], *, thoughts: bool = False) -> list[TokenPair]:
    """Pairs in tokens, defused: each side's whole chat, whose reply begins where it leaves the prompt of the next reply.

    With `thoughts` only the thought at the head of each reply is judged. Raises InvalidConfig where one has none.
    """
    control = control_tokens(tokenizer)
    texts = [render(tokenizer, pair.prompt, control) for pair in pairs]
    texts += [render(tokenizer, pair.chat(side), control, reply=False) for side in SIDES for pair in pairs]
    ids = [tuple(row) for row in tokenizer(texts, add_special_tokens=False)["input_ids"]] if texts else []
    prompts, chosen, rejected = (ids[i * len(pairs) : (i + 1) * len(pairs)] for i in range(3))
    found = [[_row(prompt, side) for prompt, side in zip(prompts, sides, strict=True)] for sides in (chosen, rejected)]
    if thoughts:
        ends = [_after_thought(text, getattr(pair, side).text)
                for (side, pair), text in zip(product(SIDES, pairs), texts[len(pairs):], strict=True)]
        spans = tokenizer(texts[len(pairs):], add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        stops = iter([sum(stop <= end for _, stop in span) for span, end in zip(spans, ends, strict=True)])
        found = [[replace(row, judged=next(stops) - row.start) for row in rows] for rows in found]
    return list(zip(*found, strict=True))


def unlike_thoughts(pairs: Sequence[PreferencePair]) -> list[PreferencePair]:
    """The pairs whose replies begin with different thoughts, for DPO. Raises InvalidConfig where one has none."""
    return [pair for pair in pairs if thought(pair.chosen.text, "dpo") != thought(pair.rejected.text, "dpo")]


def thoughts_alone(pairs: Sequence[PreferencePair]) -> list[PreferencePair]:
    """Such pairs without words, each reply its thought, for the reward model. Raises InvalidConfig where one has none."""
    short = [replace(pair, **{side: replace(getattr(pair, side), text=thought(getattr(pair, side).text, "reward"))
                              for side in SIDES}) for pair in pairs]
    return [pair for pair in short if pair.chosen.text != pair.rejected.text]


def thought(reply: str, stage: str) -> str:
    """The thought at the head of a reply. Raises InvalidConfig where there is none, which names the stage that wants it."""
    if found := thought_of(reply):
        return found
    raise InvalidConfig(f"A reply begins with no thought, so thoughts alone cannot be learned: {reply[:60]!r}; make the pairs "
                        f"in layout 'strategy', or set {stage}.thoughts to false.")


def _after_thought(chat: str, reply: str) -> int:
    """Where the thought of a rendered chat's last reply ends."""
    found = thought(reply, "dpo")
    return chat.rindex(found) + len(found)


def _row(prompt: Sequence[int], whole: tuple[int, ...]) -> Row:
    same = (i for i, (a, b) in enumerate(zip(prompt, whole, strict=False)) if a != b)
    return Row(whole, max(1, next(same, min(len(prompt), len(whole) - 1))))


def defused(chat: Sequence[Message], control: Sequence[str]) -> list[Message]:
    """The chat with every control token in its contents broken, so that no text can forge a turn."""
    return [{"role": m["role"], "content": defuse(m["content"], control)} for m in chat]
