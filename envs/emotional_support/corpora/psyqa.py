"""Reads PsyQA (Sun et al. 2021) as conditions: Chinese questions to counsellors, each the troubles of a person.

A file is a JSON list of objects with `question`, `description`, `keywords` (a text or a list) and `answers`, which are not
used.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ...errors import InvalidCorpus
from ..annotation.rules import feelings_in, trouble_in
from ..conditions import Trouble
from .turns import short, text_of

_COMMAS = re.compile(r"[,，、;；\s]+")
_log = logging.getLogger(__name__)


def from_list(name: str, values: Sequence[Any]) -> list[Trouble]:
    """The condition of each question, in the order of the file, by the rules of `annotate`; equal ones once.

    Raises:
        InvalidCorpus: an item is malformed; the message names file and item (from 1).
    """
    counts: Counter[str] = Counter()
    found: dict[Trouble, None] = {}
    for number, value in enumerate(values, 1):
        where = f"{name}, item {number}"
        if not isinstance(value, dict) or "question" not in value:
            raise InvalidCorpus(f"{where}: {short(value)}; expected an object with question, description, keywords, answers.")
        texts = [" ".join(text_of(value, part, where).split()) for part in ("description", "question")]
        feelings = tuple(feeling for word in _keywords(value, where) for feeling in feelings_in(word, "zh"))
        try:
            trouble = trouble_in([text for text in texts if text], "zh", feelings=feelings)
        except ValueError:
            counts["skipped: nothing told"] += 1
            continue
        counts["repeated"] += trouble in found
        found[trouble] = None
    summary = ", ".join(f"{what} {count}" for what, count in sorted(counts.items()) if count)
    _log.info("%s: %d conditions of %d questions%s", name, len(found), len(values), f" ({summary})" if summary else "")
    return list(found)


def _keywords(value: dict[str, Any], where: str) -> list[str]:
    """The keywords, as one text with commas or as a list."""
    words = value.get("keywords")
    if isinstance(words, list) and all(isinstance(word, str) for word in words):
        return words
    if isinstance(words, list):
        raise InvalidCorpus(f"{where}: keywords is {short(words)}; expected a text or a list of texts.")
    return _COMMAS.split(text_of(value, "keywords", where))
