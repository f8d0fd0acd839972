"""The persuadee's families: the calibrated one is like the corpus, the sceptical one like nobody the scripted one knows."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from itertools import product
from pathlib import Path
from statistics import fmean

import persuadee_calibration as calibration
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym import Dialogue, Position, Utterance
from dialogym.envs.keys import mix
from dialogym.envs.persuasion import Persona, Persuasion
from dialogym.envs.persuasion.acts import ACTS, garbled
from dialogym.envs.persuasion.conditions import SCALES
from dialogym.envs.persuasion.engagement import reading
from dialogym.envs.persuasion.reading.donation import Reading, read
from dialogym.envs.persuasion.simulators import calibrated, persuader, sceptical
from dialogym.envs.persuasion.simulators import corpus_figures as figures
from dialogym.envs.persuasion.simulators.moods import read_mood
from dialogym.envs.persuasion.simulators.replies import (
    ANSWERED,
    DECISIONS,
    KNOWN_WORDS,
    REACTION_WORDS,
    REACTIONS,
    WORDS,
    act_to_answer,
)
from dialogym.envs.persuasion.simulators.scripted import GIFTS
from dialogym.search import play, run
from tests.corpora import corpus_folder
from tests.toy import cast

ID = "PersuasionForGood-v0"
SCENARIO = Persuasion().under(ID)
FAMILIES = ("calibrated", "sceptical")
KEYS = st.integers(0, 2**64 - 1)


@cache
def played() -> calibration.Played:
    return calibration.simulate(600)


@cache
def ends(player: str, family: str, episodes: int = 300) -> tuple[Position, ...]:
    starts = [Position.start(SCENARIO, seed) for seed in range(episodes)]
    return tuple(run(play, starts, cast(SCENARIO, persuader=player, persuadee=family)))


def gifts(player: str, family: str) -> list[float]:
    return [2 * end.engagement.level for end in ends(player, family)]


def told(family: str, acts: tuple[str, ...], key: int) -> Position:
    """The position after a persuader made the acts, one a turn, and before the persuadee answers the last one."""
    position = Position.start(SCENARIO, key)
    for index, act in enumerate(acts):
        if index:
            position = position.say(SCENARIO.scripted["persuadee"][family](position.ask()))
            if position.over:
                return position
        position = position.say(persuader.voice(act, mix(key, index)))
    return position


def sceptic(*acts: str, start: float = 0.4, **traits: float) -> sceptical.Doubt:
    """A sceptic's state after acts, one a turn."""
    persona = Persona(tuple((name, SCALES[name].mean + z * SCALES[name].sd) for name, z in traits.items()))
    own = sceptical.temper(persona)
    dialogue = Dialogue.EMPTY
    for index, act in enumerate(acts):
        dialogue = dialogue.say(Utterance("persuader", persuader.voice(act, mix(7, index))))
    return dialogue.fold(sceptical.hear, sceptical.Doubt(own, start, own.patience))


