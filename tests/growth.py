"""How the time of reading grows with a text: a ratio of two readings in one process, whatever else the machine does."""

from __future__ import annotations

import time
from collections.abc import Callable

_LEAST = 0.002
"""Seconds that a short reading counts at least: below, a clock says nothing."""


def seconds(read: Callable[[str], object], text: str) -> float:
    """Of processor time."""
    start = time.process_time()
    read(text)
    return time.process_time() - start


def linear(read: Callable[[str], object], piece: str, size: int, times: int = 8) -> bool:
    """Whether a text of a piece over and over, `times` times as long as one of `size` characters, takes about as many times.

    Three times the share is let pass (a reader that is quadratic takes `times` times it), twice over: others use the machine.
    """
    def took(length: int, end: str) -> float:
        return seconds(read, (piece * (length // len(piece) + 1))[:length] + end)

    return any(took(times * size, end) <= 3 * times * max(_LEAST, took(size, end)) for end in ("", "\x00", "x"))
