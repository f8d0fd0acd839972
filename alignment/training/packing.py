"""Preference pairs of searched conversations as token tries: what rows share is run once.

The pairs of one search tree begin alike: the role prompt, the turns up to a branching, the reply that a later pair goes on
from. A pack holds the rows of some pairs as one trie, flattened into one sequence in which every token sees its ancestors and
itself, at the position that it has in its row. A causal model computes on it what it computes on every row alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...envs.keys import mix, text_key

Ints = NDArray[np.int64]
ROOT = -1
"""The parent of a row's first token."""


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """A chat in tokens, of which those from `start` on (1 or more) are the reply.

    A preference is about the first `judged` tokens of the reply; 0: about all.
    """

    ids: tuple[int, ...]
    start: int
    judged: int = 0


TokenPair = tuple[Row, Row]
"""The chosen row and the rejected one."""


@dataclass(frozen=True, slots=True)
class Pack:
    """Some pairs as one trie of n tokens; side 2k is the chosen row of the pack's pair k, side 2k + 1 the rejected one.

    Attributes:
        pairs: (p,) which pairs these are.
        tokens: (n,) token ids; a token's parent stands before it.
        parent: (n,) where the token before it in its rows stands, or ROOT.
        depth: (n,) the token's position in its rows, from 0.
        sources: (s,) where the tokens stand whose outputs predict a reply's tokens, ascending.
        edge_source: (m,) of every predicted token, once however many rows hold it: index into `sources`.
        edge_token: (m,) its id.
        use_edge: (u,) the predicted tokens of all sides, side by side: index into the edges.
        use_side: (u,) the side that each belongs to.
        use_judged: (u,) whether a preference is about it, bool.
        ends: (2p,) where the last token of each side stands.
        row_tokens: tokens of the rows, each counted whole: what a padded batch runs, without its padding.
    """

    pairs: Ints
    tokens: Ints
    parent: Ints
    depth: Ints
    sources: Ints
    edge_source: Ints
    edge_token: Ints
    use_edge: Ints
    use_side: Ints
    use_judged: NDArray[np.bool_]
    ends: Ints
    row_tokens: int

    @property
    def lengths(self) -> Ints:
        """(2p,) tokens of each side's reply."""
        return np.bincount(self.use_side, minlength=len(self.ends)).astype(np.int64)

    def sees(self) -> NDArray[np.bool_]:
        """(n, n): whether the row's token sees the column's, that is, itself and its ancestors."""
        found = np.zeros((len(self.tokens), len(self.tokens)), dtype=np.bool_)
        for node, parent in enumerate(self.parent):
            if parent != ROOT:
                found[node] = found[parent]
            found[node, node] = True
        return found


def pack_pairs(pairs: Sequence[TokenPair], groups: Sequence[str], limit: int = 1024, seed: int = 0,
               names: Sequence[int] | None = None) -> list[Pack]:
    """Packs pairs, conversation by conversation, into tries of at most `limit` tokens.

    A conversation that is larger is split between its pairs; a pair that is larger has a pack of its own. Small conversations
    share a pack. The packs are a function of the set of pairs and the seed, whatever the order in which the pairs come.

    Args:
        pairs: in tokens.
        groups: the conversation of each pair.
        limit: most tokens of a pack.
        seed: of the order of the conversations.
        names: what `Pack.pairs` calls each pair; by default its index.
    """
    called = range(len(pairs)) if names is None else names
    return [_packed([pairs[i] for i in chosen], [called[i] for i in chosen])
            for chosen in _divided(pairs, groups, limit, seed)]


def _divided(pairs: Sequence[TokenPair], groups: Sequence[str], limit: int, seed: int) -> Iterator[list[int]]:
    """The indices of each pack's pairs."""
    members: dict[str, list[int]] = {}
    for index in sorted(range(len(pairs)), key=lambda i: (*pairs[i], i)):
        members.setdefault(groups[index], []).append(index)
    chosen: list[int] = []
    trie = _Trie()
    for group in sorted(members, key=lambda name: (mix(seed, text_key(name)), name)):
        whole = _Trie()
        for index in members[group]:
            whole.add_pair(pairs[index])
        if chosen and trie.size + whole.size > limit:  # it is not split to fill a pack: what its pairs share would be run twice
            yield chosen
            chosen, trie = [], _Trie()
        for index in members[group]:
            if chosen and trie.size + trie.missing(pairs[index]) > limit:
                yield chosen
                chosen, trie = [], _Trie()
            trie.add_pair(pairs[index])
            chosen.append(index)
    if chosen:
        yield chosen


class _Trie:
    """A token trie under construction."""

    def __init__(self) -> None:
        self._child: dict[tuple[int, int], int] = {}
        self.tokens: list[int] = []
        self.parent: list[int] = []
        self.depth: list[int] = []

    @property
    def size(self) -> int:
        """Tokens held."""
        return len(self.tokens)

    def add(self, ids: Sequence[int]) -> list[int]:
        """Where the tokens of a row stand, new ones at the end."""
        path, node = [], ROOT
        for depth, token in enumerate(ids):
            child = self._child.get((node, token))
            if child is None:
                child = self._child[node, token] = len(self.tokens)
                self.tokens.append(token)
                self.parent.append(node)
                self.depth.append(depth)
            path.append(child)
            node = child
        return path

    def add_pair(self, pair: TokenPair) -> None:
        """Adds both rows."""
        for row in pair:
            self.add(row.ids)

    def missing(self, pair: TokenPair) -> int:
        """How many tokens `add_pair` would add."""
        chosen, rejected = (row.ids for row in pair)
        known = [self._known(ids) for ids in (chosen, rejected)]
        shared = next((i for i, (a, b) in enumerate(zip(chosen, rejected, strict=False)) if a != b),
                      min(len(chosen), len(rejected)))
        return len(chosen) - known[0] + len(rejected) - max(known[1], shared)

    def _known(self, ids: Sequence[int]) -> int:
        """How many of a row's first tokens are held."""
        node = ROOT
        for depth, token in enumerate(ids):
            child = self._child.get((node, token))
            if child is None:
                return depth
            node = child
        return len(ids)


def _packed(pairs: Sequence[TokenPair], names: Sequence[int]) -> Pack:
    """The pack of these pairs."""
    trie = _Trie()
    paths = [trie.add(row.ids) for pair in pairs for row in pair]
    rows = [row for pair in pairs for row in pair]
    # A reply's token is known by where it stands; what predicts it is its parent.
    nodes = np.array([node for row, path in zip(rows, paths, strict=True) for node in path[row.start :]], dtype=np.int64)
    sides = [side for side, row in enumerate(rows) for _ in row.ids[row.start :]]
    judged = [place < (row.judged or len(row.ids)) for row in rows for place in range(len(row.ids) - row.start)]
    edges, use_edge = np.unique(nodes, return_inverse=True)
    tokens, parent = np.array(trie.tokens, dtype=np.int64), np.array(trie.parent, dtype=np.int64)
    sources, edge_source = np.unique(parent[edges], return_inverse=True)
    return Pack(
        pairs=np.array(names, dtype=np.int64), tokens=tokens, parent=parent, depth=np.array(trie.depth, dtype=np.int64),
        sources=sources, edge_source=edge_source.astype(np.int64), edge_token=tokens[edges],
        use_edge=use_edge.astype(np.int64), use_side=np.array(sides, dtype=np.int64),
        use_judged=np.array(judged, dtype=np.bool_),
        ends=np.array([path[-1] for path in paths], dtype=np.int64), row_tokens=sum(len(row.ids) for row in rows))
