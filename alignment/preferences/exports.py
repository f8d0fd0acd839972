"""Preference pairs in the formats that trainers read: TRL, LLaMA-Factory (ranking) and KTO.

Every format keeps the columns of `PreferencePair.to_row` that it has no word for beside its own, so that each row can be read
back. The held-out file holds whole users: no condition is on both sides.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...envs.chat import Message
from ...envs.claims import claimed
from ...envs.errors import InvalidConfig
from ...envs.storage import parsed, write_json, write_whole
from .pair import SIDES, PreferencePair, held_out_groups, people

COMMAND = "dialogym pairs"
Row = dict[str, Any]
_GPT = {"user": "human", "assistant": "gpt"}
_ROLES = {name: role for role, name in _GPT.items()}


@dataclass(frozen=True, slots=True)
class Format:
    """How pairs are written for a trainer.

    Attributes:
        write: the rows of a pair.
        read: the pairs of all rows.
        suffix: of the files: ".jsonl" has a row per line, ".json" a list of them.
    """

    write: Callable[[PreferencePair], list[Row]]
    read: Callable[[Sequence[Row]], list[PreferencePair]]
    suffix: str


def _to_ranking(pair: PreferencePair) -> list[Row]:
    row = pair.to_row()
    system = [m["content"] for m in pair.prompt if m["role"] == "system"]
    talk = [_sharegpt(m) for m in row.pop("prompt") if m["role"] != "system"]
    sides = {str(side): _sharegpt(row.pop(side)[0]) for side in SIDES}
    return [{"system": "\n".join(system), "conversations": talk, **sides, **row}]


def _from_ranking(rows: Sequence[Row]) -> list[PreferencePair]:
    found = []
    for row in rows:
        system = [{"role": "system", "content": row["system"]}] if row["system"] else []
        sides = {str(side): [_message(row[side])] for side in SIDES}
        found.append(PreferencePair.from_row({**row, "prompt": [*system, *map(_message, row["conversations"])], **sides}))
    return found


def _sharegpt(message: Message) -> dict[str, str]:
    return {"from": _GPT[message["role"]], "value": message["content"]}


def _message(turn: Mapping[str, str]) -> Message:
    return {"role": _ROLES[turn["from"]], "content": turn["value"]}


def _to_kto(pair: PreferencePair) -> list[Row]:
    row = pair.to_row()
    prompt, sides = row.pop("prompt"), {side: row.pop(side) for side in SIDES}
    return [{"prompt": prompt, "completion": sides[side], "label": side == "chosen", **row} for side in SIDES]


def _from_kto(rows: Sequence[Row]) -> list[PreferencePair]:
    if [row["label"] for row in rows] != [True, False] * (len(rows) // 2):
        raise InvalidConfig("KTO rows come in twos, the chosen reply first; these are in another order.")
    return [PreferencePair.from_row({**good, "chosen": good["completion"], "rejected": bad["completion"]})
            for good, bad in zip(rows[::2], rows[1::2], strict=True)]


FORMATS: dict[str, Format] = {
    "trl": Format(lambda pair: [pair.to_row()], lambda rows: [PreferencePair.from_row(row) for row in rows], ".jsonl"),
    "llamafactory": Format(_to_ranking, _from_ranking, ".json"),
    "kto": Format(_to_kto, _from_kto, ".jsonl"),
}
"""By name. TRL: conversational `prompt`, `chosen`, `rejected` (DPOTrainer, RewardTrainer). LLaMA-Factory: sharegpt with
`"ranking": true`, and the `dataset_info.json` it asks for. KTO: TRL's `prompt`, `completion`, `label`, two rows a pair."""


def export(pairs: Sequence[PreferencePair], folder: Path, format: str = "trl", held_out: float = 0.1,
           seed: int = 0, made: Mapping[str, Any] | None = None) -> dict[str, int]:
    """Writes the pairs into `folder`, as `train` and, if any are held out, `test`; returns the number of pairs in each.

    Args:
        pairs: at least one.
        folder: new, or of an earlier export with the same settings, whose files are replaced.
        format: a name of `FORMATS`.
        held_out: share of the users in `test`, in [0, 1).
        seed: decides which.
        made: what else decided the pairs, a JSON object for the folder's mark.

    Raises:
        InvalidConfig: an unknown format, a share outside [0, 1), or no pairs.
        RunExists: the folder holds something else, or an export with other settings.
    """
    if format not in FORMATS:
        raise InvalidConfig(f"A format of pairs is one of {sorted(FORMATS)}, got {format!r}.")
    if not 0 <= held_out < 1:
        raise InvalidConfig(f"The share of users held out is at least 0 and less than 1, got {held_out}.")
    if not pairs:
        raise InvalidConfig("There are no preference pairs to export; search more conversations, or lower the minimum gap.")
    settings = {**(made or {}), "format": format, "held_out": held_out, "seed": seed}
    with claimed(folder, COMMAND, settings):
        return _written(pairs, folder, format, held_out_groups(people(pairs), held_out, seed))


def _written(pairs: Sequence[PreferencePair], folder: Path, format: str, held: Set[str]) -> dict[str, int]:
    """Writes the files; the pairs of the users `held` go into `test`."""
    chosen = FORMATS[format]
    whose = people(pairs)
    counts = {}
    for name, wanted in (("train", False), ("test", True)):
        part = [pair for pair, who in zip(pairs, whose, strict=True) if (who in held) is wanted]
        path = folder / f"{name}{chosen.suffix}"
        if part:
            rows = [row for pair in part for row in chosen.write(pair)]
            write_whole(path, _text(rows, chosen.suffix))
            counts[name] = len(part)
        else:
            path.unlink(missing_ok=True)
    if format == "llamafactory":
        write_json(folder / "dataset_info.json", {f"dialogym_{name}": _info(f"{name}.json") for name in counts})
    return counts


def read_export(path: Path, format: str) -> list[PreferencePair]:
    """The pairs of a file that `export` wrote. Raises InvalidConfig."""
    if format not in FORMATS:
        raise InvalidConfig(f"A format of pairs is one of {sorted(FORMATS)}, got {format!r}.")
    try:
        text = path.read_text(encoding="utf-8")
        rows = [parsed(line) for line in text.split("\n")[:-1]] if path.suffix == ".jsonl" else parsed(text)
        return FORMATS[format].read(rows)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidConfig(f"{path} holds no pairs in the format {format!r} ({type(error).__name__}: {error}); name a file "
                            "that `dialogym pairs` wrote in that format.") from error


def _text(rows: Iterable[Row], suffix: str) -> str:
    if suffix == ".jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return json.dumps(list(rows), ensure_ascii=False, indent=1) + "\n"


def _info(file: str) -> Row:
    """What LLaMA-Factory's dataset_info.json says of a file."""
    return {"file_name": file, "formatting": "sharegpt", "ranking": True,
            "columns": {"messages": "conversations", "chosen": "chosen", "rejected": "rejected", "system": "system"},
            "tags": {"role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt"}}
