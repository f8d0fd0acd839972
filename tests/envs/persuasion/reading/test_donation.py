from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym.envs.persuasion.reading import donation
from dialogym.envs.persuasion.reading.amounts import LONGEST
from dialogym.envs.persuasion.reading.donation import Reading, read, read_dialogue
from tests.growth import linear

HOW_MUCH = "How much would you like to donate?"


def said(text: str, asked: str = HOW_MUCH) -> Reading:
    return read_dialogue([("persuader", asked), ("persuadee", text)])


@pytest.mark.parametrize(
    ("text", "dollars"),
    [
        # digits and symbols
        ("I will give $1.", 1.0),
        ("I'd like to donate $.50 cents", 0.5),
        ("I can do 0.50 cents", 0.5),
        ("I will donate .15 cents of it", 0.15),
        ("ill give 50c", 0.5),
        ("I would like to give 20$", 20.0),
        ("I could spare 75¢.", 0.75),
        ("I'll donate $1,000!", 1000.0),
        ("i will donate 0,50", 0.5),
        ("I will give $ 0.35", 0.35),
        ("25 cents", 0.25),
        ("$0.10", 0.1),
        # bare numbers
        (".60 firm", 0.6),
        ("ok, let's do 1", 1.0),
        ("I would like to donate 2", 2.0),
        ("I think I'd donate 0.05", 0.05),
        # words
        ("I will give fifty cents of my payment.", 0.5),
        ("I can donate a dollar or so", 1.0),
        ("I could give 1 penny", 0.01),
        ("I can spare a quarter", 0.25),
        ("I will donate seventy-five cents today", 0.75),
        ("I'd be happy to give a dollar and fifty cents", 1.5),
        ("I will give one dollar and fifty cents.", 1.5),
        ("I have decided to give two dollars.", 2.0),
        ("I will donate a dollar fifty", 1.5),
        ("I can give half a dollar", 0.5),
        ("I'll give a couple of dollars", 2.0),
        # shares of the payment
        ("All of my payment, the entire $2.", 2.0),
        ("Half the payment - one whole dollar", 1.0),
        ("I'll give 10% of my earnings", 0.2),
        ("I will give half of my payment", 1.0),
        ("You can have a quarter of my payment", 0.5),
        ("I want to donate my whole payment", 2.0),
        # among other numbers
        ("I can choose any amount from $0 to all of the payment of $2. I'm choosing $0.10", 0.1),
        ("I gave $20 last year, and I will give $1 now", 1.0),
        ("You have 5 kids? I have 2. I will donate $1", 1.0),
        ("I can't part with two dollars, but I can give one dollar", 1.0),
        ("I said I would give $1, but I will make it $1.50", 1.5),
        ("I can't do more than 50 cents", 0.5),
        ("I would like to give 30 cents of my $2 payment", 0.3),
        ("With rent at $900 I can only afford 5 cents", 0.05),
        # without a verb, and other verbs
        ("Yes, $1 - thank you", 1.0),
        ("$0.25 is a good amount", 0.25),
        ("Put me down for a dollar.", 1.0),
        ("Count me in for 50 cents", 0.5),
        ("I'll match your $1", 1.0),
        ("I'm good with the .50", 0.5),
        ("i accept 0.75", 0.75),
    ],
)
def test_an_amount_is_promised(text: str, dollars: float) -> None:
    reading = said(text)
    assert reading.status == "promised"
    assert reading.amount == pytest.approx(dollars)
    assert reading.evidence
    assert reading.closed


@pytest.mark.parametrize(
    ("text", "dollars"),
    [
        ("Maybe 0.50?", 0.5),
        ("How about $.30?", 0.3),
        ("Would a dollar be enough?", 1.0),
        ("I would consider donating 40 cents", 0.4),
        ("I might give a dollar", 1.0),
        ("I was thinking $1", 1.0),
        ("I could give 25 cents if that helps", 0.25),
    ],
)
def test_a_hedged_amount_leaves_the_talk_open(text: str, dollars: float) -> None:
    reading = said(text)
    assert (reading.status, reading.amount, reading.closed) == ("promised", dollars, False)


@pytest.mark.parametrize(
    "text",
    [
        "How much should I give, $1?",
        "What will my ten cents do?",
        "Would you give $1?",
        "If I donate 10 cents, will you do the same?",
        "I gave $20 last year",
        "I already gave $5 to them",
        "I usually donate $10 to the food bank",
        "They said 86% of the funds raised go directly to children",
        "I make $8 an hour",
        "Is it true that for just $1 a month a child eats?",
        "My rent went up and a gallon of milk costs $4",
        "If I had $100 I would give $50",
        "I wish I could give $100",
        "Everyone gives a dollar at the till",
        'You wrote "I will donate $2" and I wonder why',
        "$1 is too much",
        "I have 2 kids and 30 minutes",
        "The task only pays $2",
        "Those are my two cents",
        "I spend 5 dollars on coffee",
    ],
)
def test_no_decision_in(text: str) -> None:
    reading = said(text)
    assert (reading.status, reading.amount, reading.closed) == ("undecided", 0.0, False)


