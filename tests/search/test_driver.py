"""The driver: plans in lockstep, one batch per seat, results that do not depend on the company."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dialogym import Agent, Ask, Position, Utterance
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.persuasion import Persuasion
from dialogym.search import IxMCTS, Plan, play, run
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
