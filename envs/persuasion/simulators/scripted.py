"""The scripted persuadee: winnable by whoever answers what they ask. See `people` for the mind, `saying` for the words."""

from __future__ import annotations

from functools import partial

from ...dialogue import Utterance
from ...mind import Drive
from ...parts import Worded
from ...scenario import Ask
from ..engagement import reading
from .people import SEAT, Family, Persuadee, after, persona_in
from .saying import brief, plan, reads_as, words

SCRIPTED = Family("scripted", Drive(gain=0.6, trust=0.15))


def mind_of(ask: Ask, family: Family = SCRIPTED) -> Persuadee:
    """The mind after the dialogue of a view. Raises TypeError when the condition is no Persona."""
    return after(ask.view.dialogue, persona_in(ask, family.name), family)


def speak(ask: Ask, *, family: Family = SCRIPTED) -> Utterance:
    """A persuadee's reply to a dialogue, given their persona."""
    mind = mind_of(ask, family)
    return Utterance(SEAT, words(plan(mind, ask.key), ask.view.dialogue, mind.person, ask.key))


POLICIES = {"scripted": speak}
"""Scripted persuadees by name, the default first."""


def worded(ask: Ask, *, family: Family = SCRIPTED) -> Worded:
    """The same reply before it has words, for whoever words it."""
    mind = mind_of(ask, family)
    meant, before = plan(mind, ask.key), reading(ask.view.dialogue)
    own = Utterance(SEAT, words(meant, ask.view.dialogue, mind.person, ask.key))
    return Worded(brief(meant), own, partial(reads_as, meant, before))


PLANNED = {"scripted": worded}
"""Persuadees whose replies another may word, by name."""


def of(family: Family) -> partial[Utterance]:
    """The policy of another family."""
    return partial(speak, family=family)
