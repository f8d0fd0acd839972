"""i×MCTS: Monte Carlo tree search for interaction (paper §3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log, sqrt

from ..envs.errors import InvalidConfig
from ..envs.position import Position
from .driver import Plan, Weigh
from .tree import ROOT, Tree


@dataclass(frozen=True, slots=True)
class IxMCTS:
    """i×MCTS as a planner: `run(IxMCTS(), positions, agents)`.

    The user answers every new model node at once (eager): eq. 5 scores a node by the user's words, so they must be known
    before pruning. Where the paper is silent: K counts nodes whose dialogue goes on (a finished trajectory needs no
    room), an expanded node keeps its room, and the search ends when nothing is left to expand.

    Attributes:
        width: e, model nodes per expansion (§4.6: 3).
        keep: K, the most live nodes kept at a depth (§4.6: 81).
        depth: T, the most model turns below the root; None: until the scenario's horizon (§4.6: 15 or 25).
        exploration: c of eq. 2 (§4.6: √2).
        iterations: the most expansions; None: until the tree is saturated (the paper gives no number).
    """

    width: int = 3
    keep: int = 81
    depth: int | None = None
    exploration: float = sqrt(2)
    iterations: int | None = None

    def __post_init__(self) -> None:
        for name in ("width", "keep"):
            if getattr(self, name) < 1:
                raise InvalidConfig(f"{name} must be at least 1, got {getattr(self, name)}.")
        for name in ("depth", "iterations"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InvalidConfig(f"{name} must be at least 1, or None, got {value}.")
        if self.exploration < 0:
            raise InvalidConfig(f"exploration must not be negative, got {self.exploration}.")

    def __call__(self, position: Position) -> Plan[Tree]:
        """Searches from a position and returns the tree; where it is the user's turn, the user speaks first (u_0 of eq. 1).

        The position holds the user's true condition: the tree is for making preference data, not for acting (law 5).
        """
        if not position.over and position.seat == position.scenario.user:
            position = position.say((yield [position.ask()])[0])
        tree = Tree.start(position)
        open_below = [0 if position.over else 1]  # unexpanded live nodes at or below each node
        live: dict[int, list[int]] = {}
        expansions = 0
        while open_below[ROOT] and (self.iterations is None or expansions < self.iterations):
            node = self._select(tree, open_below)
            expansions += 1
            _add_open(tree, open_below, node, -1)
            here = tree.position[node]
            replies = yield [here.ask(index) for index in range(self.width)]
            spoken = [here.say(reply, index) for index, reply in enumerate(replies)]
            answers = yield [after.ask() for after in spoken]
            grown = [after.say(answer) for after, answer in zip(spoken, answers, strict=True)]
            scores = yield Weigh(tuple(grown))
            children = []
            for index, (then, score) in enumerate(zip(grown, scores, strict=True)):
                child = tree.add(node, index, replies[index], then, score)
                open_below.append(0)
                children.append(child)
                reward = then.engagement.level if tree.over[child] else 0.0
                tree.back_propagate(child, reward, completed=tree.over[child])
            for child in children:
                if not tree.over[child] and (self.depth is None or tree.depth[child] < self.depth):
                    self._keep(tree, live.setdefault(tree.depth[child], []), open_below, child)
        return tree

    def _select(self, tree: Tree, open_below: list[int]) -> int:
        """Walks down by UCB (eq. 2) to an unexpanded node, past subtrees with nothing left to expand."""
        node = ROOT
        while tree.children[node]:
            around = log(max(1, tree.visits[node]))
            best, best_bound = -1, -inf
            for child in tree.children[node]:
                if open_below[child]:
                    # eq. 2: Q(a)/N(a) + c·sqrt(ln N(a_{i-2}) / N(a)); a_{i-2} is the parent *model* node
                    count = tree.visits[child]
                    bound = tree.total_reward[child] / count + self.exploration * sqrt(around / count)
                    if bound > best_bound:
                        best, best_bound = child, bound
            node = best
        return node

    def _keep(self, tree: Tree, live: list[int], open_below: list[int], child: int) -> None:
        """Gives a live node room at its depth, or prunes the worst unexpanded one there (§3.2, §4.5)."""
        live.append(child)
        _add_open(tree, open_below, child, 1)
        if len(live) > self.keep:
            unexpanded = [n for n in live if not tree.children[n]]
            worst = min(unexpanded, key=lambda n: (tree.score[n], -n))
            live.remove(worst)
            tree.pruned[worst] = True
            _add_open(tree, open_below, worst, -1)


def _add_open(tree: Tree, open_below: list[int], node: int, change: int) -> None:
    """Counts an unexpanded node in or out, at itself and at all its ancestors."""
    while node >= 0:
        open_below[node] += change
        node = tree.parent[node]
