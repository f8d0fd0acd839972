"""The Chinese phrase books: every wording is heard as what it is meant to be, and people's own sentences mostly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from dialogym.envs.book import Book, book
from dialogym.envs.emotional_support.acts import closes, read_mood, recognise, told_items
from dialogym.envs.emotional_support.languages.chinese import CHINESE
from dialogym.envs.emotional_support.languages.chinese_bids import BIDS
from dialogym.envs.emotional_support.languages.chinese_cues import FEELINGS, MORE_FEELINGS
from dialogym.envs.emotional_support.languages.language import ACTS, MOODS
from dialogym.envs.emotional_support.states import clean
from dialogym.envs.keys import mix, pick, uniform
from dialogym.envs.noise import roughen

SEEKER, SUPPORTER = (book("dialogym.envs.emotional_support", f"{name}.zh.book") for name in ("seeker", "supporter"))
NATURAL = Book((Path(__file__).parent / "natural_zh.book").read_text(encoding="utf-8"))
NAMED = (*FEELINGS, *MORE_FEELINGS)
KINDS = {"troubles": 12, "thoughts": 8, "needs": 5, "requests": 4}
TELLS = {"open": ("observations", "troubles"), "tell.observations": ("observations", "troubles"),
         "tell.thoughts": ("observations", "thoughts"), "tell.feelings": ("feelings", "feelings"),
         "tell.needs": ("needs", "needs"), "tell.requests": ("requests", "requests")}
HEADS = ("quiet", "told", "misread", "advised", "diverted", "judged", "informed", "brushed", "grilled", "lost", "unanswered",
         "parroted", "rambling", "wrong")
HURT = ("advised", "diverted", "judged", "grilled", "short")
"""Sections of somebody hurt or curt, who may sound closed."""
TOPICS = tuple(name.split(".")[1] for name in SEEKER if name.endswith(".noun"))
TALK = tuple(name for name in SEEKER if not name.startswith(("topic.", "companion.", "longing.")) and name not in TELLS)
TAKEN_UP = ("reflection", "restatement", "validation", "open-question", "encouragement", "self-disclosure", "suggestion",
            "information")
_SENTENCE = re.compile(r"[^.!?。！？…]+[.!?。！？…]*")


def bid_in(text: str) -> str:
    """The bid that is said last, as the reader of the scenario takes it."""
    for sentence in reversed(_SENTENCE.findall(text)):
        said = [(match.start(), bid) for bid, cue in BIDS.items() for match in cue.finditer(sentence)]
        if said:
            return max(said)[1]
    return ""


def items(kind: str) -> list[str]:
    if kind == "feelings":
        return list(NAMED)
    return [text for topic in TOPICS for text in SEEKER.every(f"topic.{topic}.{kind}")]


def told(section: str) -> Iterator[tuple[str, str]]:
    """(item, text) with every wording of a section and every item."""
    wordings, found = list(SEEKER.every(section)), items(TELLS[section][1])
    for at in range(max(len(wordings), len(found))):
        item = found[at % len(found)]
        yield item, wordings[at % len(wordings)].replace("<item>", item)


def templates(of: Book, section: str) -> int:
    return len(of._sections[section])


def test_the_sections_are_there_and_rich() -> None:
    assert len(TOPICS) == 21
    assert {"work", "study", "breakup", "family", "friends", "illness", "money", "grief", "parenting", "moving"} <= set(TOPICS)
    thin = [name for name in (*TELLS, *HEADS, "relieved", "left", "short") if templates(SEEKER, name) < 20]
    thin += [name for bid in BIDS for name in (f"bid.{bid}", f"bid.{bid}.again") if templates(SEEKER, name) < 25]
    thin += [f"mood.{mood}" for mood in MOODS if templates(SEEKER, f"mood.{mood}") < 15]
    thin += [name for name, least in (("wander", 60), ("detail", 80)) if templates(SEEKER, name) < least]
    thin += [name for topic in TOPICS for kind, least in KINDS.items()
             if templates(SEEKER, name := f"topic.{topic}.{kind}") < least]
    thin += [act for act in ACTS if templates(SUPPORTER, act) < 25]
    thin += [name for act in TAKEN_UP if templates(SUPPORTER, name := f"{act}.uptake") < 8]
    assert thin == []


def test_the_feelings_are_those_that_are_heard_and_each_has_its_companion_and_its_longing() -> None:
    assert SEEKER.lexicon("feelings") == NAMED
    needs = {text for topic in TOPICS for text in SEEKER.every(f"topic.{topic}.needs")}
    for feeling in NAMED:
        assert SEEKER.say(f"companion.{feeling}", 1) in set(NAMED) - {feeling}
        assert SEEKER.say(f"longing.{feeling}", 1) in needs
    assert not [(one, other) for one in NAMED for other in NAMED if one != other and one in other]


@pytest.mark.parametrize("kind", KINDS)
def test_an_item_survives_a_state_and_says_nothing_but_itself(kind: str) -> None:
    for text in items(kind):
        assert clean(text) == text
        assert not set("；、，:：。！？,.!?;<你") & set(text), text
        assert (told_items(text), bid_in(text), closes(text), read_mood(text)) == ((), "", False, "wary"), text
        assert not CHINESE.garbled(text), text
        assert kind in ("needs", "requests") or not [feeling for feeling in NAMED if feeling in text], text


@pytest.mark.parametrize("section", TELLS)
def test_what_is_told_is_heard_again(section: str) -> None:
    for item, text in told(section):
        assert told_items(text) == ((TELLS[section][0], item),), text
        assert (bid_in(text), closes(text), CHINESE.garbled(text)) == ("", False, False), text
        assert read_mood(text) != "done", text


@pytest.mark.parametrize("section", TALK)
def test_other_words_are_heard_as_what_they_are(section: str) -> None:
    for text in SEEKER.every(section):
        assert "<" not in text
        assert told_items(text) == (), text
        assert closes(text) == (section in ("relieved", "left")), text
        assert bid_in(text) == (section.split(".")[1] if section.startswith("bid.") else ""), text
        mood = read_mood(text)
        if section.startswith("mood."):
            assert mood == section[5:], text
        elif section not in ("relieved", "left"):
            assert mood != "done", text
            assert mood != "closed" or section in HURT, text
            assert mood != "opening" or section == "told", text
        assert len(text) < 3 or not CHINESE.garbled(text), text


def test_bids_typed_in_haste_are_heard() -> None:
    for bid in BIDS:
        said = [text for name in (f"bid.{bid}", f"bid.{bid}.again") for text in SEEKER.every(name)]
        heard = sum(bid_in(roughen(text, mix(7, at))) == bid for at, text in enumerate(said))
        assert heard >= 0.85 * len(said), bid


@pytest.mark.parametrize("section", [*SUPPORTER])
def test_a_supporters_words_are_heard_as_their_act_and_no_other(section: str) -> None:
    act = section.partition(".")[0]
    feelings, words = cycle(NAMED), cycle(("妈妈", "房租", "猫", "论文", "婆婆", "那封信"))
    nouns = cycle([SEEKER.say(f"topic.{topic}.noun", 1) for topic in TOPICS])
    facts = cycle(items("troubles")[::17])
    for wording in SUPPORTER.every(section):
        text = wording.replace("<feeling>", next(feelings)).replace("<word>", next(words)).replace("<topic>", next(nouns))
        text = text.replace("<item>", CHINESE.second_person(next(facts)))
        assert "<" not in text
        assert recognise(text) == (act,), text
        named = [feeling for feeling in NAMED if feeling in wording]
        assert named == [], "names a feeling of its own accord"
        assert not section.endswith(".uptake") or wording.count("<word>") == 1, wording


def test_any_item_is_restated_as_a_restatement() -> None:
    wordings = cycle(SUPPORTER.every("restatement"))
    for item in (item for kind in KINDS for item in items(kind)):
        text = next(wordings).replace("<item>", CHINESE.second_person(item))
        assert recognise(text) == ("restatement",), text


@pytest.mark.parametrize(("name", "acts", "bids"), [("tuned", 210, 119), ("fresh", 71, 43)])
def test_peoples_own_sentences_are_heard(name: str, acts: int, bids: int) -> None:
    """The floors are what was measured, for the fresh ones at their first hearing."""
    assert sum(recognise(text)[:1] == (act,) for act in ACTS for text in NATURAL.every(f"{name}.{act}")) >= acts
    assert sum(bid_in(text) == bid for bid in BIDS for text in NATURAL.every(f"{name}.{bid}")) >= bids


def talk(key: int) -> Iterator[str]:
    """A stand-in for a seeker's twelve turns: a head and a bid in each, a tell in half of them, a detail or a drift in half."""
    person, topic = mix(key, 99), pick(key, TOPICS, 1)
    for turn in range(12):
        at = mix(key, 3, turn)
        kind = pick(at, [*KINDS, "feelings"], 1)
        item = pick(at, NAMED, 2) if kind == "feelings" else SEEKER.say(f"topic.{topic}.{kind}", at, person)
        if not turn:
            yield SEEKER.say("open", at, person, {"item": SEEKER.say(f"topic.{topic}.troubles", at, person)})
            continue
        parts = [SEEKER.say(pick(at, HEADS, 4), mix(at, 5), person)]
        if uniform(at, 6) < 0.5:
            tell = {"troubles": "observations"}.get(kind, kind)
            parts.append(SEEKER.say(f"tell.{tell}", mix(at, 7), person, {"item": item}))
        if uniform(at, 8) < 0.5:
            parts.append(SEEKER.say("wander" if uniform(at, 9) < 0.4 else "detail", mix(at, 10), person))
        parts.append(SEEKER.say(f"bid.{pick(at, [*BIDS], 11)}", mix(at, 12), person))
        yield "".join(parts)


def test_the_books_are_rich() -> None:
    """People of the corpus use 1,389 characters in as many talks."""
    said = [text for key in range(200) for text in talk(key)]
    assert len({char for text in said for char in text if "\u4e00" <= char <= "\u9fff"}) > 1900
    assert len(set(said)) > 0.98 * len(said)
