"""From a promise to a payment: what a person of PersuasionForGood with a persona would pay of what they pledged.

In the corpus nine in ten people with an annotated intention named a sum, and about half of these paid something after the task;
who paid, paid what they had named in three cases of four. So `paid` is here what was pledged or nothing, as the person keeps
their word, and that is as likely as in the corpus: a logistic choice with the corpus's coefficients of the survey traits, each
shrunk by its standard error, and the person's own luck. No words change it: the corpus's strategies explain next to none of it.
"""

from __future__ import annotations

from functools import lru_cache
from math import log

from ..keys import text_key, uniform
from .conditions import Persona
from .simulators import corpus_figures as figures


def shrunk(effect: tuple[float, float]) -> float:
    """An estimate (value, standard error) pulled to zero by its own noise: b · max(0, 1 − se²/b²), after James and Stein."""
    value, error = effect
    return value * max(0.0, 1 - (error / value) ** 2) if value else 0.0


TRAITS = {name: shrunk(effect) for name, effect in figures.TRAITS_ON_PAID.items()}
"""What one standard deviation of an attribute does to the inclination to pay, in logits."""
KEPT_AT = -log(figures.KEPT / (1 - figures.KEPT))
"""The inclination from which on a promise is kept, in logits: the traits' effects, whose mean is zero, hardly move it."""


@lru_cache(maxsize=4096)
def person_key(persona: Persona) -> int:
    """The key of a person: two with the same attributes are one."""
    return text_key(";".join(f"{name}={value}" if isinstance(value, str) else f"{name}={value:.2f}"
                             for name, value in sorted(persona.attributes)))


@lru_cache(maxsize=4096)
def inclination(persona: Persona) -> float:
    """How much a person is inclined to pay, in logits, before a word is said: their traits, and luck that is theirs alone."""
    luck = min(max(uniform(person_key(persona), 1), 1e-9), 1 - 1e-9)
    scores = persona.scores()
    return sum(effect * scores[name] for name, effect in TRAITS.items()) + log(luck / (1 - luck))


def paid(persona: Persona, pledged: float) -> float:
    """The dollars that come of a pledge: all of it, or nothing."""
    return pledged if inclination(persona) > KEPT_AT else 0.0
