"""The persuadee's mind: the engine of `envs/mind.py` with a purse, and what an ask, pressure and small talk do to it.

A persuadee has concerns (`concerns`), four or five of the eight in an order of their own; their words tell the open one, and
one act of the persuader answers it. Who answers wins interest and trust; at an interest of 1 they give when asked, the more
the higher it is, never more than their purse. Trust multiplies what later answers do: an interest taken in them early pays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

from ...attention import Manners, Spoken, content
from ...dialogue import Dialogue, Utterance
from ...keys import mix, uniform
from ...mind import Drive, Mind, drawn_order, spoke, take
from ...scenario import Ask
from ..conditions import Persona
from ..paying import person_key
from ..reading.concerns import ANSWERED_BY, read_concern
from .hearing import taken_in
from .moods import MOODS

SEAT = "persuadee"
APPEALS = ("logical-appeal", "emotion-appeal", "credibility-appeal", "personal-story")
MANNERS = Manners(ANSWERED_BY, courtesies=("greeting", "appreciation"), questions=("source-inquiry", "personal-inquiry"))
OVER = ("promise", "refuse", "leave")
READY = 1.0
"""Interest at which a persuadee gives when asked."""
GIFTS = (0.1, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
"""The amounts they give, in dollars."""


@dataclass(frozen=True, slots=True)
class Family:
    """How a family of persuadees is moved.

    Attributes:
        name: of the scripted policy.
        drive: see `mind.Drive`.
        start: added to the interest they begin with.
        concerns: how many they have at least; half of them have one more.
        weights: what multiplies the weights of concerns.
        closed: the trust below which an appeal to feeling is held against the persuader.
        early: turns of the persuader before which an ask ends the talk unless they are ready.
        near: how far below READY an ask is put off once; further below it ends the talk.
        patience: added to the turns they bear.
        pushed: interest lost by pressure.
    """

    name: str
    drive: Drive
    start: float = 0.0
    concerns: int = 4
    weights: tuple[tuple[str, float], ...] = ()
    closed: float = 0.0
    early: int = 0
    near: float = 0.4
    patience: float = 0.0
    pushed: float = 0.35


@dataclass(frozen=True, slots=True)
class Temper:
    """What a persona is like to persuade: weights of their concerns, where they begin, and their purse in dollars."""

    weights: tuple[tuple[str, float], ...]
    interest: float
    trust: float
    patience: float
    purse: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Persuadee(Mind):
    """A persuadee's state of mind; equal to itself alone, which makes it cheap to fold with.

    Attributes:
        family: theirs.
        person: the key of who they are: habits and details.
        purse: the most they give, in dollars.
        voiced: whether their last words told the open call.
        turns: of the persuader, so far.
        asked: asks they put off.
        gift: dollars, once promised.
    """

    family: Family
    person: int
    purse: float
    voiced: bool = False
    turns: int = 0
    asked: int = 0
    gift: float = 0.0

    @property
    def mood(self) -> str:
        """One of MOODS, by how far interest is from READY."""
        gap = self.interest - READY
        return MOODS[(gap >= -0.85) + (gap >= -0.35) + (gap >= 0)]

    def report(self) -> dict[str, Any]:
        """See `Mind.report`; with their purse in dollars and their mood."""
        return {**Mind.report(self), "purse": self.purse, "mood": self.mood}


def persona_in(ask: Ask, family: str) -> Persona:
    """Who is to speak. Raises TypeError when the condition is no Persona."""
    persona = ask.view.condition
    if not isinstance(persona, Persona):
        raise TypeError(f"the {family} persuadee needs a Persona as condition, got {type(persona).__name__}")
    return persona


@lru_cache(maxsize=4096)
def temper(persona: Persona) -> Temper:
    """A persona's temper: log-linear weights of the concerns, the rest linear in the attributes' standard scores."""
    z = persona.scores().__getitem__
    tilt = {
        "proof": 0.45 * z("rational") - 0.15 * z("intuitive"), "trust": 0.3 * z("neurotic") + 0.25 * z("freedom"),
        "people": 0.4 * z("care") + 0.1 * z("intuitive"), "nearness": 0.35 * z("intuitive"), "example": 0.3 * z("agreeable"),
        "procedure": 0.25 * z("rational") - 0.1 * z("mood"), "means": -0.3 * z("mood"),
        "self": 0.25 * z("agreeable") + 0.1 * z("mood"),
    }
    luck = uniform(person_key(persona), 3)
    wealth = 0.35 + 1.3 * luck + 0.15 * z("care") + 0.1 * z("agreeable") + 0.1 * z("mood")
    return Temper(
        weights=tuple((name, min(3.0, max(0.33, 2.718281828459045 ** value))) for name, value in tilt.items()),
        interest=min(0.8, max(-0.1, 0.28 + 0.11 * z("agreeable") + 0.11 * z("care") + 0.1 * z("mood"))),
        trust=min(0.4, max(0.0, 0.15 + 0.08 * z("agreeable") - 0.05 * z("freedom"))),
        patience=float(min(11, max(7, round(9 + z("mood"))))),
        purse=max(gift for gift in GIFTS if gift <= max(GIFTS[0], min(2.0, wealth)) + 1e-9),
    )


@lru_cache(maxsize=4096)
def start(persona: Persona, family: Family) -> Persuadee:
    """The mind before anybody spoke."""
    own, key, factors = temper(persona), person_key(persona), dict(family.weights)
    weights = [(name, weight * factors.get(name, 1.0)) for name, weight in own.weights]
    calls = drawn_order(mix(key, 11), weights, family.concerns + (uniform(key, 12) < 0.5))
    return Persuadee(calls, own.interest + family.start, own.trust, own.patience + family.patience, family=family, person=key,
                     purse=own.purse)


def hear(mind: Persuadee, utterance: Utterance) -> Persuadee:
    """One step of the fold: what an utterance does to the mind. Nothing changes a decision."""
    if mind.event in OVER:
        return mind
    if utterance.seat == SEAT:
        return said(mind, utterance.text)
    spoken, offer = taken_in(utterance.text)
    after = moved(mind, spoken)
    if "propose-donation" in spoken.acts and after.event not in ("rambling", "again", "pressure"):
        return _asked(after, mind, offer)
    if "closing" in spoken.acts[-1:] and mind.turns:
        return replace(after, event="refuse")
    return replace(after, event="leave") if after.patience <= 0 else after


def moved(mind: Persuadee, spoken: Spoken) -> Persuadee:
    """What the persuader's words move, whatever the persuadee decides then."""
    after, credit = take(mind, spoken, MANNERS, mind.family.drive, voiced=mind.voiced, turns=mind.turns + 1)
    if "pressure" in spoken.acts:
        return replace(after, interest=after.interest - mind.family.pushed, trust=max(0.0, after.trust - 0.4),
                       patience=after.patience - mind.family.drive.harsh, event="pressure")
    if credit.act in ("emotion-appeal", "personal-story") and mind.trust < mind.family.closed:
        return replace(after, interest=min(after.interest, mind.interest - 0.06), event="guarded")
    return _courtesy(after, mind, credit.act)


