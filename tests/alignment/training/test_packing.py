"""Packs hold every row of their pairs, once what rows share, whatever the order in which the pairs come."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dialogym.alignment.training.packing import ROOT, Pack, Row, TokenPair, pack_pairs

TOKENS = st.integers(0, 3)
TEXT = st.lists(TOKENS, min_size=1, max_size=6).map(tuple)


@st.composite
def searched(draw: st.DrawFn) -> tuple[list[TokenPair], list[str]]:
    """Pairs that branch off a few beginnings, and their conversations."""
    stems = draw(st.lists(TEXT, min_size=1, max_size=3))
    pairs, groups = [], []
    for _ in range(draw(st.integers(1, 6))):
        which = draw(st.integers(0, len(stems) - 1))
        prompt = stems[which] + draw(st.lists(TOKENS, max_size=3).map(tuple))
        chosen, rejected = (Row(prompt + draw(TEXT), len(prompt)) for _ in range(2))
        pairs.append((chosen, rejected))
        groups.append(f"talk-{which}")
    return pairs, groups


def path(pack: Pack, node: int) -> list[int]:
    """Where a node's ancestors and itself stand, from the root."""
    found = []
    while node != ROOT:
        found.append(node)
        node = int(pack.parent[node])
    return found[::-1]


@given(searched(), st.integers(1, 40), st.integers(0, 3))
def test_every_row_is_there_and_predicted(data: tuple[list[TokenPair], list[str]], limit: int, seed: int) -> None:
    pairs, groups = data
    packs = pack_pairs(pairs, groups, limit, seed)
    assert sorted(i for pack in packs for i in pack.pairs) == list(range(len(pairs)))
    for pack in packs:
        assert len(pack.tokens) <= limit or len(pack.pairs) == 1
        rows = [row for i in pack.pairs for row in pairs[i]]
        assert pack.row_tokens == sum(len(row.ids) for row in rows)
        for side, row in enumerate(rows):
            nodes = path(pack, int(pack.ends[side]))
            assert tuple(pack.tokens[nodes]) == row.ids
            assert list(pack.depth[nodes]) == list(range(len(row.ids)))
            edges = pack.use_edge[pack.use_side == side]
            assert tuple(pack.edge_token[edges]) == row.ids[row.start :]
            assert list(pack.sources[pack.edge_source[edges]]) == nodes[row.start - 1 : -1]
        assert list(pack.lengths) == [len(row.ids) - row.start for row in rows]


@given(searched(), st.integers(1, 40))
def test_a_token_sees_its_ancestors_and_itself(data: tuple[list[TokenPair], list[str]], limit: int) -> None:
    for pack in pack_pairs(*data, limit):
        sees = pack.sees()
        for node in range(len(pack.tokens)):
            assert list(np.flatnonzero(sees[node])) == path(pack, node)


@given(searched())
def test_what_rows_share_stands_once(data: tuple[list[TokenPair], list[str]]) -> None:
    [pack] = pack_pairs(*data, limit=10_000)
    beginnings = {row.ids[:end] for pair in data[0] for row in pair for end in range(1, len(row.ids) + 1)}
    assert len(pack.tokens) == len(beginnings)


@given(searched(), st.integers(1, 40), st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_does_not_matter(data: tuple[list[TokenPair], list[str]], limit: int, random) -> None:
    pairs, groups = data
    order = list(range(len(pairs)))
    random.shuffle(order)
    moved = pack_pairs([pairs[i] for i in order], [groups[i] for i in order], limit)
    for one, other in zip(pack_pairs(pairs, groups, limit), moved, strict=True):
        for name in ("tokens", "parent", "depth", "sources", "edge_source", "edge_token", "use_edge", "use_side", "ends"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name
        assert [pairs[i] for i in one.pairs] == [pairs[order[i]] for i in other.pairs]


def test_a_conversation_is_not_split_to_fill_a_pack() -> None:
    def pair(stem: int, reply: int) -> TokenPair:
        prompt = (stem,) * 10
        return Row((*prompt, reply), 10), Row((*prompt, reply + 1), 10)

    pairs = [pair(stem, reply) for stem in (1, 2, 3) for reply in (10, 20)]
    groups = [f"talk-{stem}" for stem in (1, 2, 3) for _ in range(2)]
    packs = pack_pairs(pairs, groups, limit=30)  # each conversation has 14 tokens
    assert sorted(len(pack.pairs) for pack in packs) == [2, 4]
    assert all(len({groups[i] for i in pack.pairs}) == len(pack.pairs) / 2 for pack in packs)


def test_the_seed_orders_the_conversations_and_names_are_kept() -> None:
    pairs = [(Row((1, n), 1), Row((1, n + 50), 1)) for n in range(2, 10)]
    groups = [f"talk-{n}" for n in range(8)]
    packed = [pack_pairs(pairs, groups, 5, seed, range(100, 108)) for seed in (0, 1, 0)]
    orders = [[int(i) for pack in packs for i in pack.pairs] for packs in packed]
    assert orders[0] == orders[2] != orders[1]
    assert sorted(orders[0]) == list(range(100, 108))