class TestBoth:
    def test_the_scripted_persuadee_stays_the_default(self) -> None:
        names = list(SCENARIO.scripted["persuadee"])
        assert names[0] == "scripted"
        assert set(FAMILIES) <= set(names)
        assert next(iter(SCENARIO.scripted["persuader"])) == "novice"

    @pytest.mark.parametrize("family", FAMILIES)
    @given(key=KEYS, acts=st.lists(st.sampled_from(ACTS), min_size=1, max_size=8))
    @settings(max_examples=60, deadline=None)
    def test_the_same_ask_has_the_same_reply(self, family: str, key: int, acts: list[str]) -> None:
        position = told(family, tuple(acts), key)
        if not position.over:
            speak = SCENARIO.scripted["persuadee"][family]
            again = Position.from_json(position.to_json(), Persuasion())
            assert speak(position.ask()) == speak(again.ask())

    @pytest.mark.parametrize("family", FAMILIES)
    @pytest.mark.parametrize("player", ["random", "expert", "crowd"])
    def test_a_dialogue_ends_with_its_first_decision_and_nothing_reads_as_one_before(self, family: str, player: str) -> None:
        for end in ends(player, family):
            now = Reading()
            for utterance in end.dialogue:
                assert (now.status, now.closed) == ("undecided", False)
                now = read(now, utterance.seat, utterance.text)
            assert end.engagement.status in ("promised", "declined", "undecided")
            assert now.closed == (end.engagement.status != "undecided")

    @pytest.mark.parametrize("family", FAMILIES)
    def test_its_words_are_sound(self, family: str) -> None:
        played = [end for player in ("random", "crowd") for end in ends(player, family)]
        said = {one.text for end in played for one in end.dialogue if one.seat == "persuadee"}
        assert len(said) > 500
        assert [text for text in said if "<" in text or "{" in text or "  " in text or text[-1] not in ".?!"] == []
        assert [text for text in said if garbled(text)] == []

    @pytest.mark.parametrize("family", FAMILIES)
    @pytest.mark.parametrize("status", ["promised", "declined"])
    def test_asked_to_go_on_it_stays_with_its_decision(self, family: str, status: str) -> None:
        end = next(end for end in ends("crowd", family) if end.engagement.status == status)
        speak = SCENARIO.scripted["persuadee"][family]
        longer = end.say("Could you say that once more?")
        more = longer.say(speak(longer.ask()))
        assert (reading(more.dialogue).status, reading(more.dialogue).amount) == (status, reading(end.dialogue).amount)

    @pytest.mark.parametrize("family", FAMILIES)
    def test_a_condition_that_is_no_persona_is_refused(self, family: str) -> None:
        position = Position(SCENARIO, "somebody", Dialogue.EMPTY.say(Utterance("persuader", "Hello.")), 1)
        with pytest.raises(TypeError, match="needs a Persona"):
            SCENARIO.scripted["persuadee"][family](position.ask())


