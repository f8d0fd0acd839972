"""Kappa and alpha: against statsmodels, against Krippendorff's own example, and where they are undefined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

from dialogym.envs.errors import InvalidConfig
from dialogym.study.analysis.agreement import fleiss, ordinal_alpha

NAMES = ("first", "second", "tie")
WORKED = [[1, 1, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4], [4, 4, 4, 4], [1, 1, 2, 1],
          [2, 2, 2, 2], [5, 5, 5], [1, 1], [3]]
"""Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C: alpha 0.815 for ordinal data."""


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from(NAMES), min_size=3, max_size=3), min_size=2, max_size=30))
def test_kappa_is_that_of_statsmodels_where_all_have_as_many_raters(labels: list[list[str]]) -> None:
    found = fleiss(labels, NAMES)
    if len({label for given in labels for label in given}) == 1:
        assert (found.kappa, found.expected) == (None, pytest.approx(1))
        return
    table, _ = aggregate_raters(np.array([[NAMES.index(label) for label in given] for given in labels]), n_cat=3)
    assert found.kappa == pytest.approx(fleiss_kappa(table))


def test_kappa_by_hand_with_unequal_raters() -> None:
    found = fleiss([["first", "first", "second"], ["second", "second"], ["tie"], []], NAMES)
    # P̄ = (1/3 + 1) / 2; shares 2/5 and 3/5 of the labels that count
    assert (found.items, found.observed, found.expected) == (2, pytest.approx(2 / 3), pytest.approx(0.52))
    assert found.kappa == pytest.approx((2 / 3 - 0.52) / 0.48)
    assert found.by_label["tie"] is None


def test_more_raters_of_one_item_do_not_weigh_more() -> None:
    short, long = [["first", "second"]], [["first", "second"] * 10]
    same = [["first", "first"], ["second", "second"]] * 3
    assert abs((fleiss(short + same, NAMES).observed or 0) - 6 / 7) < 1e-9
    assert (fleiss(long + same, NAMES).observed or 0) > 6 / 7 - 0.08


@pytest.mark.parametrize("labels", [[], [["first"]], [["tie", "tie"], ["tie", "tie", "tie"]]])
def test_kappa_is_undefined_rather_than_made_up(labels: list[list[str]]) -> None:
    assert fleiss(labels, NAMES).kappa is None


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="got 'third'"):
        fleiss([["third", "tie"]], NAMES)


def test_alpha_is_that_of_the_worked_example() -> None:
    assert ordinal_alpha(WORKED) == pytest.approx(0.815, abs=0.0005)


def test_alpha_at_its_ends() -> None:
    assert ordinal_alpha([[1, 1], [5, 5], [9, 9]]) == pytest.approx(1)
    assert ordinal_alpha([[1, 9], [9, 1], [1, 9]]) < 0
    assert ordinal_alpha([[4, 4], [4, 4]]) is None
    assert ordinal_alpha([[1], [2]]) is None
