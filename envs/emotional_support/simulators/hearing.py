"""What a supporter knows from listening: a fold of the dialogue, from the seeker's words alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ...attention import content, content_words
from ...dialogue import Utterance
from ...keys import pick, text_key, uniform
from ..acts import read_mood, recognise, told_items
from ..bids import read_bid
from ..conditions import seeker_book, topics
from ..languages import language_of
from ..languages.language import Language
from ..listening import QUESTIONS
from .seeker import SEAT as SEEKER

_SAID, _WORDS = 8, 12


@dataclass(frozen=True, slots=True)
class Heard:
    """What a supporter knows.

    Attributes:
        items: (field, item) in the order they were told.
        mood: how the seeker last sounded.
        bid: what the seeker is after by their last words, "" when that was not heard.
        questions: turns in a row in which the supporter asked something.
        before: the supporter's own last acts.
        said: content words of the supporter's own last utterances.
        words: content words that can be taken up: of what the seeker told, the newest first, or else of their last words.
        topic: how the trouble may be named.
        code: the language.
        key: of the talk, the same all through it.
    """

    items: tuple[tuple[str, str], ...] = ()
    mood: str = "wary"
    bid: str = ""
    questions: int = 0
    before: tuple[str, ...] = ()
    said: tuple[frozenset[str], ...] = ()
    words: tuple[str, ...] = ()
    topic: str = ""
    code: str = ""
    key: int = 0

    @property
    def feelings(self) -> tuple[str, ...]:
        """The feelings told so far."""
        return tuple([item.lower() for name, item in self.items if name == "feelings"])

    @property
    def facts(self) -> tuple[str, ...]:
        """The troubles and thoughts told so far."""
        return tuple([item for name, item in self.items if name == "observations"])


def listen(heard: Heard, utterance: Utterance) -> Heard:
    """One step of the fold."""
    text = utterance.text
    if utterance.seat != SEEKER:
        acts = recognise(text)
        questions = heard.questions + 1 if any(act in QUESTIONS for act in acts) else 0
        return Heard(heard.items, heard.mood, heard.bid, questions, acts, (*heard.said, content(text))[-_SAID:], heard.words,
                     heard.topic, heard.code, heard.key)
    new = told_items(text)
    items = (*heard.items, *[item for item in new if item not in heard.items]) if new else heard.items
    code = heard.code or language_of(text).code
    told = [word for _, item in new for word in content_words(item)]
    return Heard(items, read_mood(text), read_bid(text), heard.questions, heard.before, heard.said,
                 (*told, *heard.words)[:_WORDS] if told else heard.words or content_words(text),
                 heard.topic or _topic_of(code, new), code, heard.key or text_key(text))


def _topic_of(code: str, items: tuple[tuple[str, str], ...]) -> str:
    """The name of the topic that the content of a told fact belongs to, "" when it is none of ours."""
    words = frozenset[str]().union(*(content(item) for name, item in items if name == "observations"))
    if not words:
        return ""
    best = max((len(words & known), noun) for noun, known in _topics(code))
    return best[1] if best[0] >= 2 or best[0] == len(words) else ""


@cache
def _topics(code: str) -> list[tuple[str, frozenset[str]]]:
    """Every topic's noun with the content words of its troubles."""
    phrases = seeker_book(code)
    troubles = {name: [content(text) for text in phrases.every(f"topic.{name}.troubles")] for name in topics(code)}
    return [(next(phrases.every(f"topic.{name}.noun")), frozenset[str]().union(*words)) for name, words in troubles.items()]


def guess(heard: Heard, lang: Language, key: int) -> tuple[tuple[str, str], ...]:
    """(field, item) of what the supporter believes to be still hidden: what often hides behind the last feeling told."""
    feelings = heard.feelings
    if not feelings:
        guessed = pick(key, seeker_book(lang.code).lexicon("feelings"), 31)
        return (("feelings", guessed),) if uniform(key, 30) < 0.5 else ()
    if heard.mood == "done":
        return ()
    phrases = seeker_book(lang.code)
    last, hidden = feelings[-1], list[tuple[str, str]]()
    for kind, section in (("feelings", f"companion.{last}"), ("needs", f"longing.{last}")):
        if section in phrases and (kind == "feelings" or uniform(key, 32) < 0.5):
            item = (kind, phrases.say(section, key))
            if item not in heard.items:
                hidden.append(item)
    return tuple(hidden)
