"""Plan, then say: whoever words a simulated user's reply, the user decides what it does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialogym import Position, Scenario, ScriptedAgent
from dialogym.agents import LanguageModelAgent, ScriptedModel
from dialogym.agents.by_name import agent_for
from dialogym.agents.worded import TRIES, WordedUser
from dialogym.envs.emotional_support import EmotionalSupport
from dialogym.envs.emotional_support.languages import sentences
from dialogym.envs.errors import InvalidConfig, InvalidModel
from dialogym.envs.persuasion import Persuasion
from dialogym.envs.persuasion.reading.concerns import read_concern
from dialogym.search import play, run
from tests.toy import Guessing

SCENARIO = Persuasion()
STARTS = [Position.start(SCENARIO, seed) for seed in range(12)]
PLAIN = {"proof": "So, does it do any good?", "trust": "But how do I know the money really arrives?"}
"""Natural words for two concerns."""


def talks(user: object) -> list[Position]:
    return run(play, STARTS, {"persuader": ScriptedAgent.of(SCENARIO, "persuader", "expert"), "persuadee": user})


def worded(model: ScriptedModel, tries: int = TRIES) -> WordedUser:
    return WordedUser(SCENARIO, LanguageModelAgent(model), tries=tries)


def said(ends: list[Position]) -> list[str]:
    return [one.text for end in ends for one in end.dialogue if one.seat == "persuadee"]


@pytest.mark.parametrize("always", ["Okay, I will donate $2 to the children.", "No, I will not donate anything. Goodbye.",
                                    "I will give $1, but only when pigs fly."])
def test_a_model_that_decides_for_the_user_decides_nothing(always: str) -> None:
    """All that is said reads as the scripted user meant it there; where the model's words do not, the user's own are said."""
    model = ScriptedModel({"": always})
    own = 0
    ends = talks(worded(model))
    for end in ends:
        position = Position.start(SCENARIO, 0, condition=end.condition)
        for utterance in end.dialogue:
            if utterance.seat == "persuadee":
                meant = SCENARIO.planned["scripted"](position.ask())
                assert meant.reads(utterance.text) or utterance.text != always
                own += utterance.text != always
            position = position.say(utterance)
    assert own > 0.5 * len(said(ends))
    assert len(model.calls) > len(said(ends))  # it was asked again before that


def test_a_model_that_says_what_is_meant_is_heard() -> None:
    """Its words are said where they tell the call that is open, and nowhere else."""
    model = ScriptedModel({"any good": PLAIN["proof"], "really arrives": PLAIN["trust"], "": "Mm, let me see."})
    found = said(talks(worded(model)))
    assert {PLAIN["proof"], PLAIN["trust"]} <= set(found)
    for text in found:
        assert text not in PLAIN.values() or read_concern(text) == next(name for name, one in PLAIN.items() if one == text)


def test_every_wording_is_asked_for_a_number_of_times_and_told_what_the_reply_does() -> None:
    model = ScriptedModel({"": "blorp"})
    position = STARTS[0].say("Hello, how are you today?")
    own = worded(model, tries=2).respond([position.ask()])
    assert own == ScriptedAgent.of(SCENARIO, "persuadee").respond([position.ask()])
    assert len(model.calls) == 2
    assert all("Stage direction" in request.chat[-1][1] for request in model.calls)
    assert len({request.seed for request in model.calls}) == 2


def test_the_names_say_who_decides_and_who_words() -> None:
    for name, family in (("worded:embedded", "scripted"), ("worded:sceptical:embedded", "sceptical")):
        user = agent_for(SCENARIO, "persuadee", name)
        assert isinstance(user, WordedUser)
        assert user.family == family
    position = STARTS[1].say("Hello, how are you today?")
    (reply,) = user.respond([position.ask()])
    assert reply.seat == "persuadee"


@pytest.mark.parametrize(("scenario", "seat", "name", "error", "says"), [
    (SCENARIO, "persuader", "worded:embedded", InvalidConfig, "cannot sit in the seat 'persuader'"),
    (SCENARIO, "persuadee", "worded:", InvalidModel, "names no model"),
    (SCENARIO, "persuadee", "worded:sceptical:", InvalidModel, "names no model"),
    (EmotionalSupport(), "supporter", "worded:embedded", InvalidConfig, "cannot sit in the seat 'supporter'"),
    (Guessing(), "thinker", "worded:embedded", InvalidConfig, "no user whom a model can word")])
def test_what_cannot_be_worded_is_refused_in_a_sentence(scenario: Scenario, seat: str, name: str, error: type[Exception],
                                                        says: str) -> None:
    with pytest.raises(error, match=says):
        agent_for(scenario, seat, name)


def test_no_tries_and_no_such_family_are_refused() -> None:
    model = LanguageModelAgent(ScriptedModel({"": "Hm."}))
    with pytest.raises(InvalidConfig, match="tries must be at least 1"):
        WordedUser(SCENARIO, model, tries=0)
    with pytest.raises(InvalidConfig, match="can be worded; choose one of"):
        WordedUser(SCENARIO, model, "calibrated")


@pytest.mark.parametrize(("language", "always"), [
    ("en", "Thank you, I feel lighter now. Goodbye."), ("en", "I feel ashamed. Is that normal?"), ("en", "我很好。"),
    ("zh", "谢谢你，我轻松多了。再见。"), ("zh", "我感到羞愧。这样正常吗？"), ("zh", "I am fine.")])
@pytest.mark.parametrize("family", ["scripted", "guarded", "drifting"])
def test_a_seeker_keeps_their_mind_and_state_whoever_words_it(family: str, language: str, always: str) -> None:
    """Whatever a model says, what is heard is what was meant, and the private state is the scripted one."""
    scenario = EmotionalSupport(language=language)
    user = WordedUser(scenario, LanguageModelAgent(ScriptedModel({"": always})), family)
    starts = [Position.start(scenario, seed) for seed in range(4)]
    ends = run(play, starts, {"supporter": ScriptedAgent.of(scenario, "supporter", "expert"), "seeker": user})
    own = 0
    for end in ends:
        position = Position.start(scenario, 0, condition=end.condition)
        for utterance in end.dialogue:
            if utterance.seat == "seeker":
                meant = scenario.planned[family](position.ask())
                assert utterance.state == meant.own.state
                assert meant.reads(utterance.text) or utterance.text != always
                own += utterance.text != always
            position = position.say(utterance)
    assert own > 0.5 * sum(one.seat == "seeker" for end in ends for one in end.dialogue)
    assert any(end.engagement.level == 1 for end in ends)


def test_a_model_that_follows_its_brief_words_a_seeker() -> None:
    """The brief holds what is to be told, and words around it are the model's."""
    scenario = EmotionalSupport()
    position = Position.start(scenario, 3)
    meant, first = scenario.planned["scripted"](position.ask()), position.condition.troubles[0]
    words = f"Evening. To be honest, {first}. {sentences(meant.own.text)[-1].strip()}"
    model = ScriptedModel({first: words})
    (reply,) = WordedUser(scenario, LanguageModelAgent(model)).respond([position.ask()])
    assert first in str(model.calls[0].chat[-1])
    assert reply == replace(meant.own, text=words) != meant.own


def test_the_names_of_seekers_say_who_decides() -> None:
    scenario = EmotionalSupport(language="zh")
    for name, family in (("worded:embedded", "scripted"), ("worded:drifting:embedded", "drifting")):
        user = agent_for(scenario, "seeker", name)
        assert isinstance(user, WordedUser)
        assert user.family == family
