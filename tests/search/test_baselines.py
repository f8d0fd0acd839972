"""Planners that act: each against brute force or a law, and none of them sees what it must not."""

from __future__ import annotations

from statistics import fmean
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym import Agent, Position, ScriptedAgent, Utterance
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.persuasion import Persuasion
from dialogym.search import IxMCTS, play, run
from dialogym.search.bandits import OpenLoop, Puct, same_acts
from dialogym.search.baselines import Beam, Greedy, Lookahead, Sample
from dialogym.search.belief import Imagining, PlanningAgent, resample, user_replies
from dialogym.search.best_of_n import Scored
from dialogym.search.budget import Budget
from dialogym.search.choice import ByTree, Choice, Decider, Talk, merged
from dialogym.search.rollouts import SCRIPTED
from tests.search.test_mcts import start_of
from tests.toy import Thinking, cast, talk

PERSUASION = Persuasion(horizon=6)
DECIDERS: list[Any] = [
    Sample(), Greedy(3), Lookahead(2, 2), Lookahead(2, 2, player="average"), Beam(2, 2), Beam(2, 3, depth=2), Puct(2, 5),
    OpenLoop(8), Scored(lambda pairs: [float(len(reply.text)) for _, reply in pairs], 3),
    ByTree(IxMCTS(width=2, keep=4, iterations=4, rollout="policy")),
]
EVERY = pytest.mark.parametrize("decide", DECIDERS, ids=lambda d: type(d).__name__)


def agents(persuader: str = "average") -> dict[str, Agent]:
    return {"persuader": ScriptedAgent.of(PERSUASION, "persuader", persuader),
            "persuadee": ScriptedAgent.of(PERSUASION, "persuadee")}


def middle(seed: int, turns: int = 2) -> Position:
    """A position after some scripted turns, the persuader to speak: of the first seed from `seed` on whose talk goes on."""
    found = talk(Position.start(PERSUASION, seed), cast(PERSUASION), 2 * turns)
    return middle(seed + 1_000, turns) if found.over else found


def decided(decide: Decider, position: Position, **names: str) -> Choice:
    return run(decide, [position], cast(position.scenario, **names) if names else agents())[0]


@EVERY
def test_it_decides_the_same_again_and_alone_as_in_company(decide: Decider) -> None:
    positions = [middle(seed) for seed in range(6)]
    together = run(decide, positions, agents())
    assert together == [decided(decide, position) for position in positions]
    for position, choice in zip(positions, together, strict=True):
        assert len(choice.replies) == len(choice.values) == len(choice.counts)
        assert all(reply.seat == "persuader" for reply in choice.replies)
        position.say(choice.replies[choice.best])


@EVERY
def test_imagining_never_looks_at_the_hidden_condition(decide: Decider) -> None:
    position = middle(3)
    poisoned = Position(position.scenario, object(), position.dialogue, position.key)
    blind = Imagining(decide, worlds=2, drawn=4, samples=1)
    assert decided(blind, poisoned) == decided(blind, position)


@EVERY
def test_candidates_do_not_depend_on_the_condition(decide: Decider) -> None:
    position, other = middle(3), PERSUASION.draw_condition(99)
    swapped = Position(position.scenario, other, position.dialogue, position.key)
    assert decided(decide, swapped).replies == decided(decide, position).replies


def test_the_first_candidate_is_what_the_policy_would_have_said() -> None:
    for decide in DECIDERS:
        if not isinstance(decide, OpenLoop):
            assert decided(decide, middle(1)).replies[0] == agents()["persuader"].respond([middle(1).ask()])[0]


def answers(position: Position, width: int, answer: int = 0) -> list[Position]:
    """Every candidate with the user's answer, by hand."""
    found = []
    for index in range(width):
        after = position.say(agents()["persuader"].respond([position.ask(index)])[0], index)
        found.append(after.say(agents()["persuadee"].respond([after.ask(answer)])[0], answer))
    return found


@pytest.mark.parametrize("seed", range(8))
def test_greedy_takes_the_best_next_moment(seed: int) -> None:
    after = answers(middle(seed), 4)
    best = max(range(4), key=lambda i: (after[i].engagement.level, PERSUASION.pruning_score(after[i].dialogue), -i))
    found = decided(Greedy(4), middle(seed))
    assert [p.engagement.level for p in after] == pytest.approx(found.values, abs=1.1e-3)
    assert (after[found.best].engagement.level, PERSUASION.pruning_score(after[found.best].dialogue)) == (
        after[best].engagement.level, PERSUASION.pruning_score(after[best].dialogue))


