"""Worst inputs for regular expressions, made from the expressions themselves; and every compiled one of the package."""

from __future__ import annotations

import importlib
import pkgutil
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from re import _constants as op  # type: ignore[attr-defined]  # the parsed form of a pattern has no public name
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import dialogym
from dialogym.envs.sieve import Sieve

SHAPES = ("a", "A", " ", "0", ".", ",", '"', "'", "$", "\n", "\t", "-", "*", "(", "[", "<|", "{", "|", "?", "!",
          "我", "，", "。", "…", "：", "\x00", "\u200b", "\u00a0", "\ufeff", "a ", "i ", "0,", "0 ", ". ", "a.", "我 ", "do ",
          "()", "[]", "[[", "\n ", "$ ", ", ", "a" * 50 + " ")
"""What any reader may be handed, over and over."""


def never_twice(alphabet: str, size: int = 20_000) -> str:
    """A text without a period: what looks for repeats finds none."""
    rng = random.Random(alphabet)
    return "".join(rng.choices(alphabet, k=size))


HAN = never_twice("".join(map(chr, range(0x4e00, 0x9fa0))))
APERIODIC = (HAN, never_twice("abcdefghijklmnopqrstuvwxyz"), never_twice("abcdefghij     "), never_twice("0123456789.,$ "))


def compiled() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """(module and name, pattern) of every compiled expression that a module of the package holds, each once."""
    seen: set[tuple[Any, int]] = set()
    for info in sorted(pkgutil.walk_packages(dialogym.__path__, "dialogym."), key=lambda info: info.name):
        if info.name.split(".")[1] not in ("envs", "agents", "search", "alignment"):
            continue
        try:
            module = importlib.import_module(info.name)
        except ImportError:  # of an extra that is not installed
            continue
        for name, value in vars(module).items():
            for where, pattern in _within(value, f"{info.name}.{name}", 0):
                if (key := (pattern.pattern, pattern.flags)) not in seen:
                    seen.add(key)
                    yield where, pattern


def _within(value: Any, where: str, depth: int) -> Iterator[tuple[str, re.Pattern[Any]]]:
    if isinstance(value, re.Pattern):
        yield where, value
    elif isinstance(value, Sieve):
        yield from _within(value.patterns, where, depth + 1)
    elif depth < 4 and isinstance(value, Mapping):
        for key, item in value.items():
            yield from _within(item, f"{where}[{str(key)[:40]}]", depth + 1)
    elif depth < 4 and isinstance(value, list | tuple | set | frozenset):
        for number, item in enumerate(value):
            yield from _within(item, f"{where}[{number}]", depth + 1)
    elif depth < 4 and is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _within(getattr(value, field.name, None), f"{where}.{field.name}", depth + 1)


def worst(pattern: re.Pattern[Any], tries: int = 12) -> list[str]:
    """Pieces that, repeated, are likely to make the pattern slow: what it matches, nearly matches, and begins to match."""
    tree = _parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    rng = random.Random(0)
    found: dict[str, None] = {}
    for prefix in _prefixes(tree, rng):
        found[prefix] = None
        found[prefix + " "] = None
    for _ in range(tries):
        text = _sample(tree, rng)
        for piece in (text, text + " ", text[:-1], text[:-1] + " ", text[: len(text) // 2] + " ", text + "\n"):
            found[piece] = None
    return [piece for piece in found if piece]


def _prefixes(tree: Any, rng: random.Random, before: str = "") -> Iterator[str]:
    """What comes before each unbounded repeat, with two turns of the repeat."""
    for kind, value in tree:
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            low, high, body = value
            turn = _sample(body, rng)
            if high > 5:
                yield before + turn
                yield before + turn * 2
                yield turn
                yield before
            yield from _prefixes(body, rng, before)
            before += turn * max(1, low)
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield from _prefixes(branch, rng, before)
            before += _sample(value[1][0], rng)
        elif kind in (op.SUBPATTERN, op.ATOMIC_GROUP):
            body = value[-1] if kind is op.SUBPATTERN else value
            yield from _prefixes(body, rng, before)
            before += _sample(body, rng)
        elif kind in (op.ASSERT, op.ASSERT_NOT):
            yield from _prefixes(value[1], rng, before)
        else:
            before += _sample([(kind, value)], rng)


def _sample(tree: Any, rng: random.Random) -> str:
    """A text that a parsed pattern matches, as far as its assertions are not in the way."""
    parts = []
    for kind, value in tree:
        if kind is op.LITERAL:
            parts.append(chr(value))
        elif kind is op.NOT_LITERAL:
            parts.append("b" if value == ord("a") else "a")
        elif kind is op.ANY:
            parts.append("a")
        elif kind is op.IN:
            parts.append(_member(value, rng))
        elif kind is op.BRANCH:
            parts.append(_sample(rng.choice(value[1]), rng))
        elif kind is op.SUBPATTERN:
            parts.append(_sample(value[-1], rng))
        elif kind is op.ATOMIC_GROUP:
            parts.append(_sample(value, rng))
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            low, high, body = value
            parts += [_sample(body, rng) for _ in range(min(int(high), int(low) + rng.randrange(3)))]
        elif kind is op.ASSERT and value[0] > 0:
            parts.append(_sample(value[1], rng))
    return "".join(parts)


def _member(items: Any, rng: random.Random) -> str:
    """A character of a set."""
    usual = " a0我.,\n?!$-"
    if items[0][0] is op.NEGATE:
        allowed = [c for c in usual if not any(_has(item, c) for item in items[1:])]
        return rng.choice(allowed or ["\u0416"])
    kind, value = rng.choice(items)
    if kind is op.LITERAL:
        return chr(value)
    if kind is op.RANGE:
        return chr(rng.choice((value[0], value[1])))
    return rng.choice([c for c in usual if _has((kind, value), c)] or ["a"])


def _has(item: Any, character: str) -> bool:
    kind, value = item
    if kind is op.LITERAL:
        return ord(character) == value
    if kind is op.RANGE:
        return bool(value[0] <= ord(character) <= value[1])
    classes = {op.CATEGORY_DIGIT: character.isdigit(), op.CATEGORY_SPACE: character.isspace(),
               op.CATEGORY_WORD: character.isalnum() or character == "_"}
    for name, holds in list(classes.items()):
        classes[{op.CATEGORY_DIGIT: op.CATEGORY_NOT_DIGIT, op.CATEGORY_SPACE: op.CATEGORY_NOT_SPACE,
                 op.CATEGORY_WORD: op.CATEGORY_NOT_WORD}[name]] = not holds
    return classes.get(value, False)
