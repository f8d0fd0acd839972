"""What a persuadee takes in of an utterance of the persuader, whatever they then make of it."""

from __future__ import annotations

from functools import lru_cache

from ...attention import Spoken, content
from ...fluency import fluent
from ..acts import recognise
from ..reading.donation import Reading, read


@lru_cache(maxsize=1 << 14)
def taken_in(text: str) -> tuple[Spoken, float | None]:
    """The acts and content words of an utterance, and the dollars it asks for (None: no sum).

    Whatever reads as an offer is heard as a proposal: there is no gift without an ask. What is no sentence (`envs/fluency.py`)
    is neither.
    """
    if not fluent(text):
        return Spoken((), content(text)), None
    acts = recognise(text)
    offer = read(Reading(), "persuader", text).offer
    if acts and offer is not None and "propose-donation" not in acts:
        acts = (*acts, "propose-donation")
    return Spoken(acts, content(text)), offer
