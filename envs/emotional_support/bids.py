"""What a seeker wants from the listener now: eight bids, each answered by one act of the supporter, heard in their words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache

from ..position import MAX_TEXT
from ..sieve import Sieve
from .languages import chinese_bids, code_of, english_bids

ANSWERS: Mapping[str, str] = {
    "seen": "reflection", "normal": "validation", "time": "encouragement", "thread": "open-question", "order": "restatement",
    "alone": "self-disclosure", "advice": "suggestion", "facts": "information",
}
"""By bid, the act that answers it: a feeling that wants to be seen, a doubt whether one may feel so, words that do not come, a
hint at something unsaid, a muddle, the question whether others know this, a wish for advice, a wish for facts."""
BIDS = tuple(ANSWERS)

_SENTENCE = re.compile(r"[^.!?\u3002\uff01\uff1f\u2026]+[.!?\u3002\uff01\uff1f\u2026]*")
_READERS: Mapping[str, tuple[Mapping[str, re.Pattern[str]], Callable[[str], str]]] = {
    "en": (english_bids.BIDS, english_bids.plain), "zh": (chinese_bids.BIDS, str),
}


@lru_cache(maxsize=16_384)
def read_bid(text: str) -> str:
    """The bid in a seeker's words, in either language, "" when there is none; of several the one said last.

    Only the first MAX_TEXT characters are heard; the time is linear in them.
    """
    text = text[:MAX_TEXT]
    code = code_of(text)
    return next((bid for sentence in reversed(_SENTENCE.findall(text)) if (bid := _bid_of(sentence, code))), "")


@lru_cache(maxsize=16_384)
def _bid_of(sentence: str, code: str) -> str:
    """The bid in one sentence: people repeat sentences, and each is searched once."""
    sentence = _READERS[code][1](sentence)
    said = [(match.start(), bid) for bid, cue in _sieve(code).let_through(sentence) for match in cue.finditer(sentence)]
    return max(said)[1] if said else ""


@cache
def _sieve(code: str) -> Sieve:
    return Sieve(_READERS[code][0])
