"""The persuader as a player of acts: what they can say, what they have heard, and which acts make sense."""

from __future__ import annotations

import numpy as np

from ..acting import group, one_hot, share
from ..dialogue import Utterance
from ..keys import mix
from ..scenario import Acting, Ask, Feature, Mask, Observation, View
from .acts import ACTS
from .reading.concerns import ANSWERED_BY, CONCERNS
from .simulators.moods import MOODS
from .simulators.persuader import NOTHING, SEAT, listen, voice

_MOST = 3
"""How often an act was made is counted up to this."""
_ONCE = ("source-inquiry", "personal-inquiry")


def _voice(ask: Ask, action: int) -> Utterance:
    """The act in the scripted persuader's words, the same that they would choose for this ask."""
    heard = ask.view.dialogue.fold(listen, NOTHING)
    return Utterance(SEAT, voice(ACTS[action], mix(ask.key, 9), heard.text))


FEATURES = (
    Feature("turn", "turns the persuader has taken, of the horizon", "0 to 1"),
    *group("mood", MOODS, "the persuadee's last words sounded <value>"),
    Feature("since", "persuadee turns since their mood last changed, of 5", "0, 1/5, ... 1"),
    *group("concern", CONCERNS, "the persuadee's last words asked for <value>"),
    *group("told", CONCERNS, "the persuadee has asked for <value> so far"),
    *group("made", ACTS, f"how often the persuader made the act <value>, of {_MOST}", "0, 1/3, 2/3, 1"),
)


def _observe(view: View) -> Observation:
    heard = view.dialogue.fold(listen, NOTHING)
    return np.array([share(heard.turns, view.scenario.horizon), *one_hot(heard.mood, MOODS), share(heard.since, 5),
                     *one_hot(heard.concern, CONCERNS), *(float(name in heard.told) for name in CONCERNS),
                     *(share(count, _MOST) for count in heard.counts)], np.float32)


def _mask(view: View) -> Mask:
    """A greeting at the start alone; thanks, the ask and the end not before that; no question a second time unasked."""
    heard = view.dialogue.fold(listen, NOTHING)
    barred = {act for act in _ONCE if heard.made(act) and ANSWERED_BY.get(heard.concern) != act}
    barred |= {"greeting"} if heard.turns else {"appreciation", "propose-donation", "closing"}
    return np.array([act not in barred for act in ACTS])


ACTING = Acting(ACTS, FEATURES, _voice, _observe, _mask)
"""Persuasion by acts."""
