"""Counter-based randomness: every random choice is a pure function of a 64-bit key.

There is no generator object and no global state. A key is derived from its parent's with `mix`
(`key(child) = mix(key(parent), seat, index)`), and `uniform`/`pick` read numbers off it. The mixing
function is the finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

MASK = 0xFFFFFFFFFFFFFFFF
_GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_UNDO_FIRST, _UNDO_SECOND = (pow(factor, -1, MASK + 1) for factor in (_FIRST, _SECOND))
T = TypeVar("T")


def mix(key: int, *parts: int) -> int:
    """Derives a 64-bit key from a parent key and small integers (about 0.3 µs a part)."""
    for part in parts:
        key = (key ^ part) + _GOLDEN & MASK  # the mask takes a negative part modulo 2**64 as well
        key = (key ^ (key >> 30)) * _FIRST & MASK
        key = (key ^ (key >> 27)) * _SECOND & MASK
        key ^= key >> 31
    return key


def unmix(key: int, *parts: int) -> int:
    """The parent that `mix(parent, *parts)` made this key of. For given parts no two parents have the same child."""
    for part in reversed(parts):
        key = _unshifted(key, 31) * _UNDO_SECOND & MASK
        key = _unshifted(key, 27) * _UNDO_FIRST & MASK
        key = (_unshifted(key, 30) - _GOLDEN ^ part) & MASK
    return key


def _unshifted(key: int, by: int) -> int:
    """What `x ^ (x >> by)` was made of, where three times `by` is 64 bits or more."""
    return key ^ (key >> by) ^ (key >> 2 * by)


def text_key(text: str) -> int:
    """The 64-bit key of a string; stable across processes, unlike `hash`."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def uniform(key: int, salt: int = 0) -> float:
    """A number in [0, 1) read off the key; another salt gives an independent one."""
    return (mix(key, salt) >> 11) * 2.0**-53


def pick(key: int, options: Sequence[T], salt: int = 0) -> T:
    """One of the options, each equally likely. Raises IndexError when there are none."""
    return options[(mix(key, salt) >> 11) * len(options) >> 53]


def weighted(key: int, weights: Sequence[float], salt: int = 0) -> int:
    """An index drawn in proportion to non-negative weights (at least one positive)."""
    target = uniform(key, salt) * sum(weights)
    for index, weight in enumerate(weights):
        target -= weight
        if target < 0:
            return index
    return max(i for i, weight in enumerate(weights) if weight > 0)
