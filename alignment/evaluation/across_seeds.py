"""What several seeds say together: gains paired by person, clustered by seed.

Every seed trains models of its own and meets people of its own, so talks of one seed are alike in what its training was lucky
with. An interval over all talks would ignore that. Two that do not: Student's t over the seeds' mean paired gains, which rests
on few degrees of freedom and says so by its width; and a two-level bootstrap (Davison and Hinkley 1997, §3.8) that draws seeds
and, within each, people. It serves ratios, too, but takes the variance between S seeds for (S − 1)/S of what it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from ...envs.errors import InvalidConfig
from .intervals import CONFIDENCE, DIGITS, RESAMPLES, Interval

POWER = 0.8
_CHUNK = 500_000
"""Resampled talks in memory at once."""
Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""(resamples, figures) means over the seeds -> (resamples,)."""


@dataclass(frozen=True, slots=True)
class Across:
    """A gain over several seeds.

    Attributes:
        mean: of the seeds' mean gains.
        t: its 95% interval by Student's t over these; None of a single seed.
        bootstrap: its 95% interval by the two-level bootstrap.
        seeds: mean gain per seed.
        between: standard deviation of the seeds' true gains: what is left when the chance of talks is taken off.
        within: standard deviation of a talk's gain within a seed.
        detectable: the gain that as many seeds and talks show with 80% power (`detectable`).
    """

    mean: float
    t: Interval | None
    bootstrap: Interval
    seeds: tuple[float, ...]
    between: float
    within: float
    detectable: float


def across(gains: Sequence[Sequence[float]], seed: int) -> Across:
    """The gain of a system over several seeds.

    Args:
        gains: per seed, a figure per person: what the system reached with them minus what the other one did.
        seed: of the resampling.

    Raises:
        InvalidConfig: there is no seed, or one without people, or a figure that is not finite.
    """
    talks = _checked([np.asarray(of_seed, dtype=np.float64)[:, None] for of_seed in gains])
    means = [math.fsum(of_seed[:, 0]) / len(of_seed) for of_seed in talks]
    mean = math.fsum(means) / len(means)
    noise = [float(of_seed.var(ddof=1)) if len(of_seed) > 1 else 0.0 for of_seed in talks]
    chance = sum(var / len(of_seed) for var, of_seed in zip(noise, talks, strict=True)) / len(talks)
    spread = float(np.var(means, ddof=1)) if len(means) > 1 else 0.0
    return Across(round(mean, DIGITS), t_interval(means), two_level(talks, lambda found: found[:, 0], seed),
                  tuple(round(value, DIGITS) for value in means), round(math.sqrt(max(0.0, spread - chance)), DIGITS),
                  round(math.sqrt(sum(noise) / len(noise)), DIGITS), round(detectable(talks), DIGITS))


def t_interval(means: Sequence[float]) -> Interval | None:
    """Mean ± t(S − 1) · s / √S over the S seeds' means, s their standard deviation; None of a single seed."""
    if len(means) < 2:
        return None
    mean = math.fsum(means) / len(means)
    reach = float(t.ppf((1 + CONFIDENCE) / 2, len(means) - 1)) * float(np.std(means, ddof=1)) / math.sqrt(len(means))
    return round(mean - reach, DIGITS), round(mean + reach, DIGITS)


def detectable(talks: Sequence[NDArray[np.float64]]) -> float:
    """The least true gain that as many seeds and talks would show with 80% power, a two-sided test at 5%.

    (t_{.975} + t_{.8}) · s / √S with S − 1 degrees of freedom (Bloom 1995), s the standard deviation of the seeds' mean gains,
    whose square is σ²_between + σ²_within / n for n talks a seed: more talks help only against the second. For a single seed,
    whose spread among seeds nobody knows, (z_{.975} + z_{.8}) · s / √n over its talks: of this model alone, not of the method.

    Args:
        talks: per seed (people, 1), gains.
    """
    if len(talks) == 1:
        [only] = talks
        spread = float(only.std(ddof=1)) if len(only) > 1 else 0.0
        return float(norm.ppf((1 + CONFIDENCE) / 2) + norm.ppf(POWER)) * spread / math.sqrt(len(only))
    count = len(talks)
    reach = float(t.ppf((1 + CONFIDENCE) / 2, count - 1) + t.ppf(POWER, count - 1))
    return reach * float(np.std([of_seed.mean() for of_seed in talks], ddof=1)) / math.sqrt(count)


def two_level(talks: Sequence[NDArray[np.float64]], statistic: Statistic, seed: int) -> Interval:
    """The 95% percentile interval of a statistic of the figures' means, seeds drawn and people drawn within each.

    Args:
        talks: per seed (people, figures); a row is a person, whose figures stay together.
        statistic: of the means over seeds; where it is not finite (a ratio to nothing) the resample counts as 0.
        seed: of the resampling.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(talks), size=(RESAMPLES, len(talks)))
    means = np.empty((RESAMPLES, len(talks), talks[0].shape[1]))
    for number, of_seed in enumerate(talks):
        places = np.argwhere(drawn == number)
        size = max(1, _CHUNK // len(of_seed))
        for begin in range(0, len(places), size):
            here = places[begin:begin + size]
            people = rng.integers(len(of_seed), size=(len(here), len(of_seed)))
            means[here[:, 0], here[:, 1]] = of_seed[people].mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.nan_to_num(statistic(means.mean(axis=1)), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = np.quantile(found, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return round(float(low), DIGITS) + 0.0, round(float(high), DIGITS) + 0.0


def ratio(above: Sequence[Sequence[float]], below: Sequence[Sequence[float]], seed: int) -> tuple[float | None, Interval]:
    """One mean over another, over all seeds, with its two-level bootstrap interval; None where the lower mean is 0.

    Args:
        above: per seed, a figure per person.
        below: the other system's, or the other gain, for the same people in the same order.
        seed: of the resampling.

    Raises:
        InvalidConfig: as `across`, or the two are not of the same people.
    """
    if [len(of_seed) for of_seed in above] != [len(of_seed) for of_seed in below]:
        raise InvalidConfig("A ratio needs the same people above and below; evaluate both systems on the same ones.")
    talks = _checked([np.stack([np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)], axis=1)
                      for a, b in zip(above, below, strict=True)])
    over, under = np.mean([of_seed.mean(axis=0) for of_seed in talks], axis=0)
    interval = two_level(talks, lambda found: found[:, 0] / found[:, 1], seed)
    return (round(float(over / under), DIGITS) if under else None), interval


def _checked(talks: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    if not talks or not all(len(of_seed) and np.isfinite(of_seed).all() for of_seed in talks):
        raise InvalidConfig("A figure across seeds needs one or more seeds, each with people and finite figures.")
    return talks
