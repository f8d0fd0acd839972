"""A phrase book in a file: sections of templates, lexicons of words that fill their slots, and people with habits of their own.

The format, one item a line (blank lines and lines that begin with "# " do not count):

    [lexicon job]                      words for the slot <job>, separated by "|" or by lines
    a nurse | a welder | a teacher
    [hit]                              a section: one template a line
    {That|This} gets to me{, really|}. I am <my.job>, <he> would understand.

A template is text with alternatives in braces, which do not nest, and slots in angle brackets. `<job>` takes a word of the
lexicon by the key of the wording; `<my.job>` one by the key of the person, so that they have one job all through a talk. Any
other slot is filled by the caller. Who speaks has habits: a person uses a part of a section's templates, not all (`HABITS`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import TypeVar

from .keys import MASK, mix, text_key

HABITS = 0.6
"""The share of a section's templates that one person uses."""
_ALTERNATIVES = re.compile(r"\{([^{}]*)\}")
_SLOT = re.compile(r"<([^<>]+)>")
V = TypeVar("V")
_Pieces = tuple[tuple[str, ...], ...]


class Book:
    """The sections and lexicons of a phrase book.

    Args:
        text: a book in the format of this module.

    Raises:
        ValueError: a line stands before every section, a section or lexicon is empty or named twice, or braces do not match.
    """

    def __init__(self, text: str) -> None:
        self._sections: dict[str, list[_Pieces]] = {}
        self._lexicons: dict[str, tuple[str, ...]] = {}
        self._salts: dict[str, int] = {}
        for name, lines in _blocks(text):
            kind, _, word = name.partition(" ")
            if kind == "lexicon":
                words = tuple(item.strip() for line in lines for item in line.split("|") if item.strip())
                _new(self._lexicons, word.strip(), words)
                self._salts[word.strip()] = text_key(word.strip())
            else:
                _new(self._sections, name, [_parse(line) for line in lines])

    def __contains__(self, section: str) -> bool:
        return section in self._sections

    def __iter__(self) -> Iterator[str]:
        """The names of the sections."""
        return iter(self._sections)

    def lexicon(self, name: str) -> tuple[str, ...]:
        """The words of a lexicon. Raises KeyError."""
        return self._lexicons[name]

    def say(self, section: str, key: int, person: int = 0, slots: Mapping[str, str] | None = None) -> str:
        """One wording of a section, every choice read off the keys; a slot that nobody fills stays as it is.

        Args:
            section: its name. Raises KeyError when there is none.
            key: decides the wording.
            person: decides the habits and what is theirs; 0 for nobody in particular, who uses every template.
            slots: what fills `<name>`.
        """
        templates = self._sections[section]
        number = (mix(key, 0) >> 11) * len(templates) >> 53
        if person:
            for _ in range(len(templates)):
                if mix(person, number) <= HABITS * MASK:
                    break
                number = (number + 1) % len(templates)
        pieces = templates[number]
        text = "".join([options[(mix(key, i) >> 11) * len(options) >> 53] if len(options) > 1 else options[0]
                        for i, options in enumerate(pieces, 1)])
        return self._filled(text, key, person, slots or {}) if "<" in text else text

    def _filled(self, text: str, key: int, person: int, slots: Mapping[str, str]) -> str:
        def word(match: re.Match[str]) -> str:
            name = match[1]
            if name in slots:
                return slots[name]
            mine = name.startswith("my.")
            words = self._lexicons.get(name[3:] if mine else name)
            if words is None:
                return match[0]
            salt = self._salts[name[3:] if mine else name]
            at = mix(person, salt) if mine else mix(key, salt, match.start())
            return words[(at >> 11) * len(words) >> 53]

        return _SLOT.sub(word, text)

    def every(self, section: str) -> Iterator[str]:
        """Each option of each alternative and each word of each lexicon of a section at least once; callers' slots left in."""
        for pieces in self._sections[section]:
            names = {match[1] for options in pieces for option in options for match in _SLOT.finditer(option)}
            words = {name: found for name in names if (found := self._lexicons.get(name.removeprefix("my.")))}
            longest = max([len(options) for options in pieces] + [len(found) for found in words.values()])
            for turn in range(longest):
                text = "".join(options[turn % len(options)] for options in pieces)
                yield _SLOT.sub(lambda match, turn=turn, words=words:  # type: ignore[misc]
                                words[match[1]][turn % len(words[match[1]])] if match[1] in words else match[0], text)


@cache
def book(package: str, name: str) -> Book:
    """The book `name` that stands in a package's folder, read once. Raises FileNotFoundError."""
    return Book(files(package).joinpath(name).read_text(encoding="utf-8"))


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    name, lines = "", list[str]()
    for line in map(str.strip, text.splitlines()):
        if not line or line.startswith("# "):
            continue
        if line.startswith("[") and line.endswith("]"):
            if name:
                yield name, lines
            name, lines = line[1:-1].strip(), []
        elif not name:
            raise ValueError(f"A phrase book begins with a section such as [greeting], got the line {line[:60]!r}.")
        else:
            lines.append(line)
    if name:
        yield name, lines


def _new(where: dict[str, V], name: str, value: V) -> None:
    if not name or not value:
        raise ValueError(f"The section or lexicon {name!r} of a phrase book is empty.")
    if name in where:
        raise ValueError(f"The section or lexicon {name!r} stands twice in a phrase book.")
    where[name] = value


def _parse(template: str) -> _Pieces:
    pieces = _ALTERNATIVES.split(template)
    if any("{" in piece or "}" in piece for piece in pieces):
        raise ValueError(f"Braces do not match, or nest, in the template {template[:80]!r} of a phrase book.")
    return tuple(tuple(piece.split("|")) if i % 2 else (piece,) for i, piece in enumerate(pieces) if i % 2 or piece)