def said(mind: Persuadee, text: str) -> Persuadee:
    """The mind after its own words: what they told is what is open, whether or not this mind would have told it.

    Of a mind that is imagined for somebody the words are all that is known: they have the concern that they told.
    """
    told, words = read_concern(text), content(text)
    if not told or told in mind.answered:
        return spoke(mind, words, voiced=False)
    if told == mind.call:
        return spoke(mind, words, voiced=True)
    calls = (told, *(call for call in mind.calls if call != told))
    return spoke(mind, words, voiced=True, calls=calls, tries=0)


def _courtesy(after: Persuadee, before: Persuadee, act: str) -> Persuadee:
    """Small trust that is won by manners: a greeting at the start, an interest in them, thanks, each once."""
    fresh = not before.attention.count(act)
    if after.event not in ("free", "unanswered"):
        return after
    if act in ("personal-inquiry", "source-inquiry") and fresh:
        lift = 0.2 if act == "personal-inquiry" else 0.0
        interest = max(after.interest, before.interest + 0.02)
        return replace(after, trust=min(1.0, after.trust + lift), interest=interest, event=act)
    if act in ("greeting", "appreciation"):
        lift = 0.1 if fresh and (act == "greeting") == (not before.turns) else 0.0
        return replace(after, trust=min(1.0, after.trust + lift), event=act)
    return after


def _asked(after: Persuadee, before: Persuadee, offer: float | None) -> Persuadee:
    """The ask: a gift when ready, put off once when nearly so, else the end. No words move anybody in the turn of the ask."""
    family = before.family
    as_before = partial(replace, after, interest=before.interest, trust=before.trust, calls=before.calls, tries=before.tries,
                        answered=before.answered)
    if before.interest >= READY:
        want = before.purse * min(1.0, 0.5 + 1.2 * (before.interest - READY))
        if offer is not None and offer > before.purse + 1e-9:
            if before.asked == 0 and offer > 1.5 * before.purse:
                return as_before(event="toomuch", asked=1, interest=before.interest - 0.1, patience=after.patience - 1)
            want *= 0.6
        elif offer is not None:
            want = min(want, offer)
        return as_before(event="promise", gift=max(g for g in GIFTS if g <= max(want, GIFTS[0]) + 1e-9))
    if before.asked or before.interest < READY - family.near or before.turns < family.early:
        return as_before(event="refuse")
    return as_before(event="rebuff", asked=1, interest=before.interest - 0.15, trust=max(0.0, before.trust - 0.1),
                     patience=after.patience - 1)


def after(dialogue: Dialogue, persona: Persona, family: Family) -> Persuadee:
    """The mind after a dialogue."""
    return dialogue.fold(hear, start(persona, family))