@pytest.mark.parametrize("seed", range(4))
def test_a_lookahead_is_the_mean_of_its_endings(seed: int) -> None:
    found = decided(Lookahead(2, 3), middle(seed))
    levels: list[list[float]] = [[], []]
    for answer in range(3):
        for place, after in enumerate(answers(middle(seed), 2, answer)):
            here, first = after, True
            while not here.over:
                index = 1_000_003 if first else 0
                here = here.say(agents()[here.seat].respond([here.ask(index)])[0], index)
                first = False
            levels[place].append(here.engagement.level)
    assert found.values == tuple(map(pytest.approx, map(fmean, levels)))
    assert found.counts == (3, 3)


@pytest.mark.parametrize("seed", range(4))
def test_endings_by_the_scripted_speaker_cost_no_generations(seed: int) -> None:
    found = decided(Budget(Lookahead(6, 2, player=SCRIPTED), 6), middle(seed))
    assert found == decided(Lookahead(6, 2, player=next(iter(PERSUASION.scripted["persuader"]))), middle(seed))
    assert None not in found.values
    assert found.counts == (2,) * 6
    assert decided(Budget(Lookahead(6, 2), 6), middle(seed)).values == (None,) * 6


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), width=st.integers(1, 3))
def test_a_beam_that_keeps_all_lines_is_the_whole_tree(seed: int, width: int) -> None:
    position = start_of(seed)
    everybody = cast(position.scenario)
    beam = run(Beam(width, 10_000), [position], everybody)[0]
    tree = run(ByTree(IxMCTS(width=width, keep=None)), [position], everybody)[0]
    assert beam.replies == tree.replies
    assert beam.counts == tree.counts
    assert [value or 0.0 for value in beam.values] == pytest.approx([value or 0.0 for value in tree.values])


@pytest.mark.parametrize("iterations", [1, 2, 7, 25])
def test_puct_counts_every_path_once(iterations: int) -> None:
    found = decided(Puct(3, iterations), middle(2))
    assert sum(found.counts) == iterations - 1
    assert all((value is None) == (count == 0) for value, count in zip(found.values, found.counts, strict=True))


def test_a_prior_says_where_puct_looks_first() -> None:
    found = decided(Puct(3, 2, prior=lambda position, replies: [0, 0, 1]), middle(2))
    assert found.counts == (0, 0, 1)
    even = decided(Puct(3, 4, exploration=1e6, prior=lambda position, replies: [0, 0, 0]), middle(2))
    assert even.counts == (1, 1, 1)


def test_the_policys_own_prior_is_the_share_of_its_acts() -> None:
    hello, bye = Utterance("persuader", "Hello there."), Utterance("persuader", "Goodbye then.")
    assert same_acts(middle(1), [hello, bye, hello]) == pytest.approx([2 / 3, 1 / 3, 2 / 3])


def test_open_loop_plays_acts_that_make_sense_and_needs_no_policy() -> None:
    position = middle(2)
    found = run(OpenLoop(20), [position], {"persuadee": agents()["persuadee"]})[0]
    acting = PERSUASION.acting
    assert sum(found.counts) == 20
    assert len(found.replies) == int(acting.mask(position.view()).sum())
    with pytest.raises(InvalidConfig, match="no acts"):
        run(OpenLoop(), [start_of(1)], {})


@pytest.mark.parametrize("decide", [Greedy(6), Lookahead(3, 2), Beam(3, 3), Puct(3, 6),
                                    ByTree(IxMCTS(3, 9, iterations=6, rollout="policy"))], ids=lambda d: type(d).__name__)
def test_an_oracle_beats_the_policy_it_plans_with(decide: Decider) -> None:
    starts = [Position.start(PERSUASION, seed) for seed in range(24)]
    alone = [end.engagement.level for end in run(play, starts, agents())]
    planned = [end.engagement.level for end in run(Talk(decide), starts, agents())]
    assert [end.engagement.level for end in run(Talk(Sample()), starts, agents())] == alone
    gains = [a - b for a, b in zip(planned, alone, strict=True)]
    error = (sum((g - fmean(gains)) ** 2 for g in gains) / len(gains) / (len(gains) - 1)) ** 0.5
    assert fmean(gains) > 2 * error


def test_a_planning_agent_can_be_asked_like_any_other() -> None:
    agent = PlanningAgent(Imagining(Greedy(4), worlds=2, drawn=4), agents())
    assert isinstance(agent, Agent)
    starts = [Position.start(PERSUASION, seed) for seed in range(6)]
    ends = run(play, starts, {**agents(), "persuader": agent})
    again = run(play, starts[:1], {**agents(), "persuader": agent})
    assert ends[0].dialogue == again[0].dialogue
    assert [end.dialogue for end in ends] == [end.dialogue for end in run(Talk(Imagining(Greedy(4), worlds=2, drawn=4)), starts,
                                                                          agents())], "what the planner itself would have said"
    here = middle(2)
    assert len({u.text for u in agent.respond([here.ask(index) for index in range(6)])}) > 1, "other candidates are other draws"
    with pytest.raises(InvalidConfig, match="must not see the hidden condition"):
        PlanningAgent(Greedy(4), agents())  # type: ignore[arg-type]


