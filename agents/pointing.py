"""Words that a reply takes up, as pointers: `You said "#2".` for the second content word of what was just said.

To take up a word a speaker has to copy it, which a model of a few million parameters learns last of all, while to say that it
takes one up is a choice like that of an act. So in layout "strategy" (`prompting`) a word in quotation marks that the other
seat did say is written as its number, and read back as the word: a pointer network's step (Vinyals et al. 2015, "Pointer
Networks"; See et al. 2017) in the text. Which words there are, and their order, follows from the dialogue alone (`words`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from ..envs.attention import content_words
from ..envs.dialogue import Dialogue, Utterance

__all__ = ("MOST", "pointed", "pointers", "resolved", "spelled", "words")

MOST = 99
"""The highest number of a word."""
_QUOTES = (("\"", "\""), ("\u201c", "\u201d"), ("\u300c", "\u300d"))
_QUOTED = re.compile("|".join(f"{a}[^{a}{b}\\n]{{1,60}}{b}" for a, b in _QUOTES))
_ESCAPED, _POINTER = re.compile(r"#{1,50}[0-9]{1,2}"), re.compile(r"#[1-9][0-9]?")

_Known = tuple[str, tuple[str, ...]]
"""A seat, and the words that it may point at."""


def words(dialogue: Dialogue, seat: str) -> tuple[str, ...]:
    """What a seat may point at: the content words of what others said, those of the last utterance first, each once."""
    start: _Known = (seat, ())
    return dialogue.fold(_heard, start)[1]


def _heard(known: _Known, utterance: Utterance) -> _Known:
    """One step of the fold: every prompt asks for the words before each of its own turns."""
    seat, words = known
    return known if utterance.seat == seat else (seat, _more(words, utterance.text))


def _more(words: tuple[str, ...], text: str) -> tuple[str, ...]:
    """The words that may be pointed at after one more text of others."""
    return tuple(dict.fromkeys((*content_words(text), *words)))[:MOST]


def pointed(text: str, known: Sequence[str]) -> str:
    """The text with a pointer for every known word that stands alone in quotation marks; what looks like one is escaped."""
    def point(word: str) -> str:
        if word in known:
            return f"#{known.index(word) + 1}"
        return f"#{word}" if _ESCAPED.fullmatch(word) else word

    return _inside(point, text)


def resolved(text: str, known: Sequence[str]) -> str:
    """The text with the word for every pointer: the inverse of `pointed`.

    A number that is too high stands for the last word that there is; where there is none, it stays as it is.
    """
    def word(number: str) -> str:
        if _POINTER.fullmatch(number):
            return known[min(int(number[1:]), len(known)) - 1] if known else number
        return number[1:] if _ESCAPED.fullmatch(number) and number.startswith("##") else number

    return _inside(word, text)


def spelled(messages: Iterable[tuple[str, str]]) -> list[str]:
    """The texts of a chat, role and text each, with the word for every pointer of the assistant: for people to read."""
    known: tuple[str, ...] = ()
    found = []
    for role, text in messages:
        found.append(resolved(text, known) if role == "assistant" else text)
        known = _more(known, text) if role == "user" else known
    return found


def pointers(text: str) -> tuple[str, ...]:
    """The pointers in a text that is `pointed`, each once."""
    quoted = (found[0][1:-1] for found in _QUOTED.finditer(text))
    return tuple(dict.fromkeys(word for word in quoted if _POINTER.fullmatch(word)))


def _inside(change: Callable[[str], str], text: str) -> str:
    """The text with what stands in quotation marks changed."""
    return _QUOTED.sub(lambda found: found[0][0] + change(found[0][1:-1]) + found[0][-1], text)
