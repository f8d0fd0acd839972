"""The agent protocol: batch in, batch out, nothing remembered."""

from __future__ import annotations

import pytest

from dialogym import Agent, Position, ScriptedAgent, Utterance, converse
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.persuasion import Persuasion
from dialogym.search import play, run
from tests.toy import Guessing, cast, talk


def asks_of(count: int) -> list:
    """Asks of the persuader in the middle of different conversations."""
    scenario = Persuasion()
    return [talk(Position.start(scenario, seed), cast(scenario), 4).ask(seed % 3) for seed in range(count)]


@pytest.mark.parametrize("name", Persuasion.scripted["persuader"])
def test_replies_come_in_order_whatever_the_batch(name: str) -> None:
    agent = ScriptedAgent.of(Persuasion(), "persuader", name)
    asks = asks_of(40)
    together = agent.respond(asks)
    assert together == [agent.respond([ask])[0] for ask in asks]
    assert together[::-1] == agent.respond(asks[::-1])
    assert {u.seat for u in together} == {"persuader"}
    assert len({u.text for u in together}) > 20


def test_an_agent_remembers_nothing() -> None:
    used, fresh = (ScriptedAgent.of(Persuasion(), "persuader") for _ in range(2))
    asks = asks_of(10)
    for ask in asks:
        used.respond([ask])
    assert used.respond(asks) == fresh.respond(asks)


def test_the_reply_is_the_keys() -> None:
    position = Position.start(Persuasion(), 1)
    agent = ScriptedAgent.of(Persuasion(), "persuader")
    assert agent.respond([position.ask(1)] * 3) == agent.respond([position.ask(1)]) * 3
    assert len({u.text for u in agent.respond([position.ask(i) for i in range(20)])}) > 5


def test_no_asks_no_replies() -> None:
    assert ScriptedAgent.of(Guessing(), "guesser").respond([]) == []


def test_the_protocol_is_recognised() -> None:
    assert isinstance(ScriptedAgent(lambda ask: Utterance(ask.view.seat, "Hi.")), Agent)
    assert not isinstance(object(), Agent)


def test_a_missing_policy_is_named() -> None:
    with pytest.raises(InvalidConfig, match="'guru'; choose one of"):
        ScriptedAgent.of(Persuasion(), "persuader", "guru")


def test_a_conversation_goes_to_its_end_as_a_plan_does() -> None:
    scenario = Persuasion()
    starts = [Position.start(scenario, seed) for seed in range(5)]
    ends = [converse(start, cast(scenario)) for start in starts]
    assert all(end.over for end in ends)
    assert ends == run(play, starts, cast(scenario))
    assert converse(ends[0], cast(scenario)) is ends[0]


@pytest.mark.parametrize("utterances", [0, 1, 3])
def test_a_conversation_stops_where_it_is_told_to(utterances: int) -> None:
    start = Position.start(Persuasion(), 1)
    stopped = converse(start, cast(Persuasion()), utterances)
    assert len(stopped.dialogue) == utterances
    assert converse(stopped, cast(Persuasion())) == converse(start, cast(Persuasion()))


def test_only_who_is_needed_must_be_there() -> None:
    start = Position.start(Persuasion(), 1)
    alone = {"persuader": cast(Persuasion())["persuader"]}
    assert len(converse(start, alone, 1).dialogue) == 1
    with pytest.raises(InvalidConfig, match=r"the turn of 'persuadee'.* only for \['persuader'\]; give that seat an agent"):
        converse(start, alone)
