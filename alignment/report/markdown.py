"""What pages of plain tables are written with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .conclusions import Quantity

NONE = "–"


def head(names: Sequence[str]) -> Iterator[str]:
    """The head of a table: words in the first column, numbers in the others."""
    yield line(names)
    yield "|---|" + "---:|" * (len(names) - 1)


def line(cells: Sequence[str]) -> str:
    """A line of a table."""
    return "| " + " | ".join(cells) + " |"


def span(quantity: Quantity, ends: Sequence[float] | None) -> str:
    """An interval of a difference; a dash where there is none."""
    return NONE if ends is None else f"[{quantity.span(ends[0], ends[1])}]"


def mean(values: Sequence[float]) -> float:
    """The mean of at least one number."""
    return sum(values) / len(values)


def count(number: int, what: str) -> str:
    """So many of something."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def stamp(figures: Mapping[str, Any], simulator: str, versions: Mapping[str, Any]) -> Iterator[str]:
    """What made the figures: the command and the secret that they tell, who the users were, and the versions."""
    yield f"- Command: `{figures['command'] or NONE}`; secret `{figures['secret']}`, users `{simulator}`."
    yield "- " + ", ".join(f"{name} {version}" for name, version in versions.items()) + "."
