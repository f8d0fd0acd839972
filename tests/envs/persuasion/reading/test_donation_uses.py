"""The donation as people spell it, and the money as they use it themselves."""

from __future__ import annotations

import pytest

from dialogym.envs.persuasion.reading.donation import Reading, read_dialogue
from dialogym.envs.persuasion.reading.spelling import respelled

OFFERS = ("How much would you like to donate?", "How about two dollars?")


def said(text: str, asked: str) -> Reading:
    return read_dialogue([("persuader", asked), ("persuadee", text)])


@pytest.mark.parametrize("asked", OFFERS)
@pytest.mark.parametrize("text", [
    "No, I will use those two dollars to feed my own children.",
    "I will use the $2 to feed my own kids.",
    "I'd use that two dollars to pay my rent.",
    "I am going to use my $2 for my bills",
    "I would rather keep the $2",
    "I'd rather keep the two dollars for myself.",
    "I will keep the $2 for my family.",
    "I'll spend the two dollars on rent",
    "I want to spend my $2 on groceries.",
    "I will put my $2 toward groceries",
    "I'd like to put the two dollars towards my rent.",
    "I will take the $2 for myself",
    "I'd like to buy lunch with the $2",
    "I would like to buy food for my family with those two dollars.",
    "I want to save the $2 for my kids",
    "I will pay my bills with the $2",
    "I can pay my rent with two dollars more.",
    "I would send the $2 to my mom",
    "I will give my $2 to my landlord",
    "I will need the $2 for gas.",
    "I have decided to invest the $2 in my own family",
    "I want to feed my own children with those two dollars.",
    "I would like to support my family with the $2.",
    "We will use these two dollars to buy our kids lunch",
    "I'm going to treat myself to a coffee with the $2",
])
def test_money_for_oneself_is_no_promise(text: str, asked: str) -> None:
    reading = said(text, asked)
    assert reading.status in ("undecided", "declined")
    assert reading.amount == 0


@pytest.mark.parametrize("text", [
    "No, I will use those two dollars to feed my own children.", "I would rather keep the $2",
    "I'll spend the two dollars on rent", "I will use the $2 for my bills.",
])
def test_all_of_it_for_oneself_is_a_refusal(text: str) -> None:
    reading = said(text, OFFERS[0])
    assert (reading.status, reading.amount, reading.closed) == ("declined", 0.0, True)


@pytest.mark.parametrize(("text", "dollars"), [
    ("I will use my $2 to help the children", 2.0),
    ("I'd like to use $1 of my payment for the donation", 1.0),
    ("I will use one dollar to donate.", 1.0),
    ("You can use $1 of my payment", 1.0),
    ("I can use that $2 to feed the kids of Syria", 2.0),
    ("I will put $1 toward the cause", 1.0),
    ("Put me down for a dollar.", 1.0),
    ("Please take $1 from my payment", 1.0),
    ("I will donate $1 and use the other dollar to feed my kids", 1.0),
    ("I'll use $1 to feed my kids and donate 50 cents", 0.5),
    ("I will keep $1 for my rent and give $1", 1.0),
    ("I have kids of my own to feed, but I will give 50 cents", 0.5),
    ("$2 for me, please", 2.0),
    ("I'd keep it at $1", 1.0),
    ("I will give Save the Children $1", 1.0),
    ("I want to help save the children with $1", 1.0),
    ("I would like to buy a child a meal with my $2", 2.0),
    ("I need to pay rent but I can do 25 cents", 0.25),
    ("I will donate $1 for my kids' sake", 1.0),
    ("I'd like to give $1 to the children, for my family is safe", 1.0),
])
def test_money_for_the_cause_is_promised(text: str, dollars: float) -> None:
    for asked in OFFERS:
        reading = said(text, asked)
        assert (reading.status, reading.amount) == ("promised", pytest.approx(dollars)), asked


def test_money_for_oneself_takes_no_promise_back() -> None:
    talk = [("persuadee", "I will give $1."), ("persuader", "Thank you!"),
            ("persuadee", "I will use the other $1 for my rent.")]
    assert read_dialogue(talk).amount == 1.0


@pytest.mark.parametrize(("text", "dollars"), [
    ("I doniated in $15", 15.0),
    ("I would like to doniated in $15", 15.0),
    ("I would like to donat a dollar", 1.0),
    ("dontae 50 cents for me", 0.5),
    ("I donnate $2", 2.0),
    ("ill doante .50", 0.5),
    ("my dontation is fifty cents", 0.5),
    ("I am donatting 25 cents", 0.25),
    ("Donateing $1.", 1.0),
    ("A doantion of 30 cents", 0.3),
    ("I'm donsting $1 to them", 1.0),
    ("I will donated $1", 1.0),
    ("donnnate $1", 1.0),
])
def test_a_misspelt_donation_is_heard(text: str, dollars: float) -> None:
    reading = said(text, OFFERS[0])
    assert (reading.status, reading.amount) == ("promised", pytest.approx(dollars))


@pytest.mark.parametrize("text", ["Yes, I will donat.", "Okay, I'll make a dontation", "I would love to doante some"])
def test_a_misspelt_agreement(text: str) -> None:
    assert said(text, "Would you like to help?").status == "unparsed"


@pytest.mark.parametrize("text", ["I will not donat.", "I have decided not to doante.", "I wont be dontating anything"])
def test_a_misspelt_refusal(text: str) -> None:
    assert said(text, OFFERS[0]).status == "declined"


@pytest.mark.parametrize("text", [
    "I have doniated $15 to them before", "I already donatd $5 last year", "I've doanted $20 to the food bank", "I donated $15",
    "They dontate $10 every year", "A donut is $1 here", "A date costs $20", "The donator gave $5", "Donaters gave $5",
])
def test_no_promise_is_misheard(text: str) -> None:
    reading = said(text, "Have you heard of Save the Children?")
    assert (reading.status, reading.amount) == ("undecided", 0.0)


def test_a_misspelt_proposal() -> None:
    assert read_dialogue([("persuader", "Would you like to doante fifty cents?"), ("persuadee", "Sure!")]).amount == 0.5


@pytest.mark.parametrize("word", [
    "donut", "done", "date", "dominate", "denote", "donator", "donators", "donater", "donaters", "donna", "dating", "donor",
    "doing", "dilate", "destination", "duration", "donkey", "dotted", "notation", "condonation", "donee", "damnation",
])
def test_other_words_stay(word: str) -> None:
    assert respelled(f"i {word} it") == f"i {word} it"


@pytest.mark.parametrize("word", ["donate", "donates", "donating", "donation", "donations"])
def test_any_one_slip_is_heard(word: str) -> None:
    """A letter lost, doubled or swapped with its neighbour, but for the first two."""
    slips = {word[:at] + word[at + 1:] for at in range(2, len(word) - 1)}
    slips |= {word[:at] + word[at] + word[at:] for at in range(2, len(word))}
    slips |= {word[:at] + word[at + 1] + word[at] + word[at + 2:] for at in range(2, len(word) - 1)}
    assert all(respelled(slip).startswith("donat") for slip in slips)
