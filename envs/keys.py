"""Counter-based randomness: every random choice is a pure function of a 64-bit key.

There is no generator object and no global state. A key is derived from its parent's with `mix`
(`key(child) = mix(key(parent), seat, index)`), and `uniform`/`pick` read numbers off it. The mixing
function is the finaliser of SplitMix64 (Steele, Lea and Flood, 2014).

`mix` can be undone by anybody: who has a key has those above it. So what agents are handed comes out of the game's own keys
by a hash that goes one way (`handed`), and an episode's first key out of its id and seed by one under a secret
(`episode_key`).
Under `PUBLIC`, the default, an episode is a function of its seed for everybody, who can also make a table of all seeds;
under a secret of `fresh_secret` nobody foretells one who does not have it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import TypeVar

from .errors import InvalidArgument

MASK = 0xFFFFFFFFFFFFFFFF
_GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
PUBLIC = "public"
"""The secret that everybody knows: conversations under it are a function of their seed."""
T = TypeVar("T")


def mix(key: int, *parts: int) -> int:
    """Derives a 64-bit key from a parent key and small integers (about 0.3 µs a part)."""
    for part in parts:
        key = (key ^ part) + _GOLDEN & MASK  # the mask takes a negative part modulo 2**64 as well
        key = (key ^ (key >> 30)) * _FIRST & MASK
        key = (key ^ (key >> 27)) * _SECOND & MASK
        key ^= key >> 31
    return key


def handed(key: int) -> int:
    """What an agent is handed of a position's key: 64 bits that lead back to it by trying all keys alone (about 0.8 µs)."""
    return int.from_bytes(blake2b(b"handed", key=key.to_bytes(8, "little"), digest_size=8).digest(), "little")


def episode_key(secret: str, id: str, seed: int) -> int:
    """The first key of an episode, which all others derive from: of an environment's id and a seed, under a secret.

    Raises InvalidArgument for what can be no secret.
    """
    text = id.encode("utf-8", "surrogatepass") + (seed & MASK).to_bytes(8, "little")
    return int.from_bytes(blake2b(text, key=_hash_key(secret), digest_size=8).digest(), "little")


def fresh_secret() -> str:
    """A secret that nobody has seen: 32 hexadecimal digits off the system's entropy.

    Keep it: what is drawn under it can only be drawn again with it.
    """
    return secrets.token_hex(16)


def mark_of(secret: str) -> str:
    """16 hexadecimal digits by which to tell secrets apart, and which do not lead to a random one. Raises as `episode_key`."""
    return blake2b(b"mark", key=_hash_key(secret), digest_size=8).hexdigest()


@lru_cache(maxsize=64)
def _hash_key(secret: object) -> bytes:
    if not isinstance(secret, str) or not secret.strip():
        raise InvalidArgument(f"A secret is a text that is not blank (such as fresh_secret() gives), got {secret!r}.")
    return blake2b(secret.encode("utf-8", "surrogatepass"), digest_size=32).digest()


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
