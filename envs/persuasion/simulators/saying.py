"""From a persuadee's mind to words: a plan of what a reply is to do, and words that are read as it.

Whoever words a plan, the phrase book here or a language model, is held to it: `reads_as` says whether a listener would hear
the same decision and the same concern, and words that are not read as their plan are said again.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...book import Book, book
from ...dialogue import Dialogue
from ...keys import mix, pick, uniform
from ..engagement import reading
from ..reading.concerns import read_concern
from ..reading.donation import Reading, read
from .people import OVER, SEAT, Persuadee

_TRIES = 12
"""Wordings tried until one is read as it is meant; then a plain one is said."""
_SECTIONS = {
    "answered": "hit", "partly": "mild", "unanswered": "unanswered", "again": "tired", "noise": "confused", "free": "mild",
    "greeting": "answer.greeting", "appreciation": "answer.appreciation", "personal-inquiry": "answer.personal-inquiry",
    "source-inquiry": "answer.source-inquiry",
}
"""Where an event's words stand, if not under its own name."""
_ALWAYS = ("noise", "again", "rambling", "double", "pressure", "rebuff", "toomuch", "guarded", "personal-inquiry",
           "source-inquiry", "opening")
_NUMBERS = {0.1: "ten cents", 0.25: "twenty-five cents", 0.5: "fifty cents", 0.75: "seventy-five cents", 1.0: "one dollar",
            1.5: "one dollar and fifty cents", 2.0: "two dollars"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a reply is to do, before it has words.

    Attributes:
        parts: sections of the phrase book, in order.
        concern: the call it tells, "" for none.
        gift: dollars, with a promise.
    """

    parts: tuple[str, ...]
    concern: str = ""
    gift: float = 0.0

    @property
    def decision(self) -> str:
        """"promise", "refuse" or ""."""
        return next(("promise" if part == "promise" else "refuse" for part in self.parts if part in OVER), "")


def plan(mind: Persuadee, key: int) -> Plan:
    """What a persuadee's next words do: they react, may show their mood or tell of themselves, and tell their open call."""
    if mind.event in OVER:
        return Plan((mind.event,), gift=mind.gift)
    parts = []
    if mind.event in _ALWAYS or uniform(key, 31) < 0.8:
        parts.append(_SECTIONS.get(mind.event, mind.event))
    shows = mind.mood == "ready" or (mind.event not in ("opening", "greeting") and uniform(key, 32) < 0.5)
    concern = mind.call if mind.call and not (mind.mood == "ready" and uniform(key, 33) < 0.6) else ""
    if uniform(key, 34) < (0.3 if concern else 0.6):
        parts.append("detail")
    if shows:
        parts.append(f"mood.{mind.mood}")
    if concern:
        parts.append(f"concern.{concern}.again" if mind.tries else f"concern.{concern}")
    if not parts:
        parts.append("detail")
    return Plan(tuple(parts), concern)


def spoken_book() -> Book:
    """The persuadee's phrase book."""
    return book("dialogym.envs.persuasion", "persuadee.book")


def words(meant: Plan, dialogue: Dialogue, person: int, key: int) -> str:
    """Words for a plan out of the phrase book, read as it is meant; a persuadee who is undecided does not repeat themselves."""
    before, own = reading(dialogue), spoken_book()
    said = set() if meant.decision else {one.text for one in dialogue if one.seat == SEAT}
    for attempt in range(_TRIES):
        mine = mix(key, 41, attempt)
        slots = {"gift": in_words(meant.gift, mix(mine, 5))} if meant.decision == "promise" else None
        text = " ".join([own.say(part, mix(mine, 6, index), person, slots) for index, part in enumerate(meant.parts)])
        if text not in said and reads_as(meant, before, text):
            return text
    if meant.decision == "promise":
        return f"I have decided to donate ${meant.gift:.2f}."
    if meant.decision:
        return "I have decided not to donate."
    return own.say(meant.parts[-1], mix(key, 7), person)


def reads_as(meant: Plan, before: Reading, text: str) -> bool:
    """Whether a text is heard as a plan means it: the same sum, a plain refusal, or no decision, and the same concern."""
    now = read(before, SEAT, text)
    if meant.decision == "promise":
        return now.closed and now.status == "promised" and abs(now.amount - meant.gift) < 1e-9
    if meant.decision:
        return now.closed and now.status == "declined"
    if now.closed or (now.status, now.amount) != (before.status, before.amount):
        return False
    return read_concern(text) == meant.concern


_BRIEFS = {
    "opening": "Answer their greeting.", "hit": "Show that what they just said answered you well.",
    "mild": "Acknowledge what they said, without enthusiasm.", "miss": "Say that this does little for you.",
    "unanswered": "Say that this did not answer what you asked.", "tired": "Say that they said that already.",
    "confused": "Say that you could not make sense of what they said.", "pressure": "Say that you do not like to be pushed.",
    "rebuff": "Say that it is too early to ask you for money.", "toomuch": "Say that this sum is more than you can spare.",
    "double": "Say that they ask one question after another.", "rambling": "Say that this was too much at once.",
    "guarded": "Say that you do not want your feelings played on.", "doubtful": "Say that you doubt it.",
    "detail": "Mention something small of your own day.", "answer.greeting": "Greet them back.",
    "answer.appreciation": "Take their thanks politely.", "answer.source-inquiry": "Say whether you know the charity.",
    "answer.personal-inquiry": "Tell something of yourself.", "mood.cold": "You sound unwilling.",
    "mood.cool": "You sound doubtful.", "mood.warm": "You sound interested.", "mood.ready": "You sound glad to help.",
    "concern.proof": "Ask whether it does any good.", "concern.trust": "Ask whether the money really arrives.",
    "concern.people": "Ask who those children are and what they go through.",
    "concern.nearness": "Say how far away it is, and ask whether they ever met anybody it helped.",
    "concern.example": "Ask whether they give anything themselves.",
    "concern.procedure": "Ask how giving would work in practice.", "concern.means": "Say that money is tight for you.",
    "concern.self": "Say that nobody asks about you, that it was a long day.",
    "promise": "Say that you have decided to give {gift}, and name the sum.",
    "refuse": "Say plainly that you will not give anything.",
    "leave": "Say that you have to go, and that you will not give anything.",
}


def brief(meant: Plan) -> str:
    """A plan as an instruction to whoever words it."""
    parts = [_BRIEFS[part.removesuffix(".again")] for part in meant.parts]
    end = "" if meant.decision else " Do not say whether you will give."
    return " ".join(parts).format(gift=f"${meant.gift:.2f}") + end


def in_words(amount: float, key: int) -> str:
    """A sum in one of the ways people write it."""
    forms = [f"${amount:.2f}", f"${amount:.2f}", f"{round(amount * 100)} cents" if amount < 1 else f"${amount:g}"]
    if amount in _NUMBERS:
        forms.append(_NUMBERS[amount])
    return pick(key, forms)
