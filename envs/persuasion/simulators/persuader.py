"""The scripted persuader: words for every act, and players of different skill who choose among the acts by listening."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache, partial

from ...attention import content
from ...book import Book, book
from ...dialogue import Utterance
from ...keys import mix, pick, uniform, weighted
from ...scenario import Ask, ScriptedPolicy
from ..acts import ACTS, recognise
from ..reading.concerns import ANSWERED_BY, read_concern
from . import corpus_figures as figures
from .moods import read_mood
from .people import APPEALS

SEAT = "persuader"
SUMS = ("25 cents", "fifty cents", "50 cents", "one dollar", "$1", "$0.50", "$2", "two dollars", "75 cents", "$1.50")
"""What a persuader may name when asking."""
UPTAKE = 0.75
"""How often an answer takes up the other's words where it can."""
_PHRASE = re.compile(r"\b(my|the|those|these|a|an|your|our) ([a-z]{4,})\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?]+")
_TURNED = {"my": "your", "our": "your", "your": "my"}


@dataclass(frozen=True, slots=True)
class Heard:
    """What a persuader knows from listening: a fold of the dialogue.

    Attributes:
        turns: their own, so far.
        counts: how often they made each of ACTS.
        mood: how the persuadee last sounded, "" before they spoke.
        since: persuadee turns since the mood last changed.
        concern: what the persuadee's last words asked for, "" for nothing.
        told: all concerns heard so far.
        text: the persuadee's last words.
    """

    turns: int = 0
    counts: tuple[int, ...] = (0,) * len(ACTS)
    mood: str = ""
    since: int = 0
    concern: str = ""
    told: tuple[str, ...] = ()
    text: str = ""

    def made(self, act: str) -> int:
        """How often they made an act."""
        return self.counts[ACTS.index(act)]


def listen(heard: Heard, utterance: Utterance) -> Heard:
    """One step of the fold."""
    if utterance.seat == SEAT:
        acts = recognise(utterance.text)
        counts = tuple([count + (act in acts) for act, count in zip(ACTS, heard.counts, strict=True)])
        return Heard(heard.turns + 1, counts, heard.mood, heard.since, heard.concern, heard.told, heard.text)
    mood, concern = read_mood(utterance.text), read_concern(utterance.text)
    told = (*heard.told, concern) if concern and concern not in heard.told else heard.told
    since = heard.since + 1 if mood == heard.mood else 0
    return Heard(heard.turns, heard.counts, mood, since, concern, told, utterance.text)


NOTHING = Heard()
"""Before anybody spoke."""


def spoken_book() -> Book:
    """The persuader's phrase book."""
    return book("dialogym.envs.persuasion", "persuader.book")


def voice(act: str, key: int, theirs: str = "") -> str:
    """Words for one act, chosen by the key.

    Args:
        act: one of ACTS.
        key: decides the wording.
        theirs: the persuadee's last words, which an answer may take up; "" for none.
    """
    own, section = spoken_book(), act
    slots = {"sum": pick(key, SUMS, 77)}
    if theirs and f"{act}.uptake" in own and uniform(key, 78) < UPTAKE and (found := phrase(theirs)):
        section, slots["their"] = f"{act}.uptake", found
    return own.say(section, key, slots=slots)


@lru_cache(maxsize=1 << 14)
def phrase(text: str) -> str:
    """Something a text speaks of at its end, as said back ("my bills" as "your bills"); "" when nothing can be taken up."""
    last = (_SENTENCE.findall(text) or [""])[-1]
    found = [match for match in _PHRASE.finditer(last) if content(match[2]) <= content(text)]
    if not found:
        return ""
    first, word = found[-1][1].lower(), found[-1][2].lower()
    return f"{_TURNED.get(first, first)} {word}"


