"""The scripted supporter: players of different skill, who learn what a seeker is after from the words alone.

Skill is how often they do what the bid they heard asks for; else they follow a whim. What else tells them apart are habits:
whether they take up what was said, say two things at once, repeat themselves, or advise where nobody asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial

from ...attention import content, repeats
from ...book import Book, book
from ...dialogue import Utterance
from ...keys import mix, pick, uniform, weighted
from ...scenario import Ask
from ..bids import ANSWERS
from ..languages import LANGUAGES, language_of
from ..listening import QUESTIONS
from ..states import Facet, State, render
from .hearing import Heard, guess, listen

SEAT = "supporter"
_PACKAGE = __package__.rpartition(".")[0]
_TRIES = 12
_FIRST = 4


@dataclass(frozen=True, slots=True)
class Player:
    """A supporter.

    Attributes:
        choose: the acts of the next utterance, by what was heard and a key.
        uptake: how often they take up a word of the seeker's, where they can.
        careful: whether they avoid their own earlier words, and name feelings only that were told.
    """

    choose: Callable[[Heard, int], tuple[str, ...]]
    uptake: float = 0.3
    careful: bool = False


@dataclass(frozen=True, slots=True)
class Skill:
    """How somebody chooses.

    Attributes:
        answer: the probability to do what the bid they heard asks for.
        whims: what they do otherwise, by weight.
        double: the probability of a second act in an utterance.
        late: the probability that what they meant comes second then.
    """

    answer: float
    whims: Mapping[str, float] = field(hash=False)
    double: float = 0.0
    late: float = 0.3

    def __call__(self, heard: Heard, key: int) -> tuple[str, ...]:
        """The acts of the next utterance."""
        first = ANSWERS[heard.bid] if heard.bid and uniform(key, 4) < self.answer else self._whim(heard, mix(key, 1))
        if uniform(key, 2) >= self.double:
            return (first,)
        second = self._whim(heard, mix(key, 3), (first, *(QUESTIONS if first in QUESTIONS else ())))
        return (second, first) if first in QUESTIONS or uniform(key, 5) < self.late else (first, second)

    def _whim(self, heard: Heard, key: int, barred: tuple[str, ...] = ()) -> str:
        names = [name for name in self.whims if name not in barred]
        return names[weighted(key, [self.whims[name] for name in names])]


def speak(ask: Ask, player: Player) -> Utterance:
    """A supporter's reply, with their guess as the state: the acts the player chooses by (heard, key), in words."""
    heard = ask.view.dialogue.fold(listen, Heard())
    lang = language_of(ask.view.dialogue.utterance.text)
    hidden = guess(heard, lang, ask.key)
    phrases = book(_PACKAGE, f"supporter.{lang.code}.book")
    said = [_say(act, heard, hidden, phrases, player, mix(ask.key, 40, number))
            for number, act in enumerate(player.choose(heard, ask.key))]
    return Utterance(SEAT, ("" if lang.code == "zh" else " ").join(said), _written(heard.items, hidden, lang.code))


@lru_cache(maxsize=1 << 14)
def _written(shown: tuple[tuple[str, str], ...], hidden: tuple[tuple[str, str], ...], code: str) -> str:
    return render(State(Facet.of(shown), Facet.of(hidden)), code)


def _say(act: str, heard: Heard, hidden: tuple[tuple[str, str], ...], phrases: Book, player: Player, key: int) -> str:
    """An act in words, filled with what was heard."""
    feelings = heard.feelings[-1:] or (() if player.careful else tuple([item for name, item in hidden if name == "feelings"]))
    slots = {"feeling": feelings[-1] if feelings else "", "topic": heard.topic,
             "item": to_you(heard.code, pick(key, heard.facts[-2:], 7)) if heard.facts else "",
             "word": _word(heard, key)}
    slots = {name: value for name, value in slots.items() if value}
    uptake = f"{act}.uptake"
    text, takes = "", "word" in slots and uptake in phrases and uniform(key, 9) < player.uptake
    for attempt in range(_TRIES):  # a wording whose slots can be filled; every act but restatement has one without
        found = phrases.say(uptake if takes else act, mix(key, attempt), heard.key, slots)
        if "<" in found:
            continue
        text = found
        if not player.careful or not any(repeats(content(text), words) for words in heard.said):
            return text
    return text or phrases.say("encouragement", key, heard.key)


def _word(heard: Heard, key: int) -> str:
    """A word to take up, rather one that was not taken up before; "" without any."""
    used = frozenset[str]().union(*heard.said)
    fresh = [word for word in heard.words if used.isdisjoint(content(word))] or heard.words
    return pick(key, fresh[:_FIRST], 8) if fresh else ""


@lru_cache(maxsize=16_384)
def to_you(code: str, item: str) -> str:
    """What a seeker said of themselves, as said to them."""
    return LANGUAGES[code].second_person(item)


_NOVICE = {
    "open-question": 2.0, "closed-question": 0.9, "reassurance": 0.6, "suggestion": 0.5, "reflection": 1.4, "validation": 1.2,
    "information": 0.3, "topic-change": 0.1, "self-disclosure": 0.8, "encouragement": 1.2, "restatement": 1.0,
}
_AVERAGE = {
    "open-question": 1.4, "reflection": 1.8, "validation": 1.5, "encouragement": 1.4, "restatement": 1.4,
    "closed-question": 0.5, "self-disclosure": 0.7, "reassurance": 0.4, "suggestion": 0.3,
}
_EXPERT = {"reflection": 1.5, "validation": 1.0, "encouragement": 1.0, "restatement": 1.2, "self-disclosure": 0.4}
_ACTS = (*_NOVICE, "judgement", "greeting", "closing")


def _random(heard: Heard, key: int) -> tuple[str, ...]:
    return (pick(key, _ACTS, 1),)


def _interrogator(heard: Heard, key: int) -> tuple[str, ...]:
    return ("open-question" if uniform(key, 1) < 0.7 else "closed-question",)


def _listener(heard: Heard, key: int) -> tuple[str, ...]:
    return ("restatement" if "reflection" in heard.before else "reflection",)


def _adviser(heard: Heard, key: int) -> tuple[str, ...]:
    return ("suggestion",) if uniform(key, 1) < 0.7 else ("validation", "suggestion")


_PLAYERS = {
    "novice": Player(Skill(0.42, _NOVICE, double=0.2), uptake=0.4),
    "average": Player(Skill(0.55, _AVERAGE, double=0.15), uptake=0.6),
    "expert": Player(Skill(0.83, _EXPERT), uptake=0.92, careful=True),
    "random": Player(_random, uptake=0.0),
    "interrogator": Player(_interrogator, uptake=0.5),
    "listener": Player(_listener, uptake=0.7),
    "adviser": Player(_adviser, uptake=0.5),
}
POLICIES = {name: partial(speak, player=player) for name, player in _PLAYERS.items()}
"""Scripted supporters by name, the default first: novice, average and expert are the ladder of skill."""
