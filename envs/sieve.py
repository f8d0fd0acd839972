"""Which patterns can be found in a text at all: most cannot, and need not be searched.

Every pattern that words are heard by holds letters that stand in whatever it matches: what `\\b(?:sorry|my fault)\\b` finds holds
"sorry" or "my fault". They are read off the pattern itself (`needed`), so that a sieve never changes what is found, only how soon.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from re import _constants as codes, _parser  # type: ignore[attr-defined]  # what `re` compiles from; it has no public reader
from typing import Any

_CLASS = 8
"""Letters of a class that are told apart."""


def needed(pattern: re.Pattern[str]) -> frozenset[str]:
    """Letters of which every match of a pattern holds at least one run, in lower case where case does not matter.

    Returns:
        The runs, none within another; empty when the pattern can match without any that is known.
    """
    runs = _needed(_parser.parse(pattern.pattern, pattern.flags))
    if pattern.flags & re.IGNORECASE:
        runs = frozenset([run.lower() for run in runs])
    return frozenset([run for run in runs if not any(other in run for other in runs if other != run)])


class Sieve:
    """Patterns by name, told apart by what a text must hold for each.

    Args:
        patterns: by name, in the order in which they are to be tried.
    """

    __slots__ = ("_cased", "_patterns", "_runs")

    def __init__(self, patterns: Mapping[str, re.Pattern[str]]) -> None:
        self._patterns = [(name, pattern, needed(pattern)) for name, pattern in patterns.items()]
        self._runs = tuple(sorted(frozenset[str]().union(*[runs for _, _, runs in self._patterns])))
        self._cased = any(pattern.flags & re.IGNORECASE for pattern in patterns.values())

    def let_through(self, text: str) -> Iterable[tuple[str, re.Pattern[str]]]:
        """The patterns that may be found in a text, in their order; every other one is not in it."""
        if self._cased:
            if not text.isascii():  # letters such as the long s are ASCII letters to a pattern that does not mind case
                return [(name, pattern) for name, pattern, _ in self._patterns]
            text = text.lower()
        held = frozenset(filter(text.__contains__, self._runs))
        return [(name, pattern) for name, pattern, runs in self._patterns if not runs or not runs.isdisjoint(held)]


def _needed(sequence: Any) -> frozenset[str]:
    """Runs of letters of which one stands in whatever a parsed sequence matches; of several such sets the one that says most."""
    found = [frozenset[str]()]
    run = ""
    for code, value in sequence:
        if code is codes.LITERAL:
            run += chr(value)
        elif code not in (codes.AT, codes.ASSERT, codes.ASSERT_NOT):  # which take no letter
            ways = _ways(code, value)
            if run:
                found.append(frozenset([run + _lead(way) for way in ways] or (run,)))
            needs = [_needed(way) for way in ways]
            if all(needs):
                found.append(frozenset[str]().union(*needs))
            run = ""
    if run:
        found.append(frozenset((run,)))
    return max(found, key=_says)


def _ways(code: Any, value: Any) -> list[Any]:
    """The sequences of which a parsed item matches one; none where it may match without any, or too many to tell apart."""
    if code is codes.BRANCH:
        return list(value[1])
    if code is codes.IN:
        named = len(value) <= _CLASS and all(code is codes.LITERAL for code, _ in value)
        return [[letter] for letter in value] if named else []
    if code is codes.SUBPATTERN:
        return [value[-1]]
    if code is codes.ATOMIC_GROUP:
        return [value]
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT) and value[0]:
        return [value[2]]
    return []


def _lead(sequence: Any) -> str:
    """The letters that a parsed sequence begins with."""
    run = ""
    for code, value in sequence:
        if code is not codes.LITERAL:
            break
        run += chr(value)
    return run


def _says(runs: frozenset[str]) -> tuple[int, int]:
    """How much a set of runs says: its shortest run, the fewer the better."""
    return min(map(len, runs), default=0), -len(runs)
