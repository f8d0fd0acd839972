"""The calibrated persuadee: replies, decisions and gifts with the frequencies of annotated PersuasionForGood.

What they answer to each act, when they take a stance and what they give are drawn with the corpus's figures
(`corpus_figures.py`, fitted by `benchmarks/fit_persuadee.py`). Whether they give is a logistic choice: the person (survey
traits and a fixed inclination) and what they heard (the strategies used) with the corpus's coefficients, each shrunk by its
standard error. The corpus labels neither pressure nor boredom, so FATIGUE, DISTRUST and MUDDLE are ours; nor does it show that
an early ask hurts (+0.13 ± 0.31 logits for one in the first three turns), so that here it costs no more than what was left
unsaid. The effects are associations in people's talk, not experiments. A gift stands for the payment made after the task: of
those who named a sum in the corpus about half paid nothing, and those refuse here.

Exact: a reply is a pure function of the view and the key. What belongs to the person and not to the moment (inclination,
purse) is read off `text_key` of the persona's attributes, so that two people with the same attributes are one person.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from math import exp, log

from ...dialogue import Dialogue, Utterance
from ...keys import mix, text_key, uniform, weighted
from ...phrases import Phrases
from ...scenario import Ask
from ..acts import garbled
from ..conditions import Persona
from ..engagement import reading
from ..reading.donation import Reading, read
from . import corpus_figures as figures
from .hearing import understood
from .replies import DECISIONS, EXCLUSIVE, GREETED, KNOWN_WORDS, REACTION_WORDS, REACTIONS, WORDS, act_to_answer
from .scripted import SEAT, in_words

FATIGUE = 0.15
"""What every further use of an act after the second costs, in logits."""
DISTRUST = 0.9
"""What each use of pressure costs, in logits."""
MUDDLE = 0.2
"""What each utterance that could not be understood costs, in logits."""
LEAN = 0.17
"""How much a logit of readiness multiplies (e^LEAN) the weight of a good reaction and divides that of a cool one; chosen so
that those who give react better than the others as much as in the corpus (`figures.REACTIONS`)."""
_TRIES = 24
"""Wordings tried until one is read as it is meant; then a plain one is said."""
_PLAIN = "Hmm, one moment."


def shrunk(effect: tuple[float, float]) -> float:
    """An estimate (value, standard error) pulled to zero by its own noise: b · max(0, 1 − se²/b²), after James and Stein."""
    value, error = effect
    return value * max(0.0, 1 - (error / value) ** 2) if value else 0.0


TRAITS = {name: shrunk(effect) for name, effect in figures.TRAITS_ON_PAID.items()}
"""What one standard deviation of an attribute does to the inclination to give, in logits."""
STRATEGIES = {name: shrunk(effect) for name, effect in figures.STRATEGIES_ON_PAID.items()}
"""What hearing a strategy does to it, the first time, in logits."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the persuadee keeps of the persuader's words: a fold of the dialogue.

    Attributes:
        turns: of the persuader, so far.
        acts: every act heard, in order, at most three an utterance.
        muddled: utterances that could not be understood.
        latest: the act to answer (`replies.act_to_answer`).
        offer: dollars that the latest utterance asks for; None where it names none.
    """

    turns: int = 0
    acts: tuple[str, ...] = ()
    muddled: int = 0
    latest: str = "none"
    offer: float | None = None


def hear(before: Heard, utterance: Utterance) -> Heard:
    """One step of the fold; their own words leave it as it is."""
    if utterance.seat == SEAT:
        return before
    acts, offer = understood(utterance.text)
    return Heard(before.turns + 1, before.acts + acts, before.muddled + (not acts), act_to_answer(acts), offer)


@dataclass(frozen=True, slots=True)
class Person:
    """What stays the same through an episode: inclination to give (logits, before a word is said) and purse (dollars)."""

    inclination: float
    purse: float


@lru_cache(maxsize=4096)
def person(persona: Persona) -> Person:
    """The person behind a persona: its traits' effects, and luck that is a function of its attributes alone."""
    key = text_key(";".join(f"{name}={value}" if isinstance(value, str) else f"{name}={value:.2f}"
                            for name, value in sorted(persona.attributes)))
    luck = min(max(uniform(key, 1), 1e-9), 1 - 1e-9)
    inclination = figures.INTERCEPT + sum(effect * persona.z(name) for name, effect in TRAITS.items())
    sums = list(figures.PURSE)
    return Person(inclination + log(luck / (1 - luck)), float(sums[weighted(key, [figures.PURSE[s] for s in sums], 2)]))


