"""Other families of scripted seekers, so that what was tuned on one can be tested on another.

- "guarded" seekers keep their distance: listening is worth half and a mistake twice as much until two answers in a row have
  won their trust. Before that they test with short answers, in which only their bid can be heard.
- "drifting" seekers cannot hold the thread: they tell things in any order, wander off after what they told, and come back when
  what they told is taken up again, in a restatement or a reflection.
- "noisy" seekers have the mind and the states of `seeker`, with words as people type them (`envs/noise`).

Each is `seeker`'s machinery: a fold of the dialogue, exact in (view, key), with a state in every utterance that is true.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any, ClassVar

from ...attention import Spoken
from ...dialogue import Utterance
from ...keys import mix, text_key
from ...noise import STRENGTH, roughen_keeping
from ...parts import Condition, Worded
from ...scenario import Ask
from ..acts import closes
from ..bids import read_bid
from ..conditions import Trouble
from ..languages import code_of
from ..listening import taken_in
from . import seeker
from .person import person, wanderer
from .saying import OVER, Part
from .seeker import ANSWERED, Mind

DISTANT = 0.6
"""What an answer is worth to a guarded seeker before their trust is won."""
ADRIFT = 0.6
"""What an answer is worth to a drifting seeker that does not bring them back."""
_BACK = ("restatement", "reflection")


@dataclass(frozen=True, slots=True)
class Guarded(Mind):
    """A mind that trusts nobody at first.

    Attributes:
        good: answers in a row.
        trusts: whether their trust was won; lost again by anything that closes them.
    """

    harms: ClassVar[Mapping[str, tuple[float, float, str]]] = {
        name: (change * 1.25, cost * 1.25, event) for name, (change, cost, event) in seeker.HARMS.items()}

    good: int = 0
    trusts: bool = False
    __hash__ = Mind.__hash__

    @property
    def short(self) -> bool:
        """Whether their next words are a short answer, to see what comes of it."""
        return not self.trusts and self.event not in ("opening", *OVER) and not self.new and self.mood != "done"

    def worth(self, spoken: Spoken) -> float:
        """Half before they trust."""
        return self.person.ease * (1.0 if self.trusts else DISTANT)

    def report(self) -> dict[str, Any]:
        """See `Mind.report`."""
        return {**Mind.report(self), "trusts": self.trusts}


@dataclass(frozen=True, slots=True)
class Drifting(Mind):
    """A mind that loses the thread.

    Attributes:
        adrift: whether its last words wandered off.
    """

    adrift: bool = False
    __hash__ = Mind.__hash__

    def called_back(self, spoken: Spoken) -> bool:
        """Whether words bring them back: what they told before is said back to them."""
        return not (spoken.words.isdisjoint(self.person.known(self.told)) or set(_BACK).isdisjoint(spoken.acts))

    def worth(self, spoken: Spoken) -> float:
        """Half while they are adrift, for whatever does not take up what they told."""
        lost = self.adrift and spoken.words.isdisjoint(self.person.known(self.told))
        return self.person.ease * (ADRIFT if lost else 1.0)

    def report(self) -> dict[str, Any]:
        """See `Mind.report`."""
        return {**Mind.report(self), "adrift": self.adrift}


@lru_cache(maxsize=1 << 14)
def guarded(trouble: Trouble) -> Guarded:
    """The guarded mind before anybody spoke: more closed than `seeker`'s, with the patience that the tests take."""
    interest, trust, patience = seeker.beginning(trouble)
    return Guarded(person(trouble).bids, interest - 0.1, trust, patience + 3, person=person(trouble))


def hear_guarded(mind: Guarded, utterance: Utterance) -> Guarded:
    """One step of the fold."""
    after = seeker.hear(mind, utterance)
    if utterance.seat == seeker.SEAT or after.event in OVER:
        return after
    good = mind.good + 1 if after.event in ANSWERED else 0
    closed = after.event not in (*ANSWERED, "unanswered", "free")
    return replace(after, good=good, trusts=good >= 2 or (mind.trusts and not closed))


