"""Which nodes a search keeps: the persuadee's discounted sentiment (paper §4.5, eq. 5).

`ss_i = γ · ss_{i-2} + VADER(u_i)`, `ss_0 = 0`. The paper does not give γ; 0.9 is our default (an option of the scenario):
old reactions fade but a conversation's drift counts.
"""

from __future__ import annotations

from functools import lru_cache, partial

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from ..dialogue import Dialogue, Utterance

GAMMA = 0.9


@lru_cache(maxsize=1)
def _analyzer() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()


@lru_cache(maxsize=16_384)
def vader(text: str) -> float:
    """VADER's compound sentiment of a text, in [-1, 1] (about 130 µs uncached)."""
    return float(_analyzer().polarity_scores(text)["compound"])


def _step(score: float, utterance: Utterance, *, gamma: float, user: str) -> float:
    return gamma * score + vader(utterance.text) if utterance.seat == user else score


@lru_cache(maxsize=16)
def _fold(gamma: float, user: str) -> partial[float]:
    return partial(_step, gamma=gamma, user=user)


def sentiment(dialogue: Dialogue, user: str, gamma: float = GAMMA) -> float:
    """ss_i of the last user utterance (eq. 5); 0.0 before the user has spoken."""
    return dialogue.fold(_fold(gamma, user), 0.0)
