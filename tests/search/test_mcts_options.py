"""The options of i×MCTS: when the user answers, how often, what a trajectory pays, rollouts, and when to stop."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym import Position, ScriptedAgent
from dialogym.envs.emotional_support import EmotionalSupport
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.persuasion import Persuasion
from dialogym.search import IxMCTS, Tree, run
from dialogym.search.tree import ROOT
from tests.search.test_mcts import below, check_statistics, search, start_of
from tests.toy import cast, talk

ALL = IxMCTS(width=2, keep=None)


def paths(tree: Tree) -> dict[tuple[tuple[int, int], ...], Any]:
    """Every node's dialogue by its path from the root, as (candidate, answer) pairs."""
    found: list[tuple[tuple[int, int], ...]] = []
    for node in range(len(tree)):
        found.append((*found[tree.parent[node]], (tree.index[node], tree.answer[node])) if node else ())
    assert len(set(found)) == len(found)
    return {path: tree.position[node].to_json() for node, path in enumerate(found)}


class Counting:
    """An agent that counts what it is asked."""

    def __init__(self, agent: Any) -> None:
        self.agent, self.asked = agent, 0

    def respond(self, asks: Any) -> Any:
        self.asked += len(asks)
        return self.agent.respond(asks)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), exploration=st.sampled_from([0.0, 1.4, 9.0]))
def test_a_whole_lazy_search_finds_what_the_eager_one_finds(seed: int, exploration: float) -> None:
    eager = search(replace(ALL, exploration=exploration), start_of(seed))
    lazy = search(replace(ALL, exploration=exploration, replies="lazy"), start_of(seed))
    assert paths(lazy) == paths(eager)
    check_statistics(lazy)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1000), keep=st.integers(1, 4), iterations=st.integers(1, 25), answers=st.integers(1, 3))
def test_a_lazy_user_speaks_only_where_the_search_has_been(seed: int, keep: int, iterations: int, answers: int) -> None:
    planner = IxMCTS(width=3, keep=keep, iterations=iterations, replies="lazy", answers=answers)
    tree = search(planner, start_of(seed))
    for node in range(1, len(tree)):
        silent = tree.answer[node] < 0
        assert silent == (tree.position[node].seat == "thinker" and not tree.position[node].over)
        assert not (silent and (tree.children[node] or tree.over[node] or tree.pruned[node] or tree.completions[node]))
        assert tree.visits[node] == len(below(tree, node))
        ended = [n for n in below(tree, node) if tree.over[n]]
        assert tree.total_reward[node] == pytest.approx(sum(tree.position[n].engagement.level for n in ended))
    kept = [n for n in range(1, len(tree)) if tree.answer[n] >= 0 and not tree.over[n] and not tree.pruned[n]]
    assert all(count <= keep for count in Counter(tree.depth[n] for n in kept).values())


def test_a_lazy_search_asks_the_user_less() -> None:
    position = talk(Position.start(Persuasion(), 3), cast(Persuasion()), 2)
    asked = {}
    for replies in ("eager", "lazy"):
        user = Counting(ScriptedAgent.of(Persuasion(), "persuadee"))
        agents = {"persuader": ScriptedAgent.of(Persuasion(), "persuader"), "persuadee": user}
        run(IxMCTS(width=3, keep=9, iterations=30, replies=replies), [position], agents)  # type: ignore[arg-type]
        asked[replies] = user.asked
    assert asked["eager"] == 90
    assert asked["lazy"] <= 29


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), answers=st.integers(2, 3), replies=st.sampled_from(["eager", "lazy"]))
def test_several_answers_make_a_chance_node(seed: int, answers: int, replies: Any) -> None:
    tree = search(replace(ALL, answers=answers, replies=replies, depth=3), start_of(seed))
    for node in range(len(tree)):
        for index, choice in enumerate(tree.choices(node)):
            assert [tree.index[child] for child in choice] == [index] * len(choice)
            assert sorted(tree.answer[child] for child in choice) == list(range(answers))
            assert len({tree.reply[child] for child in choice}) == 1
            values = [tree.value(child) for child in choice if tree.completions[child]]
            expected = sum(v for v in values if v is not None) / len(values) if values else None
            assert tree.choice_value(choice) == (None if expected is None else pytest.approx(expected))
    check_statistics(tree)


