"""i×MCTS: Monte Carlo tree search for interaction (paper §3.2)."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from math import inf, log, sqrt
from typing import Any, Literal, get_args

from ..envs.dialogue import Utterance
from ..envs.errors import InvalidConfig
from ..envs.finite import check_finite
from ..envs.keys import text_key, uniform
from ..envs.position import Position
from ..envs.scenario import Ask
from .budget import OutOfBudget
from .driver import Plan, ScoreRequest
from .rollouts import POLICY, roll_out, user_answers
from .tree import ROOT, Tree

Replies = Literal["eager", "lazy"]
Reward = Literal["level", "binary"]
Pruning = Literal["score", "chance"]
Wants = Generator[list[Ask] | ScoreRequest, Any, None]
_CHANCE = text_key("pruning")


@dataclass(frozen=True, slots=True)
class IxMCTS:
    """i×MCTS as a planner: `run(IxMCTS(), positions, agents)`.

    Where the paper is silent: K counts nodes whose dialogue goes on (a finished trajectory needs no room), an expanded node
    keeps its room, and the search ends when nothing is left to expand.

    Attributes:
        width: e, model nodes per expansion (§4.6: 3).
        keep: K, the most live nodes kept at a depth (§4.6: 81); None: no pruning.
        depth: T, the most model turns below the root; None: until the scenario's horizon (§4.6: 15 or 25).
        exploration: c of eq. 2 (§4.6: √2).
        iterations: the most expansions; None: until the tree is saturated (the paper gives no number).
        replies: when the user answers. "eager": every new model node at once, so that pruning compares all of them (eq. 5
            scores a node by the user's words). "lazy": when the node is selected (§3.2), so that a full depth turns the
            newcomer away.
        reward: "level" (§3.1: donation / $2) or "binary" (§3.2: 1 for any engagement).
        answers: user nodes per model node (§3.2 simplifies to 1); more make it a chance node, whose value is their mean.
        trajectories: stop when so many trajectories are complete (§3.2 explores K); None: no such limit.
        rollout: how an unfinished node is valued besides what is below it. None (the paper): not at all. "policy": by one
            simulated ending with the policy itself; else by one with the scripted player of that name, which costs
            nothing. Pruned nodes are simulated too, so that what displeases at first and pays later has a value.
        pruning: what K nodes of a depth are kept by: "score", the scenario's (eq. 4 or 5), or "chance", a control that shows
            what narrowing the tree does by itself.
    """

    width: int = 3
    keep: int | None = 81
    depth: int | None = None
    exploration: float = sqrt(2)
    iterations: int | None = None
    replies: Replies = "eager"
    reward: Reward = "level"
    answers: int = 1
    trajectories: int | None = None
    rollout: str | None = None
    pruning: Pruning = "score"

    def __post_init__(self) -> None:
        check_finite(self)
        for name in ("width", "answers"):
            if getattr(self, name) < 1:
                raise InvalidConfig(f"{name} must be at least 1, got {getattr(self, name)}.")
        for name in ("keep", "depth", "iterations", "trajectories"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InvalidConfig(f"{name} must be at least 1, or None, got {value}.")
        if self.exploration < 0:
            raise InvalidConfig(f"exploration must not be negative, got {self.exploration}.")
        for name, known in (("replies", get_args(Replies)), ("reward", get_args(Reward)), ("pruning", get_args(Pruning))):
            if getattr(self, name) not in known:
                raise InvalidConfig(f"{name} must be one of {known}, got {getattr(self, name)!r}.")

    def __call__(self, position: Position) -> Plan[Tree]:
        """Searches from a position and returns the tree; where it is the user's turn, the user speaks first (u_0 of eq. 1).

        The position holds the user's true condition: the tree is for making preference data, not for acting (law 5).
        Raises InvalidConfig when `rollout` names no scripted player of the scenario.
        """
        if self.rollout not in (None, POLICY):
            position.scenario.scripted_policy(position.scenario.interactive, self.rollout)  # refuses an unknown one
        position = (yield from user_answers([position]))[0]
        growing = _Growth(self, Tree.start(position))
        growing.open.append(0 if position.over else 1)
        expansions = 0
        while growing.open[ROOT] and (self.iterations is None or expansions < self.iterations) and not (
                self.trajectories is not None and growing.tree.completions[ROOT] >= self.trajectories):
            expansions += 1
            node = growing.select()
            growing.count_open(node, -1)
            try:
                if growing.tree.answer[node] < 0 and not (yield from growing.answer(node)):
                    continue
                yield from growing.expand(node)
            except OutOfBudget:
                break  # the tree as it is
        return growing.tree


@dataclass(slots=True)
class _Growth:
    """A tree while it is searched."""

    plan: IxMCTS
    tree: Tree
    open: list[int] = field(default_factory=list)  # unexpanded live nodes at or below each node
    live: dict[int, list[int]] = field(default_factory=dict)  # nodes that have room, by depth

    def select(self) -> int:
        """Walks down by UCB (eq. 2) to an unexpanded node, past subtrees with nothing left to expand."""
        tree, node = self.tree, ROOT
        while tree.children[node]:
            around = log(max(1, tree.visits[node]))
            best: tuple[float, list[int]] = (-inf, [])
            for choice in tree.choices(node) if self.plan.answers > 1 else ([child] for child in tree.children[node]):
                if any(self.open[child] for child in choice):
                    # eq. 2: Q(a)/N(a) + c·sqrt(ln N(a_{i-2}) / N(a)); a_{i-2} is the parent *model* node
                    count = sum(tree.visits[child] for child in choice)
                    reward = sum(tree.total_reward[child] for child in choice)
                    bound = reward / count + self.plan.exploration * sqrt(around / count)
                    if bound > best[0]:
                        best = (bound, choice)
            node = min((child for child in best[1] if self.open[child]), key=lambda child: tree.visits[child])
        return node

    def expand(self, node: int) -> Wants:
        """Gives an answered node its children: `width` candidates, answered at once when eager."""
        here = self.tree.position[node]
        replies = yield [here.ask(index) for index in range(self.plan.width)]
        spoken = [here.say(reply, index) for index, reply in enumerate(replies)]
        if self.plan.replies == "lazy":
            for index, position in enumerate(spoken):
                child = self._add(node, index, replies[index], position, -1)
                self.tree.back_propagate(child, 0.0, completed=False)
                self.count_open(child, 1)
            return
        children = [self._add(node, index, replies[index], position, answer)
                    for index, position in enumerate(spoken) for answer in range(self.plan.answers)]
        yield from self._hear(children, visit=True)
        for child in children:
            self._keep(child)

    def answer(self, node: int) -> Generator[list[Ask] | ScoreRequest, Any, bool]:
        """Lets the user answer a lazily made node; says whether it is to be expanded now."""
        tree, spoken = self.tree, self.tree.position[node]
        tree.answer[node] = 0
        more = [self._add(tree.parent[node], tree.index[node], tree.reply[node], spoken, answer)
                for answer in range(1, self.plan.answers)]
        for other in more:
            tree.back_propagate(other, 0.0, completed=False)
        yield from self._hear([node, *more], visit=False)
        for other in [node, *more]:
            self._keep(other)
        if not self.open[node]:  # it ended, is too deep, or was pruned
            return False
        self.count_open(node, -1)  # expanded next
        return True

    def _add(self, parent: int, index: int, reply: Utterance | None, position: Position, answer: int) -> int:
        self.open.append(0)
        return self.tree.add(parent, index, reply, position, answer=answer)

    def _hear(self, nodes: Sequence[int], *, visit: bool) -> Wants:
        """Asks for the user's words at the nodes, weighs them, and sends the rewards up."""
        tree = self.tree
        by_answer: dict[int, list[int]] = {}
        for node in nodes:
            by_answer.setdefault(tree.answer[node], []).append(node)
        for answer, group in by_answer.items():
            after = yield from user_answers([tree.position[node] for node in group], answer)
            for node, position in zip(group, after, strict=True):
                tree.position[node], tree.over[node] = position, position.over
        if self.plan.pruning == "chance":
            scores: list[float] = [uniform(tree.position[node].key, _CHANCE) for node in nodes]
        else:
            scores = yield ScoreRequest(tuple(tree.position[node] for node in nodes))
        ends: list[Position] = [tree.position[node] for node in nodes]
        if self.plan.rollout is not None:
            ends = yield from roll_out(ends, self.plan.rollout)
        if self.plan.rollout == POLICY:
            most = tree.root.scenario.horizon  # the closing question is nobody's reply
            tree.endings += sum(min(end.turns, most) - min(tree.position[node].turns, most)
                                for node, end in zip(nodes, ends, strict=True))
        for node, score, end in zip(nodes, scores, ends, strict=True):
            tree.score[node] = score
            tree.back_propagate(node, self._reward(end), completed=end.over, visit=visit)

    def _reward(self, end: Position) -> float:
        """Of a trajectory (§3.1, §3.2); an unfinished one has none yet."""
        level = end.engagement.level if end.over else 0.0
        return float(level > 0) if self.plan.reward == "binary" else level

    def _keep(self, node: int) -> None:
        """Gives a node that can be expanded room at its depth, or prunes the worst unexpanded one there (§3.2, §4.5)."""
        tree = self.tree
        if tree.over[node] or (self.plan.depth is not None and tree.depth[node] >= self.plan.depth):
            return
        live = self.live.setdefault(tree.depth[node], [])
        live.append(node)
        self.count_open(node, 1)
        if self.plan.keep is not None and len(live) > self.plan.keep:
            worst = min((n for n in live if not tree.children[n]), key=lambda n: (tree.score[n], -n))
            live.remove(worst)
            tree.pruned[worst] = True
            self.count_open(worst, -1)

    def count_open(self, node: int, change: int) -> None:
        """Counts an unexpanded node in or out, at itself and at all its ancestors."""
        while node >= 0:
            self.open[node] += change
            node = self.tree.parent[node]
