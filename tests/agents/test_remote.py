"""What a backend needs that asks somewhere else: waits, numbers and limits."""

from __future__ import annotations

import math
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogym.agents.backend import Request
from dialogym.agents.remote import FIRST_WAIT, LONGEST_WAIT, Limits, back_off, numbered, retry_after
from dialogym.envs.errors import InvalidConfig


@given(st.floats(0, 2e9), st.floats(0, 1e6))
def test_retry_after_as_a_date_is_the_time_until_then(now: float, seconds: float) -> None:
    assert retry_after(formatdate(now + seconds, usegmt=True), now) == pytest.approx(seconds, abs=1.0)
    assert retry_after(formatdate(now - seconds, usegmt=True), now) == pytest.approx(0, abs=1e-5)  # a date is rounded to 1e-6
    assert retry_after(f"{seconds:.3f}", now) == pytest.approx(seconds, abs=1e-3)


@given(st.text() | st.sampled_from(["nan", "inf", "-3", "Sat, 01 Jan 9999 00:00:00 -0000", "Mon, 99 Foo 2020 00:00:00 GMT"]))
def test_retry_after_is_a_number_of_seconds_whatever_comes(header: str) -> None:
    assert 0 <= retry_after(header, 0.0) < math.inf


@given(st.integers(0, 2**64 - 1), st.integers(0, 5000))
def test_waits_grow_to_a_bound_and_are_the_same_each_time(key: int, attempt: int) -> None:
    wait = back_off(key, attempt)
    assert wait == back_off(key, attempt)
    assert FIRST_WAIT / 2 <= wait <= LONGEST_WAIT
    assert wait <= FIRST_WAIT * 2.0 ** min(attempt, 10)


@given(st.lists(st.integers(0, 3)))
def test_equal_requests_are_numbered(seeds: list[int]) -> None:
    found = numbered([Request((1,), seed) for seed in seeds])
    assert [request.seed for request, _ in found] == seeds
    assert [number for _, number in found] == [seeds[:place].count(seed) for place, seed in enumerate(seeds)]


@pytest.mark.parametrize("wrong", [{"concurrency": 0}, {"timeout": 0}, {"timeout": math.nan}, {"tries": 0}, {"requests": -1},
                                   {"tokens": -1}])
def test_limits_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfig, match=r"Limits need|of Limits must be a finite number"):
        Limits(**wrong)
