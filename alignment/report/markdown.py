"""What pages of plain tables are written with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
    return f"{number} {what}{'s' * (number != 1)}"
