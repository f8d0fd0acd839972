"""One engine of mind for all simulated people: traits become calls, trust, interest and patience, moved by what they hear.

A person (`Mind`) carries calls: what they want to hear about before anything else, in an order of their own. In every turn one
call is open, and their words tell it. Who answers it moves them (`Drive` says how far); who does not loses their patience. An
open call that was missed is said once more in other words, then the next one comes. How far they are moved depends on the
trust that was won.

A mind is a fold of the dialogue (no memory elsewhere), exact, and each family of people is a `Drive` and a way of putting it
into words; a scenario adds what its people decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from .attention import Attention, Credit, Manners, Spoken, remember_own, weigh
from .keys import mix, uniform

NOTHING = Attention()


@dataclass(frozen=True, slots=True)
class Drive:
    """How far things move a family's people. Interest is 0 at the start of nobody in particular and 1 where they decide.

    Attributes:
        gain: interest for a full answer to an open call, at full trust; half of it where there is no trust at all.
        trust: trust for a full answer, in [0, 1].
        miss: interest lost by what does not answer the open call.
        again, rambling, double, noise: interest lost by words said before, too much at once, a question too many, no sentence.
        tries: turns a call stays open before the next one comes.
        harsh: patience lost beyond the turn itself by noise, and by what is harmful (the scenario's acts).
    """

    gain: float = 0.3
    trust: float = 0.15
    miss: float = 0.05
    again: float = 0.12
    rambling: float = 0.1
    double: float = 0.1
    noise: float = 0.12
    tries: int = 2
    harsh: float = 1.0


@dataclass(frozen=True, slots=True)
class Mind:
    """A person's state of mind after a dialogue; `event` is what the last turn of the other side did to them.

    Attributes:
        calls: still to be raised, in their order; the first is the open one.
        interest: how far they are moved; they decide at 1.
        trust: in [0, 1].
        patience: turns of the other side that they will still bear.
        tries: turns the open call has been open.
        answered: calls that were answered, in order.
        attention: what they remember of what was said.
        event: see `attention.Credit.event`, or the scenario's own.
    """

    calls: tuple[str, ...]
    interest: float
    trust: float
    patience: float
    tries: int = 0
    answered: tuple[str, ...] = ()
    attention: Attention = NOTHING
    event: str = "opening"

    @property
    def call(self) -> str:
        """The open call, "" when nothing is left to ask."""
        return self.calls[0] if self.calls else ""

    def report(self) -> dict[str, Any]:
        """What they believe and want now, as a JSON value: for who studies them; hidden from the other side until the end."""
        return {"interest": round(self.interest, 3), "trust": round(self.trust, 3), "patience": round(self.patience, 2),
                "open": self.call, "answered": list(self.answered), "left": list(self.calls), "event": self.event}


M = TypeVar("M", bound=Mind)


def take(mind: M, spoken: Spoken, manners: Manners, drive: Drive, substance: float = 1.0,
         voiced: bool = True, **own: Any) -> tuple[M, Credit]:
    """What a turn of the other side does to a mind, before the scenario's own rules (asks, harms, ends) come to it.

    Args:
        mind: of any family, a subclass of `Mind` keeps its own fields.
        spoken: what they took in.
        manners: what the acts are to them.
        drive: how far things move them.
        substance: what the scenario finds in an answer beyond its act (multiplies its worth); 0 for an empty one, which then
            does not answer.
        voiced: whether their own last words told the open call; one that nobody could hear waits, and nothing misses it.
        own: fields of a subclass that the turn changes.

    Returns:
        The mind, its event that of the credit, and the credit.
    """
    call = mind.call if voiced else ""
    credit, attention = weigh(mind.attention, spoken, call, manners)
    if substance != 1.0 and credit.worth > 0:
        worth = min(1.0, credit.worth * substance)
        credit = Credit(credit.act, credit.event if worth > 0 else "unanswered", worth)
    interest, trust, patience = mind.interest, mind.trust, mind.patience - 1
    calls, tries, answered = mind.calls, mind.tries, mind.answered
    if credit.worth > 0:
        interest += drive.gain * credit.worth * (0.5 + 0.5 * trust)
        trust = min(1.0, trust + drive.trust * credit.worth)
    else:
        interest -= {"noise": drive.noise, "again": drive.again, "rambling": drive.rambling, "double": drive.double,
                     "unanswered": drive.miss}.get(credit.event, 0.0)
        patience -= drive.harsh if credit.event == "noise" else 0.0
    if call:
        if credit.event == "answered":
            calls, tries, answered = calls[1:], 0, (*answered, call)
        else:
            tries += 1
            if tries >= drive.tries:
                calls, tries = calls[1:], 0
    after = replace(mind, calls=calls, interest=interest, trust=trust, patience=patience, tries=tries, answered=answered,
                    attention=attention, event=credit.event, **own)
    return after, credit


def spoke(mind: M, words: frozenset[str], **own: Any) -> M:
    """The mind after its own words, whose content they remember; `own` are other fields that these change."""
    return replace(mind, attention=remember_own(mind.attention, words), **own)


def drawn_order(key: int, weights: Sequence[tuple[str, float]], count: int) -> tuple[str, ...]:
    """`count` different names in an order drawn by the key, the likelier the heavier (weights positive).

    Every name gets an exponential clock of its weight; the first ones to ring are taken (Efraimidis and Spirakis, 2006).
    """
    clocks = sorted((uniform(mix(key, index)) ** (1 / weight), name) for index, (name, weight) in enumerate(weights))
    return tuple(name for _, name in reversed(clocks[-count:]))


def recurring(key: int, weights: Sequence[tuple[str, float]], count: int) -> tuple[str, ...]:
    """`count` names in an order drawn by the key, in which every name may come again, but never right after itself.

    A name that came is the less likely the more often it did, so that all of them have their turn: (weights positive, two or
    more names).
    """
    found: list[str] = []
    left = [weight for _, weight in weights]
    times, last = [0] * len(weights), -1
    for number in range(count):
        target = uniform(key, number) * (sum(left) - (left[last] if last >= 0 else 0.0))
        for place, weight in enumerate(left):
            if place == last:
                continue
            chosen, target = place, target - weight
            if target < 0:
                break
        last = chosen
        times[last] += 1
        left[last] = weights[last][1] / (1 + 3 * times[last])
        found.append(weights[last][0])
    return tuple(found)
