"""i×MCTS against brute force: statistics by walking the tree, selection by eq. 2, pruning by score, cost in closed form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym import Agent, Ask, Position, ScriptedAgent, Utterance
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.persuasion import Persuasion
from dialogym.search import IxMCTS, Tree, run
from dialogym.search.tree import ROOT
from tests.toy import Guessing, cast, talk


def start_of(seed: int, horizon: int = 4) -> Position:
    """A toy position after the user's opening."""
    position = Position.start(Guessing(horizon), seed)
    return talk(position, cast(position.scenario), 1)


def search(planner: IxMCTS, position: Position, **names: str) -> Tree:
    return run(planner, [position], cast(position.scenario, **names))[0]


def below(tree: Tree, node: int) -> list[int]:
    """A node and all its descendants, by following parents only."""
    found = []
    for other in range(len(tree)):
        up = other
        while up not in (node, -1):
            up = tree.parent[up]
        if up == node:
            found.append(other)
    return found


def check_statistics(tree: Tree) -> None:
    """Q, N and completions of every node, recomputed from nothing but parents and positions."""
    for node in range(len(tree)):
        made = [n for n in below(tree, node) if n != ROOT]
        ended = [n for n in made if tree.position[n].over]
        assert tree.visits[node] == len(made)
        assert tree.completions[node] == len(ended)
        assert tree.total_reward[node] == pytest.approx(sum(tree.position[n].engagement.level for n in ended))
        assert tree.completed_reward[node] == pytest.approx(tree.total_reward[node])
        assert tree.over[node] == tree.position[node].over
        if node != ROOT:
            assert tree.depth[node] == tree.position[node].turns - tree.root.turns
            assert list(tree.position[node].dialogue)[-2] == tree.reply[node]


def check_shape(tree: Tree, planner: IxMCTS, *, saturated: bool) -> None:
    limit = planner.depth or tree.root.scenario.horizon
    for node, children in enumerate(tree.children):
        assert len(children) in (0, planner.width)
        assert [tree.index[c] for c in children] == list(range(len(children)))
        assert not (children and (tree.pruned[node] or tree.over[node]))
        if saturated and not (tree.pruned[node] or tree.over[node] or tree.depth[node] >= limit):
            assert children
    kept = [n for n in range(1, len(tree)) if not tree.over[n] and not tree.pruned[n] and tree.depth[n] < limit]
    assert all(count <= planner.keep for count in Counter(tree.depth[n] for n in kept).values())
    assert max(tree.depth) <= limit


PLANNERS = st.builds(IxMCTS, width=st.integers(1, 3), keep=st.integers(1, 5), depth=st.sampled_from([None, 1, 2, 3]),
                     exploration=st.sampled_from([0.0, 0.5, sqrt(2), 10.0]))


@settings(max_examples=60, deadline=None)
@given(planner=PLANNERS, seed=st.integers(0, 1000))
def test_statistics_and_shape_of_saturated_toy_trees(planner: IxMCTS, seed: int) -> None:
    tree = search(planner, start_of(seed))
    check_statistics(tree)
    check_shape(tree, planner, saturated=True)


@settings(max_examples=40, deadline=None)
@given(planner=PLANNERS, seed=st.integers(0, 1000), iterations=st.integers(1, 12))
def test_a_stopped_search_is_the_beginning_of_a_longer_one(planner: IxMCTS, seed: int, iterations: int) -> None:
    whole = search(planner, start_of(seed))
    part = search(IxMCTS(planner.width, planner.keep, planner.depth, planner.exploration, iterations), start_of(seed))
    check_statistics(part)
    check_shape(part, planner, saturated=False)
    assert part.position == whole.position[:len(part)]
    expansions = sum(bool(children) for children in whole.children)
    assert len(part) == 1 + planner.width * min(iterations, expansions)


@pytest.mark.parametrize("seed", [0, 2, 4, 5])
def test_a_real_tree_is_sound(seed: int) -> None:
    planner = IxMCTS(width=3, keep=4)
    tree = search(planner, talk(Position.start(Persuasion(), seed), cast(Persuasion()), 2))
    check_statistics(tree)
    check_shape(tree, planner, saturated=True)
    assert len(tree) > 50
    assert any(tree.over)


