"""Corpora of emotional support: ESConv, CPsyCounD and PsyDTCorpus as episodes, PsyQA as conditions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import InvalidCorpus
from ...parts import Episode
from ..conditions import Trouble, from_json
from . import cpsycound, esconv, psydt, psyqa
from .turns import episodes, read_list, short

__all__ = ["load_conditions", "load_corpus"]

_WANTED = ("ESConv (train.txt and valid.txt, or ESConv.json), CPsyCounD (a .txt file per dialogue, lines that begin with "
           "来访者： or 心理咨询师：) or PsyDTCorpus (.json with messages)")


def load_corpus(folder: Path) -> list[Episode]:
    """The usable dialogues of a corpus in its published format, which is told by the files in the folder.

    Every dialogue begins and ends with the seeker, seats alternate, and the seeker's last words close the conversation; what is
    left out and appended for that is said in `turns.episodes`, and counted on its log. Conditions are found by rules
    (`annotate`). ESConv's train.txt is "train" and its valid.txt is split into "valid" and "test" unless there is a test.txt;
    the others are split 80/10/10 by the ids of their dialogues.

    Args:
        folder: holds the files of one corpus.

    Returns:
        Episodes with the seeker's `Trouble` as condition and without states (`annotate.annotate` adds them).

    Raises:
        InvalidCorpus: it holds no corpus that is read, no usable dialogue, two dialogues with one id or the same words, or a
            malformed file; the message names file and line or item.
    """
    if not folder.is_dir():
        raise InvalidCorpus(f"No folder {str(folder)!r}; expected one that holds {_WANTED}.")
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    named = {path.name: path for path in paths}
    if lines := [named[name] for name in esconv.LINES if name in named]:
        return episodes(esconv.from_lines(lines), "ESConv")
    files = {path.name: read_list(path) for path in paths if path.suffix == ".json" and path.name != esconv.FAILED}
    kinds = {name: _kind(items) for name, items in files.items()}
    if official := [name for name, kind in kinds.items() if kind == "dialog"]:
        return episodes(esconv.from_list(official[0], files[official[0]]), "ESConv")
    if chats := [name for name, kind in kinds.items() if kind == "messages"]:
        return episodes((talk for name in chats for talk in psydt.from_list(name, files[name])), "PsyDTCorpus")
    if any(cpsycound.is_one(path) for path in paths if path.suffix == ".txt"):
        return episodes(cpsycound.from_files(_dialogues(paths)), "CPsyCounD")
    if "question" in kinds.values():
        raise InvalidCorpus(f"{str(folder)!r} holds PsyQA, which has no dialogues; its questions are conditions, for "
                            f"load_conditions. Dialogues are read from {_WANTED}.")
    found = ", ".join(list(named)[:6]) + (f" and {len(named) - 6} more" if len(named) > 6 else "") if named else "no file"
    raise InvalidCorpus(f"{str(folder)!r} holds {found}; expected {_WANTED}.")


def load_conditions(path: Path) -> list[Trouble]:
    """The conditions in a file: PsyQA, or a JSON list of conditions as this scenario stores them.

    Raises:
        InvalidCorpus: it holds neither, or none of them; the message names file and item (from 1).
    """
    items = read_list(path)
    kind = _kind(items)
    if kind == "question":
        if not (troubles := psyqa.from_list(path.name, items)):
            raise InvalidCorpus(f"{path.name}: none of its {len(items)} questions tells anything; expected PsyQA with a "
                                "question or description in each.")
        return troubles
    if kind != "troubles":
        raise InvalidCorpus(f"{path.name}: a list that begins with {short(items[0]) if items else 'nothing'}; expected PsyQA "
                            "(objects with question, description, keywords, answers) or conditions as stored.")
    found = []
    for number, item in enumerate(items, 1):
        try:
            found.append(from_json(item))
        except (ValueError, TypeError) as error:
            raise InvalidCorpus(f"{path.name}, item {number}: not a condition ({error}).") from error
    return found


def _dialogues(paths: list[Path]) -> list[Path]:
    """The text files but for notes about the corpus."""
    return [path for path in paths if path.suffix == ".txt" and not path.stem.upper().startswith(("LICENSE", "README"))]


def _kind(items: list[Any]) -> str:
    """The name in the first item by which a corpus is known; "" when there is none."""
    first = items[0] if items and isinstance(items[0], dict) else {}
    return next((name for name in ("dialog", "messages", "question", "troubles") if name in first), "")
