"""The noisy persuadee: the scripted one's mind and gifts, with words as people type them.

What their words decide and ask for is read off them, so every utterance is roughened only as far as it is still read alike:
same status, same sum, same end, same concern.
"""

from __future__ import annotations

from collections.abc import Callable

from ...dialogue import Utterance
from ...keys import mix
from ...noise import STRENGTH, roughen_keeping
from ...scenario import Ask
from ..engagement import reading
from ..paying import person_key
from ..reading.concerns import read_concern
from ..reading.donation import Reading, read
from . import scripted as persuadee
from .people import SEAT, persona_in


def _meant(before: Reading, text: str) -> tuple[object, ...]:
    """What is read off the words, apart from the words themselves."""
    now = read(before, SEAT, text)
    return now.status, now.amount, now.offer, now.payment, now.closed, read_concern(text)


def speak(ask: Ask, *, policy: Callable[[Ask], Utterance] = persuadee.speak, strength: float = STRENGTH) -> Utterance:
    """A persuadee's reply, the words roughened.

    Args:
        ask: what the persuadee sees, and the key.
        policy: who speaks, by default the scripted persuadee.
        strength: in [0, 1], as in `envs/noise`.

    Raises:
        TypeError: When the condition is no Persona.
    """
    clean = policy(ask)
    before = reading(ask.view.dialogue)
    meant = _meant(before, clean.text)
    text = roughen_keeping(clean.text, mix(ask.key, 71), lambda rough: _meant(before, rough) == meant, strength,
                           hand=person_key(persona_in(ask, "noisy")))
    return Utterance(SEAT, text)


POLICIES: dict[str, Callable[[Ask], Utterance]] = {"noisy": speak}
"""Noisy persuadees by name."""