def next_expanded(tree: Tree, planner: IxMCTS) -> int:
    """Eq. 2 by brute force: Q and N by walking, the first of equals, past subtrees with nothing left to expand."""
    limit = planner.depth or tree.root.scenario.horizon

    def expandable(node: int) -> bool:
        return any(not (tree.children[n] or tree.pruned[n] or tree.position[n].over or tree.depth[n] >= limit)
                   for n in below(tree, node))

    def count(node: int) -> int:
        return len(below(tree, node)) - (node == ROOT)

    def bound(node: int) -> float:
        reward = sum(tree.position[n].engagement.level for n in below(tree, node) if tree.position[n].over)
        return reward / count(node) + planner.exploration * sqrt(log(count(tree.parent[node])) / count(node))

    node = ROOT
    while tree.children[node]:
        node = max((c for c in tree.children[node] if expandable(c)), key=bound)
    return node


@pytest.mark.parametrize("exploration", [0.0, 0.3, sqrt(2), 4.0])
@pytest.mark.parametrize("seed", range(3))
def test_every_expansion_is_the_one_eq_2_names(seed: int, exploration: float) -> None:
    position, checked = start_of(seed, horizon=7), 0
    for iterations in range(1, 30):
        planner = IxMCTS(width=3, keep=12, exploration=exploration, iterations=iterations)
        before, after = search(planner, position), search(IxMCTS(3, 12, None, exploration, iterations + 1), position)
        if len(after) > len(before):
            checked += 1
            assert after.parent[-1] == next_expanded(before, planner)
    assert checked > 8


class Script:
    """A seat that says what a table has for the path taken to it; "Cold." or a guess elsewhere."""

    def __init__(self, seat: str, lines: dict[str, str], other: str) -> None:
        self.seat, self.lines, self.other = seat, lines, other

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        return [Utterance(self.seat, self.say(ask)) for ask in asks]

    def say(self, ask: Ask) -> str:
        return self.lines.get(" ".join(u.text for u in ask.view.dialogue if u.seat == "guesser"), self.other)


class Namer:
    """A guesser that names its path: "a" and "b" are the root's children, "a aa" and "a ab" the first's."""

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        found: list[Utterance] = []
        for number, ask in enumerate(asks):
            mine = [u.text for u in ask.view.dialogue if u.seat == "guesser"]
            found.append(Utterance("guesser", (mine[-1] if mine else "") + "ab"[number % 2]))
        return found


def test_eq_2_by_hand() -> None:
    """One path at a time. Bounds are Q/N + √2·sqrt(ln N(parent) / N); "a aa" ends with reward 1, all else goes on.

    1. the root is expanded: a, b with N = 1, Q = 0; the root has N = 2; a is first among equals
    2. a is expanded: Q(a) = 1, N(a) = 3, N(root) = 4: 1/3 + √2·sqrt(ln 4 / 3) = 1.29 < b: √2·sqrt(ln 4) = 1.67
    3. b is expanded: Q(b) = 0, N(b) = 3, N(root) = 6: a: 1/3 + √2·sqrt(ln 6 / 3) is 1/3 above b
       and in a, "a aa" is over, so "a ab" is next
    4. "a ab" is expanded: N(a) = 5, N(root) = 8: a: 1/5 + √2·sqrt(ln 8 / 5) = 1.11 < b: √2·sqrt(ln 8 / 3) = 1.18
    """
    agents: dict[str, Agent] = {"guesser": Namer(), "thinker": Script("thinker", {"a aa": "Yes."}, "Cold.")}
    trees = [run(IxMCTS(width=2, iterations=n), [start_of(0, horizon=3)], agents)[0] for n in range(1, 6)]
    expanded = [tree.reply[tree.parent[-1]] for tree in trees]
    assert [u.text if u else None for u in expanded] == [None, "a", "b", "ab", "ba"]
    assert (trees[1].total_reward[1], trees[1].visits[1], trees[1].visits[ROOT]) == (1.0, 3, 4)
    assert 1 / 3 + sqrt(2) * sqrt(log(4) / 3) == pytest.approx(1.294, abs=1e-3)
    assert sqrt(2) * sqrt(log(8) / 3) > 1 / 5 + sqrt(2) * sqrt(log(8) / 5)


