"""Best-of-N by a reference: one question per moment, about what the seat may see, and the nearest reply is said."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dialogym import Ask, Position, Utterance
from dialogym.envs.chat import Message
from dialogym.envs.encoders import NGRAMS
from dialogym.envs.errors import InvalidConfig
from dialogym.search import play, run
from dialogym.search.best_of_n import BestOfN, Scored
from dialogym.search.references import Reference
from tests.toy import Thinking, cast, talk

TOY = Thinking(3)
START = talk(Position.start(TOY, 1, condition="red"), cast(TOY), 2)


class Advisor:
    """A chat model that always advises the same."""

    def __init__(self, advice: str) -> None:
        self.advice = advice
        self.chats: list[list[Message]] = []

    def __call__(self, chats: Sequence[list[Message]]) -> list[str]:
        self.chats += chats
        return [self.advice] * len(chats)


class Offering:
    """Offers a reply per candidate asked for."""

    def __init__(self, *texts: str) -> None:
        self.texts, self.asked = texts, 0

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        self.asked += len(asks)
        return [Utterance(ask.view.seat, self.texts[n % len(self.texts)]) for n, ask in enumerate(asks)]


@pytest.mark.parametrize("kind", ["strategy", "knowledge"])
def test_the_nearest_reply_is_said(kind: str) -> None:
    advisor = Advisor("Ask about the colour green, it is green.")
    score = Reference(kind, advisor, NGRAMS)  # type: ignore[arg-type]
    agent = BestOfN(Offering("Is it red?", "Could it be green?", "Hm."), score, 3)
    assert [u.text for u in agent.respond([START.ask(), START.ask(1)])] == ["Could it be green?"] * 2
    assert len(advisor.chats) == 1, "once per moment, not once per reply"
    (end,) = run(play, [START], {**cast(TOY), "guesser": agent})
    assert {u.text for u in end.dialogue if u.seat == "guesser"} >= {"Could it be green?"}


def test_it_is_a_planners_score_too() -> None:
    plan = Scored(Reference("strategy", Advisor("Hm, hm."), NGRAMS), 3)
    (choice,) = run(plan, [START], {"guesser": Offering("Is it red?", "Could it be green?", "Hm.")})
    assert choice.best == 2


def test_the_chat_model_sees_what_the_seat_sees() -> None:
    advisor = Advisor("x")
    Reference("knowledge", advisor, NGRAMS)([(START.view(), Utterance("guesser", "Hm."))])
    told = " ".join(message["content"] for message in advisor.chats[0])
    assert all(u.text in told for u in START.dialogue)
    assert "thinker-secret" not in told
    assert "You think of red." not in told


def test_without_a_reference_the_first_reply_is_said() -> None:
    score = Reference("strategy", Advisor(" "), NGRAMS)
    assert score([(START.view(), Utterance("guesser", text)) for text in ("Is it red?", "Hm.")]) == [0.0, 0.0]
    assert score([]) == []
    with pytest.raises(InvalidConfig, match="one of \\('strategy', 'knowledge'\\), got 'luck'"):
        Reference("luck", Advisor(""))  # type: ignore[arg-type]
