"""Shares, exact tests, intervals by cluster: against hand counts, against scipy, and at the edges."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.stats import wilcoxon

from dialogym.envs.errors import InvalidConfig
from dialogym.study.analysis.comparison import difference, holm, plain_interval, pratt, preference, shaken
from dialogym.study.analysis.paper import accuracy_bounds, findings, implied_size
from dialogym.study.analysis.power import needed, power_of, raters_needed


def test_a_tie_is_half_a_win() -> None:
    found = preference([1, 1, 1, 0, 0, -1])
    assert (found.wins, found.ties, found.losses, found.share) == (3, 2, 1, pytest.approx(4 / 6))
    scores = [1, 1, 1, 0.5, 0.5, 0]
    assert found.error == pytest.approx(np.std(scores) / math.sqrt(6))
    assert found.p == pytest.approx(2 * (math.comb(4, 0) + math.comb(4, 1)) / 2**4)  # 3 of 4 that are no ties
    assert preference([0, 0]).p == 1


@pytest.mark.parametrize("outcomes", [[], [2], [0.5]])
def test_other_outcomes_are_refused(outcomes: list[int]) -> None:
    with pytest.raises(InvalidConfig):
        preference(outcomes)


def test_the_sign_flip_keeps_a_raters_pairs_together() -> None:
    gaps, raters = [1.0, 2.0, 1.0, -0.5, 3.0, 1.0], [1, 1, 2, 2, 3, 3]
    sums = (3.0, 0.5, 4.0)
    by_hand = [abs(sum(s * v for s, v in zip(signs, sums, strict=True))) >= 7.5
               for signs in itertools.product((1, -1), repeat=3)]
    assert difference(gaps, raters, range(6)).p == pytest.approx(sum(by_hand) / 8)


def test_fewer_than_six_raters_are_not_estimable() -> None:
    gaps = [1.0, 0.5, 2.0] * 4
    assert difference(gaps, [1, 2, 3] * 4, list(range(12))).interval is None
    found = difference(gaps, list(range(6)) * 2, [0] * 12)
    assert found.interval is not None
    assert found.interval[0] <= found.mean <= found.interval[1]


def test_copying_a_raters_answers_makes_no_surer() -> None:
    chance = np.random.default_rng(3)
    means = chance.normal(0.4, 1, 12)
    once = difference(list(means), list(range(12)), [0] * 12)
    often = difference([m for m in means for _ in range(9)], [r for r in range(12) for _ in range(9)], list(range(9)) * 12)
    assert often.p == pytest.approx(once.p)
    assert once.interval is not None
    assert often.interval is not None
    assert often.interval == pytest.approx(once.interval, abs=0.02)


def test_wilcoxon_ranks_zeros_as_pratt_does() -> None:
    values = np.array([0, 0, 1.5, -0.5, 2, 3, 0, 1, -1, 2.5])
    assert pratt(values) == pytest.approx(wilcoxon(values, zero_method="pratt", method="approx").pvalue)
    assert pratt(values) != pytest.approx(wilcoxon(values[values != 0], method="approx").pvalue)
    assert pratt(np.zeros(8)) is None


def test_holm() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1, 1])


def test_moved_ratings_stay_on_the_scale() -> None:
    mean, deviation = shaken([10, 10, 10], 1, 10)
    assert 9.5 < mean < 9.8
    assert 0 < deviation < 0.8
    assert shaken([5] * 50, 1, 10)[1] == pytest.approx(math.sqrt(2 / 3), abs=0.02)


def test_power_is_what_simulation_says() -> None:
    chance = np.random.default_rng(0)
    hits = 0
    for _ in range(2_000):
        sample = chance.normal(0.6, 1, 24)
        hits += abs(sample.mean()) / (sample.std(ddof=1) / math.sqrt(24)) > 2.0687
    assert power_of(0.6, 24) == pytest.approx(hits / 2_000, abs=0.03)
    assert needed(0.5) == 34  # the textbooks' figure for a paired t test
    assert power_of(0.5, 100_000) == 1
    assert needed(1e-12) is None


def test_raters_needed() -> None:
    assert raters_needed([0.4, 0.6, 0.5, 0.5]) == 3
    assert raters_needed([1, 1, 1]) == 2
    assert raters_needed([1, 2]) is None
    assert raters_needed([0, 0, 0]) is None


def test_the_papers_own_numbers() -> None:
    found = {each.where: each.follows for each in findings()}
    assert "12 comparisons, not 36" in found["§5.4, human rating"]
    assert "0% to 80%" in found["A.3"]
    assert accuracy_bounds(0.48, 0.32, 1.0) == pytest.approx((0.48, 0.48))
    sample = np.random.default_rng(1).normal(0, 1, 400)
    assert implied_size(plain_interval(list(sample)) or (0, 0), float(sample.std(ddof=1))) == pytest.approx(400)
