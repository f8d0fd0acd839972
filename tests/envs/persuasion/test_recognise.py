"""The persuader's acts in other people's words; and that our own words keep the meaning that the simulators build on."""

from __future__ import annotations

from itertools import product

import pytest

from dialogym.envs.keys import mix
from dialogym.envs.persuasion.acts import ACTS, cued, garbled, recognise
from dialogym.envs.persuasion.simulators.persuader import SUMS, WORDS


def wordings(act: str) -> list[str]:
    """Every wording of an act, the whole product of its alternatives, each sum named once."""
    found = ["".join(words) for pieces in WORDS[act]._templates for words in product(*pieces)]
    return [text.replace("<sum>", sum_) for text in found for sum_ in (SUMS if "<sum>" in text else ("",))]


@pytest.mark.parametrize("act", WORDS)
def test_every_wording_is_heard_as_the_act_that_was_meant_and_no_other(act: str) -> None:
    for text in wordings(act):
        thanks = act == "closing" and "thank" in text.lower()  # it thanks on its way out
        assert recognise(text) == (("appreciation", act) if thanks else (act,)), text


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


def test_acts_said_in_one_breath_are_heard_as_those_acts() -> None:
    """No cue reaches over the end of a sentence; but a greeting is one only at the start or in its own words."""
    for first, second in product(WORDS, WORDS):
        for index in range(20):
            texts = [WORDS[act].say(mix(3, index, place), sum="$1") for place, act in enumerate((first, second))]
            heard = {act for text in texts for act in recognise(text)}
            missing = {"greeting"} if second == "greeting" != first else set()
            assert heard - missing <= set(recognise(" ".join(texts))) <= heard or garbled(" ".join(texts))
