"""Words that a reply takes up, as pointers: `You said "#2".` for the second content word of what was just said.

To take up a word a speaker has to copy it, which a model of a few million parameters learns last of all, while to say that it
takes one up is a choice like that of an act. So in layout "strategy" (`prompting`) a word in quotation marks that the other
seat did say is written as its number, and read back as the word: a pointer network's step (Vinyals et al. 2015, "Pointer
Networks"; See et al. 2017) in the text. Which words there are, and their order, follows from the dialogue alone (`words`):
those that tell something (`Scenario.telling_parts`) stay, the newest first; of the rest only what was just said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from ..envs.attention import content_words
from ..envs.dialogue import Dialogue, Utterance
from ..envs.scenario import Scenario

__all__ = ("MOST", "pointed", "pointers", "resolved", "spelled", "words")

MOST = 99
"""The highest number of a word."""
_QUOTES = (("\"", "\""), ("\u201c", "\u201d"), ("\u300c", "\u300d"))
_QUOTED = re.compile("|".join(f"{a}[^{a}{b}\\n]{{1,60}}{b}" for a, b in _QUOTES))
_ESCAPED, _POINTER = re.compile(r"#{1,50}[0-9]{1,2}"), re.compile(r"#[1-9][0-9]?")


@dataclass(frozen=True, slots=True)
class _Known:
    """What a seat may point at: the content words of all that others told, and of the last that they said."""

    scenario: Scenario
    seat: str
    told: tuple[str, ...] = ()
    last: tuple[str, ...] = ()

    def all(self) -> tuple[str, ...]:
        """The words in their order."""
        return tuple(dict.fromkeys((*self.told, *self.last)))[:MOST]


def words(scenario: Scenario, dialogue: Dialogue, seat: str) -> tuple[str, ...]:
    """What a seat may point at: the content words of what others told, the newest first, then of their last."""
    return dialogue.fold(_heard, _Known(scenario, seat)).all()


def _heard(known: _Known, utterance: Utterance) -> _Known:
    """One step of the fold: every prompt asks for the words before each of its own turns."""
    return known if utterance.seat == known.seat else _more(known, utterance.text)


def _more(known: _Known, text: str) -> _Known:
    """What is known after one more text of others."""
    told = [word for part in known.scenario.telling_parts(text) for word in content_words(part)]
    return replace(known, told=tuple(dict.fromkeys((*told, *known.told)))[:MOST], last=content_words(text))


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


def spelled(scenario: Scenario, messages: Iterable[tuple[str, str]]) -> list[str]:
    """The texts of a chat, role and text each, with the word for every pointer of the assistant: for people to read."""
    known = _Known(scenario, scenario.interactive)
    found = []
    for role, text in messages:
        found.append(resolved(text, known.all()) if role == "assistant" else text)
        known = _more(known, text) if role == "user" else known
    return found


def pointers(text: str) -> tuple[str, ...]:
    """The pointers in a text that is `pointed`, each once."""
    quoted = (found[0][1:-1] for found in _QUOTED.finditer(text))
    return tuple(dict.fromkeys(word for word in quoted if _POINTER.fullmatch(word)))


def _inside(change: Callable[[str], str], text: str) -> str:
    """The text with what stands in quotation marks changed."""
    return _QUOTED.sub(lambda found: found[0][0] + change(found[0][1:-1]) + found[0][-1], text)
