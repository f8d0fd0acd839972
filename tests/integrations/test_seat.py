"""The open seat that every adapter is built around: chats out, texts in, and the same talks as anywhere else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from threading import Thread
from typing import Any

import pytest

import dialogym
from dialogym import Ask, Utterance
from dialogym.agents import LanguageModelAgent, ScriptedModel
from dialogym.envs.chat import written
from dialogym.envs.errors import DialogymError
from dialogym.envs.position import MAX_TEXT
from dialogym.integrations import seat as seats
from dialogym.integrations.seat import OpenSeat
from dialogym.search import play, run

IDS = ("EmotionalSupport-v0", "PersuasionForGood-v0")


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("who", ["interactive", "user"])
def test_a_speaker_from_outside_brings_what_it_brings_inside(id: str, who: str) -> None:
    """A scripted speaker that writes as a language model does, states included, ends as the same one at home."""
    scenario = dialogym.make(id).scenario
    seat = getattr(scenario, who)
    own = dialogym.ScriptedAgent.of(scenario, seat)
    agents = {each: dialogym.ScriptedAgent.of(scenario, each) for each in scenario.seats}
    ends = run(play, [dialogym.Position.start(scenario, seed) for seed in range(4)], agents)
    for seed, end in enumerate(ends):
        talk = OpenSeat(id, seat=seat)
        chat = talk.begin(seed)
        assert [m["role"] for m in chat] == ["system", "user"]
        while not talk.over:
            (said,) = own.respond([talk.env.ask()])
            heard = talk.answer(written(scenario, said)["content"])
            assert all(m["role"] in ("user", "assistant") for m in heard)
        assert (talk.reward, talk.result["status"]) == (end.engagement.level, end.engagement.status)
        assert talk.result["status"] not in scenario.unreadable
        assert json.loads(json.dumps(talk.result)) == talk.result


def test_a_seeker_of_bare_words_is_unread() -> None:
    talk = OpenSeat("EmotionalSupport-v0", seat="seeker")
    talk.begin(0)
    while not talk.over:
        talk.answer("Thank you, I feel better now. Goodbye!")
    assert (talk.reward, talk.result["status"]) == (0.0, "unread")


@pytest.mark.parametrize("text", ["", "\n", "\x00", "a\ud800b", "word " * MAX_TEXT, "persuadee: I will give $2."])
def test_whatever_a_model_writes_is_said(text: str) -> None:
    talk = OpenSeat(IDS[1])
    before = talk.begin(0)
    (heard,) = talk.answer(text)
    assert heard["role"] == "user"
    assert len(talk.messages) == len(before) + 2
    assert talk.reward == 0.0


def test_nothing_hidden_is_in_a_chat() -> None:
    for id in IDS:
        talk = OpenSeat(id)
        chat = talk.begin(5)
        assert talk.result["condition"] not in json.dumps(chat)


class Counting:
    """Notes whether two threads are in it at once."""

    def __init__(self, agent: Any) -> None:
        self.agent, self.inside, self.most = agent, 0, 0

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        self.inside += 1
        self.most = max(self.most, self.inside)
        found = self.agent.respond(asks)
        self.inside -= 1
        return found


def test_a_model_as_partner_is_loaded_once_and_asked_by_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Counting] = []

    def agent_for(scenario: Any, seat: str, name: str | None) -> Any:
        made.append(Counting(LanguageModelAgent(ScriptedModel("I think so."))))
        return made[-1]

    monkeypatch.setattr(seats, "agent_for", agent_for)
    seats._partner.cache_clear()

    def talk() -> None:
        open_seat = OpenSeat(IDS[1], partner="a-model", horizon=3)
        open_seat.begin(0)
        while not open_seat.over:
            open_seat.answer("Hello?")

    threads = [Thread(target=talk) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seats._partner.cache_clear()
    assert made[-1].most == 1
    assert len(made) == 1


@pytest.mark.parametrize("wrong", [{"env": "None-v0"}, {"seat": "judge"}, {"partner": "scriptd"}, {"horizon": "long"},
                                   {"secret": " "}])
def test_what_there_is_not_is_refused_in_a_sentence(wrong: dict[str, Any]) -> None:
    with pytest.raises(DialogymError):
        OpenSeat(**{"env": IDS[1], **wrong})
