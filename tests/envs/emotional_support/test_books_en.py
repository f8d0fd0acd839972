"""The English phrase books: every wording is heard as what it is meant to say, and there is plenty of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from dialogym.envs.book import Book, book
from dialogym.envs.emotional_support.acts import closes, named_feelings, read_mood, recognise, told_items
from dialogym.envs.emotional_support.bids import BIDS
from dialogym.envs.emotional_support.languages.english import FEELINGS, MORE_FEELINGS, garbled, second_person
from dialogym.envs.emotional_support.languages.language import ACTS, MOODS
from dialogym.envs.emotional_support.states import clean
from dialogym.envs.keys import mix, pick

PACKAGE = "dialogym.envs.emotional_support"
SEEKER, SUPPORTER = book(PACKAGE, "seeker.en.book"), book(PACKAGE, "supporter.en.book")
TELLS = {"open": ("troubles", "observations"), "tell.observations": ("troubles", "observations"),
         "tell.thoughts": ("thoughts", "observations"), "tell.feelings": ("feelings", "feelings"),
         "tell.needs": ("needs", "needs"), "tell.requests": ("requests", "requests")}
HEADS = ("quiet", "told", "misread", "advised", "diverted", "judged", "informed", "brushed", "grilled", "lost", "unanswered",
         "parroted", "rambling", "wrong")
PARTS = {"troubles": 12, "thoughts": 8, "needs": 5, "requests": 4}
TOPICS = tuple(name.split(".")[1] for name in SEEKER if name.endswith(".noun"))
UPTAKE = ("reflection", "restatement", "validation", "open-question", "encouragement", "self-disclosure", "suggestion",
          "information")
WORDS = ("manager", "the rent", "your sister", "crying", "three weeks")
ENOUGH = {**dict.fromkeys(TELLS, 20), **dict.fromkeys(HEADS, 20), **{f"mood.{mood}": 20 for mood in MOODS},
          **{f"bid.{bid}{again}": 25 for bid in BIDS for again in ("", ".again")}, "relieved": 20, "left": 20, "short": 25,
          "wander": 60, "detail": 80}


def wordings(source: Book, section: str, more: int = 60) -> list[str]:
    """Each option and word at least once, and what some people say."""
    said = [source.say(section, mix(7, key), person=mix(11, key)) for key in range(more)]
    return [*dict.fromkeys((*source.every(section), *said))]


def items(kind: str) -> list[str]:
    if kind == "feelings":
        return list(SEEKER.lexicon("feelings"))
    return [item for topic in TOPICS for item in wordings(SEEKER, f"topic.{topic}.{kind}", 8)]


def told() -> Iterator[tuple[str, str, str]]:
    """(field, item, sentence): every template, each with another part of the items."""
    for section, (kind, field) in TELLS.items():
        values = items(kind)
        for number, wording in enumerate(wordings(SEEKER, section)):
            yield from ((field, item, wording.replace("<item>", item)) for item in values[number % 23::23])


def others() -> Iterator[tuple[str, str]]:
    """(section, wording) of all that a seeker says and that carries no item."""
    for section in SEEKER:
        if not section.startswith(("topic.", "companion.", "longing.", "tell.", "open")):
            yield from ((section, wording) for wording in wordings(SEEKER, section))


class TestWhatTheSeekerSays:
    @pytest.mark.parametrize("section", ENOUGH)
    def test_a_section_has_enough_templates(self, section: str) -> None:
        assert len(SEEKER._sections[section]) >= ENOUGH[section]

    def test_every_item_is_heard_again_in_every_wording(self) -> None:
        assert [(text, told_items(text)) for field, item, text in told() if told_items(text) != ((field, item),)] == []

    def test_nothing_else_tells_an_item_but_the_feeling_of_relief(self) -> None:
        assert [(text, told_items(text)) for section, text in others() if section != "relieved" and told_items(text)] == []

    def test_each_mood_is_heard(self) -> None:
        texts = [(mood, text) for mood in MOODS for text in wordings(SEEKER, f"mood.{mood}")]
        assert [(text, mood, read_mood(text)) for mood, text in texts if read_mood(text) != mood] == []

    def test_only_the_mood_tells_that_they_are_done_or_closed(self) -> None:
        sour = {"closed", "wary"}
        plain = {"wary", "opening"}
        wrong = [(text, read_mood(text)) for _, _, text in told() if read_mood(text) not in plain]
        for section, text in others():
            if section.startswith("mood.") or section in {"relieved", "left"}:
                continue
            heard = plain if section.startswith(("bid.", "quiet", "told", "wander", "detail", "short")) else sour
            wrong += [(text, read_mood(text))] if read_mood(text) not in heard else []
        assert wrong == []

    def test_last_words_close_and_nothing_else_does(self) -> None:
        assert [text for section, text in others() if closes(text) != (section in {"relieved", "left"})] == []
        assert [text for _, _, text in told() if closes(text)] == []

    def test_nothing_is_broken_as_text_and_no_slot_of_the_books_own_is_left(self) -> None:
        texts = [*(text for _, text in others()), *(text for _, _, text in told())]
        assert [text for text in texts if garbled(text) or re.search(r"[<>{}|]|  |\s$", text)] == []

    def test_a_farewell_may_wish_that_they_take_care_of_themselves_and_caring_for_others_is_none(self) -> None:
        assert closes("Thank you. Take care of yourself.")
        assert not closes("I take care of my mother.")


class TestWhatTheSeekerCarries:
    def test_there_are_twenty_topics_with_enough_of_everything(self) -> None:
        assert len(TOPICS) >= 20
        short = [(topic, part) for topic in TOPICS for part, least in PARTS.items()
                 if len(SEEKER._sections[f"topic.{topic}.{part}"]) < least]
        assert short == []

    def test_troubles_come_out_in_their_hundreds(self) -> None:
        few = [topic for topic in TOPICS
               if len({SEEKER.say(f"topic.{topic}.troubles", mix(5, key), mix(6, key)) for key in range(400)}) < 90]
        assert few == []

    def test_an_item_is_one_clause_that_a_state_can_hold(self) -> None:
        wrong = []
        for kind in PARTS:
            field = "observations" if kind in {"troubles", "thoughts"} else kind
            wrong += [item for item in items(kind) if clean(item, field) != item or re.search(r"[.!?,;:]", item)
                      or named_feelings(item) or not (item[0].islower() or item.startswith("I "))]
        assert wrong == []

    def test_a_trouble_said_back_is_a_restatement_and_nothing_else(self) -> None:
        texts = [f"In other words, {second_person(item)}." for kind in ("troubles", "thoughts") for item in items(kind)]
        assert [(text, recognise(text)) for text in texts if recognise(text) != ("restatement",)] == []

    def test_one_person_has_one_spouse_through_all_their_troubles(self) -> None:
        for person in range(1, 20):
            said = " ".join(SEEKER.say("topic.marriage.troubles", key, person) for key in range(60))
            assert ("my husband" in said) != ("my wife" in said)

    def test_every_feeling_has_a_companion_and_a_longing_that_somebody_needs(self) -> None:
        feelings = SEEKER.lexicon("feelings")
        needs = {need for topic in TOPICS for need in wordings(SEEKER, f"topic.{topic}.needs")}
        assert len(feelings) >= 30
        assert feelings == (*FEELINGS, *MORE_FEELINGS)
        assert {next(SEEKER.every(f"companion.{feeling}")) for feeling in feelings} <= set(feelings)
        assert all(next(SEEKER.every(f"companion.{feeling}")) != feeling for feeling in feelings)
        assert {next(SEEKER.every(f"longing.{feeling}")) for feeling in feelings} <= needs


class TestVariety:
    def test_two_hundred_talks_hold_many_words_and_few_sentences_twice(self) -> None:
        said = [text for talk in range(200) for text in talk_of(mix(3, talk))]
        words = {word for text in said for word in re.findall(r"[a-z']+", text.lower())}
        twice = sum(count for count in Counter(said).values() if count > 1) / len(said)
        assert len(words) > 1_600
        assert twice < 0.1


def talk_of(person: int) -> Iterator[str]:
    """Nine utterances put together as a seeker's may be: a head, something told or a detail, a call or a mood."""
    topic = pick(person, TOPICS)
    yield SEEKER.say("open", person, person, {"item": SEEKER.say(f"topic.{topic}.troubles", person, person)})
    for turn in range(7):
        key = mix(person, turn)
        parts = [SEEKER.say(pick(key, HEADS, 1), key, person)]
        if turn % 3 == 0:
            item = SEEKER.say(f"topic.{topic}.thoughts", key, person)
            parts.append(SEEKER.say("tell.thoughts", mix(key, 2), person, {"item": item}))
        elif turn % 3 == 1:
            parts.append(SEEKER.say("detail", mix(key, 3), person))
        parts.append(SEEKER.say(f"bid.{pick(key, BIDS, 4)}", mix(key, 5), person))
        yield " ".join(parts)
    yield SEEKER.say("relieved", mix(person, 9), person)


