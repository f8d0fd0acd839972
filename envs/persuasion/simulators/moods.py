"""What a persuadee's words give away of their mood, that is, of how ready they are."""

from __future__ import annotations

import re
from functools import lru_cache

from ...ear import OTHER, ear, sentences
from ...position import MAX_TEXT
from ...sieve import Sieve

MOODS = ("cold", "cool", "warm", "ready")
"""From unwilling to willing."""

_MOOD_CUES = Sieve({
    "ready": re.compile(r"\b(?:convinces me|convinced me|am convinced|happy to help|eager to help|be of help|ready to help|"
                         r"love to help|like to help|want to help|glad to help|how can i help|wonderful cause|great cause)\b", re.I),
    "cold": re.compile(r"\b(?:not (?:really )?(?:interested|convinced|keen)|bores me|annoys me|bothers me|"
                        r"(?:do not|don't) like|dislike|leave me alone|stop)\b", re.I),
    "cool": re.compile(r"\b(?:unsure|doubtful|hesitant|undecided|not know yet|not sure|don't know|doubts?|maybe)\b", re.I),
    "warm": re.compile(r"\b(?:starting to|begin to|beginning to|interesting|like what (?:i hear|you say)|like where this|sounds good|go on|"
                        r"tell me more)\b", re.I),
})



@lru_cache(maxsize=16_384)
def read_mood(text: str) -> str:
    """The mood a persuadee's words show, by the learned ear "moods.npz"; "cool" when they show none.

    What shows no mood is left aside; of the rest, the mood with the greatest sum.
    """
    learned = ear("dialogym.envs.persuasion", "moods.npz")
    sums = [learned.scores(sentence) for sentence in sentences(text) if learned.hear(sentence) not in ("", OTHER)]
    totals = [sum(one) for one in zip(*sums, strict=True)][:len(MOODS)]
    return MOODS[totals.index(max(totals))] if totals else "cool"


@lru_cache(maxsize=16_384)
def read_mood_by_cues(text: str) -> str:
    """The same by cues, as it was before."""
    text = text[:MAX_TEXT]
    return next((name for name, cue in _MOOD_CUES.let_through(text) if cue.search(text)), "cool")
