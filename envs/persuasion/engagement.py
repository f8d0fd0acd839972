"""Engagement in persuasion: the decided donation over $2 (paper §3.1), read from the persuadee's words."""

from __future__ import annotations

from functools import lru_cache

from ..dialogue import Dialogue, Utterance
from ..scenario import Engagement
from .reading.donation import Reading, read

MAX_DONATION = 2.0
"""Dollars: the payment the persuadee may give from, the paper's maximum."""
_START = Reading()


def _step(reading: Reading, utterance: Utterance) -> Reading:
    return read(reading, utterance.seat, utterance.text)


def reading(dialogue: Dialogue) -> Reading:
    """What the dialogue says about the donation so far."""
    return dialogue.fold(_step, _START)


@lru_cache(maxsize=4096)
def _engagement(status: str, amount: float, evidence: str, closed: bool) -> Engagement:
    if status == "promised":
        return Engagement(min(amount, MAX_DONATION) / MAX_DONATION, closed, status, evidence)
    if status == "undecided":
        return Engagement(0.0, False, status, "no decision was stated")
    return Engagement(0.0, closed, status, evidence)


def engagement(dialogue: Dialogue) -> Engagement:
    """Level = min(donation, $2) / $2; 0 when declined, undecided or unparsed, and the status says which.

    The dialogue is over once the persuadee's latest words state their decision.
    """
    found = reading(dialogue)
    return _engagement(found.status, found.amount, found.evidence, found.closed)
