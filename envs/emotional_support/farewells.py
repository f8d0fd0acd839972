"""Whether words take leave of who listens: "goodbye", and not "I said goodbye to him yesterday"."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from ..sieve import Sieve
from .languages import LANGUAGES, code_of, sentences

_NEAR = 48
"""Characters before and after a farewell that tell whom it is for."""
_QUOTE = "[\"'\u201c\u2018\u300c]?"
_TOLD_OF = {
    "en": re.compile(
        r"\b(?:said|told|saying|says|whispered|shouted|cried|texted|wrote|kiss(?:ed)?|wav(?:e|ed|ing)|bid|bade|hear|heard|the|our"
        r"|his|her|their|my|last|final|proper|real|any|one|no|a|for|never|not|like|word)"
        rf"[,:]?\s(?:(?:me|him|her|them|us|everyone|everybody|his|one last|a)\s)?{_QUOTE}$"
        r"|(?<!should )(?<!must )(?<!will )(?<!have to )(?<!need to )(?<!want to )(?<!let me )(?<!'ll )(?<!going to )"
        rf"(?<!time to )\bsay\s{_QUOTE}$"
        rf"|\bsay\s(?:him|her|them|us|my|a|one)\s{_QUOTE}$", re.IGNORECASE),
    "zh": re.compile("(?:说|道|讲|喊|写|告|挥手|听到|听见|留下|一句|一声|那句|这句)"
                     f"(?:了|过|着|出|完|一?声|一?句)?[：:]?{_QUOTE}$"),
}
"""What stands before a farewell that is only told of."""
_TO_CARE = re.compile(r"\b(?:to|must|should|can|could|cannot|will|would|i|we|they|he|she|who|always|not|n't)\s$", re.IGNORECASE)
_TO_OTHERS = {
    "en": re.compile(r"s?[\"'\u201d\u2019]?,?\s(?:to|from|with|for)\s(?!you\b|now\b|today\b|the (?:day|moment|time)\b)"
                     r"|\s(?:kiss|party|letter|note|card|hug|gift|speech)\b"
                     r"|s\b|\b(?:and|but|then)?\s?(?:he|she|they) (?:said|left|walked|cried)\b", re.IGNORECASE),
    "zh": re.compile(r"[”」\"]?(?:的时候|之后|以后|时|都没|也没|就走|那天|那一刻|到|面)"),
}
"""What stands after a farewell to somebody else."""
_TO_YOU = {"en": re.compile(r"(?!)"), "zh": re.compile("(?:跟|和|对|与|向)[你您](?:们)?(?:说|道)(?:一?声)?[：:，,]?$")}


@lru_cache(maxsize=16_384)
def _may(sentence: str, code: str) -> bool:
    """Whether a sentence holds a farewell at all: most do not, and people repeat sentences."""
    return any(cue.search(sentence) for _, cue in _sieve(code).let_through(sentence))


@cache
def _sieve(code: str) -> Sieve:
    return Sieve({"closes": LANGUAGES[code].closes})


def takes_leave(text: str, language: str = "") -> bool:
    """Whether a text ends the conversation by a farewell to who listens.

    Args:
        text: what somebody says.
        language: theirs when it is known; else the text's.
    """
    code = language or code_of(text)
    if not any(_may(sentence, code) for sentence in sentences(text)):
        return False
    for match in LANGUAGES[code].closes.finditer(text):
        before, after = text[max(0, match.start() - _NEAR):match.start()], text[match.end():match.end() + _NEAR]
        if match[0].lower() == "take care":
            if not _TO_CARE.search(before):
                return True
        elif not _TO_OTHERS[code].match(after) and (_TO_YOU[code].search(before) or not _TOLD_OF[code].search(before)):
            return True
    return False
