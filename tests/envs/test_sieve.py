"""What a sieve lets through: every pattern that is found, whatever the text."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym.envs.book import book
from dialogym.envs.emotional_support.conditions import seeker_book
from dialogym.envs.emotional_support.languages import LANGUAGES, chinese_bids, english_bids
from dialogym.envs.persuasion.reading import cues, unmeant
from dialogym.envs.sieve import Sieve, needed

BATTERIES = {
    "bids in English": english_bids.BIDS, "bids in Chinese": chinese_bids.BIDS,
    **{f"what is told, {code}": lang.hear for code, lang in LANGUAGES.items()},
    **{f"moods, {code}": lang.mood_cues for code, lang in LANGUAGES.items()},
    "decisions": {name: pattern for module in (cues, unmeant) for name, pattern in vars(module).items()
                  if isinstance(pattern, re.Pattern)},
}

BOOKS = (seeker_book("en"), seeker_book("zh"), book("dialogym.envs.persuasion", "persuadee.book"))


@pytest.mark.parametrize(("pattern", "runs"), [
    (r"\b(?:sorry|my fault)\b", {"sorry", "my fault"}),
    (r"(?:very )*sad", {"sad"}),
    (r"I am (?:sad|so angry)", {"I am sad", "I am so angry"}),
    (r"[sz]orry", {"sorry", "zorry"}),
    (r"so (?:very )?sad", {"so sad", "so very sad"}),
    (r"[a-z]orry", {"orry"}),
    (r"(?:ab|c)+d?", {"ab", "c"}),
    (r"(?:ab){2}", {"ab"}),
    (r"(?<!not )(?=x)happy(?! not)", {"happy"}),
    (r"(?:angry|\w+)", set()),
    (r".", set()),
    (r"\bhard(?:ly)?\b|harder", {"hard", "hardly", "harder"}),
    (r"(?P<a>one|two) (?P=a)", {"one ", "two "}),
])
def test_what_a_match_must_hold_is_read_off_the_pattern(pattern: str, runs: set[str]) -> None:
    assert needed(re.compile(pattern)) == runs


def test_case_does_not_matter_where_it_does_not_to_the_pattern() -> None:
    sieve = Sieve({"sorry": re.compile("so sorry", re.IGNORECASE)})
    assert [name for name, _ in sieve.let_through("So SORRY!")] == ["sorry"]
    assert [name for name, _ in sieve.let_through("\u017fo sorry")] == ["sorry"]
    assert not sieve.let_through("so, sorry")


def test_most_patterns_are_kept_back() -> None:
    sieve = Sieve(english_bids.BIDS)
    assert not sieve.let_through("my landlord raised rents again")


def found(battery: Mapping[str, re.Pattern[str]], text: str) -> set[str]:
    return {name for name, cue in battery.items() if cue.search(text)}


@pytest.mark.parametrize("name", BATTERIES)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_whatever_a_pattern_matches_it_is_let_through_for(name: str, data: st.DataObject) -> None:
    battery = BATTERIES[name]
    pattern = data.draw(st.sampled_from(list(battery.values())))
    text = data.draw(st.from_regex(pattern))
    assert found(battery, text) <= dict(Sieve(battery).let_through(text)).keys()


@pytest.mark.parametrize("name", BATTERIES)
def test_whatever_is_found_in_a_phrase_book_is_let_through(name: str) -> None:
    battery, sieve = BATTERIES[name], Sieve(BATTERIES[name])
    lines = [text for phrases in BOOKS for section in phrases for text in list(phrases.every(section))[::3]][::7]
    heard = [(found(battery, text), dict(sieve.let_through(text)).keys()) for text in lines]
    assert all(names <= let for names, let in heard)
    assert any(names for names, _ in heard)
