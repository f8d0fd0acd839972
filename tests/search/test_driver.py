"""The driver: plans in lockstep, one batch per seat, results that do not depend on the company."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dialogym import Agent, Ask, Dialogue, Position, Utterance
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.persuasion import Persuasion
from dialogym.search import IxMCTS, Plan, ScoreRequest, play, run
from tests.toy import Guessing, cast, talk


class Counting:
    """An agent around another that keeps the sizes and seats of its batches."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.batches: list[int] = []
        self.seats: set[str] = set()

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        self.batches.append(len(asks))
        self.seats |= {ask.view.seat for ask in asks}
        return self.agent.respond(asks)


class Scoring(Guessing):
    """The toy scenario, keeping what it was asked to score in a list that equal ones share."""

    def __init__(self, horizon: int, calls: list[list[Dialogue]]) -> None:
        super().__init__(horizon)
        self._calls = calls

    def pruning_score(self, dialogue: Dialogue) -> float:
        raise AssertionError("a search scores many at once")

    def pruning_scores(self, dialogues: Sequence[Dialogue]) -> list[float]:
        self._calls.append(list(dialogues))
        return [Guessing.pruning_score(self, dialogue) for dialogue in dialogues]


def counting(scenario: Guessing | Persuasion) -> dict[str, Counting]:
    return {seat: Counting(agent) for seat, agent in cast(scenario).items()}


STARTS = [Position.start(Persuasion(), seed) for seed in range(12)]


def test_asks_of_all_plans_come_in_one_batch_per_seat() -> None:
    agents = counting(Persuasion())
    ends = run(play, STARTS, agents)
    longest = max(len(end.dialogue) for end in ends)
    for seat, agent in agents.items():
        assert agent.seats == {seat}
        assert agent.batches == sorted(agent.batches, reverse=True)
        assert agent.batches[0] == len(STARTS)
    assert sum(len(agent.batches) for agent in agents.values()) == longest
    assert sum(sum(agent.batches) for agent in agents.values()) == sum(len(end.dialogue) for end in ends)


def test_plans_at_different_seats_are_served_in_the_same_round() -> None:
    agents = counting(Persuasion())
    mixed = [talk(start, cast(Persuasion()), index % 2) for index, start in enumerate(STARTS)]
    ends = run(play, mixed, agents)
    assert ends == run(play, STARTS, cast(Persuasion()))
    assert {agent.batches[0] for agent in agents.values()} == {6}


@pytest.mark.parametrize("window", [1, 3, None, 100])
def test_results_come_in_order_whatever_the_window(window: int | None) -> None:
    agents = counting(Persuasion())
    wanted = [talk(start, cast(Persuasion())) for start in STARTS]
    assert run(play, STARTS, agents, window=window) == wanted
    assert max(agents["persuader"].batches) == min(window or 12, 12)


@pytest.mark.parametrize("window", [1, 3, None])
def test_searches_do_not_depend_on_the_company(window: int | None) -> None:
    planner = IxMCTS(width=2, keep=2, depth=3)
    together = run(planner, STARTS, cast(Persuasion()), window=window)
    alone = [run(planner, [start], cast(Persuasion()))[0] for start in STARTS]
    backwards = run(planner, STARTS[::-1], cast(Persuasion()))[::-1]
    assert [tree.to_json() for tree in together] == [tree.to_json() for tree in alone] == [t.to_json() for t in backwards]


def test_a_seat_without_an_agent_is_named() -> None:
    with pytest.raises(InvalidConfig, match=r"seat 'persuadee'.*only for \['persuader'\]"):
        run(play, STARTS, {"persuader": cast(Persuasion())["persuader"]})


@pytest.mark.parametrize("window", [0, -1])
def test_a_window_without_room_is_refused(window: int) -> None:
    with pytest.raises(InvalidConfig, match="at least 1"):
        run(play, STARTS, cast(Persuasion()), window=window)


def test_an_agent_that_answers_too_little_is_an_error() -> None:
    class Mute:
        def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
            return []

    with pytest.raises(ValueError, match="zip"):
        run(play, STARTS, {"persuader": Mute(), "persuadee": Mute()})


def test_finished_positions_and_empty_lists_need_no_agents() -> None:
    ends = [talk(start, cast(Persuasion())) for start in STARTS[:2]]
    assert run(play, ends, {}) == ends
    assert run(play, [], {}) == []


def test_progress_counts_to_the_end() -> None:
    seen: list[int] = []
    run(play, STARTS, cast(Persuasion()), window=5, progress=seen.append)
    assert seen == list(range(1, 13))


