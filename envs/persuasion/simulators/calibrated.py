"""The calibrated persuadee: replies, decisions and gifts with the frequencies of annotated PersuasionForGood.

What they answer to each act, when they take a stance and what they give are drawn with the corpus's figures
(`corpus_figures.py`, fitted by `benchmarks/fit_persuadee.py`). Whether they give is a logistic choice: the person (survey
traits and a fixed inclination), the strategies they heard with the corpus's coefficients, each shrunk by its standard error,
and what answered or missed the concerns they told (`people.moved`). The corpus labels neither pressure nor boredom nor whether
a question was answered well, so FATIGUE, DISTRUST, MUDDLE, COLD and the drive of `CALIBRATED` are ours. The effects of the
corpus are associations in people's talk, not experiments. A gift stands for the payment made after the task: of those who
named a sum in the corpus about half paid nothing, and those refuse here.

Their words do not depend on what they will decide (but for how often they react well, which does in the corpus, a little), so
that nobody can read the decision off them; what moves them is in their concerns. Exact: a reply is a pure function of the view
and the key.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from math import exp

from ...dialogue import Utterance
from ...keys import uniform, weighted
from ...mind import Drive
from ...scenario import Ask
from ..conditions import Persona
from ..engagement import reading
from ..paying import inclination, person_key, shrunk
from . import corpus_figures as figures
from . import saying
from .hearing import taken_in
from .people import SEAT, Family, Persuadee, moved, persona_in, said, start
from .replies import EXCLUSIVE, REACTIONS, VOICED, act_to_answer

FATIGUE = 0.15
"""What every further use of an act after the second costs, in logits."""
DISTRUST = 0.9
"""What each use of pressure costs, in logits."""
MUDDLE = 0.5
"""What each utterance that could not be understood costs, in logits."""
COLD = 1.5
"""What each ask costs, in logits, of somebody none of whose concerns was answered."""
LEAN = 0.2
"""How much a logit of readiness multiplies (e^LEAN) the weight of a good reaction and divides that of a cool one; chosen so
that those who give react better than the others as much as in the corpus (`figures.REACTIONS`)."""
EARLY, LATE = 0.75, 1.25
"""What multiplies the chance of a stance in the persuader's first three turns, and from the seventh on: the crowd, who answers
what it is asked with one act for many, asks earlier than people did."""
CALIBRATED = Family("calibrated", Drive(gain=1.5, trust=0.15, miss=0.5, again=0.9, rambling=0.9, double=0.3, noise=1.0),
                    concerns=5, pushed=0.0)
"""Interest is in logits here: what an answer to a concern adds to the inclination to give."""


STRATEGIES = {name: shrunk(effect) for name, effect in figures.STRATEGIES_ON_PAID.items()}
"""What hearing a strategy does to it, the first time, in logits."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the persuadee keeps of what was said: a fold of the dialogue.

    Attributes:
        mind: what moved them.
        acts: every act heard, in order, at most three an utterance.
        muddled: utterances that could not be understood.
        cold: asks before any concern of theirs was answered.
        latest: the act to answer (`replies.act_to_answer`).
        offer: dollars that the latest utterance asks for; None where it names none.
        asked: whether their own last words asked something.
    """

    mind: Persuadee
    acts: tuple[str, ...] = ()
    muddled: int = 0
    cold: int = 0
    latest: str = "none"
    offer: float | None = None
    asked: bool = False


def hear(before: Heard, utterance: Utterance) -> Heard:
    """One step of the fold."""
    if utterance.seat == SEAT:
        mind = said(before.mind, utterance.text)
        return replace(before, mind=mind, asked="?" in utterance.text)
    spoken, offer = taken_in(utterance.text)
    mind = moved(before.mind, spoken)
    acts = spoken.acts[:3]
    cold = before.cold + ("propose-donation" in acts and not before.mind.answered)
    return Heard(mind, before.acts + acts, before.muddled + (not acts), cold, act_to_answer(acts), offer, before.asked)


@lru_cache(maxsize=4096)
def beginning(persona: Persona) -> Heard:
    """Before anybody spoke."""
    return Heard(start(persona, CALIBRATED))


@dataclass(frozen=True, slots=True)
class Person:
    """What stays the same through an episode: inclination to give (logits, before a word is said) and purse (dollars)."""

    inclination: float
    purse: float


@lru_cache(maxsize=4096)
def person(persona: Persona) -> Person:
    """The person behind a persona: its traits' effects, and luck that is a function of its attributes alone."""
    sums = list(figures.PURSE)
    purse = sums[weighted(person_key(persona), [figures.PURSE[s] for s in sums], 2)]
    return Person(figures.INTERCEPT + inclination(persona), float(purse))


