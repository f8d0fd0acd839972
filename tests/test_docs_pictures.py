"""docs/budget-persuasion.svg is of the table that it says it is of."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import budgets

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = (DOCS / "benchmark.md").read_text(encoding="utf-8")


def test_the_picture_is_of_the_table_as_it_is() -> None:
    """`python website/budgets.py` draws it again."""
    drawn = budgets.drawn(PAGE)
    assert (DOCS / "budget-persuasion.svg").read_text(encoding="utf-8") == drawn
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")


def test_every_line_has_every_budget() -> None:
    found = budgets.lines(PAGE)
    assert list(found) == list(budgets.SERIES)
    assert all([point[0] for point in points] == [15, 30, 60] for points in found.values())
    assert all(low <= mean <= high for points in found.values() for _, mean, low, high in points)


def test_names_do_not_cover_each_other() -> None:
    places = sorted(budgets.spread({"a": 100.0, "b": 101.0, "c": 240.0, "d": 99.0}).values())
    assert all(after - before >= budgets.APART for before, after in pairwise(places))
