"""Which siblings make a pair, on trees worked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from dialogym import Position, ScriptedAgent, Utterance
from dialogym.alignment.preferences.mining import tree_pairs
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.registry import spec
from dialogym.search import IxMCTS, run
from dialogym.search.pair_selection import PairSettings, sibling_pairs
from dialogym.search.tree import ROOT, Tree
from tests.toy import Thinking, cast

TOY = Thinking(6)
START = Position.start(TOY, 0, condition="red")
PERSUASION = spec("PersuasionForGood-v0").build(horizon=3)
PAIR = {"persuader": ScriptedAgent.of(PERSUASION, "persuader"),
        "persuadee": ScriptedAgent.of(PERSUASION, "persuadee", "calibrated")}


def tree_of(*rows: tuple[int, int, int, str, list[float], int]) -> Tree:
    """A tree from (parent, index, answer, words, rewards of trajectories that end at the node, visits that end nowhere)."""
    tree = Tree.start(START)
    for parent, index, answer, words, rewards, unfinished in rows:
        spoken = tree.position[parent].say(words, index)
        answered = spoken.say(cast(TOY)["thinker"].respond([spoken.ask(answer)])[0], answer)
        node = tree.add(parent, index, Utterance("guesser", words), answered, answer=answer)
        for reward in rewards:
            tree.back_propagate(node, reward, completed=True)
        for _ in range(unfinished):
            tree.back_propagate(node, 0.0, completed=False)
    return tree


def found(tree: Tree, **options: Any) -> list[tuple[int, int, int, float, float]]:
    """(parent, first node of the better, of the worse, and their values) of every pair."""
    settings = PairSettings(**{"min_gap": 0.0, "min_completions": 1, **options})
    return [(parent, a.choice[0], b.choice[0], round(a.value, 6), round(b.value, 6))
            for parent, a, b in sibling_pairs(tree, settings)]


# Root: "One?" ends 1, 1, 0 and leaves two visits open: mean 2/3, Q/N 2/5. "Two?" ends 0.5: mean and Q/N 1/2.
# "Three?" ends nowhere in four visits: no mean, Q/N 0.
THREE = tree_of((ROOT, 0, 0, "One?", [1, 1, 0], 2), (ROOT, 1, 0, "Two?", [0.5], 0), (ROOT, 2, 0, "Three?", [], 4))


def test_values_are_means_of_completed_trajectories() -> None:
    assert found(THREE) == [(ROOT, 1, 2, 0.666667, 0.5)]


def test_read_literally_what_does_not_end_is_a_failure() -> None:
    assert found(THREE, value="literal") == [(ROOT, 2, 3, 0.5, 0.0)]
    assert found(THREE, value="literal", all_pairs=True) == [
        (ROOT, 2, 1, 0.5, 0.4), (ROOT, 2, 3, 0.5, 0.0), (ROOT, 1, 3, 0.4, 0.0)]


@pytest.mark.parametrize(("options", "pairs"), [
    ({"min_gap": 0.16}, 1), ({"min_gap": 0.17}, 0),
    ({"min_completions": 2}, 0),  # "Two?" rests on one trajectory
    ({"min_visits": 2}, 0), ({"min_visits": 1}, 1),
    # the bounds of the errors: sqrt(2/3 · 1/3 / 3) = 0.272, sqrt(1/2 · 1/2 / 1) = 0.5; together 0.569; the gap is 0.167
    ({"standard_errors": 0.29}, 1), ({"standard_errors": 0.30}, 0),
])
def test_a_pair_needs_a_gap_and_counts(options: dict[str, Any], pairs: int) -> None:
    assert len(found(THREE, **options)) == pairs


# With two answers to each reply a reply's value is the mean over its answers that have one, however often each was tried:
# "One?" (1 + 0 ... of three) answers 1 and 1/3: 2/3, not 2/4. "Two?" has one answer that ended, 0.5.
CHANCE = tree_of((ROOT, 0, 0, "One?", [1], 0), (ROOT, 0, 1, "One?", [1, 0, 0], 0), (ROOT, 1, 0, "Two?", [0.5, 0.5], 0),
                 (ROOT, 1, 1, "Two?", [], 3))


def test_with_several_answers_a_reply_is_a_chance_node() -> None:
    assert found(CHANCE) == [(ROOT, 1, 3, 0.666667, 0.5)]
    assert found(CHANCE, min_completions=3) == [], "the other reply has two"
    assert found(CHANCE, value="literal") == [(ROOT, 1, 3, 0.5, 0.2)], "2/4 against 1/5"


# The thinker thinks of red and says yes to it at once: a reading of 1. "Is it blue?" is answered with a hint, a reading of 0,
# but its talks ended well.
NOW = tree_of((ROOT, 0, 0, "Is it red?", [1], 3), (ROOT, 1, 0, "Is it blue?", [], 1), (2, 0, 0, "Red, then?", [1, 1, 1], 0))


def test_the_reward_of_a_turn_is_the_reading_after_one_exchange_whatever_came_later() -> None:
    assert [NOW.position[node].engagement.level for node in (1, 2)] == [1.0, 0.0]
    assert found(NOW, value="turn") == [(ROOT, 1, 2, 1.0, 0.0)]
    assert found(NOW) == [], "both came to a yes in every talk that ended"
    assert found(NOW, value="turn", min_completions=9) != [], "a reading rests on no trajectory"
    assert found(NOW, value="turn", min_visits=5) == []


def test_the_reward_of_a_turn_is_the_mean_over_the_answers_that_were_given() -> None:
    tree = tree_of((ROOT, 0, 0, "Is it red?", [1], 0), (ROOT, 0, 1, "Is it red?", [1], 0), (ROOT, 1, 0, "Is it blue?", [], 1))
    tree.position[2] = tree.root.say("Is it red?", 0).say("Cold.", 1)
    assert found(tree, value="turn") == [(ROOT, 1, 3, 0.5, 0.0)]
    # its standard error is at most sqrt(1/2 · 1/2 / 2) = 0.354; that of the other, which nobody engaged with, 0
    assert len(found(tree, value="turn", standard_errors=1.41)) == 1
    assert found(tree, value="turn", standard_errors=1.42) == []
    tree.answer[3] = -1  # as a lazy search leaves it
    assert found(tree, value="turn") == [], "nobody knows yet what it is answered"


@pytest.mark.parametrize("replies", ["eager", "lazy"])
def test_turns_are_read_off_a_search_that_was_kept(replies: Any) -> None:
    """Words come back from the disk, readings are made of them: a pair's values are levels after one exchange."""
    seen = 0
    for seed in range(8):
        (tree,) = run(IxMCTS(width=3, keep=4, replies=replies), [Position.start(PERSUASION, seed)], PAIR)
        kept = Tree.from_json(tree.to_json(), PERSUASION)
        settings = PairSettings(value="turn", all_pairs=True)
        for _, better, worse in sibling_pairs(kept, settings):
            assert [better.value, worse.value] == [tree.position[side.choice[0]].engagement.level for side in (better, worse)]
            seen += 1
        assert [*sibling_pairs(kept, settings)] == [*sibling_pairs(tree, settings)]
    assert seen


