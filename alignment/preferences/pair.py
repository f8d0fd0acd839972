"""Preference pairs: the rows of D_p and D_t (paper §3.3), on disk in TRL's conversational format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ...envs.bars import no_bars
from ...envs.chat import Message
from ...envs.errors import InvalidConfig
from ...envs.keys import mix, text_key
from ...envs.storage import drafted

if TYPE_CHECKING:
    import datasets

Side = Literal["chosen", "rejected"]
SIDES: tuple[Side, Side] = ("chosen", "rejected")
UNREADABLE = "(unreadable)"
"""The act that is counted for a reply in which none is heard."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of a pair's replies, and what justifies its place.

    Attributes:
        text: the reply as the policy writes it: its private state too, where the scenario has states.
        value: engagement in [0, 1] below the reply in a search (`PairSettings.value`), or its reward-model score.
        acts: dialogue acts recognised in it.
        count: completed trajectories below it (0 for a score).
        error: standard error of the mean over them; None when it is not known.
        visits: N of eq. 2.
        reward: Q of eq. 2.
        continuation: (seat, text) of what followed in the search, along the child with the most completed trajectories.
    """

    text: str
    value: float
    acts: tuple[str, ...] = ()
    count: int = 0
    error: float | None = None
    visits: int = 0
    reward: float = 0.0
    continuation: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PreferencePair:
    """Two replies to the same context, one of which leads to more engagement (paper §3.3).

    Attributes:
        context: (role, content) of every message before the reply, as the policy reads them.
        chosen: the better reply.
        rejected: the worse reply.
        depth: turns the policy had taken before the reply.
        conversation: whose context it is.
        condition: a hash of the user's condition; pairs of one condition are never split by validation.
        origin: "search" for D_p, "replay" for D_t.
        situation: what the scenario calls the moment the reply answers to.
    """

    context: tuple[tuple[str, str], ...]
    chosen: Candidate
    rejected: Candidate
    depth: int
    conversation: str
    condition: str
    origin: Literal["search", "replay"]
    situation: str = ""

    @property
    def prompt(self) -> list[Message]:
        """The context as chat messages."""
        return [{"role": role, "content": content} for role, content in self.context]

    @property
    def gap(self) -> float:
        """How much better the chosen reply is."""
        return self.chosen.value - self.rejected.value

    def chat(self, side: Side) -> list[Message]:
        """The context and a reply to it as one chat."""
        return [*self.prompt, {"role": "assistant", "content": getattr(self, side).text}]

    def to_row(self) -> dict[str, Any]:
        """The pair in TRL's conversational format, with the other columns beside."""
        row: dict[str, Any] = {"prompt": self.prompt}
        for side in SIDES:
            found = asdict(getattr(self, side))
            row[side] = [{"role": "assistant", "content": found.pop("text")}]
            row |= {f"{side}_{name}": value for name, value in found.items()}
            row[f"{side}_acts"] = list(found["acts"])
            row[f"{side}_continuation"] = [{"seat": seat, "text": text} for seat, text in found["continuation"]]
        return row | {name: getattr(self, name) for name in _OF_PAIR}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> PreferencePair:
        """The inverse of `to_row`. Raises InvalidConfig on a row of another shape."""
        try:
            chosen, rejected = (_candidate(row, side) for side in SIDES)
            return cls(tuple((m["role"], m["content"]) for m in row["prompt"]), chosen, rejected,
                       **{name: row[name] for name in _OF_PAIR})
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidConfig(
                f"A row is not a preference pair ({type(error).__name__}: {error}); wanted prompt, chosen and rejected with "
                "one assistant message each, and the columns that save_pairs writes beside them."
            ) from error


def _candidate(row: Mapping[str, Any], side: Side) -> Candidate:
    """One side of `PreferencePair.from_row`."""
    (message,) = row[side]
    if message["role"] != "assistant":
        raise ValueError(f"the {side} side is said by {message['role']!r}")
    known = {name: row[f"{side}_{name}"] for name in _OF_CANDIDATE}
    known["acts"] = tuple(known["acts"])
    known["continuation"] = tuple((u["seat"], u["text"]) for u in known["continuation"])
    return Candidate(message["content"], **known)


_OF_CANDIDATE = tuple(field.name for field in fields(Candidate) if field.name != "text")
_OF_PAIR = ("depth", "conversation", "condition", "origin", "situation")


def _columns() -> datasets.Features:
    """The columns of `PreferencePair.to_row` and their types."""
    from datasets import Features, List, Value  # noqa: PLC0415 - an extra that pairs alone do not need

    chat = List({"role": Value("string"), "content": Value("string")})
    types: dict[str, Any] = {"value": Value("float64"), "acts": List(Value("string")), "count": Value("int64"),
                             "error": Value("float64"), "visits": Value("int64"), "reward": Value("float64"),
                             "continuation": List({"seat": Value("string"), "text": Value("string")})}
    return Features({
        "prompt": chat, **dict.fromkeys(SIDES, chat),
        **{f"{side}_{name}": types[name] for side in SIDES for name in _OF_CANDIDATE},
        "depth": Value("int64"), **dict.fromkeys(_OF_PAIR[1:], Value("string")),
    })


def save_pairs(pairs: Sequence[PreferencePair], folder: Path) -> None:
    """Writes the pairs as a `datasets` dataset on disk; equal pairs give equal bytes.

    The folder is whole or not there. Raises InvalidConfig when there are no pairs: such a dataset could not be read again.
    """
    if not pairs:
        raise InvalidConfig("There are no preference pairs to save; search more conversations.")
    from datasets import Dataset  # noqa: PLC0415 - as above

    rows = [pair.to_row() for pair in pairs]
    features = _columns()
    with no_bars("datasets"):
        columns = {name: [row[name] for row in rows] for name in features}
        with drafted(folder) as draft:
            Dataset.from_dict(columns, features=features).save_to_disk(draft)


def load_pairs(folder: Path) -> list[PreferencePair]:
    """Reads what `save_pairs` wrote. Raises InvalidConfig when the folder holds no preference pairs."""
    from datasets import load_from_disk  # noqa: PLC0415 - as above

    try:
        rows = load_from_disk(str(folder))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InvalidConfig(
            f"{str(folder)!r} holds no dataset of preference pairs ({error}); name a folder that save_pairs "
            "or `dialogym run` wrote."
        ) from error
    return [PreferencePair.from_row(row) for row in rows]


def held_out_groups(groups: Sequence[str], share: float, seed: int) -> set[str]:
    """The conversations kept for validation: about `share` of them, at least one of two or more if share > 0."""
    names = sorted(set(groups), key=lambda name: (mix(text_key(name), seed), name))
    if share <= 0 or len(names) < 2:
        return set()
    return set(names[: min(max(1, round(share * len(names))), len(names) - 1)])


def people(pairs: Sequence[PreferencePair]) -> list[str]:
    """Whose each pair is: the first conversation with a user of the same condition."""
    first: dict[str, str] = {}
    return [first.setdefault(pair.condition, pair.conversation) for pair in pairs]
