"""The supporter as a player of acts: what they can say, what they have heard, and which acts make sense."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..acting import group, one_hot, share
from ..dialogue import Utterance
from ..scenario import Acting, Ask, Feature, Mask, Observation, View
from .acts import told_items
from .bids import BIDS
from .languages.language import ACTS, MOODS
from .simulators.hearing import Heard, listen
from .simulators.supporter import SEAT, Player, speak
from .states import FIELDS

_MOST = 5
"""Items told, per field, are counted up to this; so are turns without one."""
_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """The supporter's turns, and the seeker's since they last told something: a fold of the dialogue."""

    turns: int = 0
    since: int = 0


def count(pace: Pace, utterance: Utterance) -> Pace:
    """One step of the fold."""
    if utterance.seat == SEAT:
        return Pace(pace.turns + 1, pace.since)
    return Pace(pace.turns, 0 if told_items(utterance.text) else pace.since + 1)


def _voice(ask: Ask, action: int) -> Utterance:
    """The act in the scripted supporter's words, with their guess as the state; nothing to restate yet is an encouragement."""
    return speak(ask, Player(lambda heard, key: (ACTS[action],), uptake=0.95, careful=True))


FEATURES = (
    Feature("turn", "turns the supporter has taken, of the horizon", "0 to 1"),
    *group("mood", MOODS, "the seeker's last words sounded <value>"),
    Feature("since", f"seeker turns since they last told something, of {_MOST}", "0, 1/5, ... 1"),
    *group("bid", (*BIDS, "none"), "by their last words the seeker is after <value>"),
    *group("told", FIELDS, f"how many <value> the seeker has told, of {_MOST}", "0, 1/5, ... 1"),
    Feature("questions", f"supporter turns in a row that asked something, of {_IN_A_ROW}", "0, 1/3, 2/3, 1"),
    *group("before", ACTS, "the supporter's last turn made the act <value>"),
)


def _observe(view: View) -> Observation:
    heard, pace = view.dialogue.fold(listen, Heard()), view.dialogue.fold(count, Pace())
    fields = [name for name, _ in heard.items]
    return np.array([
        share(pace.turns, view.scenario.horizon), *one_hot(heard.mood, MOODS), share(pace.since, _MOST),
        *one_hot(heard.bid or "none", (*BIDS, "none")), *(share(fields.count(name), _MOST) for name in FIELDS),
        share(heard.questions, _IN_A_ROW), *(float(act in heard.before) for act in ACTS)], np.float32)


def _mask(view: View) -> Mask:
    """A greeting in the first turn alone, the end not in it, and nothing is said back before there is something."""
    heard, pace = view.dialogue.fold(listen, Heard()), view.dialogue.fold(count, Pace())
    barred = {"greeting"} if pace.turns else {"closing"}
    if not any(name == "observations" for name, _ in heard.items):
        barred.add("restatement")
    return np.array([act not in barred for act in ACTS])


ACTING = Acting(ACTS, FEATURES, _voice, _observe, _mask)
"""Emotional support by acts."""