def test_the_worst_scored_are_pruned_and_the_first_of_equals_kept() -> None:
    pruned = 0
    for seed in range(20):
        tree = search(IxMCTS(width=3, keep=1, depth=2), start_of(seed))
        siblings = [child for child in tree.children[ROOT] if not tree.over[child]]
        best = max(siblings, key=lambda n: (tree.score[n], -n), default=None)
        assert [n for n in siblings if not tree.pruned[n]] == ([] if best is None else [best])
        warm = [sum(u.text == "Warm." for u in tree.position[n].dialogue) for n in siblings]
        assert [tree.score[n] for n in siblings] == warm
        pruned += sum(tree.pruned)
    assert pruned > 20


class Counting:
    def __init__(self, agent: Agent) -> None:
        self.agent, self.asked, self.batches = agent, 0, 0

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        self.asked += len(asks)
        self.batches += 1
        return self.agent.respond(asks)


@pytest.mark.parametrize(("width", "keep", "depth", "expansions"),
                         [(3, 81, 15, 931), (3, 9, 10, 76), (2, 5, 6, 22), (1, 1, 4, 4), (4, 2, 1, 1)])
def test_the_cost_of_a_saturated_search(width: int, keep: int, depth: int, expansions: int) -> None:
    """With a user who never ends: every node of the first depths and `keep` of each later one, Σ_d min(e^d, K)."""
    assert expansions == sum(min(width**d, keep) for d in range(depth))
    agents = {seat: Counting(agent) for seat, agent in cast(Guessing(depth), thinker="endless").items()}
    (tree,) = run(IxMCTS(width, keep), [start_of(1, horizon=depth)], agents)
    assert sum(bool(children) for children in tree.children) == expansions
    assert [agents[seat].asked for seat in ("guesser", "thinker")] == [width * expansions] * 2  # 2,793 for the paper's setting
    assert agents["guesser"].batches == expansions  # siblings are asked for together


def test_the_papers_setting_is_the_default() -> None:
    planner = IxMCTS()
    assert (planner.width, planner.keep, planner.exploration, planner.depth) == (3, 81, sqrt(2), None)
    assert Persuasion().horizon == 15


def test_depth_counts_from_the_root() -> None:
    later = talk(start_of(2, horizon=9), cast(Guessing(9), thinker="endless"), 4)
    tree = search(IxMCTS(width=2, keep=2, depth=3), later, thinker="endless")
    assert max(tree.depth) == 3
    assert max(p.turns for p in tree.position) == later.turns + 3


def test_a_finished_position_is_a_tree_of_one() -> None:
    end = talk(start_of(0), cast(Guessing()))
    assert len(run(IxMCTS(), [end], {})[0]) == 1


def test_a_user_who_opens_speaks_before_the_search_begins() -> None:
    opening = Position.start(Guessing(), 0)
    tree = search(IxMCTS(), opening)
    assert tree.root == talk(opening, cast(Guessing()), 1)
    assert tree.position[0].seat == "guesser"
    assert tree.to_json() == search(IxMCTS(), tree.root).to_json()


@pytest.mark.parametrize("options", [{"width": 0}, {"keep": 0}, {"depth": 0}, {"iterations": 0}, {"exploration": -1.0}])
def test_options_without_sense_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(InvalidConfig, match=next(iter(options))):
        IxMCTS(**options)  # type: ignore[arg-type]


def test_children_are_different_draws_and_repeatable() -> None:
    tree = search(IxMCTS(width=8, keep=3), start_of(3))
    assert len({tree.reply[n].text for n in tree.children[ROOT]}) > 1
    assert search(IxMCTS(width=8, keep=3), start_of(3)).to_json() == tree.to_json()


def test_every_node_is_what_its_path_says() -> None:
    """Law 2: whatever order the search took, a node's words follow from its indices alone."""
    position = talk(Position.start(Persuasion(), 1), cast(Persuasion()), 2)
    tree = search(IxMCTS(width=2, keep=3, exploration=0.1), position)
    agents: dict[str, ScriptedAgent] = cast(Persuasion())
    for node in range(1, len(tree), 7):
        path = []
        while node != ROOT:
            path.append(tree.index[node])
            node = tree.parent[node]  # noqa: PLW2901 - walking up
        found = position
        for index in reversed(path):
            found = found.say(agents["persuader"].respond([found.ask(index)])[0], index)
            found = found.say(agents["persuadee"].respond([found.ask()])[0])
        assert found in tree.position
