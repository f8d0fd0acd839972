"""Intervals over seeds: by hand, by scipy, and as often right as they claim."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from dialogym.alignment.evaluation import across_seeds
from dialogym.alignment.evaluation.across_seeds import across, detectable, ratio, t_interval, two_level
from dialogym.envs.errors import InvalidConfig


def drawn(rng: np.random.Generator, seeds: int, people: int, gain: float, between: float, within: float) -> list[list[float]]:
    return [list(gain + between * rng.normal() + within * rng.normal(size=people)) for _ in range(seeds)]


def test_three_seeds_by_hand() -> None:
    """Means 1, 2, 3: s = 1, and t(2) at 97.5% is 4.3027."""
    found = across([[0.0, 2.0], [2.0, 2.0], [4.0, 2.0]], seed=0)
    assert found.mean == 2.0
    assert found.seeds == (1.0, 2.0, 3.0)
    assert found.t == pytest.approx((2 - 4.302653 / math.sqrt(3), 2 + 4.302653 / math.sqrt(3)), abs=1e-5)
    assert found.within == pytest.approx(math.sqrt((2 + 0 + 2) / 3), abs=1e-6)
    assert found.between == pytest.approx(math.sqrt(1 - (2 / 2 + 0 + 2 / 2) / 3), abs=1e-6)
    assert found.detectable == pytest.approx((4.302653 + 1.060660) / math.sqrt(3), abs=1e-5)


def test_the_t_interval_is_scipys() -> None:
    means = [0.11, 0.16, 0.04, 0.21, 0.09]
    wanted = stats.ttest_1samp(means, 0.0).confidence_interval(0.95)
    assert t_interval(means) == pytest.approx((wanted.low, wanted.high), abs=1e-6)


def test_a_single_seed_has_no_interval_over_seeds_but_one_over_its_people() -> None:
    rng = np.random.default_rng(0)
    [talks] = drawn(rng, 1, 400, 0.2, 0.0, 0.57)
    found = across([talks], seed=0)
    assert found.t is None
    error = np.std(talks, ddof=1) / 20
    assert found.bootstrap == pytest.approx((found.mean - 1.96 * error, found.mean + 1.96 * error), abs=0.01)
    assert found.detectable == pytest.approx(2.8016 * error, abs=1e-3), "259 talks for a gain of 0.10 at a spread of 0.57"


def test_seeds_that_differ_make_the_interval_wide_however_many_people_they_meet() -> None:
    rng = np.random.default_rng(1)
    found = across(drawn(rng, 5, 400, 0.2, 0.3, 0.5), seed=0)
    assert found.between == pytest.approx(0.3, abs=0.15)
    pooled = 1.96 * 0.58 / math.sqrt(5 * 400)
    assert found.bootstrap[1] - found.bootstrap[0] > 4 * pooled
    assert found.t is not None
    assert found.t[1] - found.t[0] > found.bootstrap[1] - found.bootstrap[0]


def test_the_t_interval_covers_as_often_as_it_says_and_the_bootstrap_nearly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(across_seeds, "RESAMPLES", 400)
    rng = np.random.default_rng(2)
    tries = 300
    held = {"t": 0, "bootstrap": 0}
    for number in range(tries):
        found = across(drawn(rng, 5, 60, 0.2, 0.08, 0.5), number)
        assert found.t is not None
        held["t"] += found.t[0] <= 0.2 <= found.t[1]
        held["bootstrap"] += found.bootstrap[0] <= 0.2 <= found.bootstrap[1]
    assert 0.92 <= held["t"] / tries <= 0.98
    assert 0.85 <= held["bootstrap"] / tries <= 0.99


def test_a_gain_of_the_detectable_size_is_found_four_times_in_five() -> None:
    """By the noncentral t distribution, at the true spread; Bloom's formula is near it for five seeds and for fifty."""
    for seeds in (5, 50):
        talks = [np.array([[value]]) for value in np.linspace(-1, 1, seeds)]
        s = np.std(np.linspace(-1, 1, seeds), ddof=1)
        critical = stats.t.ppf(0.975, seeds - 1)
        power = stats.nct.sf(critical, seeds - 1, detectable(talks) / (s / math.sqrt(seeds)))
        assert power == pytest.approx(0.8, abs=0.04)


def test_a_ratio_over_seeds_keeps_people_together() -> None:
    rng = np.random.default_rng(3)
    below = [list(rng.random(80)) for _ in range(4)]
    above = [[2.5 * value for value in of_seed] for of_seed in below]
    assert ratio(above, below, 0) == (2.5, (2.5, 2.5)), "the same people above and below: nothing is left to chance"
    apart = ratio([of_seed[::-1] for of_seed in above], below, 0)
    assert apart[0] == 2.5
    assert apart[1][1] - apart[1][0] > 0.1
    assert ratio([[1.0]], [[0.0]], 0)[0] is None


def test_the_bootstrap_repeats_and_depends_on_the_seed() -> None:
    talks = [np.random.default_rng(s).normal(size=(30, 1)) for s in range(3)]
    once, again, other = (two_level(talks, lambda found: found[:, 0], seed) for seed in (0, 0, 1))
    assert once == again != other


@pytest.mark.parametrize("gains", [[], [[]], [[1.0], []], [[math.nan]]])
def test_what_is_no_sample_is_refused(gains: list[list[float]]) -> None:
    with pytest.raises(InvalidConfig, match="one or more seeds"):
        across(gains, 0)
    with pytest.raises(InvalidConfig, match="same people"):
        ratio([[1.0, 2.0]], [[1.0]], 0)
