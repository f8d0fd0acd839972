"""Utterances and the immutable, parent-linked dialogue they form."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar
from unicodedata import category

V = TypeVar("V", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one seat said, and what it kept to itself.

    Attributes:
        seat: who spoke, a seat name of the scenario.
        text: the words everybody hears.
        state: the speaker's private state as a text block, "" when it has none; no View of the other
            seat ever contains it.
        cut: whether the speaker saw only the end of the dialogue, which had outgrown its window. A note on how the words came
            about, no part of them: it counts in no comparison and is written into no file.
    """

    seat: str
    text: str
    state: str = ""
    cut: bool = field(default=False, kw_only=True, compare=False, repr=False)


class Dialogue:
    """An immutable history: `say` is O(1) and the longer dialogue shares its past.

    A tree of a million nodes therefore holds each utterance once. Start from `Dialogue.EMPTY`.
    Attributes: `parent` (None at the root), `last` (the newest utterance, None at the root).

    What a seat sees of it (`seen_by`) is a dialogue of its own, with parents and remembered folds of its own: no attribute
    leads from there back here, or to what the other seat has made of the talk.
    """

    __slots__ = ("_length", "_memo", "_owner", "_seen", "last", "parent")
    EMPTY: ClassVar[Dialogue]

    parent: Dialogue | None
    last: Utterance | None

    def __init__(self) -> None:
        self.parent = None
        self.last = None
        self._length = 0
        self._owner = ""  # the seat whose sight of a dialogue this is; "" when it is a dialogue as such
        self._seen: tuple[Dialogue, ...] = ()  # the sights of this dialogue, one a seat
        self._memo: dict[int, tuple[Any, Any]] | None = None  # hash of a fold: the fold, its value here

    @property
    def utterance(self) -> Utterance:
        """The newest utterance. Raises LookupError at the root, where nothing was said."""
        if self.last is None:
            raise LookupError("nothing was said yet")
        return self.last

    def say(self, utterance: Utterance) -> Dialogue:
        """The dialogue with one more utterance at its end."""
        child = Dialogue.__new__(Dialogue)
        child.parent = self
        child.last = utterance
        child._length = self._length + 1
        child._owner = ""
        child._seen = ()
        child._memo = None
        return child

    def fold(self, step: Callable[[V, Utterance], V], start: V) -> V:
        """Folds `step` over the utterances, remembering the value at every node.

        Amortised O(1) per new utterance. `step` must be pure and `start` hashable. This is how an agent
        without memory keeps track of a conversation: its memory is a fold of the dialogue.
        """
        fold = (step, start)
        key = hash(fold)  # once for all nodes: a start, such as a mind with its condition, may be deep
        pending: list[Dialogue] = []
        node, value = self, start
        while node.parent is not None:
            if node._memo is not None:
                found = node._memo.get(key)
                if found is not None and found[0] == fold:
                    fold, value = found  # the older key is kept: one for all nodes, not one for each call
                    break
            pending.append(node)
            node = node.parent
        for node in reversed(pending):
            value = step(value, node.utterance)
            if node._memo is None:
                node._memo = {}
            node._memo[key] = (fold, value)
        return value

    def seen_by(self, seat: str) -> Dialogue:
        """The dialogue without the private states of every other seat, and with folds of this seat alone. Amortised O(1)."""
        pending: list[Dialogue] = []
        node, sight = self, self._sight(seat)
        while sight is None and node.parent is not None:
            pending.append(node)
            node = node.parent
            sight = node._sight(seat)
        sight = Dialogue.EMPTY if sight is None else sight
        for node in reversed(pending):
            utterance = node.utterance
            if utterance.state and utterance.seat != seat:
                utterance = Utterance(utterance.seat, utterance.text)
            sight = sight.say(utterance)
            sight._owner = seat
            node._seen = (*node._seen, sight)
        return sight

    def _sight(self, seat: str) -> Dialogue | None:
        """What the seat was found to see here; None when it was not asked for yet."""
        if self._owner == seat:
            return self
        for seen in self._seen:
            if seen._owner == seat:
                return seen
        return None

    def __copy__(self) -> Dialogue:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Dialogue:
        return self  # immutable: a copied environment shares its past

    def __reduce__(self) -> str | tuple[Any, ...]:
        # without the remembered folds, which hold functions; parents pickled together stay shared
        if self is Dialogue.EMPTY:
            return "Dialogue.EMPTY"
        if self._length % _STRIDE:
            return Dialogue.say, (self.parent, self.last)
        return _say_after, (self._milestones(), self.parent, self.last)

    def _milestones(self) -> tuple[Dialogue, ...]:
        """The pasts that are a multiple of `_STRIDE` long, shortest first.

        A pickler goes from child to parent and would exhaust the stack in a long dialogue; given these first, it never goes
        deeper than from one to the next.
        """
        found: list[Dialogue] = []
        node = self.parent
        while node is not None and node._length:
            if node._length % _STRIDE == 0:
                found.append(node)
            node = node.parent
        return tuple(reversed(found))

    def __iter__(self) -> Iterator[Utterance]:
        found: list[Utterance] = []
        node: Dialogue = self
        while node.last is not None and node.parent is not None:
            found.append(node.last)
            node = node.parent
        return reversed(found)

    def __len__(self) -> int:
        return self._length

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dialogue):
            return NotImplemented
        a: Dialogue | None = self
        b: Dialogue | None = other
        if self._length != other._length:
            return False
        while a is not b and a is not None and b is not None:
            if a.last != b.last:
                return False
            a, b = a.parent, b.parent
        return True

    def __hash__(self) -> int:
        return hash((self._length, self.last))

    def __repr__(self) -> str:
        return f"Dialogue({list(self)!r})"


Dialogue.EMPTY = Dialogue()
_STRIDE = 50


def _say_after(milestones: tuple[Dialogue, ...], parent: Dialogue, last: Utterance) -> Dialogue:
    """Unpickles a dialogue whose milestones were unpickled before it."""
    return parent.say(last)


_UNSEEN = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))
_HIDDEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
                     "\U000e0000-\U000e0fff]")
"""What Unicode calls ignorable or blank, and yet a letter, a mark, a symbol, or not assigned."""


def is_blank(text: str) -> bool:
    """Whether there is nothing to be seen in a text: white space, controls, format characters and fillers at most."""
    return all(not "!" <= c <= "~" and (category(c) in _UNSEEN or _HIDDEN.match(c) is not None) for c in text)


def one_line(text: str) -> str:
    """The text with every run of white space as one space: nothing that ends a line anywhere can start a forged turn."""
    return " ".join(text.split())


def line_of(utterance: Utterance) -> str:
    """The utterance's line in a transcript: "seat: text", one line whatever was said."""
    return f"{utterance.seat}: {one_line(utterance.text)}"


def turns(dialogue: Dialogue, seat: str) -> list[tuple[Dialogue, Utterance]]:
    """Every turn of a seat: the dialogue before it and what was said, first to last."""
    found = []
    node = dialogue
    while node.parent is not None and node.last is not None:
        if node.last.seat == seat:
            found.append((node.parent, node.last))
        node = node.parent
    return found[::-1]
