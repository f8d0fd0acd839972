"""Counter-based randomness: stable, well mixed, and nothing but its key."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym.envs.keys import MASK, mix, pick, text_key, uniform, unmix, weighted

KEYS = st.integers(0, MASK)


def test_the_numbers_never_change() -> None:
    """Every published transcript depends on these."""
    assert mix(0, 0) == 0xE220A8397B1DCDAF  # SplitMix64's first output for seed 0
    assert mix(1, 2, 3) == mix(mix(1, 2), 3)
    assert text_key("PersuasionForGood-v0") == text_key("".join(("PersuasionForGood", "-v0")))
    assert text_key("a") != text_key("b") != text_key("")


@given(KEYS, st.integers(-5, MASK), st.integers(0, 3))
def test_keys_stay_64_bits_and_numbers_in_range(key: int, part: int, salt: int) -> None:
    assert 0 <= mix(key, part) <= MASK
    assert 0.0 <= uniform(key, salt) < 1.0
    assert pick(key, range(7), salt) in range(7)


@given(KEYS, st.lists(st.integers(-5, MASK), max_size=4))
def test_a_parent_is_found_again_from_its_child(key: int, parts: list[int]) -> None:
    assert unmix(mix(key, *parts), *parts) == key


@settings(max_examples=50)
@given(KEYS)
def test_children_and_salts_of_a_key_differ(key: int) -> None:
    assert len({mix(key, seat, index) for seat in (0, 1) for index in range(50)}) == 100
    assert len({uniform(key, salt) for salt in range(100)}) == 100


def test_uniform_is_uniform_and_uncorrelated_along_counters() -> None:
    numbers = [uniform(mix(99, i)) for i in range(20_000)]
    tenths = Counter(int(10 * x) for x in numbers)
    assert all(abs(tenths[i] - 2000) < 200 for i in range(10))  # 4.7 standard deviations
    mean = sum(numbers) / len(numbers)
    correlation = sum((a - mean) * (b - mean) for a, b in pairwise(numbers)) / len(numbers) * 12
    assert abs(correlation) < 0.04


def test_one_bit_of_a_key_changes_half_the_bits_of_its_child() -> None:
    flips = [(mix(key, 0) ^ mix(key ^ (1 << bit), 0)).bit_count() for key in range(40) for bit in range(64)]
    assert 31.5 < sum(flips) / len(flips) < 32.5
    assert min(flips) > 8


def test_pick_and_weighted_follow_their_odds() -> None:
    picked = Counter(pick(key, "abcd") for key in range(8000))
    assert all(abs(picked[letter] - 2000) < 200 for letter in "abcd")
    drawn = Counter(weighted(key, [1.0, 0.0, 3.0]) for key in range(8000))
    assert drawn[1] == 0
    assert abs(drawn[2] - 6000) < 200


def test_picking_from_nothing_is_an_error() -> None:
    with pytest.raises(IndexError):
        pick(1, [])


@given(st.text(st.characters(), max_size=20), st.text(st.characters(), max_size=20))
def test_text_keys_tell_texts_apart_whatever_their_characters(a: str, b: str) -> None:
    assert (text_key(a) == text_key(b)) == (a == b)


@given(KEYS, st.integers(-(2**70), 2**70))
def test_parts_count_modulo_64_bits(key: int, part: int) -> None:
    assert mix(key, part) == mix(key, part & MASK)
