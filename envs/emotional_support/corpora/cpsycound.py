"""Reads CPsyCounD (Zhang et al. 2024; CC BY 4.0): Chinese counselling dialogues, one text file each.

An utterance begins with 来访者： or 心理咨询师： (either colon; a name in brackets may follow the role); a line without goes
on with the utterance before it. A relative who joins in (妈妈：) speaks on the seeker's side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ...errors import InvalidCorpus
from ..simulators.seeker import SEAT as SEEKER
from ..simulators.supporter import SEAT as SUPPORTER
from .turns import Talk, read_text, split_of

_SPEAKER = re.compile(r"\s*(?:(?P<supporter>心理咨询师|咨询师)|(?P<seeker>来访者|[\u4e00-\u9fff]{0,4}(?:妈妈|爸爸|母亲|父亲)))"
                      r"\s*(?:[（(][^（()）]{1,12}[）)])?\s*[：:]\s*(?P<words>.*)")


def is_one(path: Path) -> bool:
    """Whether a file begins as a dialogue of this corpus does."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            first = next((line for line in file if line.strip()), "")
    except OSError:
        return False
    return _SPEAKER.match(first) is not None


def from_files(paths: Sequence[Path]) -> Iterator[Talk]:
    """The dialogues of the files; splits 80/10/10.

    Raises:
        InvalidCorpus: a file is not UTF-8 or begins with words of nobody; the message names file and line.
    """
    for path in paths:
        source = f"cpsycound/{path.stem}"
        yield Talk(source, split_of(source), "zh", _said(path), path.name)


def _said(path: Path) -> list[tuple[str, str]]:
    said: list[tuple[str, str]] = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        match = _SPEAKER.match(line)
        if match:
            said.append((SUPPORTER if match["supporter"] else SEEKER, match["words"]))
        elif said:
            said[-1] = (said[-1][0], f"{said[-1][1]} {line}".strip())
        elif line.strip():
            raise InvalidCorpus(f"{path.name}, line {number}: begins with {line.strip()[:30]!r}; "
                                "expected 来访者： or 心理咨询师： before the first words.")
    return said
