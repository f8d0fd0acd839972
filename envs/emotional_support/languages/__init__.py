"""The languages of emotional support: what each brings (`language.py`), and which one a text is in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from ...position import MAX_TEXT
from .chinese import CHINESE
from .english import ENGLISH
from .language import Language

LANGUAGES: Mapping[str, Language] = {"en": ENGLISH, "zh": CHINESE}
"""By code, the default first."""

_SENTENCE = re.compile(r"[^.!?。！？]+[.!?。！？]*")
_HAN = re.compile(r"[\u4e00-\u9fff]")


@lru_cache(maxsize=16_384)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of the first MAX_TEXT characters of a text, with their marks.

    People repeat sentences rather than texts: readers remember what they found in each.
    """
    return tuple(_SENTENCE.findall(text[:MAX_TEXT]))


@lru_cache(maxsize=16_384)
def language_of(text: str) -> Language:
    """The language a text is in."""
    return LANGUAGES[code_of(text)]


def code_of(text: str) -> str:
    """"zh" when a fifth of the letters are Chinese, else "en"."""
    if text.isascii():
        return "en"
    letters = sum(map(str.isalpha, text))
    return "zh" if letters and len(_HAN.findall(text)) * 5 >= letters else "en"