def readiness(persona: Persona, so_far: Heard) -> float:
    """Logits; above zero they give when they decide."""
    used = dict.fromkeys(so_far.acts)  # in an order of its own: a sum of floats depends on it
    repeats = sum(max(0, so_far.acts.count(act) - 2) for act in used)
    listened = so_far.mind.interest - beginning(persona).mind.interest
    return (person(persona).inclination + listened + sum(STRATEGIES.get(act, 0.0) for act in used) - FATIGUE * repeats
            - DISTRUST * so_far.acts.count("pressure") - MUDDLE * so_far.muddled - COLD * so_far.cold)


def gift(someone: Person, offer: float | None) -> float:
    """Dollars: the purse, or the sum asked for when it is less but at least half the purse."""
    return round(offer, 2) if offer is not None and someone.purse / 2 <= offer < someone.purse else someone.purse


def occasion(latest: str) -> str:
    """What kind of moment an act is for taking a stance: "ask", "giving" (how to give was spoken of) or "else"."""
    return {"propose-donation": "ask", "donation-information": "giving", "foot-in-the-door": "giving"}.get(latest, "else")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a reply is to do, before it has words.

    Attributes:
        acts: its classes in order; "promise" and "refuse" decide.
        gift: dollars, with a promise.
        to: the act of the persuader that they answer.
        concern: the call that one of the classes tells, "" for none.
    """

    acts: tuple[str, ...]
    gift: float = 0.0
    to: str = "none"
    concern: str = ""

    @property
    def said(self) -> saying.Plan:
        """The same as sections of the phrase book."""
        parts = []
        left = self.concern
        for name in self.acts:
            if left in VOICED.get(name, ()):
                parts.append(f"concern.{left}")
                left = ""
            elif name in ("promise", "refuse", "confused"):
                parts.append(name)
            elif self.to == "source-inquiry" and name in _KNOWN:
                parts.append(_KNOWN[name])
            else:
                parts.append(f"class.{name}")
        return saying.Plan(tuple(parts), self.concern, gift=self.gift)


_KNOWN = {"answer-yes": "class.known-yes", "answer-no": "class.known-no", "answer-neutral": "class.known-neutral"}
"""Sections for an answer to whether they know the charity."""


def heard(ask: Ask) -> tuple[Heard, Persona]:
    """What they keep of the dialogue of a view, and who they are. Raises TypeError when the condition is no Persona."""
    persona = persona_in(ask, CALIBRATED.name)
    return ask.view.dialogue.fold(hear, beginning(persona)), persona


def plan(ask: Ask) -> Plan:
    """What the reply to a dialogue does. Raises TypeError when the condition is no Persona."""
    so_far, persona = heard(ask)
    before = reading(ask.view.dialogue)
    if before.closed:  # it was asked to go on after its decision, and stays with it
        return Plan(("promise",), before.amount) if before.status == "promised" else Plan(("refuse",))
    ready = readiness(persona, so_far)
    if so_far.latest == "none" and so_far.muddled:
        return Plan(("confused",))
    kind = occasion(so_far.latest)
    if kind == "giving" and so_far.mind.event in ("answered", "partly"):
        kind = "else"  # an answer to how giving works, which they asked for, brings nobody to the point
    chance = figures.STANCE[kind][min(max(so_far.mind.turns - 1, 0) // 3, 2)]
    if uniform(ask.key, 21) < chance * (EARLY if so_far.mind.turns <= 3 else LATE if so_far.mind.turns > 6 else 1.0):
        return Plan(("promise",), gift(person(persona), so_far.offer)) if ready > 0 else Plan(("refuse",))
    acts = _classes(so_far, ready, ask.key)
    concern = next((call for name in acts for call in so_far.mind.calls if call in VOICED.get(name, ())), "")
    return Plan(acts, to=so_far.latest, concern=concern)


def _classes(so_far: Heard, ready: float, key: int) -> tuple[str, ...]:
    """One to three different classes of reply to an act, the likelier the better the mood."""
    tilt = exp(LEAN * min(2.0, max(-2.0, ready)))
    turn = min(max(so_far.mind.turns - 1, 0), len(figures.REPLIES_TILT) - 1)
    weights = dict(_weights_at(so_far.latest, turn, so_far.asked))
    for name in REACTIONS:
        if name in weights:
            weights[name] *= tilt if name == "positive-reaction" else 1 / tilt
    chosen: list[str] = []
    for index in range(1 + weighted(key, figures.REPLY_SIZES, 22)):
        chosen.append(list(weights)[weighted(key, list(weights.values()), 23 + index)])
        for name in _BARS.get(chosen[-1], chosen[-1:]):
            weights.pop(name, None)
    return tuple(sorted(chosen, key=_ORDER.index))


_BARS = {name: group for group in EXCLUSIVE for name in group}
"""By class, those that it keeps out of a reply, itself among them: one attitude, one answer at a time."""


@cache
def _weights_at(latest: str, turn: int, asked: bool) -> dict[str, float]:
    """The weights after an act, at a turn (from 0), by whether the persuadee had asked something."""
    now, then = figures.REPLIES_TILT[turn], figures.REPLIES_NEXT[asked]
    return {name: weight * now.get(name, 1.0) * then.get(name, 1.0) for name, weight in _weights(latest).items()}


@cache
def _weights(latest: str) -> dict[str, float]:
    """Weights of the classes after an act, such that drawing one to three without repeats gives them the corpus's shares.

    Drawn without repeats, a class that most replies hold would else be too rare. The weights are found by scaling them, over
    and over, by the wanted over the expected share, with the second class drawn exactly and the third left out (2% of replies).
    """
    wanted = figures.REPLIES_AFTER[latest]
    total, second = sum(wanted.values()), 1 - figures.REPLY_SIZES[0]
    weights = {name: share / total for name, share in wanted.items()}
    for _ in range(60):
        later = sum(weight / (1 - weight) for weight in weights.values())
        expected = {name: weight * (1 + second * (later - weight / (1 - weight))) / (1 + second)
                    for name, weight in weights.items()}
        weights = {name: min(0.98, weight * wanted[name] / total / expected[name]) for name, weight in weights.items()}
        scale = sum(weights.values())
        weights = {name: weight / scale for name, weight in weights.items()}
    return weights


_ORDER = ("greeting", "answer-yes", "answer-no", "answer-neutral", "acknowledge", *REACTIONS, "other", "thank",
          "ask-organisation", "ask-procedure", "ask-back", "ask-intention", "closing")
"""The order of the sentences of a reply."""


def speak(ask: Ask) -> Utterance:
    """The calibrated persuadee's reply. Raises TypeError when the condition is no Persona."""
    who = person_key(persona_in(ask, CALIBRATED.name))
    return Utterance(SEAT, saying.words(plan(ask).said, ask.view.dialogue, who, ask.key))


POLICIES = {"calibrated": speak}
"""Calibrated persuadees by name."""