@pytest.mark.parametrize("replies", ["eager", "lazy"])
def test_a_search_with_three_answers_pairs_by_their_mean(replies: Any) -> None:
    """Each answer counts once, however many trajectories went through it: what selection believes decides the pairs too."""
    seen = set()
    for seed in (10, 12, 13, 20):
        planner = IxMCTS(width=3, keep=None, iterations=150, answers=3, replies=replies)
        (tree,) = run(planner, [Position.start(PERSUASION, seed)], PAIR)
        for parent, better, worse in sibling_pairs(tree, PairSettings(min_gap=0.0, min_completions=1, all_pairs=True)):
            for side in (better, worse):
                assert len(side.choice) == 3
                assert len({(tree.parent[node], tree.index[node]) for node in side.choice}) == 1
                assert tree.parent[side.choice[0]] == parent
                means = [tree.completed_reward[n] / tree.completions[n] for n in side.choice if tree.completions[n]]
                assert side.value == tree.choice_value(side.choice) == pytest.approx(sum(means) / len(means))
                pooled = sum(tree.completed_reward[n] for n in side.choice) / sum(tree.completions[n] for n in side.choice)
                seen.add(side.value == pytest.approx(pooled))
    assert seen == {True, False}, "in some trees a mean over trajectories would have been another number"


def test_a_pair_keeps_what_justifies_it() -> None:
    tree = tree_of((ROOT, 0, 0, "One?", [], 1), (ROOT, 1, 0, "Two?", [0, 1], 0), (1, 0, 0, "Then?", [1, 1, 1], 0),
                   (1, 1, 0, "Else?", [0], 0), (3, 0, 0, "At last?", [1], 0))
    (pair, below) = tree_pairs(tree, "talk", PairSettings(min_gap=0.0, min_completions=1))
    good, bad = pair.chosen, pair.rejected
    assert (good.text, good.value, good.count, good.visits, good.reward) == ("Response: One?", 0.8, 5, 6, 4.0)
    assert good.error == pytest.approx((0.8 * 0.2 / 4) ** 0.5), "s² = 5/4 · 0.16; s²/5"
    assert (bad.text, bad.value, bad.count, bad.error) == ("Response: Two?", 0.5, 2, 0.5)
    assert [text for seat, text in good.continuation if seat == "guesser"] == ["Then?", "At last?"]
    assert good.continuation[0] == ("thinker", tree.position[1].dialogue.last.text)  # type: ignore[union-attr]
    assert len(bad.continuation) == 1
    assert (below.chosen.text, below.rejected.text, below.depth) == ("Response: Then?", "Response: Else?", 1)
    assert pair.condition == below.condition


def test_equal_words_are_one_reply() -> None:
    assert found(tree_of((ROOT, 0, 0, "One?", [1], 0), (ROOT, 1, 0, "One?", [0], 0))) == []


@pytest.mark.parametrize("options", [{"min_gap": 2.0}, {"min_visits": 0}, {"min_completions": 0}, {"limit": -1},
                                     {"value": "guess"}])
def test_odd_settings_are_named(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfig, match=r"Pairs need|value must be one of"):
        PairSettings(**options)
