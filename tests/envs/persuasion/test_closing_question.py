"""A persuadee who is undecided when the turns are over may be asked once more, in every shell and in a search."""

from __future__ import annotations

import pytest

import dialogym
from dialogym import ActEnv, Position, ScriptedAgent, SeatEnv
from dialogym.envs.persuasion import Persuasion
from dialogym.envs.persuasion.acts import recognise
from dialogym.envs.persuasion.prompts import CLOSING_QUESTION
from dialogym.search import IxMCTS, run
from tests.toy import cast, talk

ASKING, SILENT = Persuasion(horizon=3, ask_at_end=True), Persuasion(horizon=3)
SEEDS = range(60)


def ends(scenario: Persuasion) -> list[Position]:
    return [talk(Position.start(scenario, seed), cast(scenario), 1_000) for seed in SEEDS]


def test_it_is_asked_of_the_undecided_alone_and_answered() -> None:
    asked = 0
    for with_question, without in zip(ends(ASKING), ends(SILENT), strict=True):
        said = list(with_question.dialogue)
        assert said[:len(without.dialogue)] == list(without.dialogue)
        if without.engagement.over:
            assert said == list(without.dialogue)
            continue
        asked += 1
        assert [u.seat for u in said[-2:]] == ["persuader", "persuadee"]
        assert said[-2].text == CLOSING_QUESTION
        assert with_question.turns == 4
        assert with_question.over
    assert asked > 5
    undecided = [sum(end.engagement.status == "undecided" for end in ends(scenario)) for scenario in (SILENT, ASKING)]
    assert undecided[1] < undecided[0] / 2


def test_the_question_is_heard_as_an_ask() -> None:
    assert "propose-donation" in recognise(CLOSING_QUESTION)


def test_it_goes_through_json_at_every_moment() -> None:
    for end in ends(ASKING):
        assert Position.from_json(end.to_json(), ASKING) == end


def hesitant() -> tuple[int, list[str]]:
    """A seed and a persuader's words that leave the persuadee undecided for three turns."""
    return 0, ["Hello there, how are you?", "Have you heard of Save the Children?", "What matters to you in a charity?"]


def test_the_dialogue_environment_lets_the_user_speak_twice() -> None:
    seed, words = hesitant()
    env = dialogym.make("PersuasionForGood-v0", horizon=3, ask_at_end=True)
    env.reset(seed=seed)
    for text in words:
        env.step(text)
        env.step("Maybe, go on.")
    assert env.agent_selection == "persuadee"
    assert env.observe("persuadee")["transcript"].endswith(f"persuader: {CLOSING_QUESTION}")
    mark = env.snapshot().to_json()
    env.step("I will donate $1.")
    assert env.terminations["persuader"]
    assert env.rewards["persuader"] == pytest.approx(0.5)
    env.restore(mark)
    env.step("I cannot say.")
    assert env.truncations["persuader"]
    assert env.rewards["persuader"] == 0.0


def test_the_gymnasium_environments_hear_the_answer() -> None:
    seed, words = hesitant()
    seat = SeatEnv("PersuasionForGood-v0", horizon=3, ask_at_end=True)
    seat.reset(seed=seed)
    results = [seat.step(text) for text in words]
    assert not any(ended or cut for _, _, ended, cut, _ in results[:-1])
    assert results[-1][2] or results[-1][3]
    assert f"persuader: {CLOSING_QUESTION}\npersuadee: " in results[-1][0]["transcript"]
    acts = ActEnv("PersuasionForGood-v0", horizon=3, ask_at_end=True)
    acts.reset(seed=seed)
    over = False
    while not over:
        _, _, ended, cut, _ = acts.step(acts.acting.actions.index("greeting"))
        over = ended or cut
    assert acts.position.dialogue.last.seat == "persuadee"


def test_a_search_hears_the_answer_too() -> None:
    tree = run(IxMCTS(width=2, keep=4), [Position.start(ASKING, 1)], cast(ASKING))[0]
    asked = [node for node in range(len(tree)) if any(u.text == CLOSING_QUESTION for u in tree.position[node].dialogue)]
    assert asked
    assert all(tree.over[node] and tree.position[node].dialogue.last.seat == "persuadee" for node in asked)


def test_an_agent_is_asked_once_more() -> None:
    agent = ScriptedAgent.of(ASKING, "persuadee")
    assert any(len(end.dialogue) == 8 for end in ends(ASKING))
    assert agent.respond([])== []