def plan_guarded(mind: Guarded, key: int) -> list[Part]:
    """What they say: while they wait to be won, a short answer and what they are after."""
    if not mind.short:
        return seeker.plan(mind, key)
    return [Part("short", mix(key, 61)), *seeker.bid(mind, key)]


@lru_cache(maxsize=1 << 14)
def drifting(trouble: Trouble) -> Drifting:
    """The drifting mind before anybody spoke; the order of its items follows from the condition alone."""
    who = wanderer(trouble)
    interest, trust, patience = seeker.beginning(trouble)
    return Drifting(who.bids, interest, trust, patience + 2, person=who)


def hear_drifting(mind: Drifting, utterance: Utterance) -> Drifting:
    """One step of the fold."""
    after = seeker.hear(mind, utterance)
    if utterance.seat == seeker.SEAT or after.event in OVER:
        return after
    back = mind.called_back(taken_in(utterance.text))
    return replace(after, adrift=after.told < len(after.items) and (after.new > 0 or (mind.adrift and not back)))


def plan_drifting(mind: Drifting, key: int) -> list[Part]:
    """What they say, and while they are adrift what they wandered off to before they come to what they are after."""
    if not mind.adrift or mind.event in OVER:
        return seeker.plan(mind, key)
    return [*seeker.opening(mind, key), *seeker.told(mind, key), Part("wander", mix(key, 62)), *seeker.bid(mind, key)]


def noisy(ask: Ask, *, policy: Callable[[Ask], Utterance] = seeker.speak, strength: float = STRENGTH) -> Utterance:
    """A seeker's reply, the words roughened and the state as it was.

    The words stay in their language, their bid can still be heard, and they close the conversation if and only if the clean
    ones do, so that the engagement of a noisy dialogue is that of the clean one.

    Args:
        ask: what the seeker sees, and the key.
        policy: who speaks, by default the scripted seeker.
        strength: in [0, 1], as in `envs/noise`.

    Raises:
        TypeError: When the condition is no Trouble.
    """
    clean = policy(ask)
    meant = _meaning(clean.text)
    text = roughen_keeping(clean.text, mix(ask.key, 71), lambda rough: _meaning(rough) == meant, strength,
                           hand=_hand(ask.view.condition))
    return replace(clean, text=text)


@lru_cache(maxsize=4096)
def _hand(condition: Condition) -> int:
    """The key of a person's typing habits: the same person types the same way."""
    return text_key(repr(condition))


def _meaning(text: str) -> tuple[bool, str, str]:
    """What slips must not change: whether the words close the talk, their language, and what they are after."""
    return closes(text), code_of(text), read_bid(text)


POLICIES: dict[str, Callable[[Ask], Utterance]] = {
    "guarded": partial(seeker.reply, start=guarded, hear=hear_guarded, plan=plan_guarded),
    "drifting": partial(seeker.reply, start=drifting, hear=hear_drifting, plan=plan_drifting),
    "noisy": noisy,
}
"""The families by name, `seeker.POLICIES` apart."""

PLANNED: dict[str, Callable[[Ask], Worded]] = {
    "guarded": partial(seeker.worded, start=guarded, hear=hear_guarded, plan=plan_guarded),
    "drifting": partial(seeker.worded, start=drifting, hear=hear_drifting, plan=plan_drifting),
}
"""Those whose replies another may word, by name."""

MINDS: dict[str, tuple[Callable[[Trouble], Any], Callable[[Any, Utterance], Any]]] = {
    "scripted": (seeker.start, seeker.hear),
    "guarded": (guarded, hear_guarded),
    "drifting": (drifting, hear_drifting),
    "noisy": (seeker.start, seeker.hear),
}
"""By family, the mind before anybody spoke and one step of its fold; every mind brings its own `report`."""
