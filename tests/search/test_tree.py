"""The search tree: what its columns hold, and its JSON."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest

from dialogym import Position, Utterance
from dialogym.envs.emotional_support import EmotionalSupport
from dialogym.envs.errors import InvalidSnapshot
from dialogym.envs.persuasion import Persuasion
from dialogym.search import IxMCTS, Tree, run
from dialogym.search.tree import ROOT
from tests.toy import Guessing, cast

START = Position.start(Persuasion(), 4)


def grown() -> Tree:
    """Root with children 1 and 2; 3 and 4 below 1."""
    tree = Tree.start(START)
    for parent, index in ((ROOT, 0), (ROOT, 1), (1, 0), (1, 1)):
        reply = Utterance("persuader", f"Child {index} of {parent}.")
        tree.add(parent, index, reply, tree.position[parent].say(reply, index).say("Hm."), score=0.5)
    return tree


def test_a_new_tree_is_its_root() -> None:
    tree = Tree.start(START)
    assert len(tree) == 1
    assert (tree.parent, tree.depth, tree.reply, tree.visits) == ([-1], [0], [None], [0])
    assert tree.position[ROOT] is tree.root is START


def test_every_column_grows_with_the_tree() -> None:
    tree = grown()
    columns = [field.name for field in fields(Tree) if field.name not in ("root", "endings")]
    assert len(columns) == 15
    assert {len(getattr(tree, name)) for name in columns} == {len(tree)} == {5}
    assert tree.depth == [0, 1, 1, 2, 2]
    assert dict(tree.sibling_groups()) == {0: [1, 2], 1: [3, 4]}


def test_rewards_go_to_every_ancestor_and_nobody_else() -> None:
    tree = grown()
    tree.back_propagate(3, 0.75, completed=True)
    tree.back_propagate(4, 0.0, completed=False)
    tree.back_propagate(2, 0.25, completed=True)
    assert tree.visits == [3, 2, 1, 1, 1]
    assert tree.total_reward == [1.0, 0.75, 0.25, 0.75, 0.0]
    assert tree.completions == [2, 1, 1, 1, 0]
    assert tree.completed_reward == [1.0, 0.75, 0.25, 0.75, 0.0]


def test_a_value_is_the_mean_over_completions_and_not_over_visits() -> None:
    tree = grown()
    assert tree.value(1) is None
    tree.back_propagate(4, 0.0, completed=False)
    tree.back_propagate(3, 0.75, completed=True)
    assert tree.value(1) == 0.75
    tree.back_propagate(3, 0.25, completed=True)
    assert [tree.value(node) for node in range(5)] == [0.5, 0.5, None, 0.5, None]


def test_nodes_share_their_past() -> None:
    tree = grown()
    assert tree.position[3].dialogue.parent.parent is tree.position[1].dialogue is tree.position[4].dialogue.parent.parent


def test_json_tells_the_whole_tree() -> None:
    (tree,) = run(IxMCTS(width=2, keep=3), [START], cast(Persuasion()))
    value = json.loads(json.dumps(tree.to_json(), ensure_ascii=False))
    assert Position.from_json(value["root"], Persuasion()) == START
    assert value["visits"] == tree.visits
    assert value["total_reward"] == pytest.approx(tree.total_reward)
    assert len({len(column) for name, column in value.items() if isinstance(column, list)}) == 1
    assert value["level"] == pytest.approx([p.engagement.level for p in tree.position])
    assert value["model"][ROOT] is None is value["user"][ROOT]


def same(tree: Tree, other: Tree) -> bool:
    return all(getattr(tree, f.name) == pytest.approx(getattr(other, f.name)) if f.name in (
        "total_reward", "completed_reward", "completed_square", "score") else getattr(tree, f.name) == getattr(other, f.name)
        for f in fields(Tree))


@pytest.mark.parametrize("planner", [IxMCTS(width=2, keep=3), IxMCTS(width=2, keep=2, answers=2),
                                     IxMCTS(width=2, keep=2, replies="lazy", iterations=9)], ids=["one", "answers", "lazy"])
@pytest.mark.parametrize("scenario", [Persuasion(), Persuasion(horizon=3, ask_at_end=True), EmotionalSupport(horizon=3),
                                      EmotionalSupport(horizon=3, language="zh"), Guessing()],
                         ids=["persuasion", "question", "support", "zh", "toy"])
def test_a_tree_comes_back_equal_from_json(scenario: Any, planner: IxMCTS) -> None:
    (tree,) = run(planner, [Position.start(scenario, 4)], cast(scenario))
    value = tree.to_json()
    found = Tree.from_json(json.loads(json.dumps(value)), scenario)
    assert same(tree, found)
    assert found.to_json() == value
    if getattr(scenario, "ask_at_end", False):
        assert value["earlier"], "somebody was asked the closing question"


@pytest.mark.parametrize(("change", "says"), [
    ({"tree": 2}, "version 3 was wanted, got 2"),
    ({"parent": [-1, 5, 0]}, "node 1 has parent 5"),
    ({"visits": [1]}, "1 of visits for"),
    ({"model": None}, "damaged"),
    ({"user": []}, "damaged"),
])
def test_a_damaged_tree_is_named(change: dict[str, Any], says: str) -> None:
    (tree,) = run(IxMCTS(width=2, iterations=2), [START], cast(Persuasion()))
    with pytest.raises(InvalidSnapshot, match=says):
        Tree.from_json({**tree.to_json(), **change}, Persuasion())
    with pytest.raises(InvalidSnapshot, match="got 'list'"):
        Tree.from_json([], Persuasion())
