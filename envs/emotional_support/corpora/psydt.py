"""Reads PsyDTCorpus (Xie et al. 2024): Chinese dialogues as chat messages, in one or several JSON files.

A file is a list of objects with `id`, `normalizedTag` and `messages`; the seeker is the `user`, the supporter the `assistant`,
and `system` messages (instructions to a model) are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...errors import InvalidCorpus
from ..simulators.seeker import SEAT as SEEKER
from ..simulators.supporter import SEAT as SUPPORTER
from .turns import Talk, items_of, short, split_of, text_of

_SEATS = {"user": SEEKER, "assistant": SUPPORTER, "system": ""}


def from_list(name: str, values: Sequence[Any]) -> Iterator[Talk]:
    """The dialogues of a file; splits 80/10/10.

    Raises:
        InvalidCorpus: an item is malformed; the message names file and item (from 1).
    """
    for number, value in enumerate(values, 1):
        where = f"{name}, item {number}"
        said = []
        for turn, item in enumerate(items_of(value, "messages", where), 1):
            role = item.get("role")
            if not isinstance(role, str) or role not in _SEATS:
                raise InvalidCorpus(f"{where}, message {turn}: role is {short(role)}; expected system, user or assistant.")
            if _SEATS[role]:
                said.append((_SEATS[role], text_of(item, "content", f"{where}, message {turn}")))
        if isinstance(value.get("id"), bool) or not isinstance(value.get("id"), str | int) or value["id"] == "":
            raise InvalidCorpus(f"{where}: id is {short(value.get('id'))}; expected a number or a text.")
        source = f"psydt/{value['id']}"
        yield Talk(source, split_of(source), "zh", said, where)
