"""Template text with variety: a phrase book says one of many wordings, chosen by a key.

A template is text with alternatives in braces, `{a|b|}`, and slots in angle brackets, `<amount>`. Alternatives do
not nest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .keys import mix

_ALTERNATIVES = re.compile(r"\{([^{}]*)\}")


def fill(text: str, slots: Mapping[str, str]) -> str:
    """The text with `<name>` replaced by the value of every slot, in the order given."""
    for name, value in slots.items():
        text = text.replace(f"<{name}>", value)
    return text


class Phrases:
    """A phrase book: `say(key)` picks a template and an option at each of its alternatives."""

    def __init__(self, *templates: str) -> None:
        if not templates:
            raise ValueError("a phrase book needs at least one template")
        self._templates = [self._parse(template) for template in templates]

    @staticmethod
    def _parse(template: str) -> list[tuple[str, ...]]:
        pieces = _ALTERNATIVES.split(template)
        return [tuple(piece.split("|")) if i % 2 else (piece,) for i, piece in enumerate(pieces) if i % 2 or piece]

    def say(self, key: int, **slots: str) -> str:
        """One wording, every choice read off the key; slots fill `<name>`."""
        pieces = self._templates[(mix(key, 0) >> 11) * len(self._templates) >> 53]
        words = [options[(mix(key, i) >> 11) * len(options) >> 53] if len(options) > 1 else options[0]
                 for i, options in enumerate(pieces, 1)]
        return fill("".join(words), slots)

    def every(self) -> Iterator[str]:
        """Each option of each alternative at least once (not the whole product), slots left in."""
        for pieces in self._templates:
            for turn in range(max(len(options) for options in pieces)):
                yield "".join(options[turn % len(options)] for options in pieces)

    def __len__(self) -> int:
        """How many distinct wordings there are."""
        total = 0
        for pieces in self._templates:
            ways = 1
            for options in pieces:
                ways *= len(options)
            total += ways
        return total
