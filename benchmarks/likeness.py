"""Statistics that tell simulated talk from people's: tokens, a cross-validated naive Bayes, duplicates, lengths.

A talk is a sequence of documents, a document a sequence of tokens. Everything is a pure function of its arguments.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import log

import numpy as np

Document = Sequence[str]
FOLDS = 5
_SMOOTHING = 0.5
_WORD = re.compile(r"[a-z0-9]+(?:['\u2019][a-z]+)?|[$%!?.,;:]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ZH = re.compile(r"[\u4e00-\u9fff]|[a-z0-9]+|[，。！？、：；…]")


def words(text: str, language: str) -> list[str]:
    """Lower-cased English words or Chinese characters, no punctuation."""
    if language == "zh":
        return _HAN.findall(text)
    return [token for token in _WORD.findall(text.lower()) if token[0].isalnum()]


def tokens(text: str, language: str) -> list[str]:
    """What the discriminator at word level reads: words and punctuation; in Chinese characters and pairs of neighbours."""
    if language == "zh":
        found = _ZH.findall(text.lower())
        return [*found, *(a + b for a, b in pairwise(found))]
    return _WORD.findall(text.lower())


def chained(classes: Iterable[Document]) -> list[str]:
    """The pairs of classes that follow one another from one utterance to the next."""
    return [f"{a}>{b}" for before, after in pairwise(classes) for a in before or ("none",) for b in after or ("none",)]


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The probability that a positive's score is above a negative's, ties counted half; nan where either is missing."""
    if not positive or not negative:
        return float("nan")
    scores = np.concatenate([np.asarray(positive, float), np.asarray(negative, float)])
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    n, m = len(positive), len(negative)
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))


def separability(ours: Sequence[Sequence[Document]], theirs: Sequence[Sequence[Document]], mean: bool = False) -> float:
    """How well a naive Bayes tells the documents of two collections apart: its cross-validated AUC, .5 for not at all.

    Folds hold whole talks, so that no document is judged by its own talk. The larger collection is thinned to the size of the
    other.

    Args:
        ours: talks, each with its documents.
        theirs: likewise.
        mean: whether a document's score is the mean over its tokens, which takes away most of what its length tells.
    """
    size = min(len(ours), len(theirs))
    sides = [_thinned(ours, size), _thinned(theirs, size)]
    scores: tuple[list[float], list[float]] = ([], [])
    for fold in range(min(FOLDS, size)):
        weights = _weights(*[_counts(talk for at, talk in enumerate(side) if at % FOLDS != fold) for side in sides])
        for side, found in zip(sides, scores, strict=True):
            for talk in side[fold::FOLDS]:
                for document in talk:
                    kept = [weights[token] for token in document if token in weights]
                    found.append(sum(kept) / (max(len(kept), 1) if mean else 1))
    return auc(*scores)


def _thinned(talks: Sequence[Sequence[Document]], size: int) -> list[Sequence[Document]]:
    return [talks[at * len(talks) // size] for at in range(size)] if size else []


def _counts(talks: Iterable[Sequence[Document]]) -> Counter[str]:
    """How often each token stands in the documents."""
    return Counter(token for talk in talks for document in talk for token in document)


def _weights(ours: Counter[str], theirs: Counter[str]) -> dict[str, float]:
    """By token, the log of how much larger its share of our tokens is than of theirs, smoothed."""
    known = ours.keys() | theirs.keys()
    a, b = ours.total() + _SMOOTHING * len(known), theirs.total() + _SMOOTHING * len(known)
    return {token: log((ours[token] + _SMOOTHING) / a) - log((theirs[token] + _SMOOTHING) / b) for token in sorted(known)}


def duplicates(texts: Sequence[str]) -> float:
    """The share of texts that stood before, letter by letter."""
    return 1 - len(set(texts)) / len(texts) if texts else 0.0


def coverage(vocabulary: set[str], theirs: Iterable[str]) -> float:
    """The share of somebody's words, counted as often as they stand, that a vocabulary holds."""
    known = [word in vocabulary for word in theirs]
    return sum(known) / len(known) if known else float("nan")


def lengths(sizes: Sequence[int]) -> dict[str, float]:
    """Mean, standard deviation and the quantiles 10%, 50%, 90% of sizes."""
    if not sizes:
        return dict.fromkeys(("mean", "sd", "p10", "p50", "p90"), float("nan"))
    p10, p50, p90 = np.quantile(sizes, (0.1, 0.5, 0.9))
    return {"mean": float(np.mean(sizes)), "sd": float(np.std(sizes)), "p10": float(p10), "p50": float(p50), "p90": float(p90)}
