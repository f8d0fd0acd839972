"""The prefix cache against the plainest model of it: a dictionary from whole prefixes to values."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym.agents.engine.prefix_cache import BLOCK, PrefixCache

LAYERS, HEADS, SIZE = 2, 1, 3
# Sequences over two tokens that often share whole blocks: each is a few blocks and a rest.
CHUNK = st.sampled_from([(0,) * BLOCK, (1,) * BLOCK, tuple(range(BLOCK))])
SEQUENCES = st.tuples(st.lists(CHUNK, max_size=4), st.integers(0, BLOCK - 1)).map(
    lambda pair: tuple(token for chunk in pair[0] for token in chunk) + (9,) * pair[1])


def cache_of(capacity: int) -> PrefixCache:
    return PrefixCache(LAYERS, HEADS, SIZE, capacity, torch.zeros(0))


def value_of(prefix: tuple[int, ...]) -> torch.Tensor:
    """What the block at the end of a prefix should hold: different for different prefixes."""
    made = torch.Generator().manual_seed(hash(prefix) % 2**31)  # hashes of tuples of ints are the same everywhere
    return torch.rand((LAYERS, 2, HEADS, BLOCK, SIZE), generator=made)


def remember(cache: PrefixCache, tokens: tuple[int, ...]) -> list[int]:
    """Stores every block of a sequence that is missing; returns where the stored ones start."""
    wanted = cache.missing(tokens)
    if wanted:
        cache.write([slot for _, slot in wanted], torch.stack([value_of(tokens[:start + BLOCK]) for start, _ in wanted]))
    return [start for start, _ in wanted]


def recalled(cache: PrefixCache, tokens: tuple[int, ...]) -> int:
    """How many blocks of a sequence are found, after checking that they hold what belongs to them."""
    slots = cache.match(tokens)
    found = cache.read([slots], len(tokens))
    assert not found[..., len(slots) * BLOCK:, :].any()
    for number in range(len(slots)):
        held = found[:, :, 0, :, number * BLOCK:(number + 1) * BLOCK]
        assert torch.equal(held, value_of(tokens[:(number + 1) * BLOCK]))
    return len(slots)


def prefixes(tokens: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [tokens[:end] for end in range(BLOCK, len(tokens) + 1, BLOCK)]


@settings(max_examples=50, deadline=None)
@given(st.lists(SEQUENCES, max_size=12))
def test_with_room_it_is_a_dictionary(sequences: list[tuple[int, ...]]) -> None:
    cache = cache_of(500)
    model: set[tuple[int, ...]] = set()
    for tokens in sequences:
        wanted = [p for p in prefixes(tokens) if len(p) < len(tokens)]  # one token is always left to run
        known = next((i for i, p in enumerate(wanted) if p not in model), len(wanted))
        assert recalled(cache, tokens) == known
        new = [len(p) - BLOCK for p in prefixes(tokens) if p not in model]
        assert remember(cache, tokens) == new
        model |= set(prefixes(tokens))


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 6), st.lists(SEQUENCES, max_size=20))
def test_without_room_it_forgets_but_never_lies(capacity: int, sequences: list[tuple[int, ...]]) -> None:
    cache = cache_of(capacity)
    for tokens in sequences:
        remember(cache, tokens)
        for other in sequences:
            recalled(cache, other)
        assert cache._pool.shape[0] <= capacity


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 6), st.lists(st.lists(SEQUENCES, max_size=5), max_size=4))
def test_a_batch_larger_than_the_pool_is_no_lie_either(capacity: int, batches: list[list[tuple[int, ...]]]) -> None:
    """Slots given away twice before one write hold what was named last."""
    cache = cache_of(capacity)
    for batch in batches:
        wanted = [(slot, tokens[:start + BLOCK]) for tokens in batch for start, slot in cache.missing(tokens)]
        if wanted:
            cache.write([slot for slot, _ in wanted], torch.stack([value_of(prefix) for _, prefix in wanted]))
        for tokens in batch:
            recalled(cache, tokens)


def test_a_slot_written_twice_keeps_the_later_block() -> None:
    cache = cache_of(1)
    (_, slot), = cache.missing(chain(1, 1))
    (_, again), = cache.missing(chain(2, 1))
    assert slot == again
    cache.write([slot, again], torch.stack([value_of(chain(n, 1)[:BLOCK]) for n in (1, 2)]))
    assert [recalled(cache, chain(n, 1)) for n in (1, 2)] == [0, 1]


def chain(first: int, blocks: int) -> tuple[int, ...]:
    return tuple([first] * BLOCK * blocks + [99])


def test_the_least_recently_used_goes_first() -> None:
    cache = cache_of(4)
    for first in (1, 2, 3, 4):
        remember(cache, chain(first, 1))
    assert recalled(cache, chain(1, 1)) == 1  # 1 is used again, 2 is now the oldest
    remember(cache, chain(5, 1))
    assert [recalled(cache, chain(first, 1)) for first in (1, 2, 3, 4, 5)] == [1, 0, 1, 1, 1]


def test_an_orphaned_block_is_not_found_under_a_new_parent() -> None:
    """After its parent was forgotten and stored again, a child must be stored again too."""
    cache = cache_of(2)
    remember(cache, chain(1, 2))
    remember(cache, chain(2, 1))  # takes the place of the first block of 1
    assert recalled(cache, chain(1, 2)) == 0
    assert remember(cache, chain(1, 1)) == [0]
    assert recalled(cache, chain(1, 2)) == 1


def test_the_pool_grows_and_keeps_what_it_held() -> None:
    cache = cache_of(1000)
    sequences = [(n, *[7] * (BLOCK - 1), 0) for n in range(700)]
    for tokens in sequences:
        remember(cache, tokens)
    assert [recalled(cache, tokens) for tokens in sequences] == [1] * 700


def test_clearing_forgets_everything_and_frees_the_room() -> None:
    cache = cache_of(3)
    remember(cache, chain(1, 3))
    cache.clear()
    assert recalled(cache, chain(1, 3)) == 0
    assert remember(cache, chain(2, 3)) == [0, BLOCK, 2 * BLOCK]
    assert recalled(cache, chain(2, 3)) == 3


def test_rows_are_read_side_by_side() -> None:
    cache = cache_of(10)
    one, other = chain(1, 2), chain(2, 2)
    remember(cache, one)
    remember(cache, other)
    found = cache.read([cache.match(one), cache.match(other)], 2 * BLOCK + 3)
    assert found.shape == (LAYERS, 2, 2, HEADS, 2 * BLOCK + 3, SIZE)
    assert torch.equal(found[:, :, 1, :, BLOCK:2 * BLOCK], value_of(other[:2 * BLOCK]))


def test_roots_share_nothing() -> None:
    """States of one adapter are never read for another, whatever the tokens."""
    cache = cache_of(10)
    remember(cache, chain(1, 2))
    for other in ("policy", "simulator"):
        assert cache.match(chain(1, 2), other) == []
        assert [start for start, _ in cache.missing(chain(1, 2), other)] == [0, BLOCK]
    found = [tuple(cache.match(chain(1, 2), root)) for root in (None, "policy", "simulator")]
    assert len(set(found)) == 3
    assert all(len(slots) == 2 for slots in found)


@pytest.mark.parametrize("length", [0, 1, BLOCK - 1, BLOCK])
def test_less_than_a_block_and_a_token_matches_nothing(length: int) -> None:
    cache = cache_of(10)
    remember(cache, (1,) * BLOCK)
    assert recalled(cache, (1,) * length) == 0
    assert recalled(cache, (1,) * (BLOCK + 1)) == 1