class TestCalibrated:
    def test_it_is_like_the_corpus(self) -> None:
        lines = calibration.compare(played())
        assert [line for line in lines if line.off] == []
        assert len(lines) > 40

    def test_the_tolerances_are_tight_enough_to_mean_something(self) -> None:
        tolerance = {line.name: line.tolerance for line in calibration.compare(played())}
        assert tolerance["donation rate"] < 0.07
        assert max(width for name, width in tolerance.items() if name.startswith(("reply", "crowd"))) < 0.04

    def test_another_persuadee_is_not_like_the_corpus(self) -> None:
        rate = fmean(gift > 0 for gift in gifts("crowd", "sceptical"))
        line = next(line for line in calibration.compare(played()) if line.name == "donation rate")
        assert abs(rate - figures.PAID) > 3 * line.tolerance

    def test_what_is_built_in_has_the_corpus_sign_and_is_no_larger(self) -> None:
        for ours, corpus in ((calibrated.TRAITS, figures.TRAITS_ON_PAID), (calibrated.STRATEGIES, figures.STRATEGIES_ON_PAID)):
            assert set(ours) == set(corpus)
            for name, effect in ours.items():
                assert 0 <= effect / corpus[name][0] <= 1

    @pytest.mark.parametrize("trait", [name for name, effect in calibrated.TRAITS.items() if abs(effect) > 0.05])
    def test_a_trait_moves_everybody_the_way_the_corpus_says(self, trait: str) -> None:
        effect = calibrated.TRAITS[trait]
        means = [fmean(calibrated.person(Persona(((trait, SCALES[trait].mean + z * SCALES[trait].sd), ("age", 20 + i / 100)))
                                         ).inclination for i in range(4000)) for z in (-1, 1)]
        assert (means[1] - means[0]) * effect > 0

    @pytest.mark.parametrize("act", calibrated.STRATEGIES)
    def test_a_strategy_moves_everybody_the_way_the_corpus_says(self, act: str) -> None:
        someone = calibrated.Person(0.0, 1.0)
        assert calibrated.readiness(someone, calibrated.Heard(acts=(act,))) == calibrated.STRATEGIES[act]

    @pytest.mark.slow
    @pytest.mark.parametrize("people", [1000, 3000])
    def test_the_simulated_effects_go_the_way_the_corpus_says(self, people: int) -> None:
        """The seeds are fixed and standard errors 0.07 to 0.17 among 1,000 people: an effect built in with its sign turned
        round comes out with the wrong one."""
        many = calibration.simulate(people, 20_000)
        for ours, built in ((calibration.persona_effects(many), calibrated.TRAITS),
                            (calibration.strategy_effects(many), calibrated.STRATEGIES)):
            for name, effect in built.items():
                if abs(effect) >= 0.1:
                    assert ours[name][0] * effect > 0, name

    def test_it_tires_of_repeats_distrusts_pressure_and_minds_nonsense(self) -> None:
        someone = calibrated.Person(0.0, 1.0)

        def after(*acts: str, muddled: int = 0) -> float:
            return calibrated.readiness(someone, calibrated.Heard(acts=acts, muddled=muddled))

        assert after(*["logical-appeal"] * 2) == after("logical-appeal")
        assert after(*["logical-appeal"] * 4) < after(*["logical-appeal"] * 3) < after("logical-appeal")
        assert after("pressure", "pressure") < after("pressure") < after()
        assert after(muddled=1) < after()

    def test_good_persuasion_pays_and_bad_persuasion_costs(self) -> None:
        def rate(*before: str) -> float:
            acts = (*before, *["propose-donation"] * (15 - len(before)))
            last = [told("calibrated", (*acts, "closing"), seed) for seed in range(300)]
            return fmean(one.engagement.level > 0 for one in last)

        assert rate("source-inquiry", "personal-story", "logical-appeal") > rate("greeting") + 0.05
        assert rate("pressure", "personal-inquiry", "self-modeling", "pressure") < rate("greeting") - 0.2

    def test_a_person_is_its_attributes(self) -> None:
        one = Persona((("agreeable", 4.0), ("age", 30.0), ("sex", "Male")))
        other = Persona((("age", 30.0), ("sex", "Male"), ("agreeable", 4.0)))
        assert calibrated.person(one) == calibrated.person(other)
        assert len({calibrated.person(Persona((("age", float(age)),))) for age in range(18, 68)}) > 40

    @given(key=KEYS, ready=st.booleans(), classes=st.lists(st.sampled_from([*WORDS, *REACTIONS]), min_size=1, max_size=3),
           to=st.sampled_from(ANSWERED), act=st.sampled_from(ACTS))
    @settings(max_examples=400, deadline=None)
    def test_no_undecided_reply_reads_as_a_decision(self, key: int, ready: bool, classes: list[str], to: str, act: str) -> None:
        dialogue = Dialogue.EMPTY.say(Utterance("persuader", persuader.voice(act, key)))
        text = calibrated.worded(calibrated.Plan(tuple(classes), ready=ready, to=to), dialogue, key)
        now = read(reading(dialogue), "persuadee", text)
        assert (now.status, now.closed) == ("undecided", False)

    @given(key=KEYS, act=st.sampled_from(ACTS),
           cents=st.one_of(st.integers(1, 200), st.sampled_from([int(100 * gift) for gift in GIFTS])))
    @settings(max_examples=400, deadline=None)
    def test_every_promise_is_read_as_the_sum_meant(self, key: int, cents: int, act: str) -> None:
        dialogue = Dialogue.EMPTY.say(Utterance("persuader", persuader.voice(act, key)))
        text = calibrated.worded(calibrated.Plan(("promise",), cents / 100, True), dialogue, key)
        now = read(reading(dialogue), "persuadee", text)
        assert (now.status, now.amount, now.closed) == ("promised", cents / 100, True)

    @given(key=KEYS, act=st.sampled_from(ACTS))
    @settings(max_examples=200, deadline=None)
    def test_every_refusal_is_read_as_one(self, key: int, act: str) -> None:
        dialogue = Dialogue.EMPTY.say(Utterance("persuader", persuader.voice(act, key)))
        now = read(reading(dialogue), "persuadee", calibrated.worded(calibrated.Plan(("refuse",)), dialogue, key))
        assert (now.status, now.amount, now.closed) == ("declined", 0.0, True)

    def test_its_books_need_no_second_try_as_a_rule(self) -> None:
        """Words of every book, said alone after words without an offer, mostly read as meant at the first try."""
        start = Reading()
        for name, book in {**WORDS, **KNOWN_WORDS}.items():
            said = {book.say(mix(3, i)) for i in range(300)}
            assert [text for text in said if not calibrated.reads_as_meant(calibrated.Plan((name,)), start, text)] == []
        for name, gift in (("promise", 0.5), ("refuse", 0.0)):
            said = {DECISIONS[name].say(mix(3, i), gift="$0.50") for i in range(300)}
            wrong = [text for text in said if not calibrated.reads_as_meant(calibrated.Plan((name,), gift), start, text)]
            assert len(wrong) <= 0.1 * len(said), wrong[:3]

    def test_reactions_show_whether_it_is_ready(self) -> None:
        moods = {(name, ready): {read_mood(REACTION_WORDS[name][ready].say(mix(5, i))) for i in range(300)}
                 for name, ready in product(REACTIONS, (False, True))}
        assert moods["positive-reaction", True] == {"ready"}
        assert moods["positive-reaction", False] == {"warm"}
        assert moods["negative-reaction", False] == {"cold"}
        assert all("ready" not in found for key, found in moods.items() if key != ("positive-reaction", True))

    def test_what_is_answered_is_the_question(self) -> None:
        assert act_to_answer(("greeting", "credibility-appeal", "source-inquiry")) == "source-inquiry"
        assert act_to_answer(()) == "none"
        assert set(ANSWERED) == {*ACTS, "none"} == set(figures.REPLIES_AFTER)


