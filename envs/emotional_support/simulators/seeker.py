"""The scripted seeker: they carry troubles, feelings and thoughts and tell them one by one to someone who listens.

Their mind is the engine of all simulated people (`envs/mind.py`), a fold of the dialogue. In every turn they are after
something, their bid (`bids`): to be seen, to hear that it is normal, time, an ear for what is still unsaid, order, company,
advice, facts. Their words tell it, in an order of their own; only the act that answers it opens them, and only if there is
something in it (`listening`). Advice that nobody asked for, a change of topic, a judgement close them (paper §1, §5.4 and its
case study name these). Their private state says what is told and what is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any, ClassVar, TypeVar

from ... import mind as engine
from ...attention import Manners, Spoken, content, remember_own
from ...dialogue import Utterance
from ...keys import mix, uniform
from ...mind import Drive, take
from ...parts import Worded
from ...scenario import Ask
from ..bids import ANSWERS
from ..conditions import Trouble, field_of
from ..listening import QUESTIONS, echoes, misread, people_in, substance, taken_in
from ..states import State
from . import saying
from .person import Person, person
from .saying import OVER, Part

SEAT = "seeker"
MANNERS = Manners(ANSWERS, courtesies=("greeting",), questions=QUESTIONS)
DRIVE = Drive(gain=1.15, trust=0.12, miss=0.06, again=0.25, rambling=0.3, double=0.3, noise=0.3, tries=2,
              harsh=1.0)
"""How far things move them. Interest is their openness: an item is told for every 1.0."""
HARMS = {
    "suggestion": (-0.5, 1.5, "advised"), "topic-change": (-0.6, 2.0, "diverted"), "judgement": (-0.8, 3.0, "judged"),
    "information": (-0.25, 0.5, "informed"), "reassurance": (-0.25, 0.5, "brushed"),
}
"""What closes them unless they asked for it: change of openness, patience lost, the event."""
ECHO, MISREAD, STRANGERS = 0.15, 0.15, 0.04
"""Openness lost by their own words copied; by a feeling that is not theirs, more with every further one; by each group of
people that they never spoke of."""
ANSWERED = ("answered", "partly", "told")
"""The events of a turn that opened them."""
_HEADS = {"answered": "quiet", "partly": "quiet", "free": "quiet", "noise": "lost", "double": "grilled", "again": "parroted"}
"""The section of the reaction to an event that has none by its own name."""
_CLOSED, _WARY = 0.0, 0.45


@dataclass(frozen=True, slots=True)
class Mind(engine.Mind):
    """The seeker's inner state after a dialogue. Other families of seekers (`families`) are subclasses.

    Attributes:
        drive, harms: of the class: `DRIVE` and `HARMS` or a family's own.
        person: who they are.
        told: how many of `items` they have told.
        new: how many items they tell in their next words.
        last: their own last words.
        people: whom they have spoken of.
    """

    drive: ClassVar[Drive] = DRIVE
    harms: ClassVar[Mapping[str, tuple[float, float, str]]] = HARMS

    person: Person = field(kw_only=True)
    told: int = 0
    new: int = 0
    last: str = ""
    people: frozenset[str] = frozenset()

    def __hash__(self) -> int:
        return hash((self.person.key, self.told, self.patience, self.interest))

    @property
    def items(self) -> tuple[tuple[str, str], ...]:
        """(kind, text) of all they may tell after their opening, in the order they will."""
        return self.person.items

    @property
    def openness(self) -> float:
        """Below 0 withdrawn; at 1 they tell their next item."""
        return self.interest

    @property
    def mood(self) -> str:
        """One of MOODS."""
        if self.told == len(self.items):
            return "done"
        return "closed" if self.interest < _CLOSED else "wary" if self.interest < _WARY else "opening"

    @property
    def state(self) -> State:
        """What they have shown and what they hide."""
        return self.person.state(self.told)

    def worth(self, spoken: Spoken) -> float:
        """A family's factor on what an answer is worth."""
        return self.person.ease

    def report(self) -> dict[str, Any]:
        """See `engine.Mind.report`; what is still hidden besides."""
        return {"mood": self.mood, "openness": round(self.interest, 2) + 0.0, "trust": round(self.trust, 2),
                "patience": round(self.patience, 1), "bid": self.call if self.event not in OVER else "",
                "told": f"{self.told} of {len(self.items)}", "event": self.event}


M = TypeVar("M", bound=Mind)


@lru_cache(maxsize=1 << 14)
def start(trouble: Trouble) -> Mind:
    """The mind before anybody spoke."""
    return Mind(person(trouble).bids, *beginning(trouble), person=person(trouble))


def beginning(trouble: Trouble) -> tuple[float, float, float]:
    """How open, trusting and patient somebody begins, by their guard."""
    return 0.45 - 0.4 * trouble.guard, 0.4 - 0.4 * trouble.guard, 16.0 - 8.0 * trouble.guard


