"""Two systems compared by the same people: shares, exact tests, intervals that keep a rater's pairs together."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, norm, wilcoxon

from ...envs.errors import InvalidConfig

FEWEST = 6
"""Clusters below which nothing is said of the spread between them."""
EXACT = 16
"""Clusters up to which all signs are tried."""
DRAWS = 9_999


@dataclass(frozen=True, slots=True)
class Preference:
    """Wins, ties and losses of the second system against the first.

    Attributes:
        wins, ties, losses: comparisons.
        share: (wins + ties / 2) / all: a tie is half a win.
        error: standard error of the share, if comparisons were independent.
        p: of the exact two-sided sign test, ties left out.
    """

    wins: int
    ties: int
    losses: int
    share: float
    error: float
    p: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more the second system was given than the first, by the same raters.

    Attributes:
        mean: of the differences, pair by pair.
        interval: its 95% interval by the cluster bootstrap; None: not estimable.
        p: of the sign flip by clusters.
        wilcoxon: p of the signed-rank test on raters' means, zeros by Pratt; None where all are zero.
        pairs, clusters, problems: how many there are.
    """

    mean: float
    interval: tuple[float, float] | None
    p: float
    wilcoxon: float | None
    pairs: int
    clusters: int
    problems: int


def preference(outcomes: Sequence[int]) -> Preference:
    """Of outcomes 1 (the second system is better), 0 (a tie) and -1. Raises InvalidConfig without any."""
    if not outcomes or not set(outcomes) <= {-1, 0, 1}:
        raise InvalidConfig(f"Outcomes are -1, 0 or 1, one or more, got {list(outcomes)[:5]}.")
    wins, ties, losses = (sum(one == value for one in outcomes) for value in (1, 0, -1))
    share = (wins + ties / 2) / len(outcomes)
    spread = (wins + ties / 4) / len(outcomes) - share**2
    return Preference(wins, ties, losses, share, math.sqrt(max(0.0, spread) / len(outcomes)),
                      float(binomtest(wins, wins + losses).pvalue) if wins + losses else 1.0)


def difference(gaps: Sequence[float], raters: Sequence[object], problems: Sequence[object], seed: int = 0) -> Difference:
    """What the second system was given over the first.

    Args:
        gaps: second minus first, one per pair.
        raters: whose each pair is: the clusters of the sign flip and of the bootstrap.
        problems: what each was about; where there are six or more, the bootstrap draws them too.
        seed: of what is drawn.

    Raises InvalidConfig without pairs, or for lists of different lengths.
    """
    if not len(gaps) == len(raters) == len(problems) > 0:
        raise InvalidConfig(f"A difference needs pairs with a rater and a problem each, got {len(gaps)}, {len(raters)} and "
                            f"{len(problems)}.")
    values = np.asarray(gaps, dtype=np.float64)
    whose, about = _places(raters), _places(problems)
    means = np.bincount(whose, values) / np.bincount(whose)
    return Difference(float(values.mean()), bootstrap(values, whose, about, seed), sign_flip(values, whose, seed), pratt(means),
                      len(values), int(whose.max()) + 1, int(about.max()) + 1)


def _places(names: Sequence[object]) -> NDArray[np.intp]:
    order = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return np.asarray([order[name] for name in names], dtype=np.intp)


def sign_flip(values: NDArray[np.float64], clusters: NDArray[np.intp], seed: int) -> float:
    """The share of sign changes, all pairs of a cluster together, whose sum is at least as far from zero as the one found.

    Up to 16 clusters every change is tried, which is exact; beyond, 9,999 drawn ones and the one found. Assumes that without a
    difference a cluster's sum is as likely as its negative.
    """
    sums = np.bincount(clusters, values)
    found = abs(float(sums.sum())) - 1e-9
    if len(sums) <= EXACT:
        signs = np.array(list(itertools.product((1.0, -1.0), repeat=len(sums))))
        return float((np.abs(signs @ sums) >= found).mean())
    signs = np.random.default_rng(seed).choice((1.0, -1.0), size=(DRAWS, len(sums)))
    return float((1 + (np.abs(signs @ sums) >= found).sum()) / (DRAWS + 1))


def bootstrap(values: NDArray[np.float64], raters: NDArray[np.intp], problems: NDArray[np.intp], seed: int
              ) -> tuple[float, float] | None:
    """The 95% interval of the mean by resampling raters and, where there are six or more, problems, with pairs kept together.

    A resample weighs each pair by how often its rater was drawn times how often its problem was (Owen's pigeonhole bootstrap,
    2007), which counts the spread between both. Fewer problems are taken as the ones that are meant. Fewer than six raters say
    nothing about raters: None, not estimable.
    """
    count, many = int(raters.max()) + 1, int(problems.max()) + 1
    if count < FEWEST:
        return None
    chance = np.random.default_rng(seed)
    drawn = chance.multinomial(count, np.full(count, 1 / count), size=DRAWS)[:, raters].astype(np.float64)
    if many >= FEWEST:
        drawn *= chance.multinomial(many, np.full(many, 1 / many), size=DRAWS)[:, problems]
    weight = drawn.sum(axis=1)
    means = (drawn @ values)[weight > 0] / weight[weight > 0]
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def pratt(means: NDArray[np.float64]) -> float | None:
    """Two-sided p of Wilcoxon's signed-rank test, zeros ranked and left out (Pratt 1959); None where all are zero."""
    if not np.any(means) or len(means) < 2:
        return None
    return float(wilcoxon(means, zero_method="pratt", correction=False, method="approx").pvalue)


def holm(ps: Sequence[float]) -> list[float]:
    """The p values corrected for how many there are (Holm 1979), in the same order."""
    found = [0.0] * len(ps)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[place]))
        found[place] = highest
    return found


def shaken(ratings: Sequence[float], low: float, high: float, seed: int = 0) -> tuple[float, float]:
    """(mean, deviation) of ratings that each were moved by -1, 0 or 1 at random, within the scale (the paper's Table 5)."""
    if not ratings:
        raise InvalidConfig("There are no ratings to move.")
    steps = np.random.default_rng(seed).integers(-1, 2, size=(999, len(ratings)))
    moved = np.clip(np.asarray(ratings, dtype=np.float64) + steps, low, high)
    return float(moved.mean()), float(moved.std(axis=1, ddof=1).mean()) if len(ratings) > 1 else 0.0


def plain_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Mean plus and minus 1.96 standard errors, as if values were independent: what papers print. None below two values."""
    if len(values) < 2:
        return None
    mean = float(np.mean(values))
    half = float(norm.ppf(0.975) * np.std(values, ddof=1) / math.sqrt(len(values)))
    return mean - half, mean + half
