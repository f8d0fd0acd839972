"""Preference pairs: the rows of D_p and D_t (paper §3.3), on disk in TRL's conversational format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import datasets
from datasets import Dataset, Features, List, Value, load_from_disk

from ..agents.prompting import Message
from ..envs.errors import InvalidConfig

_CHAT = List({"role": Value("string"), "content": Value("string")})
_COLUMNS = Features({
    "prompt": _CHAT, "chosen": _CHAT, "rejected": _CHAT,
    "chosen_value": Value("float64"), "rejected_value": Value("float64"),
    "chosen_count": Value("int64"), "rejected_count": Value("int64"),
    "depth": Value("int64"), "conversation": Value("string"), "origin": Value("string"),
    "chosen_acts": List(Value("string")), "rejected_acts": List(Value("string")),
    "situation": Value("string"),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class PreferencePair:
    """Two replies to the same context, one of which leads to more engagement (paper §3.3).

    Attributes:
        context: (role, content) of every message before the reply, as the policy reads them.
        chosen: the better reply, as the policy writes it: its private state too, where the scenario has states.
        rejected: the worse reply, likewise.
        chosen_value: engagement in [0, 1] below the chosen reply in a search, or its reward-model score.
        rejected_value: the same of the rejected reply.
        chosen_count: completed trajectories the value rests on (0 for a score).
        rejected_count: the same of the rejected reply.
        depth: turns the policy had taken before the reply.
        conversation: whose context it is; pairs of one conversation are never split by validation.
        origin: "search" for D_p, "replay" for D_t.
        chosen_acts: dialogue acts recognised in the chosen reply.
        rejected_acts: those in the rejected reply.
        situation: what the scenario calls the moment the reply answers to.
    """

    context: tuple[tuple[str, str], ...]
    chosen: str
    rejected: str
    chosen_value: float
    rejected_value: float
    chosen_count: int
    rejected_count: int
    depth: int
    conversation: str
    origin: Literal["search", "replay"]
    chosen_acts: tuple[str, ...]
    rejected_acts: tuple[str, ...]
    situation: str = ""

    @property
    def prompt(self) -> list[Message]:
        """The context as chat messages."""
        return [{"role": role, "content": content} for role, content in self.context]

    def chat(self, reply: str) -> list[Message]:
        """The context and a reply to it as one chat."""
        return [*self.prompt, {"role": "assistant", "content": reply}]

    def to_row(self) -> dict[str, Any]:
        """The pair in TRL's conversational format, with the other columns beside."""
        row = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "context"}
        for side in ("chosen", "rejected"):
            row[side] = [{"role": "assistant", "content": getattr(self, side)}]
            row[f"{side}_acts"] = list(row[f"{side}_acts"])
        return {"prompt": self.prompt, **row}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> PreferencePair:
        """The inverse of `to_row`. Raises InvalidConfig on a row of another shape."""
        try:
            known = {field.name: row[field.name] for field in fields(cls) if field.name != "context"}
            for side in ("chosen", "rejected"):
                (message,) = known[side]
                if message["role"] != "assistant":
                    raise ValueError(f"the {side} side is said by {message['role']!r}")
                known[side] = message["content"]
                known[f"{side}_acts"] = tuple(known[f"{side}_acts"])
            return cls(context=tuple((m["role"], m["content"]) for m in row["prompt"]), **known)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidConfig(
                f"A row is no preference pair ({type(error).__name__}: {error}); wanted the columns "
                f"{', '.join(_COLUMNS)}, with one assistant message each in chosen and rejected."
            ) from error


@contextmanager
def no_bars() -> Iterator[None]:
    """No progress bars of `datasets` inside."""
    if datasets.are_progress_bars_disabled():
        yield
        return
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        datasets.enable_progress_bars()


def save_pairs(pairs: Sequence[PreferencePair], folder: Path) -> None:
    """Writes the pairs as a `datasets` dataset on disk; equal pairs give equal bytes.

    Raises InvalidConfig when there are none: such a dataset could not be read again.
    """
    if not pairs:
        raise InvalidConfig("There are no preference pairs to save; search more conversations.")
    rows = [pair.to_row() for pair in pairs]
    with no_bars():
        columns = {name: [row[name] for row in rows] for name in _COLUMNS}
        Dataset.from_dict(columns, features=_COLUMNS).save_to_disk(folder)


def load_pairs(folder: Path) -> list[PreferencePair]:
    """Reads what `save_pairs` wrote. Raises InvalidConfig when the folder holds no preference pairs."""
    try:
        rows = load_from_disk(str(folder))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InvalidConfig(
            f"{str(folder)!r} holds no dataset of preference pairs ({error}); name a folder that save_pairs "
            "or `dialogym run` wrote."
        ) from error
    return [PreferencePair.from_row(row) for row in rows]