def test_several_answers_differ() -> None:
    position = talk(Position.start(Persuasion(), 5), cast(Persuasion()), 4)
    tree = search(IxMCTS(width=2, keep=None, iterations=1, answers=4), position)
    assert len(tree) == 1 + 2 * 4
    texts = {tree.position[child].dialogue.last.text for child in tree.choices(ROOT)[0]}  # type: ignore[union-attr]
    assert len(texts) > 1


def test_selection_among_answers_takes_the_least_visited() -> None:
    tree = search(IxMCTS(width=1, keep=None, iterations=4, answers=2, depth=3), start_of(1, horizon=9))
    first = tree.choices(ROOT)[0]
    grown = [child for child in first if tree.children[child]]
    open_ = [child for child in first if not tree.over[child]]
    assert grown == open_


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), keep=st.sampled_from([1, 2, None]), rollout=st.sampled_from(["random", "policy"]))
def test_with_rollouts_every_node_has_a_value(seed: int, keep: int | None, rollout: str) -> None:
    plain = search(IxMCTS(width=2, keep=keep, exploration=0.0), start_of(seed))
    tree = search(IxMCTS(width=2, keep=keep, exploration=0.0, rollout=rollout), start_of(seed))
    for node in range(1, len(tree)):
        assert tree.value(node) is not None
        assert tree.completions[node] == tree.visits[node] == len(below(tree, node))
        assert tree.literal_value(node) == pytest.approx(tree.value(node))
    if keep is None:
        assert paths(plain) == paths(tree)


def test_a_rollout_costs_nothing_with_a_scripted_player_and_shows_what_pruning_hides() -> None:
    position = talk(Position.start(Persuasion(), 8), cast(Persuasion()), 2)
    policy = Counting(ScriptedAgent.of(Persuasion(), "persuader"))
    agents = {"persuader": policy, "persuadee": ScriptedAgent.of(Persuasion(), "persuadee")}
    hidden, valued = (run(IxMCTS(width=3, keep=2, rollout=rollout), [position], agents)[0] for rollout in (None, "average"))
    assert policy.asked == 3 * sum(bool(c) for tree in (hidden, valued) for c in tree.children)
    pruned = [node for node in range(len(valued)) if valued.pruned[node]]
    assert pruned
    assert all(valued.value(node) is not None for node in pruned)
    assert all(hidden.value(node) is None for node in range(len(hidden)) if hidden.pruned[node])


@pytest.mark.parametrize("planner", [
    IxMCTS(width=3, keep=2), IxMCTS(width=2, keep=3, replies="lazy", answers=2), IxMCTS(width=2, keep=1, rollout="policy"),
    IxMCTS(width=3, keep=1, pruning="chance", rollout="policy", answers=3), IxMCTS(width=2, keep=2, rollout="novice"),
], ids=["eager", "lazy", "endings", "best-of-n", "scripted"])
@pytest.mark.parametrize("scenario", [Persuasion(horizon=4), Persuasion(horizon=3, ask_at_end=True),
                                      EmotionalSupport(horizon=4, encoder="character-ngrams")],
                         ids=["plain", "question", "user"])
def test_generations_are_what_the_policy_was_asked_for(scenario: Any, planner: IxMCTS) -> None:
    """The user's answers are free, and so is what a scripted player says in an ending."""
    policy = Counting(ScriptedAgent.of(scenario, scenario.interactive))
    agents = {**cast(scenario), scenario.interactive: policy}
    (tree,) = run(planner, [Position.start(scenario, 4)], agents)
    value = tree.to_json()
    assert Tree.generations(value) == Tree.generations(Tree.from_json(value, scenario).to_json()) == policy.asked > 0
    assert ("endings" in value) is (planner.rollout == "policy")


