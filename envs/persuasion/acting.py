"""The persuader as a player of acts: what they can say, what they have heard, and which acts make sense."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..acting import group, one_hot, share
from ..dialogue import Utterance
from ..keys import mix
from ..scenario import Acting, Ask, Feature, Mask, Observation, View
from .acts import ACTS, recognise
from .simulators.moods import MOODS, read_mood, read_taste
from .simulators.persuader import APPEALS, SEAT, voice

_MOST = 3
"""How often an act was made is counted up to this."""
_ONCE = ("source-inquiry", "personal-inquiry")


@dataclass(frozen=True, slots=True)
class Heard:
    """What a persuader knows from listening: a fold of the dialogue.

    Attributes:
        turns: their own, so far.
        counts: how often they made each of ACTS.
        mood: how the persuadee last sounded, "" before they spoke.
        since: persuadee turns since the mood last changed.
        taste: the appeal that the persuadee last said they listen to, "" before that.
    """

    turns: int = 0
    counts: tuple[int, ...] = (0,) * len(ACTS)
    mood: str = ""
    since: int = 0
    taste: str = ""

    def made(self, act: str) -> int:
        """How often they made an act."""
        return self.counts[ACTS.index(act)]


def listen(heard: Heard, utterance: Utterance) -> Heard:
    """One step of the fold."""
    if utterance.seat == SEAT:
        acts = recognise(utterance.text)
        counts = tuple(count + (act in acts) for act, count in zip(ACTS, heard.counts, strict=True))
        return replace(heard, turns=heard.turns + 1, counts=counts)
    mood = read_mood(utterance.text)
    return replace(heard, mood=mood, since=heard.since + 1 if mood == heard.mood else 0,
                   taste=read_taste(utterance.text) or heard.taste)


def _voice(ask: Ask, action: int) -> Utterance:
    """The act in the scripted persuader's words, the same that they would choose for this ask."""
    return Utterance(SEAT, voice(ACTS[action], mix(ask.key, 9)))


FEATURES = (
    Feature("turn", "turns the persuader has taken, of the horizon", "0 to 1"),
    *group("mood", MOODS, "the persuadee's last words sounded <value>"),
    Feature("since", "persuadee turns since their mood last changed, of 5", "0, 1/5, ... 1"),
    *group("taste", APPEALS, "the persuadee last said that they listen to the <value>"),
    *group("made", ACTS, f"how often the persuader made the act <value>, of {_MOST}", "0, 1/3, 2/3, 1"),
)


def _observe(view: View) -> Observation:
    heard = view.dialogue.fold(listen, Heard())
    return np.array([share(heard.turns, view.scenario.horizon), *one_hot(heard.mood, MOODS), share(heard.since, 5),
                     *one_hot(heard.taste, APPEALS), *(share(count, _MOST) for count in heard.counts)], np.float32)


def _mask(view: View) -> Mask:
    """A greeting at the start alone; thanks, the ask and the end not before that; no question a second time."""
    heard = view.dialogue.fold(listen, Heard())
    barred = {act for act in _ONCE if heard.made(act)}
    barred |= {"greeting"} if heard.turns else {"appreciation", "propose-donation", "closing"}
    return np.array([act not in barred for act in ACTS])


ACTING = Acting(ACTS, FEATURES, _voice, _observe, _mask)
"""Persuasion by acts."""
