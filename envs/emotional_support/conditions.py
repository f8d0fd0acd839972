"""The seeker's condition 𝒰: their troubles, feelings and thoughts (paper §3.1, §4.4), drawn, described, stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from typing import Any

from ..attention import content
from ..book import Book, book
from ..keys import mix, pick, uniform
from .languages import LANGUAGES
from .languages.language import LEANINGS, Language
from .states import Facet

_TRIES = 8
_LISTS = ("troubles", "feelings", "thoughts", "needs", "requests")
_FIELD_OF = {"troubles": "observations", "thoughts": "observations", "feelings": "feelings", "needs": "needs",
             "requests": "requests"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a seeker carries. Every text is short and can stand as an item of a state.

    Attributes:
        language: "en" or "zh".
        topic: a topic of the language, or "" when it came from elsewhere.
        troubles: what happened; the first is what the seeker opens with.
        feelings, thoughts: the negative ones they have.
        needs, requests: what they long for, what they ask of the listener.
        guard: in [0, 1], how hard they are to open.
        leaning: the act that opens them most, one of LEANINGS.
    """

    language: str
    topic: str
    troubles: tuple[str, ...]
    feelings: tuple[str, ...] = ()
    thoughts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    guard: float = 0.5
    leaning: str = "reflection"

    def __post_init__(self) -> None:
        """Raises ValueError when this is no condition of a seeker."""
        if self.language not in LANGUAGES:
            raise ValueError(f"language must be one of {sorted(LANGUAGES)}, got {self.language!r}")
        for name in _LISTS:
            items = getattr(self, name)
            if not isinstance(items, tuple) or not all(isinstance(item, str) and item.strip() for item in items):
                raise ValueError(f"{name} must be a tuple of texts, got {items!r}")
            kept = Facet(**{_FIELD_OF[name]: items})
            object.__setattr__(self, name, getattr(kept, _FIELD_OF[name]))
        if not self.troubles:
            raise ValueError("troubles must name at least one thing, to open the conversation with")
        guard: Any = self.guard
        if isinstance(guard, bool) or not isinstance(guard, int | float) or not 0 <= guard <= 1:
            raise ValueError(f"guard must be a number in [0, 1], got {str(guard)[:40]}")
        object.__setattr__(self, "guard", float(guard) + 0.0)  # 1 and 1.0, 0.0 and -0.0 are one condition
        if self.leaning not in LEANINGS:
            raise ValueError(f"leaning must be one of {LEANINGS}, got {self.leaning!r}")

    @property
    def lang(self) -> Language:
        """Its language."""
        return LANGUAGES[self.language]

    @property
    def items(self) -> tuple[tuple[str, str], ...]:
        """(kind, text) of everything they may tell after their opening, in the order they will: from facts to what hurts.

        Kinds are the names of the lists; `field_of` gives the field of the state.
        """
        deep = [("feelings", text) for text in self.feelings[:1]]
        for number in range(max(len(self.thoughts), len(self.feelings) - 1)):
            deep += [("thoughts", text) for text in self.thoughts[number:number + 1]]
            deep += [("feelings", text) for text in self.feelings[number + 1:number + 2]]
        return (*(("troubles", text) for text in self.troubles[1:]), *deep, *(("needs", text) for text in self.needs),
                *(("requests", text) for text in self.requests))


def field_of(kind: str) -> str:
    """The field of a state that holds items of a kind: troubles and thoughts are observations."""
    return _FIELD_OF[kind]


def facet(items: tuple[tuple[str, str], ...]) -> Facet:
    """(kind, text) pairs as one half of a state."""
    return Facet.of((field_of(kind), text) for kind, text in items)


def draw(key: int, language: str) -> Trouble:
    """A condition drawn by the key: one topic, two or three troubles, one or two feelings, one or two thoughts, a need."""
    phrases = seeker_book(language)
    name = pick(key, topics(language), 1)
    troubles = _some(phrases, f"topic.{name}.troubles", mix(key, 2), 1 + (uniform(key, 3) < 0.7))
    thoughts = _some(phrases, f"topic.{name}.thoughts", mix(key, 4), 1 + (uniform(key, 5) < 0.5))
    known = phrases.lexicon("feelings")
    first = pick(key, known, 6)
    second = phrases.say(f"companion.{first}", mix(key, 7)) if uniform(key, 7) < 0.5 else pick(key, known, 8)
    feelings = tuple(dict.fromkeys((first, second)))[:1 + (uniform(key, 9) < 0.6)]
    needs = _some(phrases, f"topic.{name}.needs", mix(key, 10), int(uniform(key, 11) < 0.5))
    guard = round(uniform(key, 13), 1)
    return Trouble(language, name, troubles, feelings, thoughts, needs, (), guard, pick(key, LEANINGS, 14))


def seeker_book(language: str) -> Book:
    """The phrases of the seekers of a language."""
    return book(__package__, f"seeker.{language}.book")


@cache
def topics(language: str) -> tuple[str, ...]:
    """The names of the topics that conditions are drawn from."""
    sections = [section.split(".") for section in seeker_book(language)]
    return tuple(sorted({parts[1] for parts in sections if parts[0] == "topic"}))


def _some(phrases: Book, section: str, key: int, count: int) -> tuple[str, ...]:
    """`count` wordings of a section, no two of them of one matter; fewer where it has no more."""
    found: list[str] = []
    for attempt in range(_TRIES):
        if len(found) == count:
            break
        text = phrases.say(section, mix(key, attempt), key)
        words = content(text)
        if all(2 * len(words & content(other)) < min(len(words), len(content(other))) for other in found):
            found.append(text)
    return tuple(found)


def describe(trouble: Trouble) -> str:
    """The condition in words, addressed to the seeker, in their language."""
    words = trouble.lang.describe

    def listed(items: tuple[str, ...]) -> str:
        return words["gap"].join(items) or words["none"]

    temper = words["easy" if trouble.guard < 0.35 else "slow" if trouble.guard < 0.7 else "guarded"] + words[trouble.leaning]
    extra = {name: words[name].format(items=listed(getattr(trouble, name))) if getattr(trouble, name) else ""
             for name in ("needs", "requests")}
    return words["condition"].format(troubles=listed(trouble.troubles), feelings=listed(trouble.feelings),
                                     thoughts=listed(trouble.thoughts), temper=temper, **extra)


def to_json(trouble: Trouble) -> dict[str, Any]:
    """A JSON value; `from_json` gives back an equal condition."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(trouble).items()}


def from_json(value: Any) -> Trouble:
    """The inverse of `to_json`. Raises ValueError or TypeError on anything else."""
    if not isinstance(value, Mapping) or set(value) != {f.name for f in fields(Trouble)}:
        raise ValueError(f"a seeker's condition has the fields {[f.name for f in fields(Trouble)]}")
    given: dict[str, Any] = {name: tuple(item) if isinstance(item, list) else item for name, item in value.items()}
    return Trouble(**given)