def hear(mind: M, utterance: Utterance) -> M:
    """One step of the fold: what an utterance does to the mind."""
    if mind.event in OVER:
        return mind
    text = utterance.text
    if utterance.seat == SEAT:
        words = content(text)
        heard = remember_own(mind.attention, words | mind.person.known(mind.told))
        return replace(mind, attention=heard, last=text, people=mind.people | people_in(words))
    spoken = taken_in(text)
    left = len(mind.items) - mind.told
    if not left or "closing" in spoken.acts:
        return replace(mind, event="left" if left else "relieved", new=0, patience=mind.patience - 1)
    trouble = mind.person.trouble
    own, call = mind.attention.own, mind.call
    echo = echoes(text, mind.last, trouble.language)
    wrong = misread(text, spoken, mind.person.feelings, own)
    worth = 0.0 if echo or wrong else mind.worth(spoken) * substance(call, text, spoken, mind.person.feelings, own)
    after, credit = take(mind, spoken, MANNERS, mind.drive, worth)
    event, openness, patience = credit.event, after.interest, after.patience
    if strange := _strangers(mind, spoken):
        event, openness = "wrong" if event == "unanswered" else event, openness - STRANGERS * strange
    if echo:
        event, openness = "parroted", openness - ECHO
    if wrong:
        event, openness, patience = "misread", openness - MISREAD * wrong * wrong, patience - wrong + 1
    for act in spoken.acts[:3]:
        if act in mind.harms and ANSWERS.get(call) != act:
            change, cost, event = mind.harms[act]
            openness, patience = min(openness, 0.6) + change, patience - cost
    return _told(after, event, openness, patience, left)


def _told(after: M, event: str, openness: float, patience: float, left: int) -> M:
    """The mind with what the turn came to: an item or two told, the end of their patience, or neither."""
    if openness >= 1 and event in ANSWERED:
        new = min(left, 2 if openness >= 1.9 else 1)
        return replace(after, event="told", interest=min(0.5, openness - new), patience=patience + 1, told=after.told + new,
                       new=new)
    if patience <= 0:
        event = "left"
    return replace(after, event=event, interest=openness, patience=patience, new=0)


def _strangers(mind: Mind, spoken: Spoken) -> int:
    """How many groups of people an utterance names that they never spoke of; a supporter's own story may have its own."""
    if "self-disclosure" in spoken.acts:
        return 0
    return len(people_in(spoken.words) - mind.people)


def speak(ask: Ask) -> Utterance:
    """The seeker's reply to a dialogue, given their condition, with their state."""
    return reply(ask, start, hear, plan)


def reply(ask: Ask, start: Callable[[Trouble], M], hear: Callable[[M, Utterance], M],
          plan: Callable[[M, int], Sequence[Part]]) -> Utterance:
    """The reply of any family of seekers.

    Args:
        ask: what the seeker sees, and the key of the wording.
        start: the mind before anybody spoke; the same for an equal condition.
        hear: one step of the fold.
        plan: what a mind says before it has words, by a key.

    Raises:
        TypeError: When the condition is no Trouble.
    """
    mind = _mind_of(ask, start, hear)
    return Utterance(SEAT, saying.words(mind.person, plan(mind, ask.key)), mind.person.written(mind.told))


def worded(ask: Ask, start: Callable[[Trouble], M], hear: Callable[[M, Utterance], M],
           plan: Callable[[M, int], Sequence[Part]]) -> Worded:
    """The same reply before it has words, for whoever words it; arguments and errors are those of `reply`."""
    mind = _mind_of(ask, start, hear)
    parts, code = plan(mind, ask.key), mind.person.trouble.language
    own = Utterance(SEAT, saying.words(mind.person, parts), mind.person.written(mind.told))
    return Worded(saying.brief(parts, code), own, partial(saying.reads_as, own.text, parts, code))


def _mind_of(ask: Ask, start: Callable[[Trouble], M], hear: Callable[[M, Utterance], M]) -> M:
    trouble = ask.view.condition
    if not isinstance(trouble, Trouble):
        raise TypeError(f"the scripted seeker needs a Trouble as condition, got {type(trouble).__name__}")
    return ask.view.dialogue.fold(hear, start(trouble))


def plan(mind: Mind, key: int) -> list[Part]:
    """What a mind says: how it took what it heard, what it tells, how it sounds, and what it is after."""
    return [*opening(mind, key), *told(mind, key), *tail(mind, key), *bid(mind, key)]


def opening(mind: Mind, key: int) -> list[Part]:
    """Their first words, their last, or how they took what they heard."""
    if mind.event == "opening":
        return [Part("open", mix(key, 1), mind.person.trouble.troubles[0])]
    return [Part(_HEADS.get(mind.event, mind.event), mix(key, 1))]


def told(mind: Mind, key: int) -> list[Part]:
    """What they tell now, a sentence each, sometimes with a detail."""
    if not mind.new:
        return []
    said = [Part(f"tell.{'thoughts' if kind == 'thoughts' else field_of(kind)}", mix(key, 20, number), item)
            for number, (kind, item) in enumerate(mind.items[mind.told - mind.new:mind.told])]
    if uniform(key, 21) < 0.35:
        said.append(Part("detail", mix(key, 22)))
    return said


def tail(mind: Mind, key: int) -> list[Part]:
    """How they sound, now and then; always when they have told everything."""
    if mind.event in OVER or mind.event == "opening":
        return []
    return [Part(f"mood.{mind.mood}", mix(key, 7))] if mind.mood == "done" or uniform(key, 8) < 0.4 else []


def bid(mind: Mind, key: int) -> list[Part]:
    """What they are after now, said in other words when it was not heard; nothing when they have told everything."""
    if not mind.call or mind.event in OVER or mind.mood == "done":
        return []
    return [Part(f"bid.{mind.call}.again" if mind.tries else f"bid.{mind.call}", mix(key, 6))]


POLICIES = {"scripted": speak}
"""Scripted seekers by name, the default first."""

PLANNED: dict[str, Callable[[Ask], Worded]] = {"scripted": partial(worded, start=start, hear=hear, plan=plan)}
"""Seekers whose replies another may word, by name."""