_WHIM = {
    "greeting": 0.6, "source-inquiry": 1.4, "personal-inquiry": 1.4, "logical-appeal": 2.0, "emotion-appeal": 2.0,
    "credibility-appeal": 2.0, "personal-story": 1.4, "self-modeling": 1.2, "foot-in-the-door": 1.0,
    "donation-information": 1.2, "propose-donation": 2.0, "appreciation": 1.2, "pressure": 0.3, "closing": 0.15,
}
"""How often a persuader without a plan picks an act (relative)."""


def choose(heard: Heard, key: int, skill: float) -> str:
    """The act a persuader of a skill in [0, 1] chooses: with that probability by listening, else on a whim."""
    if not heard.turns and uniform(key, 1) < 0.9:
        return pick(key, ("greeting", "greeting", "source-inquiry"), 2)
    if uniform(key, 3) < skill:
        return _plan(heard, key)
    names = [name for name in _WHIM if heard.turns or name not in ("closing", "propose-donation", "appreciation")]
    return names[weighted(key, [_WHIM[name] for name in names], 4)]


def _plan(heard: Heard, key: int) -> str:
    """Ask once the persuadee sounds ready; until then answer what they ask."""
    asked = heard.made("propose-donation")
    if heard.mood == "ready" and asked < 2:
        return "propose-donation"
    if heard.concern:
        return ANSWERED_BY[heard.concern]
    if not heard.made("personal-inquiry"):
        return "personal-inquiry"
    if heard.mood != "cold" and asked < 2 and len(heard.told) > 1:
        return "propose-donation"
    fresh = [act for act in (*APPEALS, "self-modeling", "donation-information", "foot-in-the-door") if not heard.made(act)]
    return pick(key, fresh, 5) if fresh else pick(key, ("appreciation", "propose-donation"), 6)


def speak(ask: Ask, *, skill: float) -> Utterance:
    """A persuader's reply at a skill in [0, 1]."""
    heard = ask.view.dialogue.fold(listen, NOTHING)
    return Utterance(SEAT, voice(choose(heard, ask.key, skill), mix(ask.key, 9), heard.text))


@cache
def crowd_weights(turn: int) -> dict[str, float]:
    """What the crowd's acts weigh in a turn of the persuader; of the last turn that the corpus tells apart, in later ones."""
    acts = figures.CROWD[min(turn, len(figures.CROWD) - 1)]
    return {act: weight * figures.CROWD_TILT.get(act, 1.0) for act, weight in acts.items()}


_PLACES = {"greeting": 0, "appreciation": 1, "propose-donation": 3, "closing": 4}
"""Where an act stands in an utterance; 2 for the others."""


def crowd(ask: Ask) -> Utterance:
    """A persuader who makes one to three acts a turn as often as the people of PersuasionForGood made them at that turn.

    They answer what they are asked as often as those people did, and are the opponent that the calibrated persuadee is fitted
    against.
    """
    heard = ask.view.dialogue.fold(listen, NOTHING)
    acts = crowd_weights(heard.turns)
    names, weights, chosen = list(acts), list(acts.values()), list[str]()
    for index in range(1 + weighted(ask.key, figures.CROWD_SIZES, 12)):
        at = weighted(ask.key, weights, 13 + index)
        chosen.append(names.pop(at))
        del weights[at]
    chosen.sort(key=lambda act: _PLACES.get(act, 2))
    if heard.concern and uniform(ask.key, 17) < figures.LISTENING:
        answer = ANSWERED_BY[heard.concern]
        chosen = [answer, *(act for act in chosen[1:] if act != answer)]
    return Utterance(SEAT, " ".join([voice(act, mix(ask.key, 9, index), heard.text if not index else "")
                                     for index, act in enumerate(chosen)]))


POLICIES: dict[str, ScriptedPolicy] = {
    "novice": partial(speak, skill=0.25),
    "random": partial(speak, skill=0.0),
    "average": partial(speak, skill=0.5),
    "expert": partial(speak, skill=1.0),
    "crowd": crowd,
}
"""Scripted persuaders by name, the default first."""