def readiness(someone: Person, so_far: Heard) -> float:
    """Logits; above zero they give when they decide."""
    used = set(so_far.acts)
    repeats = sum(max(0, so_far.acts.count(act) - 2) for act in used)
    return (someone.inclination + sum(STRATEGIES.get(act, 0.0) for act in used) - FATIGUE * repeats
            - DISTRUST * so_far.acts.count("pressure") - MUDDLE * so_far.muddled)


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
        ready: whether they would give if they decided now.
        to: the act of the persuader that they answer.
    """

    acts: tuple[str, ...]
    gift: float = 0.0
    ready: bool = False
    to: str = "none"


def plan(ask: Ask) -> Plan:
    """What the reply to a dialogue does. Raises TypeError when the condition is no Persona."""
    persona = ask.view.condition
    if not isinstance(persona, Persona):
        raise TypeError(f"the calibrated persuadee needs a Persona as condition, got {type(persona).__name__}")
    someone, so_far = person(persona), ask.view.dialogue.fold(hear, Heard())
    before = reading(ask.view.dialogue)
    if before.closed:  # it was asked to go on after its decision, and stays with it
        return Plan(("promise",), before.amount, True) if before.status == "promised" else Plan(("refuse",))
    ready = readiness(someone, so_far)
    if so_far.latest == "none" and so_far.muddled:
        return Plan(("confused",), ready=ready > 0)
    chance = figures.STANCE[occasion(so_far.latest)][min(max(so_far.turns - 1, 0) // 3, 2)]
    if uniform(ask.key, 21) < chance:
        return Plan(("promise",), gift(someone, so_far.offer), True) if ready > 0 else Plan(("refuse",))
    return Plan(_classes(so_far.latest, ready, ask.key), ready=ready > 0, to=so_far.latest)


def _classes(latest: str, ready: float, key: int) -> tuple[str, ...]:
    """One to three different classes of reply to an act, the likelier the better the mood."""
    weights = _weights(latest)
    tilt = exp(LEAN * min(2.0, max(-2.0, ready)))
    weights = {name: weight * (1.0 if name not in REACTIONS else tilt if name == "positive-reaction" else 1 / tilt)
               for name, weight in weights.items()}
    chosen: list[str] = []
    for index in range(1 + weighted(key, figures.REPLY_SIZES, 22)):
        names = list(weights)
        chosen.append(names[weighted(key, [weights[name] for name in names], 23 + index)])
        del weights[chosen[-1]]
        for group in EXCLUSIVE:
            if chosen[-1] in group:  # one attitude, one answer at a time
                weights = {name: weight for name, weight in weights.items() if name not in group}
    return tuple(sorted(chosen, key=_ORDER.index))


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


def _book(name: str, meant: Plan) -> Phrases:
    if name in REACTION_WORDS:
        return REACTION_WORDS[name][meant.ready]
    if name == "greeting" and meant.to != "greeting":
        return GREETED
    return (KNOWN_WORDS.get(name) if meant.to == "source-inquiry" else DECISIONS.get(name)) or WORDS[name]


def worded(meant: Plan, dialogue: Dialogue, key: int) -> str:
    """Words for a plan that are read as it is meant: the same sum, a plain refusal, or no decision at all.

    An undecided persuadee does not repeat themselves word for word while they have other words.
    """
    before = reading(dialogue)
    said = set() if {"promise", "refuse"} & set(meant.acts) else {one.text for one in dialogue if one.seat == SEAT}
    for attempt in range(_TRIES):
        mine = mix(key, 31, attempt)
        text = " ".join(_book(name, meant).say(mix(mine, index), gift=in_words(meant.gift, mix(mine, 5)))
                        for index, name in enumerate(meant.acts))
        if text not in said and not garbled(text) and reads_as_meant(meant, before, text):
            return text
    if "promise" in meant.acts:
        return f"I have decided to donate ${meant.gift:.2f}."
    return "I have decided not to donate." if "refuse" in meant.acts else _PLAIN


def reads_as_meant(meant: Plan, before: Reading, text: str) -> bool:
    """Whether `donation.read` takes the text for what the plan means."""
    now = read(before, SEAT, text)
    if "promise" in meant.acts:
        return now.closed and now.status == "promised" and abs(now.amount - meant.gift) < 1e-9
    if "refuse" in meant.acts:
        return now.closed and now.status == "declined"
    return not now.closed and (now.status, now.amount) == (before.status, before.amount)


def speak(ask: Ask) -> Utterance:
    """The calibrated persuadee's reply. Raises TypeError when the condition is no Persona."""
    return Utterance(SEAT, worded(plan(ask), ask.view.dialogue, ask.key))


POLICIES = {"calibrated": speak}
"""Calibrated persuadees by name."""
