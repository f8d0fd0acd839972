"""Means with 95% bootstrap intervals: what an evaluation says, and how sure it is."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import numpy as np
from scipy.stats import bootstrap

from ...envs.errors import InvalidConfig

Interval = tuple[float, float]
"""Lower and upper end, in the unit of the values."""

CONFIDENCE = 0.95
RESAMPLES = 9_999
DIGITS = 6
"""Decimals kept, so that a result written to JSON is short and reads back equal."""


def mean_ci(values: Sequence[float], seed: int) -> tuple[float, Interval]:
    """The mean and its 95% bootstrap interval.

    The interval is the bias-corrected and accelerated one (Efron 1987), because donations are skewed: many
    are zero. Where its correction is undefined it is the percentile interval, and when all values are equal
    (or there is only one) it is that value twice: such a sample says nothing about its own spread.

    Args:
        values: one figure per episode, finite.
        seed: of the resampling; the same values and seed give the same interval.

    Returns:
        (mean, (low, high)), rounded to six decimals, with low <= mean <= high.

    Raises:
        InvalidConfig: there are no values, or one is not finite.
    """
    sample = np.asarray(values, dtype=np.float64)
    if not sample.size or not np.isfinite(sample).all():
        raise InvalidConfig(f"An interval needs one or more finite values, got {list(values)[:5]}; "
                            "leave out episodes without a figure before averaging.")
    mean = math.fsum(sample) / sample.size
    low, high = _bootstrap(sample, seed, "BCa")
    if not (math.isfinite(low) and math.isfinite(high)):
        low, high = _bootstrap(sample, seed, "percentile")
    # A resample's mean may round to the other side of the sample's, which is summed exactly.
    return _rounded(mean), (_rounded(min(low, mean)), _rounded(max(high, mean)))


def paired_difference(a: Sequence[float], b: Sequence[float], seed: int) -> tuple[float, Interval]:
    """The mean of a - b over episodes played with the same user and seed, and its 95% bootstrap interval.

    Args:
        a: one figure per episode.
        b: the other system's figure for the same episodes, in the same order.
        seed: of the resampling.

    Returns:
        (mean, (low, high)) as `mean_ci`; an interval above zero says that a is better.

    Raises:
        InvalidConfig: the two differ in length, are empty, or hold a value that is not finite.
    """
    if len(a) != len(b):
        raise InvalidConfig(f"A paired difference needs as many figures on both sides, got {len(a)} and "
                            f"{len(b)}; evaluate both systems on the same seeds.")
    return mean_ci([x - y for x, y in zip(a, b, strict=True)], seed)


def _bootstrap(sample: np.ndarray, seed: int, method: str) -> Interval:
    if np.ptp(sample) == 0:
        return float(sample[0]), float(sample[0])
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # about an undefined correction: the caller sees nan
        found = bootstrap((sample,), np.mean, n_resamples=RESAMPLES, batch=1_000, vectorized=True,
                          confidence_level=CONFIDENCE, method=method, rng=np.random.default_rng(seed))
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def _rounded(value: float) -> float:
    return round(value, DIGITS) + 0.0  # + 0.0 turns -0.0 into 0.0
