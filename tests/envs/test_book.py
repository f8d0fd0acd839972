"""Phrase books in files: what they hold, how they choose, and what they refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogym.envs.book import Book

TEXT = """
# a comment
[lexicon job]
a nurse | a cook
a vet
[hit]
{That|This} gets to me, I am <my.job>, not <job>, <gift>.
So it does.
Oh.
[plain]
One way alone.
"""
KEYS = st.integers(0, 2**64 - 1)


@given(KEYS, st.integers(1, 2**64 - 1))
def test_a_wording_is_a_pure_function_of_its_keys_and_leaves_no_slot_of_the_books_own(key: int, person: int) -> None:
    book = Book(TEXT)
    said = book.say("hit", key, person, {"gift": "$1"})
    assert said == Book(TEXT).say("hit", key, person, {"gift": "$1"})
    assert "<" not in said
    assert "{" not in said
    assert book.say("plain", key, person) == "One way alone."


def test_what_is_a_persons_own_stays_theirs_and_differs_between_people() -> None:
    book = Book("[lexicon job]\n" + "|".join(f"job{n}" for n in range(50)) + "\n[hit]\nI am <my.job>.\n")
    per_person = [{book.say("hit", key, person) for key in range(30)} for person in range(1, 40)]
    assert all(len(said) == 1 for said in per_person)
    assert len(set.union(*per_person)) > 15


def test_people_have_habits_and_nobody_in_particular_uses_every_template() -> None:
    book = Book("[hit]\n" + "\n".join(f"Wording {n}." for n in range(20)))
    assert len({book.say("hit", key) for key in range(2000)}) == 20
    shares = [len({book.say("hit", key, person) for key in range(2000)}) for person in range(1, 60)]
    assert max(shares) < 20
    assert 8 < sum(shares) / len(shares) < 16


def test_every_names_each_option_and_each_word_once_at_least() -> None:
    said = " ".join(Book(TEXT).every("hit"))
    assert all(part in said for part in ("That", "This", "a nurse", "a cook", "a vet", "<gift>", "So it does.", "Oh."))


@pytest.mark.parametrize(("text", "message"), [
    ("Hello.\n", "begins with a section"), ("[hit]\n[other]\nx\n", "is empty"), ("[a]\nx\n[a]\ny\n", "stands twice"),
    ("[a]\n{x|{y}}\n", "nest"), ("[a]\n{x|y\n", "do not match"), ("[lexicon ]\nx\n", "is empty")])
def test_a_book_that_is_none_is_refused_with_a_sentence(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Book(text)