def test_a_plan_may_ask_for_nothing_and_for_many() -> None:
    def plan(position: Position) -> Plan[list[str]]:
        nothing = yield []
        replies = yield [position.ask(index) for index in range(4)]
        return [u.text for u in nothing + replies]

    start = Position.start(Guessing(), 1)
    wanted = [cast(Guessing())["thinker"].respond([start.ask(index)])[0].text for index in range(4)]
    assert run(plan, [start, start], cast(Guessing())) == [wanted, wanted]


def test_play_keeps_what_was_said_before() -> None:
    start = talk(STARTS[0], cast(Persuasion()), 3)
    (end,) = run(play, [start], cast(Persuasion()))
    assert end.over
    assert list(end.dialogue)[:3] == list(start.dialogue)


def test_one_yield_may_ask_both_seats() -> None:
    def plan(position: Position) -> Plan[list[str]]:
        other = Position.start(Persuasion(), 3).say("Hello there.")
        replies = yield [position.ask(), other.ask(), position.ask(1), other.ask(1)]
        return [u.seat for u in replies]

    seats = ["persuader", "persuadee", "persuader", "persuadee"]
    assert run(plan, STARTS[:2], cast(Persuasion())) == [seats, seats]


def weigh_own(position: Position) -> Plan[list[float]]:
    """Has the scenario score a position's own continuations, as many as its number of turns to come."""
    said = position.say("Cold.")
    for _ in range(said.scenario.horizon):
        said = said.say(Utterance("guesser", "Is it red?")).say("Warm.")
    scores: list[float] = yield ScoreRequest((said, position, said))
    return scores


def test_positions_of_all_plans_are_weighed_in_one_call_per_scenario() -> None:
    calls: list[list[Dialogue]] = []
    few, many = Scoring(2, calls), Scoring(5, calls)
    assert few != many
    starts = [Position.start(scenario, seed) for seed, scenario in enumerate([few, many, Scoring(2, calls), many])]
    assert run(weigh_own, starts, {}) == [[2, 0, 2], [5, 0, 5], [2, 0, 2], [5, 0, 5]]
    assert [len(call) for call in calls] == [6, 6]


def test_weighing_nothing_calls_nothing() -> None:
    def plan(position: Position) -> Plan[list[float]]:
        scores: list[float] = yield ScoreRequest(())
        return scores

    assert run(plan, [Position.start(Scoring(2, []), 0)], {}) == [[]]


def test_some_may_weigh_while_others_ask() -> None:
    def plan(position: Position) -> Plan[str]:
        if position.key % 2:
            scores = yield ScoreRequest((position, position))
            return str(scores)
        replies = yield [position.ask()]
        return str(replies[0].text)

    starts = [Position.start(Guessing(), seed) for seed in range(12)]
    together = run(plan, starts, cast(Guessing()))
    assert together == [run(plan, [start], cast(Guessing()))[0] for start in starts]
    assert 0 < together.count("[0.0, 0.0]") < 12


def test_a_scenario_that_scores_too_little_is_an_error() -> None:
    class Lazy(Guessing):
        def pruning_scores(self, dialogues: Sequence[Dialogue]) -> list[float]:
            return [0.0]

    with pytest.raises(ValueError, match="zip"):
        run(weigh_own, [Position.start(Lazy(), 0)], {})


def test_a_search_scores_the_new_nodes_of_all_conversations_at_once() -> None:
    calls: list[list[Dialogue]] = []
    scenario, planner = Scoring(4, calls), IxMCTS(width=3, keep=2, iterations=4)
    agents = counting(scenario)
    agents["thinker"] = Counting(cast(scenario, thinker="endless")["thinker"])
    starts = [Position.start(scenario, seed).say("Cold.") for seed in range(5)]
    trees = run(planner, starts, agents)
    assert [len(call) for call in calls] == [3 * len(starts)] * 4 == agents["thinker"].batches
    plain = [Position(Guessing(4), start.condition, start.dialogue, start.key) for start in starts]
    one_by_one = run(planner, plain, cast(Guessing(4), thinker="endless"))
    assert [tree.score for tree in trees] == [tree.score for tree in one_by_one]
    assert [tree.pruned for tree in trees] == [tree.pruned for tree in one_by_one]
    assert [tree.position[-1].dialogue for tree in trees] == [tree.position[-1].dialogue for tree in one_by_one]
    assert any(any(tree.pruned) for tree in trees)


def test_every_node_of_a_real_search_has_its_own_score() -> None:
    for tree in run(IxMCTS(width=2, keep=3), STARTS[:4], cast(Persuasion()), window=3):
        assert tree.score[1:] == [Persuasion().pruning_score(position.dialogue) for position in tree.position[1:]]
        assert any(tree.over)  # a finished node has one too
