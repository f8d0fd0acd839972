"""The search tree: flat lists with parent indices, one entry per node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from ..envs.dialogue import Dialogue, Utterance
from ..envs.errors import InvalidSnapshot
from ..envs.position import Position
from ..envs.scenario import Scenario

ROOT = 0
TREE_VERSION = 3
_COUNTS = ("visits", "completions", "over", "pruned")
_REALS = ("total_reward", "completed_reward", "completed_square", "score")


@dataclass(slots=True)
class Tree:
    """Model nodes of a search, node 0 being the root; each holds the model's utterance and the user's reply to it.

    The paper's tree alternates model and user nodes with exactly one user node per model node (§3.2), so a pair of them
    is one entry here. With several answers to one model utterance, each answer is an entry: entries of the same parent and
    `index` share the utterance and are a *choice*. All lists have one entry per node, in the order of creation.

    Attributes:
        position: per node, the position after the user's reply (the searched position itself at the root).
        parent: index of the parent; -1 at the root.
        index: which of the model's candidates at the parent the node is, from 0.
        answer: which of the user's answers to that candidate it is, from 0; -1 while the user has not answered.
        depth: model turns below the root.
        reply: the model's utterance that made the node; None at the root.
        visits: N(a), back-propagated visits (eq. 2).
        total_reward: Q(a), reward accumulated by them.
        completions: finished trajectories at or below the node, rollouts among them.
        completed_reward: the sum of their rewards, each in [0, 1].
        completed_square: the sum of the squares of their rewards.
        score: what pruning compares (eq. 4 or 5).
        over: whether the trajectory ended at this node.
        pruned: whether pruning took the node out of the search.
        children: indices of the children, empty while unexpanded.
        endings: replies that the policy was asked for in simulated endings, which are no nodes.
    """

    root: Position
    position: list[Position] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    index: list[int] = field(default_factory=list)
    answer: list[int] = field(default_factory=list)
    depth: list[int] = field(default_factory=list)
    reply: list[Utterance | None] = field(default_factory=list)
    visits: list[int] = field(default_factory=list)
    total_reward: list[float] = field(default_factory=list)
    completions: list[int] = field(default_factory=list)
    completed_reward: list[float] = field(default_factory=list)
    completed_square: list[float] = field(default_factory=list)
    score: list[float] = field(default_factory=list)
    over: list[bool] = field(default_factory=list)
    pruned: list[bool] = field(default_factory=list)
    children: list[list[int]] = field(default_factory=list)
    endings: int = 0

    @classmethod
    def start(cls, root: Position) -> Tree:
        """A tree of its root alone."""
        tree = cls(root)
        tree.add(-1, 0, None, root)
        return tree

    def add(self, parent: int, index: int, reply: Utterance | None, position: Position, score: float = 0.0,
            answer: int = 0) -> int:
        """Appends a node and returns its index."""
        node = len(self.parent)
        self.position.append(position)
        self.parent.append(parent)
        self.index.append(index)
        self.answer.append(answer)
        self.depth.append(0 if parent < 0 else self.depth[parent] + 1)
        self.reply.append(reply)
        self.visits.append(0)
        self.total_reward.append(0.0)
        self.completions.append(0)
        self.completed_reward.append(0.0)
        self.completed_square.append(0.0)
        self.score.append(score)
        self.over.append(position.over)
        self.pruned.append(False)
        self.children.append([])
        if parent >= 0:
            self.children[parent].append(node)
        return node

    def back_propagate(self, node: int, reward: float, *, completed: bool, visit: bool = True) -> None:
        """Adds a reward, and a visit unless told otherwise, to a node and all its ancestors; counts a completed trajectory."""
        while node >= 0:
            self.visits[node] += visit
            self.total_reward[node] += reward
            if completed:
                self.completions[node] += 1
                self.completed_reward[node] += reward
                self.completed_square[node] += reward * reward
            node = self.parent[node]

    def value(self, node: int) -> float | None:
        """Mean reward of the completed trajectories at or below a node; None when none completed.

        §3.2: "the probability that the node can lead to a user engagement signal". The literal Q/N (`literal_value`) counts
        every unfinished node as a failure, which favours ending the talk at once.
        """
        count = self.completions[node]
        return self.completed_reward[node] / count if count else None

    def literal_value(self, node: int) -> float | None:
        """Q/N as eq. 2 prints it; None before the first visit."""
        return self.total_reward[node] / self.visits[node] if self.visits[node] else None

    def error(self, node: int) -> float | None:
        """Standard error of `value` over the completed trajectories, as if they were independent; None below two."""
        count = self.completions[node]
        if count < 2:
            return None
        mean = self.completed_reward[node] / count
        return sqrt(max(0.0, self.completed_square[node] / count - mean * mean) / (count - 1))

    def choices(self, node: int) -> list[list[int]]:
        """The model's candidates at a node, each as the entries of the user's answers to it, in the order of `index`."""
        found: dict[int, list[int]] = {}
        for child in self.children[node]:
            found.setdefault(self.index[child], []).append(child)
        return [found[index] for index in sorted(found)]

    def choice_value(self, choice: Sequence[int]) -> float | None:
        """The value of a candidate: the mean over the user's answers that have one, each answer as likely as another."""
        values = [value for node in choice if (value := self.value(node)) is not None]
        return sum(values) / len(values) if values else None

    def sibling_groups(self) -> Iterator[tuple[int, list[int]]]:
        """(parent, children) for every expanded node."""
        return ((node, found) for node, found in enumerate(self.children) if found)

    def __len__(self) -> int:
        return len(self.parent)

    def to_json(self) -> dict[str, Any]:
        """A JSON value: the root position and per-node columns, utterances written once. `from_json` gives back an equal tree.

        `user` is the last the user said at a node (None: nothing); what they said there before a closing question stands in
        `earlier`, by node. `level` is the engagement level.
        """
        words = [self._words(node) for node in range(len(self))]
        return {
            "tree": TREE_VERSION,
            "root": self.root.to_json(),
            "parent": self.parent, "index": self.index, "answer": self.answer, "depth": self.depth,
            "model": [r.text if r else None for r in self.reply],
            "model_state": [r.state if r else "" for r in self.reply],
            "user": [said[-1].text if said else None for said in words],
            "user_state": [said[-1].state if said else "" for said in words],
            "earlier": {str(node): [[u.text, u.state] for u in said[:-1]] for node, said in enumerate(words) if said[1:]},
            **{name: getattr(self, name) for name in _COUNTS},
            **{name: [round(x, 9) for x in getattr(self, name)] for name in _REALS},
            "level": [round(p.engagement.level, 9) for p in self.position],
            **({"endings": self.endings} if self.endings else {}),
        }

    def _words(self, node: int) -> list[Utterance]:
        """What the user said at a node, first to last."""
        said: list[Utterance] = []
        here: Dialogue | None = self.position[node].dialogue
        before = self.position[self.parent[node]].dialogue if node > ROOT else here
        while here is not before and here is not None and here.last is not None:
            if here.last.seat == self.root.scenario.user:
                said.append(here.last)
            here = here.parent
        return said[::-1]

    @classmethod
    def from_json(cls, value: Any, scenario: Scenario) -> Tree:
        """The inverse of `to_json`, for the scenario the tree was made in. Raises InvalidSnapshot."""
        if not isinstance(value, Mapping) or value.get("tree") != TREE_VERSION:
            found = value.get("tree") if isinstance(value, Mapping) else type(value).__name__
            raise InvalidSnapshot(f"A search tree of version {TREE_VERSION} was wanted, got {found!r}; search again.")
        try:
            tree = cls.start(Position.from_json(value["root"], scenario))
            for node, parent in enumerate(value["parent"]):
                if node > ROOT:
                    tree._read(value, node, parent)
            for name in (*_COUNTS, *_REALS):
                if len(value[name]) != len(tree):
                    raise ValueError(f"{len(value[name])} of {name} for {len(tree)} nodes")
                setattr(tree, name, list(value[name]))
            tree.endings = int(value.get("endings", 0))
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise InvalidSnapshot(f"The search tree is damaged ({type(error).__name__}: {error}); search again.") from error
        return tree

    @staticmethod
    def generations(value: Mapping[str, Any]) -> int:
        """Replies that the policy was asked for to grow a tree: candidates, and those in endings of its own.

        The user's answers are free, as in `search.budget`.

        Args:
            value: the tree, as `to_json` gives it.
        """
        candidates = sum(1 for answer in value["answer"] if answer <= 0) - 1  # without the root
        return candidates + int(value.get("endings", 0))

    def _read(self, value: Mapping[str, Any], node: int, parent: int) -> None:
        """Adds a node of `from_json`."""
        if not 0 <= parent < node:
            raise ValueError(f"node {node} has parent {parent}")
        scenario, index, answer = self.root.scenario, value["index"][node], value["answer"][node]
        reply = Utterance(scenario.interactive, value["model"][node], value["model_state"][node])
        position = self.position[parent].say(reply, index)
        words = [*value["earlier"].get(str(node), ()), [value["user"][node], value["user_state"][node]]]
        for text, state in words if value["user"][node] is not None else ():
            position = position.say(Utterance(scenario.user, text, state), answer)
        self.add(parent, index, reply, position, answer=answer)
