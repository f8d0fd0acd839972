"""The persuadee's families: the calibrated one is like the corpus, the sceptical one like nobody the scripted one knows."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from statistics import fmean

import persuadee_calibration as calibration
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym import Ask, Dialogue, Position, Utterance
from dialogym.envs.keys import mix
from dialogym.envs.persuasion import Persona, Persuasion, paying
from dialogym.envs.persuasion.acts import ACTS
from dialogym.envs.persuasion.conditions import SCALES
from dialogym.envs.persuasion.engagement import reading
from dialogym.envs.persuasion.reading.concerns import ANSWERED_BY, read_concern
from dialogym.envs.persuasion.reading.donation import Reading, read
from dialogym.envs.persuasion.simulators import calibrated, persuader, saying
from dialogym.envs.persuasion.simulators import corpus_figures as figures
from dialogym.envs.persuasion.simulators.replies import ANSWERED, act_to_answer
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
        assert abs(rate - figures.PAID) > 2 * line.tolerance

    def test_what_is_built_in_has_the_corpus_sign_and_is_no_larger(self) -> None:
        for ours, corpus in ((paying.TRAITS, figures.TRAITS_ON_PAID), (calibrated.STRATEGIES, figures.STRATEGIES_ON_PAID)):
            assert set(ours) == set(corpus)
            for name, effect in ours.items():
                assert 0 <= effect / corpus[name][0] <= 1

    @pytest.mark.parametrize("trait", [name for name, effect in paying.TRAITS.items() if abs(effect) > 0.05])
    def test_a_trait_moves_everybody_the_way_the_corpus_says(self, trait: str) -> None:
        effect = paying.TRAITS[trait]
        means = [fmean(calibrated.person(Persona(((trait, SCALES[trait].mean + z * SCALES[trait].sd), ("age", 20 + i / 100)))
                                         ).inclination for i in range(4000)) for z in (-1, 1)]
        assert (means[1] - means[0]) * effect > 0

    @pytest.mark.slow
    @pytest.mark.parametrize("people", [1000, 3000])
    def test_the_simulated_effects_go_the_way_the_corpus_says(self, people: int) -> None:
        """The seeds are fixed and standard errors 0.07 to 0.17 among 1,000 people: an effect built in with its sign turned
        round comes out with the wrong one. What answers a concern does more than its strategy, and the corpus does not say who
        was answered: of those strategies the next test says what they do by themselves."""
        many = calibration.simulate(people, 20_000)
        for ours, built in ((calibration.persona_effects(many), paying.TRAITS),
                            (calibration.strategy_effects(many), calibrated.STRATEGIES)):
            for name, effect in built.items():
                if abs(effect) >= 0.1 and name not in ANSWERED_BY.values():
                    assert ours[name][0] * effect > 0, name

    def test_a_strategy_moves_them_as_the_corpus_says_and_pressure_boredom_and_nonsense_cost(self) -> None:
        someone = Persona((("age", 30.0),))

        def after(*acts: str, muddled: int = 0, cold: int = 0) -> float:
            so_far = replace(calibrated.beginning(someone), acts=acts, muddled=muddled, cold=cold)
            return calibrated.readiness(someone, so_far)

        for act, effect in calibrated.STRATEGIES.items():
            assert after(act) - after() == pytest.approx(effect)
        assert after(*["logical-appeal"] * 2) == after("logical-appeal")
        assert after(*["logical-appeal"] * 4) < after(*["logical-appeal"] * 3) < after("logical-appeal")
        assert after("pressure", "pressure") < after("pressure") < after()
        assert after(muddled=1) < after()
        assert after(cold=2) < after(cold=1) < after()

    def test_listening_pays_half_as_much_again_as_not_listening(self) -> None:
        earned = {player: fmean(gifts(player, "calibrated")) for player in ("random", "novice", "average", "expert")}
        assert list(earned.values()) == sorted(earned.values())
        assert earned["expert"] > 1.5 * earned["average"] > 1.5 * earned["novice"] > 0

    def test_its_words_tell_its_concern_and_not_its_decision(self) -> None:
        """The sections a reply is made of are the same whether they are about to give or not, but for how they react."""
        for end in ends("crowd", "calibrated")[:80]:
            position = Position.start(SCENARIO, 0, condition=end.condition)
            for utterance in end.dialogue:
                if utterance.seat == "persuadee" and end.engagement.evidence != utterance.text.lower():
                    meant = calibrated.plan(position.ask())
                    if not {"promise", "refuse"} & set(meant.acts):
                        text = calibrated.speak(position.ask()).text
                        assert read_concern(text) == meant.concern
                        assert all(part.startswith(("class.", "concern.", "confused")) for part in meant.said.parts)
                position = position.say(utterance)

    def test_a_person_is_its_attributes(self) -> None:
        one = Persona((("agreeable", 4.0), ("age", 30.0), ("sex", "Male")))
        other = Persona((("age", 30.0), ("sex", "Male"), ("agreeable", 4.0)))
        assert calibrated.person(one) == calibrated.person(other)
        assert len({calibrated.person(Persona((("age", float(age)),))) for age in range(18, 68)}) > 40

    @given(key=KEYS, act=st.sampled_from(ACTS), meant=st.one_of(
        st.builds(lambda cents: ("promise", cents / 100), st.integers(1, 200)), st.just(("refuse", 0.0))))
    @settings(max_examples=200, deadline=None)
    def test_every_decision_is_read_as_the_one_meant(self, key: int, act: str, meant: tuple[str, float]) -> None:
        dialogue = Dialogue.EMPTY.say(Utterance("persuader", persuader.voice(act, key)))
        text = saying.words(calibrated.Plan((meant[0],), meant[1]).said, dialogue, key, key)
        now = read(reading(dialogue), "persuadee", text)
        assert (now.status, now.amount, now.closed) == ("promised" if meant[0] == "promise" else "declined", meant[1], True)

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

    def test_it_answers_as_often_as_people_did(self) -> None:
        position = Position.start(SCENARIO, 3).say("Hello, how are you?").say("Fine. How do I know the money really arrives?")
        answers = [SCENARIO.recognise(persuader.crowd(Ask(position.view(), key)))[:1] for key in range(400)]
        share = fmean(acts == ("credibility-appeal",) for acts in answers)
        assert figures.LISTENING - 0.08 < share < figures.LISTENING + 0.12


class TestSceptical:
    def test_what_was_tuned_on_the_scripted_persuadee_does_worse_on_it(self) -> None:
        for player in ("novice", "average", "expert"):
            assert fmean(gifts(player, "sceptical")) < fmean(gifts(player, "scripted")) - 0.01
        assert fmean(gifts("expert", "sceptical")) > 2 * fmean(gifts("novice", "sceptical"))  # yet listening still pays

    def test_an_early_ask_ends_the_talk(self) -> None:
        end = next(one for one in (told("sceptical", ("greeting", "propose-donation", "closing"), seed) for seed in range(9)))
        assert end.engagement.status == "declined"


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
