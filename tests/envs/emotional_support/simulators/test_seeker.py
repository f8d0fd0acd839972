"""The scripted seeker: what opens them, what closes them, and what they say of themselves."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym import Dialogue, Position, Utterance
from dialogym.envs.attention import content
from dialogym.envs.dialogue import is_blank
from dialogym.envs.emotional_support import EmotionalSupport, Trouble
from dialogym.envs.emotional_support.acts import recognise
from dialogym.envs.emotional_support.bids import ANSWERS, BIDS, read_bid
from dialogym.envs.emotional_support.conditions import draw, topics
from dialogym.envs.emotional_support.simulators.saying import OVER
from dialogym.envs.emotional_support.simulators.seeker import ANSWERED, Mind, hear, start
from dialogym.envs.emotional_support.states import parse
from tests.toy import cast, talk

TROUBLE = Trouble("en", "work", ("I lost my job", "the rent went up"), ("anxious", "ashamed"), ("it is all my own fault",),
                  guard=0.5)
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
ANSWER = {
    "seen": "It sounds like you feel so anxious about the job.", "normal": "It makes sense that losing the job hurts.",
    "time": "Take your time with the job, I am listening.", "thread": "Can you tell me more about the job?",
    "order": "So what you are saying is that you lost your job.",
    "alone": "I went through something similar with my own job.",
    "advice": "You could try to write down what the job meant.",
    "facts": "Research shows that many people lose a job like that.",
}
"""For every bid a reply that answers it and takes up what was said."""


def at(bid: str, *, trouble: Trouble = TROUBLE, tries: int = 0, interest: float = 0.2) -> Mind:
    """A mind that has just opened and is after something."""
    begun = hear(start(trouble), Utterance("seeker", f"Hello. The thing is, {trouble.troubles[0]}."))
    return replace(begun, calls=(bid, *[other for other in BIDS if other != bid]), interest=interest, trust=0.0, tries=tries)


def said(mind: Mind, text: str) -> Mind:
    return hear(mind, Utterance("supporter", text))


class TestWhatOpens:
    @pytest.mark.parametrize("bid", BIDS)
    def test_what_answers_the_bid_opens_them_and_nothing_else_does(self, bid: str) -> None:
        opened = said(at(bid), ANSWER[bid])
        assert opened.event in ANSWERED
        assert opened.interest > at(bid).interest or opened.told
        for other in BIDS:
            if other != bid:
                after = said(at(bid), ANSWER[other])
                assert after.event not in ANSWERED, (bid, other)
                assert after.interest < at(bid).interest, (bid, other)

    def test_a_reflection_needs_a_feeling_of_theirs_or_their_content(self) -> None:
        right, taken_up, vague, wrong, everything = (said(at("seen"), text).interest for text in (
            "It sounds like you feel so anxious.", "I can hear how much the lost job hurts.", "It sounds like that.",
            "It sounds like you feel so guilty.", "You feel anxious, guilty, lonely, angry, hurt, sad, empty and hopeless."))
        assert right > taken_up > at("seen").interest
        assert at("seen").interest > vague > wrong > everything
        assert said(at("seen"), "It sounds like you feel so guilty.").event == "misread"

    def test_to_name_every_feeling_ends_the_talk_soon(self) -> None:
        listing = "You feel anxious, guilty, lonely, angry, hurt, sad, empty, helpless, afraid, hopeless and ashamed."
        assert said(said(at("seen"), listing), f"It seems that {listing}").event == "left"

    def test_a_restatement_needs_their_content_in_other_words(self) -> None:
        good, empty, copied = (said(at("order"), text) for text in (
            ANSWER["order"], "So what you are saying is that the weather is fine.",
            "So what you are saying is that the thing is, I lost my job."))
        assert good.event in ANSWERED
        assert empty.event == "unanswered"
        assert copied.event == "parroted"
        assert copied.interest < empty.interest < at("order").interest

    def test_the_same_words_again_earn_nothing(self) -> None:
        once = said(at("time"), ANSWER["time"])
        again = said(replace(once, calls=("time", "seen"), interest=0.2), ANSWER["time"])
        assert again.event == "again"
        assert again.interest < 0.2

    def test_too_much_at_once_and_a_second_question_in_a_row_cost(self) -> None:
        everything = " ".join(ANSWER[bid] for bid in ("normal", "time", "alone", "thread"))
        assert said(at("seen"), everything).event == "rambling"
        asked = said(at("seen"), "Did this begin at the job?")
        assert said(asked, "Are you still in touch with them?").event == "grilled" or said(
            asked, "Are you still in touch with them?").event == "double"

    def test_people_they_never_spoke_of_cost_a_little(self) -> None:
        without, strange = (said(at("seen"), f"It makes sense that the job {text}.")
                            for text in ("hurts", "and your husband hurt"))
        assert strange.interest < without.interest < at("seen").interest

    def test_a_bid_that_was_missed_is_raised_once_more_and_then_dropped(self) -> None:
        missed = said(at("seen"), "Hello there.")
        assert (missed.call, missed.tries) == ("seen", 1)
        assert said(missed, "Good evening to you.").call != "seen"


class TestWhatCloses:
    @pytest.mark.parametrize(("text", "event"), [
        ("You should make a plan.", "advised"), ("By the way, what are your hobbies?", "diverted"),
        ("You are overreacting.", "judged"),
        ("Studies show that stress affects sleep.", "informed"), ("Do not worry, it will all work out.", "brushed"),
    ])
    def test_it_closes_and_shows_it(self, text: str, event: str) -> None:
        mind = said(at("seen"), text)
        assert mind.event == event
        assert mind.interest < at("seen").interest
        assert mind.patience < at("seen").patience - 1

    def test_advice_and_facts_do_no_harm_to_who_asked_for_them(self) -> None:
        assert said(at("advice"), ANSWER["advice"]).event in ANSWERED
        assert said(at("facts"), ANSWER["facts"]).event in ANSWERED

    def test_noise_costs_openness_and_patience(self) -> None:
        lost = said(at("seen"), "job job job the the")
        assert lost.event == "noise"
        assert lost.interest < at("seen").interest
        assert lost.patience < at("seen").patience - 1

    def test_a_supporter_who_leaves_early_is_left(self) -> None:
        assert said(at("seen"), "Our time is up. Goodbye.").event == "left"


class TestTheirOrder:
    @LANGUAGES
    def test_no_bid_comes_twice_in_a_row_and_people_differ(self, language: str) -> None:
        orders = {start(draw(key, language)).calls for key in range(200)}
        assert len(orders) == 200
        assert all(one != other for order in orders for one, other in pairwise(order))
        firsts = [order[0] for order in orders]
        assert max(firsts.count(bid) for bid in BIDS) < 60

    def test_a_leaning_makes_its_bid_more_frequent(self) -> None:
        counts = {leaning: sum(start(replace(draw(key, "en"), leaning=leaning)).calls[:8].count("seen") for key in range(100))
                  for leaning in ("reflection", "validation")}
        assert counts["reflection"] > 1.3 * counts["validation"]


class TestItsWords:
    @LANGUAGES
    def test_its_words_tell_its_bid_and_its_state_keeps_the_books(self, language: str) -> None:
        scenario = EmotionalSupport(language=language)
        heard = total = 0
        for seed in range(25):
            end = talk(Position.start(scenario, seed), cast(scenario, supporter="expert"))
            trouble = end.condition
            assert isinstance(trouble, Trouble)
            items, words, mind = {text for _, text in trouble.items} | {trouble.troubles[0]}, "", start(trouble)
            for u in end.dialogue:
                mind = hear(mind, u)
                if u.seat != "seeker":
                    continue
                words += u.text
                state = parse(u.state)
                assert state is not None
                shown, hidden = {text for _, text in state.shown}, {text for _, text in state.hidden}
                assert shown | hidden == items
                assert not shown & hidden
                assert all(item in words for item in shown)
                if mind.mood != "done" and mind.event not in OVER:
                    total += 1
                    heard += read_bid(u.text) == mind.call
        assert heard >= 0.99 * total > 0

    @settings(max_examples=60, deadline=None)
    @given(st.text(LETTERS, min_size=1, max_size=60).filter(lambda text: not is_blank(text)), st.integers(0, 2**32),
           st.sampled_from(["en", "zh"]))
    def test_whatever_is_said_to_it_it_answers(self, text: str, seed: int, language: str) -> None:
        scenario = EmotionalSupport(language=language)
        agents = cast(scenario)
        position = Position.start(scenario, seed)
        position = position.say(agents["seeker"].respond([position.ask()])[0]).say(text)
        reply = agents["seeker"].respond([position.ask()])[0]
        assert reply.text.strip()
        assert parse(reply.state) is not None


@LANGUAGES
def test_thousands_of_distinct_conditions_are_drawn(language: str) -> None:
    drawn = {draw(key, language) for key in range(3000)}
    assert len(drawn) > 2900
    assert {trouble.topic for trouble in drawn} == set(topics(language))
    assert {len(trouble.items) for trouble in drawn} >= {3, 4, 5}


@LANGUAGES
@pytest.mark.parametrize("skill", ["novice", "expert", "random", "interrogator", "listener", "adviser"])
def test_supporters_are_understood(language: str, skill: str) -> None:
    """Every scripted supporter speaks in words that the act recogniser reads."""
    scenario = EmotionalSupport(language=language)
    for seed in range(10):
        for u in talk(Position.start(scenario, seed), cast(scenario, supporter=skill)).dialogue:
            assert u.seat == "seeker" or recognise(u.text), u.text


def test_every_bid_has_an_answer_of_its_own() -> None:
    assert len(set(ANSWERS.values())) == len(BIDS) == 8
    assert all(ANSWERS[bid] in recognise(text) for bid, text in ANSWER.items())


def test_a_dialogue_says_it_once() -> None:
    dialogue = Dialogue.EMPTY.say(Utterance("seeker", "I lost my job.")).say(Utterance("supporter", ANSWER["seen"]))
    mind = start(TROUBLE)
    for utterance in dialogue:
        mind = hear(mind, utterance)
    assert dialogue.fold(hear, start(TROUBLE)) == mind
    assert content("job") <= mind.attention.own
