"""A seeker as a person: what follows from their condition alone and stays as it is through a talk."""

from __future__ import annotations

from functools import lru_cache

from ...attention import content
from ...book import Book
from ...keys import mix, text_key, uniform
from ...mind import recurring
from ..bids import BIDS
from ..conditions import Trouble, facet, seeker_book
from ..states import State, render

BIDS_AHEAD = 28
"""Bids that are drawn for a talk, more than anybody's patience."""
_WANTS = {"reflection": "seen", "validation": "normal", "open-question": "thread"}
"""The bid that a leaning makes more frequent."""
_LEANS = 2.5
_EASY, _HARD = 1.4, 0.6
_SPREAD = (0.25, 2.0)
"""The range of a bid's weight for a person without a leaning to it: what one person wants often another hardly ever does."""


class Person:
    """Who a seeker is. Equal when their condition and the order in which they tell it are.

    Attributes:
        trouble: their condition.
        key: decides their habits and the order of their bids.
        items: (kind, text) of all they may tell after their opening, in the order they will.
        bids: what they will be after, one bid after the other.
        feelings: the negative ones they have.
        ease: what an answer is worth to them, the less the more guarded they are.
        book: the phrases of their language.
    """

    __slots__ = ("_known", "_shown", "bids", "book", "ease", "feelings", "items", "key", "trouble")

    def __init__(self, trouble: Trouble, items: tuple[tuple[str, str], ...]) -> None:
        self.trouble = trouble
        self.items = items
        self.key = text_key(repr(trouble))
        self.bids = _bids(self.key, trouble.leaning)
        self.ease = _EASY + (_HARD - _EASY) * trouble.guard
        self.feelings = frozenset([feeling.lower() for feeling in trouble.feelings])
        self.book: Book = seeker_book(trouble.language)
        self._shown: list[str] = []
        self._known: list[frozenset[str]] = [content(trouble.troubles[0])]
        for _, text in items:
            self._known.append(self._known[-1] | content(text))

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Person) and self.trouble == other.trouble and self.items == other.items)

    def __hash__(self) -> int:
        return self.key

    def __repr__(self) -> str:
        return f"Person({self.trouble!r})"

    def state(self, told: int) -> State:
        """What they have shown and what they hide when so many items are told."""
        return State(facet((("troubles", self.trouble.troubles[0]), *self.items[:told])), facet(self.items[told:]))

    def written(self, told: int) -> str:
        """Their state as the format has it (`states.render`)."""
        if not self._shown:
            self._shown = [render(self.state(number), self.trouble.language) for number in range(len(self.items) + 1)]
        return self._shown[told]

    def known(self, told: int) -> frozenset[str]:
        """The content words of all they have told."""
        return self._known[told]


@lru_cache(maxsize=1 << 14)
def person(trouble: Trouble) -> Person:
    """Who tells their items in the condition's order."""
    return Person(trouble, trouble.items)


@lru_cache(maxsize=1 << 14)
def wanderer(trouble: Trouble) -> Person:
    """Who tells their items in an order of their own, which follows from the condition."""
    key, items = text_key(repr(trouble)), trouble.items
    return Person(trouble, tuple(sorted(items, key=lambda item: mix(key, items.index(item)))))


def _bids(key: int, leaning: str) -> tuple[str, ...]:
    low, high = _SPREAD
    weights = [(bid, low + (high - low) * uniform(mix(key, 81), number) ** 2 + (_LEANS if _WANTS[leaning] == bid else 0.0))
               for number, bid in enumerate(BIDS)]
    return recurring(mix(key, 82), weights, BIDS_AHEAD)
