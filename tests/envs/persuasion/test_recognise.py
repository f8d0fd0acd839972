"""The persuader's acts in other people's words; and that our own words keep the meaning that the simulators build on."""

from __future__ import annotations

import pytest

from dialogym.envs.persuasion.acts import ACTS, HEARD, cued, garbled, recognise, recognise_by_cues
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
def test_cues_find_other_words_for_an_act(text: str, acts: tuple[str, ...]) -> None:
    assert recognise_by_cues(text) == acts


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
def test_cues_tell_look_alikes_apart(text: str, act: str) -> None:
    assert act not in recognise_by_cues(text)


def test_case_does_not_matter() -> None:
    assert recognise("WOULD YOU DONATE TODAY?") == recognise("would you donate today?") == ("propose-donation",)


def test_words_that_break_off_are_garbled_and_words_that_lack_a_mark_are_not() -> None:
    assert recognise("would you like to donate to the children") == ("propose-donation",)
    assert recognise("Would you like to donate to the") == ()
    assert garbled("I will send it to my")
    assert not garbled("What is it made of?")


def test_acts_come_in_the_order_of_their_sentences() -> None:
    assert recognise("Thank you! Even a dime helps. Would you donate today?") == (
        "appreciation", "foot-in-the-door", "propose-donation")
    assert recognise_by_cues("Thank you! Even a dime helps, so would you donate today?") == (
        "appreciation", "foot-in-the-door", "propose-donation")
    assert cued("Would you donate today") == ("propose-donation",)
    assert set(recognise("Nobody wants this.")) <= set(HEARD)


# Written for this test, and not to be learned from.
NATURAL = {
    "greeting": ("hey there, hows everything", "Hello, good afternoon to you", "hi, how is your day so far?"),
    "source-inquiry": ("have you ever come across the charity save the children?",
                       "do you know the organization Save the Children"),
    "personal-inquiry": ("do you have any kids yourself", "Which charities do you usually support?",
                         "how often do you give to charity?"),
    "emotion-appeal": ("these poor children are suffering and dying every single day",
                       "it breaks my heart to see kids starving"),
    "credibility-appeal": ("they are a well known international organization that helps children",
                           "you can read about them on their website"),
    "personal-story": ("my sister was helped by them when we were kids", "when i was a little kid my family was poor"),
    "self-modeling": ("i am going to donate my whole payment too", "I will also donate a dollar myself"),
    "foot-in-the-door": ("even a small donation of ten cents would help", "every little bit helps, even a few pennies"),
    "donation-information": ("the money will be taken out of your task payment",
                             "you can choose any amount from zero up to your full payment",
                             "the research team will collect your donation and send it"),
    "propose-donation": ("would you be willing to donate some of your payment", "how much would you like to give?",
                         "so do you want to donate today?"),
    "appreciation": ("thank you so much, that is very kind of you", "oh thats great, thanks",
                     "i really appreciate your generosity"),
    "closing": ("have a great evening, bye", "it was nice chatting with you, goodbye"),
    "pressure": ("you should be ashamed of yourself for being so selfish",),
}


@pytest.mark.parametrize(("act", "text"), [(act, text) for act, texts in NATURAL.items() for text in texts])
def test_what_people_type_is_heard_as_what_it_means(act: str, text: str) -> None:
    assert recognise(text) == (act,)


@pytest.mark.parametrize("text", ["my laptop is really slow today", "The train leaves at nine.", "i had pasta for lunch"])
def test_what_says_nothing_to_them_is_understood_all_the_same(text: str) -> None:
    assert recognise(text) != ()


@pytest.mark.parametrize("text", ["", "?!", "123", "qwrt zxcv plmk", "je voudrais parler avec vous monsieur", "the the the the",
                                  "xkcd vfgt donate bnmj ploi", "你好吗", "help us and help us and help us and help us and"])
def test_what_is_no_sentence_is_not_understood(text: str) -> None:
    assert recognise(text) == ()


def test_a_list_of_words_is_one_act_at_most_and_a_word_alone_none() -> None:
    listed = "audited percent hungry children donate dollar my sister thank you website crying studies"
    assert len(recognise(listed)) == 1
    assert set(recognise("Children. Hungry. Percent. Donate. Audited.")) <= {"other", "greeting", "appreciation", "closing"}