class TestCrowd:
    def test_it_makes_the_acts_of_the_turn(self) -> None:
        first = [persuader.crowd(Position.start(SCENARIO, seed).ask()).text for seed in range(500)]
        greets = fmean("greeting" in SCENARIO.recognise(Utterance("persuader", text)) for text in first)
        assert greets > 0.5
        assert fmean(bool(SCENARIO.recognise(Utterance("persuader", text))) for text in first) > 0.99

    def test_it_listens_to_nobody(self) -> None:
        position = Position.start(SCENARIO, 3).say("Hello, how are you?")
        assert persuader.crowd(position.say("Fine.").ask()) == persuader.crowd(position.say("No way.").ask())


class TestSceptical:
    def test_a_claim_leaves_it_cold_until_facts_come(self) -> None:
        cold = sceptic("credibility-appeal")
        assert cold.event == "doubtful"
        assert cold.wants_facts
        assert cold.readiness < sceptic().readiness
        before = sceptic("credibility-appeal", "donation-information")
        assert before.facts
        assert sceptic("credibility-appeal", "donation-information", "credibility-appeal").readiness > before.readiness
        assert not sceptic("donation-information").facts  # nobody had asked for them

    @pytest.mark.parametrize("appeal", ["emotion-appeal", "personal-story"])
    def test_feeling_needs_rapport(self, appeal: str) -> None:
        assert sceptic(appeal).event == "guarded"
        assert sceptic(appeal).readiness < sceptic().readiness
        known = sceptic("personal-inquiry", "appreciation")
        assert known.rapport
        assert sceptic("personal-inquiry", "appreciation", appeal).readiness > known.readiness
        assert not sceptic("personal-inquiry", "pressure").rapport

    def test_pressure_costs_more_and_the_second_time_all(self) -> None:
        assert sceptic("pressure").readiness <= sceptic().readiness - 0.5
        assert sceptic("pressure", "pressure").event == "refuse"

    def test_an_early_ask_ends_the_talk_and_a_late_one_is_put_off_once(self) -> None:
        assert sceptic("propose-donation", start=0.95).event == "refuse"
        late = ("greeting", "appreciation", "source-inquiry", "propose-donation")
        assert sceptic(*late, start=0.75).event == "rebuff"
        assert sceptic(*late, "propose-donation", start=0.75).event == "refuse"
        assert sceptic(*late, start=1.2).event == "promise"

    def test_what_was_tuned_on_the_scripted_persuadee_does_worse_on_it(self) -> None:
        for player in ("novice", "average", "expert"):
            assert fmean(gifts(player, "sceptical")) < fmean(gifts(player, "scripted")) - 0.04
        assert fmean(gifts("expert", "sceptical")) > fmean(gifts("novice", "sceptical"))  # yet listening still pays


def test_the_figures_are_those_of_the_corpus(capsys: pytest.CaptureFixture[str]) -> None:
    folder = corpus_folder("persuasionforgood")
    if folder is None or not (folder / "300_dialog.csv").is_file():
        pytest.skip("no annotated persuasionforgood under DIALOGYM_CORPORA or ../shared/data")
    path = Path(__file__).resolve().parents[4] / "benchmarks" / "fit_persuadee.py"
    spec = importlib.util.spec_from_file_location("fit_persuadee", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    sys.modules["fit_persuadee"] = script  # dataclasses look their module up
    try:
        spec.loader.exec_module(script)
        assert script.main(["--corpus", str(folder), "--check"]) == 0
        assert script.main(["--corpus", str(folder / "nowhere"), "--check"]) == 2
    finally:
        del sys.modules["fit_persuadee"]
    assert "cannot be read" in capsys.readouterr().err
