"""The search tree: flat lists with parent indices, one entry per node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..envs.dialogue import Utterance
from ..envs.position import Position

ROOT = 0
TREE_VERSION = 1


@dataclass(slots=True)
class Tree:
    """Model nodes of a search, node 0 being the root; each holds the model's utterance and the user's reply to it.

    The paper's tree alternates model and user nodes with exactly one user node per model node (§3.2), so a pair of them
    is one entry here. All lists have one entry per node, in the order of creation.

    Attributes:
        position: per node, the position after the user's reply (the searched position itself at the root).
        parent: index of the parent; -1 at the root.
        index: which of its siblings the node is, from 0.
        depth: model turns below the root.
        reply: the model's utterance that made the node; None at the root.
        visits: N(a), back-propagated visits (eq. 2).
        total_reward: Q(a), reward accumulated by them.
        completions: finished trajectories at or below the node.
        completed_reward: the sum of their rewards, each in [0, 1].
        score: what pruning compares (eq. 4 or 5).
        over: whether the trajectory ended at this node.
        pruned: whether pruning took the node out of the search.
        children: indices of the children, empty while unexpanded.
    """

    root: Position
    position: list[Position] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    index: list[int] = field(default_factory=list)
    depth: list[int] = field(default_factory=list)
    reply: list[Utterance | None] = field(default_factory=list)
    visits: list[int] = field(default_factory=list)
    total_reward: list[float] = field(default_factory=list)
    completions: list[int] = field(default_factory=list)
    completed_reward: list[float] = field(default_factory=list)
    score: list[float] = field(default_factory=list)
    over: list[bool] = field(default_factory=list)
    pruned: list[bool] = field(default_factory=list)
    children: list[list[int]] = field(default_factory=list)

    @classmethod
    def start(cls, root: Position) -> Tree:
        """A tree of its root alone."""
        tree = cls(root)
        tree.add(-1, 0, None, root)
        return tree

    def add(self, parent: int, index: int, reply: Utterance | None, position: Position, score: float = 0.0) -> int:
        """Appends a node and returns its index."""
        node = len(self.parent)
        self.position.append(position)
        self.parent.append(parent)
        self.index.append(index)
        self.depth.append(0 if parent < 0 else self.depth[parent] + 1)
        self.reply.append(reply)
        self.visits.append(0)
        self.total_reward.append(0.0)
        self.completions.append(0)
        self.completed_reward.append(0.0)
        self.score.append(score)
        self.over.append(position.over)
        self.pruned.append(False)
        self.children.append([])
        if parent >= 0:
            self.children[parent].append(node)
        return node

    def back_propagate(self, node: int, reward: float, *, completed: bool) -> None:
        """Adds a visit and its reward to a node and to all its ancestors; counts it as a completion if it is one."""
        while node >= 0:
            self.visits[node] += 1
            self.total_reward[node] += reward
            if completed:
                self.completions[node] += 1
                self.completed_reward[node] += reward
            node = self.parent[node]

    def value(self, node: int) -> float | None:
        """Mean reward of the completed trajectories at or below a node; None when none completed.

        §3.2: "the probability that the node can lead to a user engagement signal". The literal Q/N would count every
        unfinished node as a failure.
        """
        count = self.completions[node]
        return self.completed_reward[node] / count if count else None

    def sibling_groups(self) -> Iterator[tuple[int, list[int]]]:
        """(parent, children) for every expanded node."""
        return ((node, found) for node, found in enumerate(self.children) if found)

    def __len__(self) -> int:
        return len(self.parent)

    def to_json(self) -> dict[str, Any]:
        """A JSON value: the root position and per-node columns, utterances written once."""
        user = [p.dialogue.last for p in self.position]
        return {
            "tree": TREE_VERSION,
            "root": self.root.to_json(),
            "parent": self.parent, "index": self.index, "depth": self.depth,
            "model": [r.text if r else None for r in self.reply],
            "model_state": [r.state if r else "" for r in self.reply],
            "user": [u.text if u and n else None for n, u in enumerate(user)],
            "user_state": [u.state if u and n else "" for n, u in enumerate(user)],
            "visits": self.visits, "total_reward": [round(x, 9) for x in self.total_reward],
            "completions": self.completions, "completed_reward": [round(x, 9) for x in self.completed_reward],
            "score": [round(x, 9) for x in self.score], "over": self.over, "pruned": self.pruned,
            "level": [round(p.engagement.level, 9) for p in self.position],
        }
