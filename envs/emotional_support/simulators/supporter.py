"""The scripted supporter: what they have heard, their guess of the seeker's state, and players of different skill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial

from ...dialogue import Utterance
from ...keys import mix, pick, uniform, weighted
from ...phrases import fill
from ...scenario import Ask
from ..acts import read_mood, recognise, told_items
from ..languages import LANGUAGES, language_of
from ..languages.language import LEANINGS, Language
from ..states import Facet, State, render
from .seeker import QUESTIONS
from .seeker import SEAT as SEEKER

SEAT = "supporter"


@dataclass(frozen=True, slots=True)
class Heard:
    """What a supporter knows from listening: a fold of the dialogue.

    Attributes:
        items: (field, item) in the order they were told.
        mood: how the seeker last sounded.
        leaning: what the seeker let slip about what would help them, "" before that.
        questions: turns in a row in which the supporter asked something.
        before: the supporter's own last acts.
        topic: how the trouble may be named.
        code: the language.
    """

    items: tuple[tuple[str, str], ...] = ()
    mood: str = "wary"
    leaning: str = ""
    questions: int = 0
    before: tuple[str, ...] = ()
    topic: str = ""
    code: str = ""

    @property
    def feelings(self) -> tuple[str, ...]:
        """The feelings told so far."""
        return tuple(item.lower() for name, item in self.items if name == "feelings")


def listen(heard: Heard, utterance: Utterance) -> Heard:
    """One step of the fold."""
    if utterance.seat != SEEKER:
        acts = recognise(utterance.text)
        return replace(heard, before=acts, questions=heard.questions + 1 if any(a in QUESTIONS for a in acts) else 0)
    lang = language_of(utterance.text)
    items = (*heard.items, *(item for item in told_items(utterance.text) if item not in heard.items))
    leaning = next((name for name in LEANINGS if _slipped(lang, name, utterance.text)), heard.leaning)
    return replace(heard, items=items, mood=read_mood(utterance.text), leaning=leaning, code=heard.code or lang.code,
                   topic=heard.topic or _topic(lang, items))


def _slipped(lang: Language, leaning: str, text: str) -> bool:
    return any(hint in text for hint in _hints(lang.code, leaning))


@cache
def _hints(code: str, leaning: str) -> tuple[str, ...]:
    return tuple(hint[:-1] for hint in LANGUAGES[code].hints[leaning].every())


def _topic(lang: Language, items: tuple[tuple[str, str], ...]) -> str:
    """The name of the topic that a told trouble belongs to, "" when it is none of ours."""
    told = {item for _, item in items}
    return next((topic.noun for topic in lang.topics.values() if told & set(topic.troubles)), "")


def guess(heard: Heard, lang: Language, key: int) -> State:
    """What the supporter believes of the seeker: all they heard, and what often hides behind the last feeling told."""
    shown = Facet.of(heard.items)
    if not heard.feelings:
        return State(shown, Facet(feelings=(pick(key, lang.feelings, 31),)) if uniform(key, 30) < 0.5 else Facet())
    if heard.mood == "done":
        return State(shown)
    last = heard.feelings[-1]
    feeling, need = lang.companions.get(last), lang.longings.get(last)
    feelings = (feeling,) if feeling and feeling not in shown.feelings else ()
    needs = (need,) if need and need not in shown.needs and uniform(key, 32) < 0.5 else ()
    return State(shown, Facet(feelings=feelings, needs=needs))


def speak(ask: Ask, player: Callable[[Heard, int], tuple[str, ...]]) -> Utterance:
    """A supporter's reply, with their guess as the state: the acts the player chooses by (heard, key), in words."""
    heard = ask.view.dialogue.fold(listen, Heard())
    lang = language_of(ask.view.dialogue.utterance.text)
    state = guess(heard, lang, ask.key)
    join = "" if lang.code == "zh" else " "
    words = join.join(_say(act, heard, state, lang, mix(ask.key, 40, number))
                      for number, act in enumerate(player(heard, ask.key)))
    return Utterance(SEAT, words, render(state, lang.code))


