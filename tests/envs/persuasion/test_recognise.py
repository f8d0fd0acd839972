"""The persuader's acts in other people's words; and that our own words keep the meaning that the simulators build on."""

from __future__ import annotations

import pytest

from dialogym.envs.persuasion.acts import ACTS, cued, recognise
from dialogym.envs.persuasion.simulators import persuader
from dialogym.envs.persuasion.simulators.persuader import SUMS
from dialogym.envs.phrases import fill

THEIRS = ("the money", "your bills", "those children", "a card")


def wordings(act: str) -> list[str]:
    """Every option of every wording of an act, and of its uptake."""
    book = persuader.spoken_book()
    found = [text for section in (act, f"{act}.uptake") if section in book for text in book.every(section)]
    return [fill(text, {"sum": SUMS[n % len(SUMS)], "their": THEIRS[n % len(THEIRS)]}) for n, text in enumerate(found)]


@pytest.mark.parametrize("act", ACTS)
def test_every_wording_is_heard_as_the_act_that_was_meant(act: str) -> None:
    assert len(wordings(act)) > 30
    for text in wordings(act):
        assert recognise(text)[:1] == (act,) or (act == "closing" and act in recognise(text)), text


@pytest.mark.parametrize(("text", "acts"), [
    ("Would it be all right if I told you about Save the Children?", ()),
    ("Are you aware of what this charity does?", ("source-inquiry",)),
    ("Do you know what Save the Children is?", ("source-inquiry",)),
    ("Do you usually donate to animal shelters?", ("personal-inquiry",)),
    ("What kinds of causes speak to you?", ("personal-inquiry",)),
    ("Would you be interested in chipping in today?", ("propose-donation",)),
    ("How much of your reward would you want to give?", ("propose-donation",)),
    ("How about $.75?", ("propose-donation",)),
    ("I would love for you to contribute.", ("propose-donation",)),
    ("Can the kids count on you?", ("propose-donation",)),
    ("You can donate as much as you want.", ("donation-information",)),
    ("The money will be deducted automatically.", ("donation-information",)),
    ("The research team will handle it.", ("donation-information",)),
    ("Even 5 cents would matter.", ("foot-in-the-door",)),
    ("You can give as little as a dime.", ("donation-information", "foot-in-the-door")),
    ("It goes a long way.", ("foot-in-the-door",)),
    ("It is a non-profit that protects girls in war-torn countries.", ("credibility-appeal",)),
    ("They have offices on every continent.", ("credibility-appeal",)),
    ("You will find the details on the website.", ("credibility-appeal",)),
    ("So many babies are dying of hunger there.", ("emotion-appeal",)),
    ("Nobody should have to live with that kind of violence.", ("emotion-appeal",)),
    ("Your gift could change a life.", ("logical-appeal",)),
    ("If everyone gave a little, the work would be done.", ("logical-appeal",)),
    ("My husband saw it with his own eyes.", ("personal-story",)),
    ("A few years ago I was there.", ("personal-story",)),
    ("I'm going to donate a dollar as well.", ("self-modeling",)),
    ("I will match your gift.", ("self-modeling",)),
    ("That's so generous!", ("appreciation",)),
    ("Thank you!", ("appreciation",)),
    ("I totally agree.", ("appreciation",)),
    ("I'm doing well.", ("greeting",)),
    ("Good morning.", ("greeting",)),
    ("Enjoy the rest of your evening!", ("closing",)),
    ("It was nice talking to you.", ("closing",)),
])
def test_other_words_for_an_act_are_understood(text: str, acts: tuple[str, ...]) -> None:
    assert recognise(text) == acts


@pytest.mark.parametrize(("text", "act"), [
    ("The research team sends it on.", "logical-appeal"),  # not research
    ("I am well aware of the costs.", "greeting"),
    ("Please take care of the envelopes.", "closing"),
    ("How much do you usually spend on coffee?", "propose-donation"),
    ("How can you let children starve?", "emotion-appeal"),  # reproach, not appeal: `pressure` says it so
    ("That is a good charity.", "appreciation"),
    ("He painted the fence green.", "credibility-appeal"),
    ("It helps me sleep.", "credibility-appeal"),
    ("I will give you a moment.", "self-modeling"),
])
def test_look_alikes_are_told_apart(text: str, act: str) -> None:
    assert act not in recognise(text)


def test_case_does_not_matter() -> None:
    assert recognise("WOULD YOU DONATE TODAY?") == recognise("would you donate today?") == ("propose-donation",)


def test_words_that_lack_an_end_carry_their_cues_but_are_not_recognised() -> None:
    """A generated reply without an end was cut off; a person's sentence was not: `cued` hears both."""
    text = "would you like to donate to the children"
    assert recognise(text) == ()
    assert cued(text) == ("propose-donation",)


def test_acts_come_in_the_order_of_their_cues() -> None:
    assert recognise("Thank you! Even a dime helps, so would you donate today?") == (
        "appreciation", "foot-in-the-door", "propose-donation")
    assert set(recognise("Nobody wants this.")) <= set(ACTS)
