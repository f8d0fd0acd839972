"""Counter-based randomness: stable, well mixed, and nothing but its key."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym.envs.keys import (
    MASK,
    PUBLIC,
    episode_key,
    fresh_secret,
    handed,
    mark_of,
    mix,
    pick,
    text_key,
    uniform,
    weighted,
)

KEYS = st.integers(0, MASK)


def test_the_numbers_never_change() -> None:
    """Every published transcript depends on these."""
    assert mix(0, 0) == 0xE220A8397B1DCDAF  # SplitMix64's first output for seed 0
    assert mix(1, 2, 3) == mix(mix(1, 2), 3)
    assert text_key("PersuasionForGood-v0") == text_key("".join(("PersuasionForGood", "-v0")))
    assert text_key("a") != text_key("b") != text_key("")
    assert handed(0) == 0x512B5A2D7D912DE3
    assert episode_key(PUBLIC, "Name-v0", 7) == 0x20E1FF3D1B465103


@given(KEYS, st.integers(-5, MASK), st.integers(0, 3))
def test_keys_stay_64_bits_and_numbers_in_range(key: int, part: int, salt: int) -> None:
    assert 0 <= mix(key, part) <= MASK
    assert 0.0 <= uniform(key, salt) < 1.0
    assert pick(key, range(7), salt) in range(7)


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


def test_what_is_handed_is_no_key_nor_its_parents_or_children() -> None:
    keys = [mix(5, i) for i in range(2000)]
    out = {handed(key) for key in keys}
    assert len(out) == 2000
    near = {number for key in keys for number in (key, mix(key, 0), mix(key, 1), mix(key, 0, 0), mix(key, 1, 0))}
    assert not out & near
    flips = [(handed(key) ^ handed(key ^ (1 << bit))).bit_count() for key in keys[:10] for bit in range(64)]
    assert 31 < sum(flips) / len(flips) < 33


@given(st.integers(-(2**70), 2**70))
def test_an_episodes_key_depends_on_all_it_is_made_of(seed: int) -> None:
    key = episode_key("mine", "Name-v0", seed)
    assert key == episode_key("mine", "Name-v0", seed & MASK)
    assert len({key, episode_key("yours", "Name-v0", seed), episode_key("mine", "Name-v1", seed),
                episode_key("mine", "Name-v0", seed + 1)}) == 4


def test_secrets_are_told_apart_by_marks_that_do_not_hold_them() -> None:
    secret, other = fresh_secret(), fresh_secret()
    assert mark_of(secret) == mark_of(secret) != mark_of(other)
    assert len(secret) == 32
    assert mark_of(secret) not in secret
