from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym.alignment.evaluation.intervals import mean_ci, paired_difference
from dialogym.envs.errors import InvalidConfig

values = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12)
seeds = st.integers(0, 2**63)


def test_the_interval_of_a_normal_sample_is_the_textbook_one() -> None:
    sample = [math.sin(12.9898 * i) * 3 + 10 for i in range(400)]
    mean, (low, high) = mean_ci(sample, seed=1)
    error = math.sqrt(sum((x - mean) ** 2 for x in sample) / len(sample) / len(sample))
    assert mean == pytest.approx(sum(sample) / len(sample), abs=1e-6)
    assert low == pytest.approx(mean - 1.96 * error, abs=0.02)
    assert high == pytest.approx(mean + 1.96 * error, abs=0.02)


def test_a_rate_of_a_half_over_a_hundred_episodes() -> None:
    mean, (low, high) = mean_ci([0.0, 1.0] * 50, seed=3)
    assert mean == 0.5
    assert (low, high) == (pytest.approx(0.40, abs=0.02), pytest.approx(0.60, abs=0.02))


def test_a_skewed_sample_gets_a_skewed_interval() -> None:
    mean, (low, high) = mean_ci([0.0] * 45 + [2.0] * 5, seed=0)
    assert high - mean > mean - low > 0


@pytest.mark.parametrize("sample", [[0.1] * 10, [2.0], [0.0, 0.0], [-3.0] * 3])
def test_equal_values_have_a_point_for_an_interval(sample: list[float]) -> None:
    assert mean_ci(sample, seed=0) == (sample[0], (sample[0], sample[0]))


def test_no_negative_zero_reaches_a_file() -> None:
    assert json.dumps(mean_ci([-1e-12, -1e-12], seed=0)) == "[0.0, [0.0, 0.0]]"


@settings(max_examples=25, deadline=None)
@given(values, seeds)
def test_the_interval_holds_the_mean_and_survives_json(sample: list[float], seed: int) -> None:
    mean, (low, high) = found = mean_ci(sample, seed)
    assert min(sample) - 1e-6 <= low <= mean <= high <= max(sample) + 1e-6
    assert json.loads(json.dumps(found)) == [mean, [low, high]]
    assert [mean, low, high] == [round(end, 6) for end in (mean, low, high)]


def test_the_seed_decides() -> None:
    sample = [0.0, 0.3, 1.1, 0.2, 1.9, 0.75, 0.0]
    assert mean_ci(sample, seed=5) == mean_ci(sample, seed=5)
    assert mean_ci(sample, seed=5) != mean_ci(sample, seed=6)


def test_a_paired_difference_is_the_mean_of_differences() -> None:
    a, b = [1.0, 0.5, 2.0, 0.0], [0.5, 0.5, 1.0, 0.25]
    assert paired_difference(a, b, seed=2) == mean_ci([0.5, 0.0, 1.0, -0.25], seed=2)
    assert paired_difference(a, a, seed=2) == (0.0, (0.0, 0.0))


def test_pairing_takes_out_what_the_users_share() -> None:
    generosity = [0.1 * (i % 20) for i in range(60)]
    better = [g + 0.05 + 0.01 * (i % 3) for i, g in enumerate(generosity)]
    _, (low, high) = paired_difference(better, generosity, seed=0)
    assert 0.05 < low < high < 0.07


@pytest.mark.parametrize(("sample", "said"), [
    ([], "got \\[\\]"), ([1.0, math.nan], "finite"), ([math.inf], "finite")])
def test_what_has_no_mean_is_refused(sample: list[float], said: str) -> None:
    with pytest.raises(InvalidConfig, match=said):
        mean_ci(sample, seed=0)


def test_pairs_must_match() -> None:
    with pytest.raises(InvalidConfig, match="got 2 and 1"):
        paired_difference([1.0, 2.0], [1.0], seed=0)
