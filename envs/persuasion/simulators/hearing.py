"""What a persuadee hears in an utterance of the persuader, whatever they then make of it."""

from __future__ import annotations

from functools import lru_cache

from ..acts import recognise
from ..reading.donation import Reading, read

MOST = 3
"""Acts that are taken in of one utterance."""


@lru_cache(maxsize=1 << 16)
def understood(text: str) -> tuple[tuple[str, ...], float | None]:
    """The first acts of an utterance and the dollars it asks for (None: no sum).

    Whatever reads as an offer is heard as a proposal: there is no gift without an ask.
    """
    acts = recognise(text)[:MOST]
    offer = read(Reading(), "persuader", text).offer
    return (*acts, "propose-donation") if offer is not None and "propose-donation" not in acts else acts, offer
