"""The families of seekers: exact, true to what they hide, readable, and skill orders on each."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import pytest

import dialogym
from dialogym import Ask, Position, Utterance
from dialogym.alignment.evaluation.intervals import mean_ci
from dialogym.envs.emotional_support import EmotionalSupport, Trouble
from dialogym.envs.emotional_support.bids import read_bid
from dialogym.envs.emotional_support.conditions import draw
from dialogym.envs.emotional_support.simulators import families, saying, seeker
from dialogym.envs.emotional_support.simulators.families import drifting, guarded, hear_drifting, hear_guarded
from dialogym.envs.emotional_support.states import parse
from dialogym.envs.keys import mix
from tests.envs.emotional_support.simulators.test_seeker import ANSWER, TROUBLE
from tests.envs.emotional_support.test_hidden import SECRETS, visible
from tests.toy import cast, talk

FAMILIES = ("scripted", *families.POLICIES)
BOTH = pytest.mark.parametrize("language", ["en", "zh"])
EACH = pytest.mark.parametrize("family", FAMILIES)
SIZES = pytest.mark.parametrize("episodes", [40, pytest.param(300, marks=pytest.mark.slow)])


@cache
def ends(family: str, language: str, skill: str, episodes: int = 40) -> tuple[Position, ...]:
    scenario = EmotionalSupport(language=language)
    agents = cast(scenario, supporter=skill, seeker=family)
    return tuple(talk(Position.start(scenario, seed), agents) for seed in range(episodes))


def levels(family: str, language: str, skill: str, episodes: int) -> list[float]:
    return [end.engagement.level for end in ends(family, language, skill, episodes)]


def interval(family: str, language: str, skill: str, episodes: int) -> tuple[float, float]:
    return mean_ci(levels(family, language, skill, episodes), 0)[1]


class TestEachFamily:
    @EACH
    @BOTH
    @SIZES
    def test_skill_orders_with_intervals_apart_and_room_above(self, family: str, language: str, episodes: int) -> None:
        weak, middling, strong = (levels(family, language, skill, episodes) for skill in ("novice", "average", "expert"))
        assert 0 < sum(weak) < sum(middling) < sum(strong) < 0.98 * episodes
        if episodes >= 300:
            assert interval(family, language, "novice", episodes)[1] < interval(family, language, "average", episodes)[0]
            assert interval(family, language, "average", episodes)[1] < interval(family, language, "expert", episodes)[0]

    @EACH
    @BOTH
    @pytest.mark.parametrize("constant", ["random", "listener", "interrogator", "adviser"])
    def test_who_does_not_listen_is_worse_than_the_average(self, family: str, language: str, constant: str) -> None:
        assert sum(levels(family, language, constant, 40)) < sum(levels(family, language, "average", 40))

    @EACH
    @BOTH
    def test_the_same_ask_gets_the_same_reply_whatever_was_asked_before(self, family: str, language: str) -> None:
        behave = EmotionalSupport.scripted["seeker"][family]
        asks = []
        for end in ends(family, language, "average")[:8]:
            position = Position.start(end.scenario, 0, condition=end.condition)
            for number, utterance in enumerate(end.dialogue):
                if utterance.seat == "seeker":
                    asks.append(Ask(position.view(), mix(7, number)))
                position = position.say(utterance)
        assert [behave(ask) for ask in asks] == [behave(ask) for ask in asks[::-1]][::-1]

    @EACH
    @BOTH
    def test_its_state_keeps_the_books(self, family: str, language: str) -> None:
        """Every item is in one half; what is shown stays shown, and unless slips blur it, was said in their own words."""
        for end in ends(family, language, "expert")[:40]:
            trouble = end.condition
            assert isinstance(trouble, Trouble)
            items = {text for _, text in trouble.items} | {trouble.troubles[0]}
            words, before = "", set[str]()
            for u in (u for u in end.dialogue if u.seat == "seeker"):
                words += u.text
                state = parse(u.state)
                assert state is not None
                shown, hidden = {text for _, text in state.shown}, {text for _, text in state.hidden}
                assert shown | hidden == items
                assert not shown & hidden
                assert before <= shown
                assert family == "noisy" or all(item in words for item in shown)
                before = shown

    @EACH
    @BOTH
    def test_its_bid_is_heard_from_its_words(self, family: str, language: str) -> None:
        start, hear = families.MINDS[family]
        heard = total = 0
        for end in ends(family, language, "average")[:30]:
            mind = start(end.condition)  # type: ignore[arg-type]
            for u in end.dialogue:
                mind = hear(mind, u)
                if u.seat == "seeker" and mind.mood != "done" and mind.event not in seeker.OVER:
                    total += 1
                    heard += read_bid(u.text) == mind.call
        assert heard >= 0.98 * total > 0

    @EACH
    @BOTH
    @pytest.mark.parametrize("seed", range(3))
    def test_the_supporter_sees_no_item_before_it_is_said(self, family: str, language: str, seed: int) -> None:
        trouble = SECRETS[language]
        env = dialogym.make("EmotionalSupport-v0", language=language)
        env.reset(seed=seed, options={"condition": trouble})
        agents = cast(env.scenario, supporter="expert", seeker=family)
        items = [text for _, text in (("", trouble.troubles[0]), *trouble.items)]
        words = ""
        while env.agents and not any(env.terminations.values()):
            reply = agents[env.agent_selection].respond([env.ask()])[0]
            if reply.seat == "seeker":
                words += reply.text
                assert all(item in reply.state for item in items)
            env.step(reply)
            assert not [item for item in items if item not in words and item in visible(env)]

    @EACH
    def test_a_snapshot_goes_on_alike(self, family: str) -> None:
        for end in ends(family, "en", "novice")[:5]:
            again = Position.from_json(json.loads(json.dumps(end.to_json())), end.scenario)
            assert again == end

    @EACH
    def test_its_mind_is_reported(self, family: str) -> None:
        end = ends(family, "en", "expert")[0]
        telling = EmotionalSupport.telling
        assert telling is not None
        assert "openness" in telling.mind(family, end.condition, end.dialogue)
        assert telling.mind("a language model", end.condition, end.dialogue) == ""


def begun(mind, bid: str = "time"):
    return replace(mind, calls=(bid, "seen", "facts", "time"), interest=0.1, trust=0.0,
                   attention=replace(mind.attention, own=frozenset(("job", "lost"))), last="I lost my job.")


class TestGuarded:
    def test_two_answers_in_a_row_win_their_trust_and_a_mistake_loses_it(self) -> None:
        once = hear_guarded(begun(guarded(TROUBLE)), Utterance("supporter", ANSWER["time"]))
        twice = hear_guarded(once, Utterance("supporter", ANSWER["seen"]))
        assert not once.trusts
        assert twice.trusts
        assert not hear_guarded(twice, Utterance("supporter", "You are overreacting.")).trusts

    def test_before_that_an_answer_is_worth_less_and_their_answers_are_short(self) -> None:
        cold, plain = begun(guarded(TROUBLE)), begun(seeker.start(TROUBLE))
        said = Utterance("supporter", ANSWER["time"])
        assert hear_guarded(cold, said).interest < seeker.hear(plain, said).interest
        missed = hear_guarded(cold, Utterance("supporter", "Hello there."))
        assert missed.short
        words = [saying.words(missed.person, families.plan_guarded(missed, key)) for key in range(40)]
        assert all(read_bid(text) == missed.call for text in words)


class TestDrifting:
    def test_they_tell_out_of_order_and_the_order_is_the_conditions(self) -> None:
        drawn = [draw(key, "en") for key in range(100)]
        assert all(sorted(drifting(trouble).items) == sorted(trouble.items) for trouble in drawn)
        assert sum(drifting(trouble).items != trouble.items for trouble in drawn) > 70

    def test_they_wander_off_after_telling_and_what_they_told_brings_them_back(self) -> None:
        adrift = replace(begun(drifting(TROUBLE)), adrift=True)
        assert hear_drifting(adrift, Utterance("supporter", "Take your time, I am all ears.")).adrift
        assert not hear_drifting(adrift, Utterance("supporter", ANSWER["order"])).adrift


def test_noise_of_no_strength_is_the_scripted_seeker() -> None:
    for seed in range(5):
        position = Position.start(EmotionalSupport(), seed)
        assert families.noisy(position.ask(), strength=0.0) == seeker.speak(position.ask())


def test_the_scripted_seeker_stays_the_default_and_first() -> None:
    assert tuple(EmotionalSupport.scripted["seeker"]) == FAMILIES
