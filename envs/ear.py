"""A learned ear: which of a few labels a sentence is, by the sum of the small whole numbers that its words carry.

The features of a sentence are its words, how they begin, pairs of neighbours (the ends of the sentence are neighbours too)
and the first word with each of the next ones; of Chinese, the same of characters, and runs of three. A checksum puts each
into one of the buckets of an `Ear`, and every bucket has a whole number for every label: the label with the greatest sum is
heard. Nothing is rounded, so all machines hear the same; and no text is kept, only figures (`benchmarks/fit_recogniser.py`
makes them). An ear knows which words it has ever met, as bits: what consists of others for the most part is no sentence to
it.

A sentence is one act, however many words of other acts it holds: a list of them earns nothing more than one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from .position import MAX_TEXT

OTHER = "other"
"""What a sentence is that is understood and is none of the acts."""
BITS = 1 << 16
"""Bits for the words an ear has met."""

_TOKENS = re.compile(r"[a-z]+(?:'[a-z]+)?|[0-9]+|[\u4e00-\u9fff]|[?!$？！]")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|[\u4e00-\u9fff]")
_CUT = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])(?![。！？])")
_BEGINS, _FIRST = 4, 8
ALONE = frozenset(("greeting", "appreciation", "closing"))
"""What a single word can be; any other is understood and says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Ear:
    """What a listener has learned; its own equal alone, so that what it heard can be remembered.

    Attributes:
        labels: what a sentence can be.
        weights: whole numbers, shape (buckets, labels); buckets is a power of two.
        met: `BITS` bits, eight a byte: the checksums of the words that were met.
    """

    labels: tuple[str, ...]
    weights: NDArray[np.int8]
    met: bytes

    @lru_cache(maxsize=1 << 14)  # noqa: B019 - ears are read once and kept
    def scores(self, sentence: str) -> tuple[int, ...]:
        """The sum of every label, in the order of `labels`."""
        rows = self.weights.take(features(sentence, len(self.weights)), axis=0)
        return tuple(rows.sum(axis=0, dtype=np.int32).tolist())

    @lru_cache(maxsize=1 << 14)  # noqa: B019 - ears are read once and kept
    def hear(self, sentence: str) -> str:
        """The label of a sentence, the first of several with the greatest sum; "" when it has too few words that were met."""
        words = _WORD.findall(sentence[:MAX_TEXT].lower())
        if not words or 2 * sum(map(self._knows, words)) < len(words):
            return ""
        sums = self.scores(sentence)
        label = self.labels[sums.index(max(sums))]
        return label if len(words) > 1 or label in ALONE else OTHER

    def acts(self, text: str) -> tuple[str, ...]:
        """What the sentences of a text are, each once and in their order: acts, or OTHER alone; () when none is understood."""
        heard = dict.fromkeys([self.hear(sentence) for sentence in sentences(text)])
        found = tuple([label for label in heard if label and label != OTHER])
        return found or ((OTHER,) if OTHER in heard else ())

    def gist(self, text: str) -> str:
        """What a text is as a whole: the label with the greatest sum over its sentences; OTHER where none is understood."""
        sums = [self.scores(sentence) for sentence in sentences(text) if self.hear(sentence)]
        totals = [sum(one) for one in zip(*sums, strict=True)]
        return self.labels[totals.index(max(totals))] if totals else OTHER

    def _knows(self, word: str) -> bool:
        place = _bit(word)
        return bool(self.met[place >> 3] >> (place & 7) & 1)


def features(sentence: str, buckets: int) -> NDArray[np.intp]:
    """The buckets of a sentence, each once, in their order; of the first MAX_TEXT characters."""
    tokens = ["0" if token.isdigit() else token for token in _TOKENS.findall(sentence[:MAX_TEXT].lower())]
    found = {place for token in set(tokens) for place in _of_word(token)}
    found.update([_place(f"{a} {b}") for a, b in zip(["<", *tokens], [*tokens, ">"], strict=True)])
    found.update([_place(f"^{tokens[0]} {token}") for token in tokens[1:_FIRST]])
    if any(token >= "\u4e00" for token in tokens):
        found.update([_place(f"{a} {b} {c}") for a, b, c in zip(tokens, tokens[1:], tokens[2:], strict=False)])
    return np.fromiter(sorted({place & (buckets - 1) for place in found}), np.intp)


@lru_cache(maxsize=1 << 14)
def _of_word(word: str) -> tuple[int, ...]:
    """The checksums of a word, and of how a longer one begins."""
    return (_place(word), _place(f"^{word[:_BEGINS]}")) if len(word) > _BEGINS else (_place(word),)


@lru_cache(maxsize=1 << 14)
def _place(feature: str) -> int:
    return crc32(feature.encode())


def _bit(word: str) -> int:
    return crc32(f"met {word}".encode()) & (BITS - 1)


def met(texts: Iterable[str]) -> bytes:
    """The bits of all words of some texts, for `Ear.met`."""
    bits = bytearray(BITS >> 3)
    for text in texts:
        for word in _WORD.findall(text.lower()):
            place = _bit(word)
            bits[place >> 3] |= 1 << (place & 7)
    return bytes(bits)


@lru_cache(maxsize=1 << 14)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of the first MAX_TEXT characters of a text, with their marks; "$1.50" is not cut."""
    return tuple([one for one in map(str.strip, _CUT.split(text[:MAX_TEXT])) if _WORD.search(one.lower())])


@cache
def ear(package: str, name: str) -> Ear:
    """The ear in the file `name` of a package's folder, read once. Raises FileNotFoundError."""
    with np.load(BytesIO(files(package).joinpath(name).read_bytes()), allow_pickle=False) as file:
        return Ear(tuple(file["labels"].tolist()), file["weights"], file["met"].tobytes())
