"""How many raters would show an effect of the size that was seen."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import ncf, t

MOST = 100_000


def power_of(effect: float, raters: int, level: float = 0.05) -> float:
    """The chance that a two-sided paired t test over raters finds an effect.

    Args:
        effect: the mean difference over its deviation between raters.
        raters: how many, two or more.
        level: of the test.
    """
    freedom = raters - 1
    bound, shift = float(t.ppf(1 - level / 2, freedom)), abs(effect) * math.sqrt(raters)
    if shift > bound + 9:  # certain to many digits, and out of the reach of scipy's series
        return 1.0
    if not shift:
        return level
    return float(ncf.sf(bound**2, 1, freedom, shift**2))  # t² is F, both sides at once


def raters_needed(means: Sequence[float], power: float = 0.8) -> int | None:
    """The fewest raters with whom an effect as large as the one seen would be found with such a chance.

    Args:
        means: a rater's mean difference each.
        power: the chance wanted.

    Returns:
        How many; None where nothing can be said: fewer than three raters, no difference at all, or more than 100,000 needed.
    """
    if len(means) < 3 or not np.any(means):
        return None
    spread = float(np.std(means, ddof=1))
    return 2 if spread == 0 else needed(float(np.mean(means)) / spread, power)


def needed(effect: float, power: float = 0.8) -> int | None:
    """The fewest raters for an effect (mean over deviation); None above 100,000."""
    if abs(effect) < 1e-9 or power_of(effect, MOST) < power:
        return None
    low, high = 2, MOST
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if power_of(effect, middle) >= power else (middle + 1, high)
    return low
