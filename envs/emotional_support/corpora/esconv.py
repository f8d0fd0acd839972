"""Reads ESConv (Liu et al. 2021; CC BY-NC 4.0): English, as published or as JSON lines in splits.

The official `ESConv.json` is a list of dialogues whose items have `speaker` seeker or supporter and `content`. The form in
splits (`train.txt`, `valid.txt`, `test.txt`) has a dialogue per line, with `speaker` usr or sys and `text`. Either form is read
in either kind of file. `FailedESConv.json`, dialogues that the authors turned down, is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ...errors import InvalidCorpus
from ...keys import text_key, uniform
from ..annotation.lexicon import EMOTIONS
from ..simulators.seeker import SEAT as SEEKER
from ..simulators.supporter import SEAT as SUPPORTER
from .turns import Talk, items_of, read_lines, short, split_of, text_of

LINES = ("train.txt", "valid.txt", "test.txt")
FAILED = "FailedESConv.json"

_SEATS = {"usr": SEEKER, "seeker": SEEKER, "sys": SUPPORTER, "supporter": SUPPORTER}


def from_lines(paths: Sequence[Path]) -> Iterator[Talk]:
    """The dialogues of files in splits. Without `test.txt`, a stable half of `valid.txt` is the split "test".

    Raises:
        InvalidCorpus: a file is malformed; the message names file and line.
    """
    whole = any(path.name == "test.txt" for path in paths)
    for path in paths:
        for number, value in read_lines(path):
            source = f"esconv/{path.stem}-{number}"
            halved = path.stem == "valid" and not whole and uniform(text_key(source)) >= 0.5
            yield _talk(value, source, "test" if halved else path.stem, f"{path.name}, line {number}")


def from_list(name: str, values: Sequence[Any]) -> Iterator[Talk]:
    """The dialogues of the official file; splits 80/10/10.

    Raises:
        InvalidCorpus: an item is malformed; the message names file and item (from 1).
    """
    for number, value in enumerate(values, 1):
        source = f"esconv/{number}"
        yield _talk(value, source, split_of(source), f"{name}, item {number}")


def _talk(value: Any, source: str, split: str, where: str) -> Talk:
    said = []
    for turn, item in enumerate(items_of(value, "dialog", where), 1):
        seat = _SEATS.get(str(item.get("speaker")).strip().lower())
        if seat is None:
            raise InvalidCorpus(f"{where}, utterance {turn}: speaker is {short(item.get('speaker'))}; "
                                "expected usr or sys, seeker or supporter.")
        if "text" not in item and "content" not in item:
            raise InvalidCorpus(f"{where}, utterance {turn}: {short(item)}; expected text or content.")
        said.append((seat, text_of(item, "text" if "text" in item else "content", f"{where}, utterance {turn}")))
    emotion = EMOTIONS.get(text_of(value, "emotion_type", where).strip().lower())
    return Talk(source, split, "en", said, where, text_of(value, "situation", where), (emotion,) if emotion else ())