@pytest.mark.parametrize(
    "text",
    [
        "No, I will not donate today.",
        "I have decided not to donate.",
        "I have to go now, and I have decided not to donate. Goodbye.",
        "I'll keep my payment today.",
        "Sorry, I will keep my payment for myself.",
        "I am keeping my payment.",
        "I'd rather keep my full task payment",
        "I can't part with two dollars",
        "I'm going to stick with $0 for today",
        "I won't be donating anything",
        "I do not want to donate",
        "I'm not able to give right now",
        "I must decline.",
        "I would rather not.",
        "I will donate nothing",
        "I'd like to donate $0",
        "Unfortunately I cannot give any money",
        "I choose zero dollars",
        "My decision is not to donate.",
    ],
)
def test_a_refusal(text: str) -> None:
    reading = said(text)
    assert (reading.status, reading.amount, reading.closed) == ("declined", 0.0, True)


@pytest.mark.parametrize(
    "text",
    [
        "I might give something",
        "I'm not sure yet",
        "Tell me more first",
        "I usually donate to local charities",
        "I already gave",
        "I don't know if I can donate",
        "I have never donated to them",
        "I can't give until I know more",
        "My money won't help a child so far away",
        "No, I have not heard of it.",
        "That is so sad.",
        "What would my donation go toward?",
        "I do not know this charity",
        "ok",
        "Yes, I have.",
        "",
    ],
)
def test_an_open_talk_stays_open(text: str) -> None:
    assert said(text, "Have you heard of Save the Children?") == Reading()


@pytest.mark.parametrize(
    "text", ["Yes, I will donate.", "Sure, I would love to donate some", "Okay, I'll make a donation"]
)
def test_agreement_without_an_amount(text: str) -> None:
    reading = said(text)
    assert (reading.status, reading.amount, reading.closed) == ("unparsed", 0.0, False)


@pytest.mark.parametrize(
    ("asked", "offer"),
    [
        ("How about $.50?", 0.5),
        ("How about fifty cents?", 0.5),
        ("Would you be willing to donate $1 of your payment?", 1.0),
        ("Could you give half of your payment?", 1.0),
        ("Would you donate the whole payment?", 2.0),
        ("So you are donating $0.15, correct?", 0.15),
        ("I am donating $0.50 myself.", None),
        ("I'll match your $1.", None),
        ("Do you know that 86% of the funds go to children?", None),
        ("You can choose any amount from $0 to all of your payment ($2).", None),
        ("For just $1 a month you can feed a child.", None),
        ("Thank you for your $1 donation!", None),
        ("Will you donate some or all of your payment?", None),
        ("Would you like to help?", None),
    ],
)
def test_what_the_persuader_proposes(asked: str, offer: float | None) -> None:
    assert read(Reading(), "persuader", asked).offer == offer


@pytest.mark.parametrize(
    "text",
    ["ok", "Sure!", "sounds good", "Yes, I can do that", "Deal.", "Yes.", "I will do that", "ok, that works"],
)
def test_a_proposal_is_accepted(text: str) -> None:
    reading = said(text, "How about $.50?")
    assert (reading.status, reading.amount, reading.closed) == ("promised", 0.5, True)


@pytest.mark.parametrize(
    "text",
    [
        "ok, but what is it for?",
        "That is sad",
        "Yes, I have donated before",
        "Sure, tell me more",
        "Ok, that is new",
    ],
)
def test_a_proposal_is_not_accepted_by(text: str) -> None:
    assert said(text, "How about $.50?").status == "undecided"


@pytest.mark.parametrize("text", ["no", "No thanks.", "Not today"])
def test_a_proposal_is_turned_down(text: str) -> None:
    reading = said(text, "How about $.50?")
    assert (reading.status, reading.closed) == ("declined", True)


def test_wanting_to_help_takes_a_proposal_up_without_deciding() -> None:
    assert said("I am happy to help.").status == "undecided"
    reading = said("I am happy to help.", "How about $.50?")
    assert (reading.status, reading.amount, reading.closed) == ("promised", 0.5, False)


def test_a_proposal_lapses_when_the_persuader_moves_on() -> None:
    turns = [("persuader", "How about $1?"), ("persuadee", "Why?"), ("persuader", "Do you have children?")]
    assert read_dialogue([*turns, ("persuadee", "Yes.")]).status == "undecided"