def _say(act: str, heard: Heard, state: State, lang: Language, key: int) -> str:
    """An act in words, filled with what was heard; a reflection may name the feeling it guesses."""
    phrases = lang.say[act]
    feelings = heard.feelings[-1:] or state.hidden.feelings
    facts = [item for name, item in heard.items if name == "observations"]
    slots = {"feeling": (feelings or ("",))[-1], "topic": heard.topic, "item": _to_you(lang.code, facts[-1]) if facts else ""}
    for attempt in range(32):  # a wording whose slots can be filled; every act but restatement has one without
        text = phrases.say(mix(key, attempt))
        if not any(not value and f"<{name}>" in text for name, value in slots.items()):
            return fill(text, slots)
    return lang.say["encouragement"].say(key)


@lru_cache(maxsize=16_384)
def _to_you(code: str, item: str) -> str:
    """What a seeker said of themselves, as said to them."""
    return LANGUAGES[code].second_person(item)


_NOVICE = {
    "open-question": 2.4, "closed-question": 1.2, "reassurance": 0.8, "suggestion": 0.6, "reflection": 1.6, "validation": 1.2,
    "information": 0.3, "topic-change": 0.2, "self-disclosure": 0.6, "encouragement": 1.0, "restatement": 1.0,
}
_AVERAGE = {
    "open-question": 2.2, "reflection": 2.2, "validation": 1.5, "encouragement": 1.2, "restatement": 1.5,
    "closed-question": 0.5, "self-disclosure": 0.5, "reassurance": 0.3, "suggestion": 0.3,
}


def _drawn(heard: Heard, key: int, *, weights: dict[str, float], double: float) -> tuple[str, ...]:
    """Acts drawn by weight: one, or with probability `double` two different ones."""
    names = list(weights)
    first = names[weighted(key, list(weights.values()), 1)]
    if uniform(key, 2) >= double:
        return (first,)
    others = {n: w for n, w in weights.items() if n != first and not (n in QUESTIONS and first in QUESTIONS)}
    second = list(others)[weighted(key, list(others.values()), 3)]
    return (second, first) if first in QUESTIONS else (first, second)


_ACTS = (*_NOVICE, "judgement", "greeting", "closing")


def _random(heard: Heard, key: int) -> tuple[str, ...]:
    return (pick(key, _ACTS, 1),)


def _interrogator(heard: Heard, key: int) -> tuple[str, ...]:
    return ("open-question" if uniform(key, 1) < 0.7 else "closed-question",)


def _listener(heard: Heard, key: int) -> tuple[str, ...]:
    return ("restatement" if "reflection" in heard.before else "reflection",)


def _adviser(heard: Heard, key: int) -> tuple[str, ...]:
    return ("suggestion",) if uniform(key, 1) < 0.7 else ("validation", "suggestion")


def _expert(heard: Heard, key: int) -> tuple[str, ...]:
    """Reflects and asks in turn, never asks twice in a row, gives what the seeker let slip that they want."""
    if heard.mood == "done":
        return ("validation",)
    wanted = [act for act in ("reflection", "validation", "restatement", "encouragement") if act not in heard.before]
    if heard.leaning in wanted:
        first = heard.leaning
    else:
        first = wanted[0] if heard.feelings or wanted[0] != "reflection" else wanted[min(1, len(wanted) - 1)]
    if heard.mood == "closed":
        return (first, "encouragement") if first != "encouragement" else (first, "validation")
    if heard.questions == 0 or (heard.leaning == "open-question" and heard.questions < 2):
        return (first, "open-question")
    second = next(act for act in ("validation", "encouragement", "restatement") if act not in (first, *heard.before[:1]))
    return (first, second)


_PLAYERS: dict[str, Callable[[Heard, int], tuple[str, ...]]] = {
    "novice": partial(_drawn, weights=_NOVICE, double=0.25),
    "average": partial(_drawn, weights=_AVERAGE, double=0.5),
    "expert": _expert,
    "random": _random,
    "interrogator": _interrogator,
    "listener": _listener,
    "adviser": _adviser,
}
POLICIES = {name: partial(speak, player=player) for name, player in _PLAYERS.items()}
"""Scripted supporters by name, the default first: novice, average and expert are the ladder of skill."""
