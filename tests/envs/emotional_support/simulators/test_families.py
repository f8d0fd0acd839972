"""The families of seekers: exact, true to what they hide, readable, and skill orders on each."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache, partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dialogym
from dialogym import Ask, Position, ScriptedAgent, Utterance, converse
from dialogym.alignment.evaluation.intervals import mean_ci
from dialogym.envs.dialogue import is_blank
from dialogym.envs.emotional_support import EmotionalSupport, Trouble
from dialogym.envs.emotional_support.acts import closes, named_feelings, read_mood, told_items
from dialogym.envs.emotional_support.conditions import draw
from dialogym.envs.emotional_support.languages import LANGUAGES
from dialogym.envs.emotional_support.languages.language import LEANINGS
from dialogym.envs.emotional_support.simulators import families, seeker
from dialogym.envs.emotional_support.simulators.families import (
    Drifting,
    Guarded,
    drifting,
    guarded,
    hear_drifting,
    hear_guarded,
)
from dialogym.envs.emotional_support.states import parse
from dialogym.envs.keys import mix, pick
from dialogym.envs.scenario import ScriptedPolicy
from tests.envs.emotional_support.test_hidden import SECRETS, visible
from tests.toy import cast, talk

SIZES = pytest.mark.parametrize("episodes", [60, pytest.param(200, marks=pytest.mark.slow)])
"""With 60 episodes a mean's interval is up to 0.3 wide and the nearest two are 0.03 apart: a family on which listening pays
a little less than it should fails already; 200 tell finer."""
FAMILIES = tuple(families.POLICIES)
MINDS = ("guarded", "drifting")
BOTH = pytest.mark.parametrize("language", ["en", "zh"])
EACH = pytest.mark.parametrize("family", FAMILIES)
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TROUBLE = Trouble("en", "work", ("I lost my job", "the rent went up"), ("anxious", "ashamed"), ("it is all my own fault",),
                  guard=0.2)
KIND, KINDER = "I am all ears.", "It is only human to feel like that."


@cache
def ends(family: str, language: str, skill: str, episodes: int = 60) -> tuple[Position, ...]:
    scenario = EmotionalSupport(language=language)
    agents = cast(scenario, supporter=skill, seeker=family)
    return tuple(talk(Position.start(scenario, seed), agents) for seed in range(episodes))


def interval(family: str, language: str, skill: str, episodes: int) -> tuple[float, float]:
    return mean_ci([end.engagement.level for end in ends(family, language, skill, episodes)], 0)[1]


def said(text: str) -> Utterance:
    return Utterance("supporter", text)


class TestEachFamily:
    @EACH
    @BOTH
    @SIZES
    def test_skill_orders_with_intervals_apart(self, family: str, language: str, episodes: int) -> None:
        weak, middling, strong = (interval(family, language, skill, episodes) for skill in ("novice", "average", "expert"))
        assert 0 < weak[1] < middling[0]
        assert middling[1] < strong[0]

    @EACH
    @BOTH
    @pytest.mark.parametrize("constant", ["listener", "interrogator", "adviser"])
    @SIZES
    def test_no_constant_policy_comes_near_the_expert(self, family: str, language: str, constant: str, episodes: int) -> None:
        assert interval(family, language, constant, episodes)[1] < interval(family, language, "expert", episodes)[0]

    @EACH
    @BOTH
    def test_the_same_ask_gets_the_same_reply_whatever_was_asked_before(self, family: str, language: str) -> None:
        behave = families.POLICIES[family]
        asks = []
        for end in ends(family, language, "average")[:10]:
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
        for end in ends(family, language, "expert")[:60]:
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

    @pytest.mark.parametrize("family", MINDS)
    @BOTH
    def test_what_it_tells_is_heard_and_nothing_else(self, family: str, language: str) -> None:
        """The item cues find exactly what they told: short answers and asides carry nothing."""
        for end in ends(family, language, "expert")[:60]:
            shown = {text for _, text in parse(end.dialogue.utterance.state).shown}  # type: ignore[union-attr]
            heard = {item for u in end.dialogue if u.seat == "seeker" and not closes(u.text) for _, item in told_items(u.text)}
            assert heard <= shown
            assert len(shown - heard) <= 1, "a few wordings hide an item from the cues; most do not"

    @EACH
    @BOTH
    @pytest.mark.parametrize("seed", range(4))
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
        assert json.dumps(items[0], ensure_ascii=False)[1:-1] in visible(env) or family == "noisy"

    @settings(max_examples=60, deadline=None)
    @given(st.text(LETTERS, min_size=1, max_size=60).filter(lambda text: not is_blank(text)), st.integers(0, 2**32),
           st.sampled_from(["en", "zh"]),
           st.sampled_from(FAMILIES))
    def test_whatever_is_said_to_it_it_answers(self, text: str, seed: int, language: str, family: str) -> None:
        scenario = EmotionalSupport(language=language)
        agents = cast(scenario, seeker=family)
        position = Position.start(scenario, seed)
        position = position.say(agents["seeker"].respond([position.ask()])[0]).say(text)
        reply = agents["seeker"].respond([position.ask()])[0]
        assert reply.text.strip()
        assert parse(reply.state) is not None

    def test_a_snapshot_goes_on_alike(self) -> None:
        for family in FAMILIES:
            for end in ends(family, "en", "novice")[:5]:
                again = Position.from_json(json.loads(json.dumps(end.to_json())), end.scenario)
                assert again == end
                assert families.POLICIES[family](Ask(again.view("seeker"), 3)) == families.POLICIES[family](
                    Ask(end.view("seeker"), 3))


class TestGuarded:
    def heard(self, *texts: str, trouble: Trouble = TROUBLE) -> Guarded:
        mind = guarded(trouble)
        for text in texts:
            mind = hear_guarded(mind, said(text))
        return mind

    def test_two_good_turns_in_a_row_win_its_trust_and_a_mistake_loses_it(self) -> None:
        assert not self.heard(KIND).trusts
        assert self.heard(KIND, KINDER).trusts
        assert not self.heard(KIND, "You should make a plan.", KINDER).trusts
        assert not self.heard(KIND, KINDER, "You should make a plan.").trusts

    def test_it_opens_slower_and_mistakes_cost_more(self) -> None:
        plain = seeker.start(TROUBLE)
        for text, worse in ((KIND, False), ("Do not worry, it will all work out.", True), ("Why not try yoga?", True)):
            mine, theirs = self.heard(text), seeker.hear(plain, said(text))
            assert mine.openness - guarded(TROUBLE).openness < theirs.openness - plain.openness
            assert not worse or guarded(TROUBLE).patience - mine.patience > plain.patience - theirs.patience

    def test_a_question_right_after_a_short_answer_is_worth_less(self) -> None:
        shy = replace(TROUBLE, guard=1.0)
        question = "What is the hardest part of it?"
        short = self.heard(KIND, trouble=shy)
        assert short.short
        gain = hear_guarded(short, said(question)).openness - short.openness
        other = replace(short, event="told")
        assert 0 < gain < hear_guarded(other, said(question)).openness - other.openness

    @BOTH
    def test_short_answers_show_little(self, language: str) -> None:
        texts = list(families.SHORT[language].every())
        assert {read_mood(text) for text in texts} == {"wary"}
        plain = [u.text for end in ends("guarded", language, "average")[:40] for u in end.dialogue if u.seat == "seeker"]
        share = sum(any(text == one for one in texts) for text in plain) / len(plain)
        assert 0.02 < share < 0.5


class TestDrifting:
    def heard(self, *texts: str) -> Drifting:
        mind = drifting(TROUBLE)
        for text in texts:
            mind = hear_drifting(mind, said(text))
        return mind

    def test_it_tells_out_of_order_and_the_order_is_the_conditions(self) -> None:
        drawn = [draw(key, "en") for key in range(200)]
        assert all(sorted(drifting(trouble).items) == sorted(trouble.items) for trouble in drawn)
        assert sum(drifting(trouble).items != trouble.items for trouble in drawn) > 150
        assert all(drifting(replace(trouble)).items == drifting(trouble).items for trouble in drawn)

    def test_its_leaning_goes_round(self) -> None:
        start = drifting(TROUBLE)
        leanings = [replace(start, told=told).leaning for told in range(4)]
        assert leanings[0] == leanings[3] == TROUBLE.leaning
        assert set(leanings) == set(LEANINGS)

    def test_it_wanders_off_after_telling_and_its_own_words_bring_it_back(self) -> None:
        adrift = self.heard("It makes sense that you feel this way. What is that like for you?", KIND, KINDER)
        while not adrift.adrift:
            adrift = hear_drifting(adrift, said(f"{KIND} What is the hardest part of it?"))
        assert adrift.told
        assert hear_drifting(adrift, said("I am all ears.")).adrift
        back = hear_drifting(adrift, said("So what you are saying is that you lost your job."))
        assert back.told > adrift.told or not back.adrift
        told = next((item for kind, item in adrift.items[:adrift.told] if kind == "feelings"), None)
        if told:
            back = hear_drifting(adrift, said(f"It sounds like you feel {told}."))
            assert back.told > adrift.told or not back.adrift
        lost = replace(adrift, openness=0.0)
        there = replace(lost, adrift=False)
        for text in ("Anybody in your place would feel this way.", "Take your time, I am listening."):
            assert 0 < hear_drifting(lost, said(text)).openness < hear_drifting(there, said(text)).openness

    @BOTH
    def test_what_it_wanders_to_is_nothing_to_hear(self, language: str) -> None:
        for text in families.WANDER[language].every():
            assert not told_items(text)
            assert not named_feelings(text)
            assert not closes(text)
            assert read_mood(text) == "wary"


class TestNoisy:
    def deaf(self, ask: Ask) -> Utterance:
        """A supporter who hears nothing: acts and wordings by key alone."""
        lang = LANGUAGES[ask.view.scenario.language]  # type: ignore[attr-defined]
        acts = ("validation", "encouragement", "open-question", "reflection", "validation", "suggestion", "self-disclosure")
        phrases = lang.say[pick(ask.key, acts, 1)]
        feeling = pick(ask.key, lang.feelings, 2)
        return Utterance("supporter", phrases.say(mix(ask.key, 3), feeling=feeling, topic=lang.topics["work"].noun))

    def talk(self, language: str, seed: int, user: ScriptedPolicy) -> Position:
        agents = {"seeker": ScriptedAgent(user), "supporter": ScriptedAgent(self.deaf)}
        return converse(Position.start(EmotionalSupport(language=language), seed), agents)

    @BOTH
    @pytest.mark.parametrize("policy", [seeker.speak, families.POLICIES["guarded"], families.POLICIES["drifting"]])
    def test_who_does_not_listen_gets_the_same_game(self, language: str, policy: ScriptedPolicy) -> None:
        levels = set()
        for seed in range(80):
            clean = self.talk(language, seed, policy)
            rough = self.talk(language, seed, partial(families.noisy, policy=policy, strength=0.8))
            assert len(clean.dialogue) == len(rough.dialogue)
            a, b = clean.engagement, rough.engagement
            assert (a.level, a.over, a.status) == (b.level, b.over, b.status)
            levels.add(a.level)
            for one, other in zip(clean.dialogue, rough.dialogue, strict=True):
                assert one.state == other.state
                assert one == other or (one.seat == "seeker" and closes(one.text) == closes(other.text))
        assert levels == {0.0, 1.0}

    @BOTH
    def test_a_rigid_listener_hears_less(self, language: str) -> None:
        pairs = [(one.text, other.text) for seed in range(80)
                 for one, other in zip(self.talk(language, seed, seeker.speak).dialogue,
                                       self.talk(language, seed, families.noisy).dialogue, strict=True) if one.seat == "seeker"]
        moods = sum(read_mood(one) != read_mood(other) for one, other in pairs) / len(pairs)
        told = [told_items(one) == told_items(other) for one, other in pairs if told_items(one)]
        assert 0.02 < moods < 0.4
        assert 0.1 < 1 - sum(told) / len(told) < 0.9

    def test_no_strength_is_the_scripted_seeker(self) -> None:
        for seed in range(20):
            position = Position.start(EmotionalSupport(), seed)
            assert families.noisy(position.ask(), strength=0.0) == seeker.speak(position.ask())


def test_the_calibrated_seeker_stays_the_default_and_first() -> None:
    assert list(EmotionalSupport.scripted["seeker"]) == ["scripted", *FAMILIES]