@pytest.mark.parametrize(
    ("named", "payment"),
    [
        ("This task pays $0.30.", 0.3),
        ("The payment is 30 cents.", 0.3),
        ("You can donate $0 - $0.30.", 0.3),
        ("Out of your $3 you can give any part.", 3.0),
        ("You get a $5 reward for it.", 5.0),
        ("Please donate $1 of your payment.", 2.0),
        ("They raised $500 for the payment of nurses.", 2.0),
    ],
)
def test_the_payment_is_named(named: str, payment: float) -> None:
    reading = read_dialogue([("persuader", named), ("persuadee", "I will give half of my payment")])
    assert (reading.payment, reading.amount) == (payment, payment / 2)


@pytest.mark.parametrize(
    ("first", "then", "status", "dollars"),
    [
        ("I could donate 10 cents.", "I could give 5 more cents but that is all", "promised", 0.15),
        ("I'll give $1.", "Ok, make it $2", "promised", 2.0),
        ("I'll give $1.", "Yes, I will donate", "promised", 1.0),
        ("I'll give $1.", "I can't give any more", "promised", 1.0),
        ("I'll give $1.", "I changed my mind, I will not donate", "declined", 0.0),
        ("I will not donate.", "Fine, I will give 20 cents", "promised", 0.2),
        ("I will donate.", "50 cents", "promised", 0.5),
        ("I'll give $1.", "We could donate our earnings together", "promised", 1.0),
    ],
)
def test_a_later_decision(first: str, then: str, status: str, dollars: float) -> None:
    reading = read_dialogue([("persuadee", first), ("persuader", "Are you sure?"), ("persuadee", then)])
    assert (reading.status, reading.amount) == (status, dollars)


def test_closed_is_about_the_latest_utterance_of_the_persuadee() -> None:
    promised = said("I will give $1.")
    assert read(promised, "persuader", "Thank you!").closed
    after = read(promised, "persuadee", "Have a nice day")
    assert (after.status, after.amount, after.closed) == ("promised", 1.0, False)
    assert read(after, "persuadee", "Yes, I will donate.").closed


def test_a_step_that_changes_nothing_returns_the_same_reading() -> None:
    start = Reading()
    assert read(start, "persuadee", "Have a nice day") is start
    assert read(start, "persuader", "Hello, who are you?") is start


def test_an_unknown_speaker() -> None:
    with pytest.raises(ValueError, match="'user'"):
        read(Reading(), "user", "hello")


WORDS = "i will give donate not $ 1 .50 ten cents half of my payment ? . , more 9999 % no yes how 5 dollar"
ANY_TEXT = st.one_of(
    st.text(),
    st.text(alphabet="0123456789.,$%¢ c-/½\u0663\uff15"),
    st.lists(st.sampled_from(sorted(set(WORDS.split())))).map(" ".join),
)


@given(st.lists(st.tuples(st.sampled_from(["persuader", "persuadee"]), ANY_TEXT), max_size=5))
def test_any_text_gives_a_reading(turns: list[tuple[str, str]]) -> None:
    reading = read_dialogue(turns)
    assert math.isfinite(reading.amount)
    assert reading.amount >= 0
    assert (reading.amount > 0) == (reading.status == "promised")
    assert reading.offer is None or (math.isfinite(reading.offer) and reading.offer > 0)
    assert reading.payment > 0


@given(ANY_TEXT)
@settings(max_examples=50)
def test_the_fold_does_not_look_back(text: str) -> None:
    start = read(Reading(), "persuader", "How about $1?")
    assert read(start, "persuadee", text) == read(start, "persuadee", text)


@pytest.mark.parametrize("piece", [
    "9", "$", "1 ", "a ", ".", "$1 ", "i will ", "no, ", "yes ", "i would really like to ", "1,000", "of the ", "can't ",
    "\u0663", "½", '"', "but ", "i i i maybe, ",
])
@pytest.mark.parametrize("speaker", ["persuader", "persuadee"])
def test_no_text_is_slow(piece: str, speaker: str) -> None:
    assert math.isfinite(read(Reading(offer=1.0), speaker, piece * 2000).amount)
    assert linear(lambda text: read(Reading(offer=1.0), speaker, text), piece, LONGEST // 8)


def test_most_utterances_meet_no_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are gone through word by word, and that is all."""
    monkeypatch.setattr(donation, "normalise", None)
    text = "My sister lives near the sea, she has old dogs and loves to walk there, what a lovely place!"
    for speaker in ("persuader", "persuadee"):
        assert read.__wrapped__(Reading(), speaker, text) == Reading()