def test_best_of_n_goes_along_one_talk_and_plays_endings_of_all_it_tries() -> None:
    """What `keep=1` by chance makes of a tree: at each turn all candidates are tried, and one of them goes on."""
    tree = search(IxMCTS(width=3, keep=1, pruning="chance", rollout="policy", answers=2), start_of(2, horizon=6))
    grown = [node for node in range(len(tree)) if tree.children[node]]
    assert [tree.depth[node] for node in grown] == list(range(len(grown)))
    assert len(grown) > 3
    for node in range(1, len(tree)):
        assert (tree.completions[node] == 1) is not bool(tree.children[node])


def test_a_rollout_by_nobody_is_refused_before_anything_is_said() -> None:
    with pytest.raises(InvalidConfig, match="nobody"):
        run(IxMCTS(rollout="nobody"), [start_of(1)], {})


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), wanted=st.integers(1, 6))
def test_it_stops_when_enough_trajectories_are_complete(seed: int, wanted: int) -> None:
    planner = IxMCTS(width=2, keep=3)
    whole, part = search(planner, start_of(seed)), search(replace(planner, trajectories=wanted), start_of(seed))
    assert part.position == whole.position[:len(part)]
    assert part.completions[ROOT] >= min(wanted, whole.completions[ROOT])
    assert part.completions[ROOT] < wanted + planner.width or len(part) == 1 + planner.width


def test_a_binary_reward_counts_any_engagement() -> None:
    position = talk(Position.start(Persuasion(), 4), cast(Persuasion()), 2)
    tree = search(IxMCTS(width=3, keep=4, reward="binary"), position)
    ended = [tree.position[n].engagement.level for n in range(len(tree)) if tree.over[n]]
    assert set(ended) - {0.0, 1.0}  # the levels are finer
    assert tree.total_reward[ROOT] == sum(level > 0 for level in ended)


def test_the_standard_error_is_that_of_the_completed_rewards() -> None:
    position = talk(Position.start(Persuasion(), 2), cast(Persuasion()), 2)
    tree = search(IxMCTS(width=3, keep=4), position)
    ended = [tree.position[n].engagement.level for n in range(len(tree)) if tree.over[n]]
    mean = sum(ended) / len(ended)
    assert tree.value(ROOT) == pytest.approx(mean)
    assert tree.error(ROOT) == pytest.approx((sum((x - mean) ** 2 for x in ended) / (len(ended) - 1) / len(ended)) ** 0.5)
    assert tree.error(next(n for n in range(len(tree)) if tree.completions[n] == 1)) is None


@pytest.mark.parametrize(("options", "says"), [
    ({"replies": "sometimes"}, "replies must be one of"), ({"reward": "huge"}, "reward must be one of"),
    ({"pruning": "never"}, "pruning must be one of"),
    ({"answers": 0}, "answers must be at least 1"), ({"trajectories": 0}, "trajectories must be at least 1, or None"),
])
def test_odd_options_are_named(options: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidConfig, match=says):
        IxMCTS(**options)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), keep=st.integers(1, 4))
def test_pruning_by_chance_keeps_as_many_and_asks_nobody_for_a_score(seed: int, keep: int) -> None:
    start = start_of(seed)
    planner = IxMCTS(width=3, keep=keep, iterations=12, pruning="chance")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(start.scenario), "pruning_score", lambda *_: pytest.fail("a score was asked for"))
        tree = search(planner, start)
    assert paths(tree) == paths(search(planner, start))
    check_statistics(tree)
    live = Counter(tree.depth[n] for n in range(1, len(tree)) if not tree.pruned[n] and not tree.over[n])
    assert max(live.values(), default=0) <= keep
    assert all(0 <= score < 1 for score in tree.score[1:])


def test_pruning_by_chance_is_not_pruning_by_score() -> None:
    starts = [start_of(seed) for seed in range(30)]
    kept = {how: [paths(search(IxMCTS(width=3, keep=2, pruning=how), start)).keys() for start in starts]
            for how in ("score", "chance")}
    assert kept["score"] != kept["chance"]