class TestBelief:
    def test_what_the_user_said(self) -> None:
        dialogue = middle(1).dialogue
        past = user_replies(dialogue, "persuadee")
        assert [said for _, said in past] == [u for u in dialogue if u.seat == "persuadee"]
        assert all(list(before.say(said)) == list(dialogue)[:len(before) + 1] for before, said in past)

    @given(weights=st.lists(st.floats(0.01, 10), min_size=1, max_size=30), count=st.integers(1, 12),
           key=st.integers(0, 2**64 - 1))
    def test_resampling_is_in_proportion(self, weights: list[float], count: int, key: int) -> None:
        names = [str(n) for n in range(len(weights))]
        taken = resample(names, weights, count, key)
        assert len(taken) == count
        for name, weight in zip(names, weights, strict=True):
            assert abs(taken.count(name) - count * weight / sum(weights)) < 1 + 1e-9

    def test_likely_conditions_are_believed(self) -> None:
        """Over many talks, the conditions taken are nearer to the true one than those drawn."""
        gaps: list[float] = []
        for seed in range(30):
            position = middle(seed, 4)
            seen: list[list[Any]] = [[], []]
            for place, samples in enumerate((0, 3)):
                run(Imagining(Spy(seen[place]), worlds=8, drawn=32, samples=samples), [position], agents())
            far = [fmean(distance(c, position.condition) for c in found) for found in seen]
            gaps.append(far[0] - far[1])
        assert fmean(gaps) > 0

    def test_choices_of_other_worlds_must_be_about_the_same_candidates(self) -> None:
        one, two = (Choice((Utterance("persuader", text),), (1.0,), (1,)) for text in ("Yes.", "No."))
        with pytest.raises(InvalidConfig, match="candidates differ"):
            merged([one, two])

    def test_merging_averages_what_is_known(self) -> None:
        replies = tuple(Utterance("persuader", text) for text in ("A.", "B.", "C."))
        found = merged([Choice(replies, (1.0, None, 0.25), (2, 0, 1)), Choice(replies, (0.5, None, None), (1, 0, 0))])
        assert found == Choice(replies, (0.75, None, 0.25), (3, 0, 1))
        assert found.best == 0
        assert Choice(replies, (None, 0.0, 0.0), (0, 1, 1)).best == 1

    @pytest.mark.parametrize("options", [{"worlds": 0}, {"worlds": 9, "drawn": 8}, {"samples": -1}, {"memory": -1}])
    def test_odd_options_are_named(self, options: dict[str, int]) -> None:
        with pytest.raises(InvalidConfig, match="1 <= worlds <= drawn"):
            Imagining(Sample(), **options)


def test_an_imagined_user_has_thoughts_of_its_own() -> None:
    """Equation 4 compares with the user's last state, which nobody may see: each world has one of its condition's."""
    toy = Thinking(3)
    here = talk(Position.start(toy, 1, condition="red"), cast(toy), 2)
    worlds: list[Position] = []

    def spy(position: Position) -> Any:
        worlds.append(position)
        return Sample()(position)

    run(Imagining(spy, worlds=4, drawn=8, samples=1), [here], cast(toy))
    assert len({world.condition for world in worlds}) > 1
    for world in worlds:
        assert world.dialogue.last is not None
        assert world.dialogue.last.state == f"Mood: {world.condition}"
        assert [u.text for u in world.dialogue] == [u.text for u in here.dialogue]


class Spy:
    """A decider that notes the conditions it is given."""

    def __init__(self, seen: list[Any]) -> None:
        self.seen = seen

    def __call__(self, position: Position) -> Any:
        self.seen.append(position.condition)
        return Sample()(position)


def distance(one: Any, other: Any) -> float:
    """How far apart what two personas want to hear about is: the share of the concerns of the one that the other has not."""
    from dialogym.envs.persuasion.simulators.people import start
    from dialogym.envs.persuasion.simulators.scripted import SCRIPTED

    a, b = set(start(one, SCRIPTED).calls), set(start(other, SCRIPTED).calls)
    return len(a - b) / len(a)


@pytest.mark.parametrize("made", [lambda: Greedy(0), lambda: Lookahead(1, 0), lambda: Beam(1, 0), lambda: Puct(0),
                                  lambda: OpenLoop(0), lambda: Scored(lambda x: [], 0)])
def test_planners_need_at_least_one_of_everything(made: Any) -> None:
    with pytest.raises(InvalidConfig, match="at least 1"):
        made()


def test_a_root_without_candidates_is_no_choice() -> None:
    over = talk(Position.start(PERSUASION, 1), cast(PERSUASION), 1_000)
    with pytest.raises(InvalidConfig, match="no candidate at its root"):
        decided(ByTree(IxMCTS()), over)


