"""Errors of code that is not this package's: whose they are, and in which file and line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from traceback import walk_tb
from types import FrameType

_OURS = __name__.partition(".")[0]


def told(error: BaseException) -> str:
    """The error's type and words and, if other people's code raised it, file and line: "ValueError: no (mine.py, line 3)"."""
    place = whereabouts(error)
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"{words} ({place})" if place else words


def whereabouts(error: BaseException) -> str:
    """File and line, in the first package on the error's way that is neither ours nor Python's; "" where there is none.

    A file is told as far as its module's name goes, so that the words are the same on every machine.
    """
    frames = list(_foreign(error))
    if not frames:
        return ""
    theirs = _package(frames[0][0])
    frame, line = [found for found in frames if _package(found[0]) == theirs][-1]
    path, module = Path(frame.f_code.co_filename), str(frame.f_globals.get("__name__", ""))
    parts = module.count(".") + 1 + (path.stem == "__init__")
    return f"{'/'.join(path.parts[-parts:])}, line {line}"


def foreign_package(error: BaseException) -> str:
    """The first package on the error's way that is neither ours nor Python's; "" where there is none."""
    return next((_package(frame) for frame, _ in _foreign(error)), "")


def _foreign(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    for frame, line in walk_tb(error.__traceback__):
        if _package(frame) not in {_OURS, *sys.stdlib_module_names} and not frame.f_code.co_filename.startswith("<"):
            yield frame, line


def _package(frame: FrameType) -> str:
    """The top package of a frame's module; a script's is "__main__"."""
    named = frame.f_globals.get("__package__") or frame.f_globals.get("__name__", "")
    return str(named).partition(".")[0]
