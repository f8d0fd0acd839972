"""The supporter's dialogue acts and the seeker's moods, recognised in free text of either language."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from ..book import book
from ..ear import OTHER, ear
from ..position import MAX_TEXT
from ..sieve import Sieve
from .farewells import takes_leave
from .languages import LANGUAGES, language_of, sentences
from .languages.language import ACTS

# A reader hears the first MAX_TEXT characters of a text, which no utterance exceeds: nothing handed to it takes long.

HEARD = (*ACTS, OTHER)
"""Everything `recognise` can name."""


@lru_cache(maxsize=16_384)
def recognise(text: str) -> tuple[str, ...]:
    """The acts in a supporter's utterance in their order, or OTHER alone; () when it is garbled or most words are unknown.

    Heard by a learned ear (`envs/ear.py`): a sentence is one act.
    """
    code = language_of(text).code
    return () if LANGUAGES[code].garbled(text[:MAX_TEXT]) else ear(__package__, f"listener.{code}.npz").acts(text)


@lru_cache(maxsize=16_384)
def recognise_by_cues(text: str) -> tuple[str, ...]:
    """The same by the cues of its language: the acts in the order of their first cue; () when it is garbled or carries none.

    A sentence counts as one question at most: "have you tried yoga?" is a suggestion, not a question as well.
    """
    text = text[:MAX_TEXT]
    lang = language_of(text)
    if lang.garbled(text):
        return ()
    return tuple(dict.fromkeys([act for sentence in sentences(text) for act in _acts_of(sentence, lang.code)]))


@lru_cache(maxsize=16_384)
def _acts_of(sentence: str, code: str) -> tuple[str, ...]:
    sentence, cues = sentence.lower(), LANGUAGES[code].cues
    cued = [(match.start(), act) for act in ACTS if (match := cues[act].search(sentence))]
    acts = dict.fromkeys([act for _, act in sorted(cued)])
    if not acts.keys().isdisjoint(("open-question", "suggestion", "topic-change")):
        acts.pop("closed-question", None)
    if not acts.keys().isdisjoint(("suggestion", "topic-change")):
        acts.pop("open-question", None)
    return tuple(acts)


@lru_cache(maxsize=16_384)
def named_feelings(text: str) -> tuple[str, ...]:
    """The negative feelings of its language's list that a text names, each once, in their order."""
    code = language_of(text).code
    return tuple(dict.fromkeys([feeling for sentence in sentences(text) for feeling in _feelings_of(sentence, code)]))


@lru_cache(maxsize=16_384)
def _feelings_of(sentence: str, code: str) -> tuple[str, ...]:
    return tuple(_feeling_cue(code).findall(sentence.lower()))


def feelings_known(code: str) -> tuple[str, ...]:
    """The negative feelings that a language has words for: those its seekers may carry."""
    return book(__package__, f"seeker.{code}.book").lexicon("feelings")


@cache
def _feeling_cue(code: str) -> re.Pattern[str]:
    words = "|".join(sorted(map(re.escape, feelings_known(code)), key=len, reverse=True))
    return re.compile(rf"(?<![a-z])(?:{words})(?![a-z])")


@lru_cache(maxsize=16_384)
def read_mood(text: str) -> str:
    """How a seeker sounds, one of MOODS: what any of their sentences says, by the order of the language's cues."""
    lang = language_of(text)
    heard = {_mood_of(sentence, lang.code) for sentence in sentences(text)}
    return next((mood for mood in lang.mood_cues if mood in heard), "wary")


@lru_cache(maxsize=16_384)
def _mood_of(sentence: str, code: str) -> str:
    sentence = sentence.lstrip()
    return next((mood for mood, cue in _mood_sieve(code).let_through(sentence) if cue.search(sentence)), "wary")


@cache
def _mood_sieve(code: str) -> Sieve:
    return Sieve(LANGUAGES[code].mood_cues)


@lru_cache(maxsize=16_384)
def told_items(text: str) -> tuple[tuple[str, str], ...]:
    """(field, item) of everything a seeker's words plainly tell, in the words they used, by the cues of their language."""
    code = language_of(text).code
    return tuple([item for sentence in sentences(text) for item in _items_of(sentence, code)])


@lru_cache(maxsize=16_384)
def _items_of(sentence: str, code: str) -> tuple[tuple[str, str], ...]:
    found = []
    for name, cue in _tell_sieve(code).let_through(sentence):
        for match in cue.finditer(sentence):
            item = next(group for group in match.groups() if group is not None)
            found.append((match.start(), (name, item.strip())))
    return tuple([item for _, item in sorted(found)])


@cache
def _tell_sieve(code: str) -> Sieve:
    return Sieve(LANGUAGES[code].hear)


@lru_cache(maxsize=16_384)
def closes(text: str, language: str = "") -> bool:
    """Whether a seeker's words, in their language when it is known, end the conversation; "I take care of her" does not."""
    return takes_leave(text[:MAX_TEXT], language)