def supporters(section: str) -> Iterator[str]:
    """Every wording with values for its slots, a part of the items with each."""
    facts = [second_person(item) for kind in ("troubles", "thoughts") for item in items(kind)]
    nouns = [next(SEEKER.every(f"topic.{topic}.noun")) for topic in TOPICS]
    values = {"<feeling>": SEEKER.lexicon("feelings"), "<topic>": nouns, "<word>": WORDS, "<item>": facts}
    for number, wording in enumerate(wordings(SUPPORTER, section)):
        texts = [wording]
        for slot, found in values.items():
            if slot in wording:
                step = max(1, len(found) // 15)
                texts = [text.replace(slot, value) for text in texts for value in found[number % step::step]]
        yield from texts


class TestWhatTheSupporterSays:
    def test_every_act_has_enough_wordings_and_eight_take_up_a_word(self) -> None:
        assert set(SUPPORTER) == {*ACTS, *(f"{act}.uptake" for act in UPTAKE)}
        assert [act for act in ACTS if len(SUPPORTER._sections[act]) < 25] == []
        assert [act for act in UPTAKE if len(SUPPORTER._sections[f"{act}.uptake"]) < 8] == []
        assert [text for act in UPTAKE for text in SUPPORTER.every(f"{act}.uptake") if text.count("<word>") != 1] == []

    @pytest.mark.parametrize("section", [*SUPPORTER])
    def test_every_wording_is_heard_as_its_act_and_no_other(self, section: str) -> None:
        act = section.removesuffix(".uptake")
        texts = [*supporters(section)]
        assert [(text, recognise(text)) for text in texts if recognise(text) != (act,)] == []
        assert [text for text in texts if garbled(text) or re.search(r"[<>{}|]", text)] == []

    @pytest.mark.parametrize("section", [*SUPPORTER])
    def test_no_wording_names_a_feeling_of_its_own(self, section: str) -> None:
        assert [text for text in wordings(SUPPORTER, section) if named_feelings(text.replace("<feeling>", ""))] == []
