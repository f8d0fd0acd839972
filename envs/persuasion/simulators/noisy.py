"""The noisy persuadee: the scripted one's mind and gifts, with words as people type them.

The scripted mind hears the persuader alone, so that their own slips cannot change it. What their words decide is read off
them (`donation`), so every utterance is roughened only as far as it is still read alike: same status, same sum, same end.
A persuader who does not listen reaches the same gift with both, seed by seed; one who listens hears less of mood and taste.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from ...dialogue import Utterance
from ...keys import mix, text_key
from ...noise import STRENGTH, roughen_keeping
from ...scenario import Ask
from ..conditions import Persona
from ..engagement import reading
from ..reading.donation import Reading, read
from . import scripted as persuadee
from .scripted import SEAT


@lru_cache(maxsize=4096)
def _hand(persona: Persona) -> int:
    """The key of a person's typing habits: the same person types the same way."""
    return text_key(repr(persona))


def _meant(before: Reading, text: str) -> Reading:
    """What is read off the words, apart from the words themselves."""
    return replace(read(before, SEAT, text), evidence="")


def speak(ask: Ask, *, policy: Callable[[Ask], Utterance] = persuadee.speak, strength: float = STRENGTH) -> Utterance:
    """A persuadee's reply, the words roughened.

    Args:
        ask: what the persuadee sees, and the key.
        policy: who speaks, by default the scripted persuadee; one whose mind is a fold of the persuader's words alone.
        strength: in [0, 1], as in `envs/noise`.

    Raises:
        TypeError: When the condition is no Persona.
    """
    clean = policy(ask)
    before = reading(ask.view.dialogue)
    meant = _meant(before, clean.text)
    text = roughen_keeping(clean.text, mix(ask.key, 71), lambda rough: _meant(before, rough) == meant, strength,
                           hand=_hand(ask.view.condition))
    return Utterance(SEAT, text)


POLICIES: dict[str, Callable[[Ask], Utterance]] = {"noisy": speak}
"""Noisy persuadees by name."""
