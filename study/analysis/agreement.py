"""How far annotators agree: Fleiss' kappa where items have different numbers of raters, and Krippendorff's ordinal alpha."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...envs.errors import InvalidConfig


@dataclass(frozen=True, slots=True)
class Agreement:
    """Fleiss' kappa of labelled items.

    Attributes:
        kappa: None where it is undefined: fewer than one item with two labels, or only one label was ever given (P_e = 1).
        observed: P̄, the mean share of agreeing pairs of labels per item.
        expected: P̄_e, the same by chance.
        items: with two labels or more; the others do not count.
        by_label: kappa of each label against all others; None where undefined.
    """

    kappa: float | None
    observed: float | None
    expected: float | None
    items: int
    by_label: Mapping[str, float | None]


def counted(labels: Sequence[Sequence[str]], names: Sequence[str]) -> NDArray[np.float64]:
    """How often each label was given to each item: (items, labels). Raises InvalidConfig for a label that is none of them."""
    places = {name: place for place, name in enumerate(names)}
    table = np.zeros((len(labels), len(names)))
    for row, given in enumerate(labels):
        for label in given:
            if label not in places:
                raise InvalidConfig(f"A label is one of {list(names)}, got {label!r}.")
            table[row, places[label]] += 1
    return table


def fleiss(labels: Sequence[Sequence[str]], names: Sequence[str]) -> Agreement:
    """Fleiss' kappa (1971), for items with any number of raters.

    An item's agreement is the share of its pairs of labels that agree, items weigh alike, and chance is the share of each label
    among all labels. With as many raters for each item it is Fleiss' own formula.

    Args:
        labels: the labels of each item.
        names: all labels there are.

    Raises InvalidConfig for a label that is none of them.
    """
    table = counted(labels, names)
    table = table[table.sum(axis=1) >= 2]
    if not len(table):
        return Agreement(None, None, None, 0, dict.fromkeys(names))
    count = table.sum(axis=1)
    shares = table.sum(axis=0) / table.sum()
    observed = float((((table**2).sum(axis=1) - count) / (count * (count - 1))).mean())
    expected = float((shares**2).sum())
    by_label: dict[str, float | None] = {}
    for place, name in enumerate(names):
        share = shares[place]
        apart = float((table[:, place] * (count - table[:, place]) / (count * (count - 1))).mean())
        by_label[name] = None if share in (0.0, 1.0) else 1 - apart / float(share * (1 - share))
    return Agreement(None if expected >= 1 - 1e-12 else (observed - expected) / (1 - expected), observed, expected, len(table),
                     by_label)


def ordinal_alpha(ratings: Sequence[Sequence[float]]) -> float | None:
    """Krippendorff's alpha for ordered ratings.

    Args:
        ratings: the ratings of each unit, in any order and number; units with fewer than two do not count.

    Returns:
        Alpha, at most 1; None where it is undefined: fewer than two units, or all ratings alike.
    """
    units = [list(given) for given in ratings if len(given) >= 2]
    values = sorted({value for given in units for value in given})
    if len(units) < 2 or len(values) < 2:
        return None
    place = {value: number for number, value in enumerate(values)}
    together = np.zeros((len(values), len(values)))
    for given in units:
        found = np.bincount([place[value] for value in given], minlength=len(values)).astype(float)
        together += (np.outer(found, found) - np.diag(found)) / (len(given) - 1)
    each = together.sum(axis=1)
    running = np.cumsum(each)
    middle = running - each / 2  # half of a rank's own weight at either end
    distance = (middle[:, None] - middle[None, :]) ** 2
    expected = float((np.outer(each, each) * distance).sum() / (each.sum() - 1))
    return None if expected == 0 else 1 - float((together * distance).sum()) / expected
