r"""Which patterns can be found in a text at all: most cannot, and need not be searched.

Every pattern that words are heard by holds letters that stand in whatever it matches: what `\b(?:sorry|my fault)\b` finds
holds "sorry" or "my fault". They are read off the pattern itself (`needed`), so that a sieve never changes what is found, only
how soon.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from re import _constants as codes  # type: ignore[attr-defined]  # what `re` compiles from has no public name
from re import _parser  # type: ignore[attr-defined]
from typing import Any

_MANY = 64
"""Texts that are told apart where a pattern leaves a choice."""
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)


def needed(pattern: re.Pattern[str]) -> frozenset[str]:
    """Letters of which every match of a pattern holds at least one run, in lower case where case does not matter.

    Returns:
        The runs; none when the pattern can match without any that is known.
    """
    runs = _needed(_parser.parse(pattern.pattern, pattern.flags))
    return frozenset([run.lower() for run in runs]) if pattern.flags & re.IGNORECASE else runs


class Sieve:
    """Patterns by name, told apart by what a text must hold for each.

    Attributes:
        patterns: by name, in the order in which they are to be tried.
    """

    __slots__ = ("_always", "_by_run", "_cased", "_held", "_listed", "patterns")

    def __init__(self, patterns: Mapping[str, re.Pattern[str]]) -> None:
        self.patterns = patterns
        self._listed = list(patterns.items())
        self._cased = any(pattern.flags & re.IGNORECASE for pattern in patterns.values())
        known = [(number, needed(pattern)) for number, pattern in enumerate(patterns.values())]
        self._always = frozenset([number for number, runs in known if not runs])
        self._by_run: dict[str, set[int]] = {}
        head = "\n"
        for run, number in sorted([(run, number) for number, runs in known for run in runs]):
            head = head if run.startswith(head) else run  # what begins with a run comes right after it
            self._by_run.setdefault(head, set()).add(number)
        self._held = re.compile(f"(?=({_tree(list(self._by_run))}))" if self._by_run else "(?!)")

    def let_through(self, text: str) -> Iterable[tuple[str, re.Pattern[str]]]:
        """The patterns that may be found in a text, in their order; every other one is not in it."""
        if self._cased:
            if not text.isascii():  # letters such as the long s are ASCII letters to a pattern that does not mind case
                return self._listed
            text = text.lower()
        may = self._always.union(*[self._by_run[run] for run in self._held.findall(text)])
        return [self._listed[number] for number in sorted(may)]


def _tree(runs: list[str]) -> str:
    """A pattern of several runs, none the beginning of another, that looks at each letter of a text once."""
    heads: dict[str, list[str]] = {}
    for run in sorted(runs):
        heads.setdefault(run[:1], []).append(run[1:])
    if "" in heads:
        return ""
    return f"(?:{'|'.join([re.escape(head) + _tree(rest) for head, rest in heads.items()])})"


def _needed(sequence: Any) -> frozenset[str]:
    """Runs of letters of which one stands in whatever a parsed sequence matches; of several such sets, what says most."""
    found: list[frozenset[str]] = []
    runs = [""]  # what the items since the last that could be anything can be together
    for item in sequence:
        texts = _spelled([item])
        if texts and len(runs) * len(texts) <= _MANY:
            runs = [run + text for run in runs for text in texts]
        else:
            needs = [_needed(way) for way in _ways(*item)]
            found += [frozenset(runs), frozenset[str]().union(*needs) if all(needs) else frozenset()]
            runs = [""]
    best = max([*found, frozenset(runs)], key=_says)
    return frozenset() if "" in best else best


def _spelled(sequence: Any) -> list[str]:
    """All texts that a parsed sequence can match, none when they are many."""
    texts = [""]
    for code, value in sequence:
        if code is codes.LITERAL:
            texts = [text + chr(value) for text in texts]
        elif code not in (codes.AT, codes.ASSERT, codes.ASSERT_NOT):  # which take no letter
            ways = [_spelled(way) for way in _ways(code, value)]
            if code in _REPEATS and tuple(value[:2]) == (0, 1):
                ways = [[""], _spelled(value[2])]
            elif code in _REPEATS and tuple(value[:2]) != (1, 1):
                ways = []
            more = [text for way in ways for text in way] if all(ways) else []
            if not more or len(texts) * len(more) > _MANY:
                return []
            texts = [text + one for text in texts for one in more]
    return texts


def _ways(code: Any, value: Any) -> list[Any]:
    """The sequences of which a parsed item matches one; none where it may match without any, or too many to tell apart."""
    if code is codes.BRANCH:
        return list(value[1])
    if code is codes.IN:
        named = len(value) <= _MANY and all(code is codes.LITERAL for code, _ in value)
        return [[letter] for letter in value] if named else []
    if code is codes.SUBPATTERN:
        return [value[-1]]
    if code is codes.ATOMIC_GROUP:
        return [value]
    if code in _REPEATS and value[0]:
        return [value[2]]
    return []


def _says(runs: frozenset[str]) -> tuple[int, int]:
    """How much a set of runs says: its shortest run, the fewer the better."""
    return min([len(run.strip()) for run in runs], default=0), -len(runs)
