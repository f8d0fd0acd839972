"""How everything is kept: files and folders that are whole or not there, and files that only grow.

A file that only grows is a `Journal`: a first line that says how it was made, then a JSON value per line. A value is on the
disk when `append` returns. Killed at any moment, the file is whole but for a torn last line, which the next `append`
overwrites; whoever goes on must want what the first line says. One writer at a time: from its first `append` to its end a
journal locks its file (`flock`; on a system without it nothing is locked), and whoever else would write is told so.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Any

from .errors import InvalidConfig

try:
    import fcntl
except ImportError:  # pragma: no cover - a system without it
    fcntl = None  # type: ignore[assignment]

SETTINGS = "settings"


@contextmanager
def drafted(path: Path) -> Iterator[Path]:
    """A path to write a file or a folder to, which takes the place of `path` when all of it is on the disk.

    A reader, or a kill at any moment, finds the old one or the new one; what raises inside leaves the old one and no draft.
    A folder takes the place of none or of an empty one.
    """
    draft = draft_of(path)
    _remove(draft)  # of one who was killed
    try:
        with _named(path):
            yield draft
        for file in [draft, *draft.rglob("*")]:
            if file.is_file():
                with file.open("r+b") as written:
                    os.fsync(written.fileno())
        draft.replace(path)
    except BaseException:
        _remove(draft)
        raise


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """An error of the system that comes without a file, as that of a full disk does, is given the path."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = str(path)
        raise


def draft_of(path: Path) -> Path:
    """Where what takes the place of a path is written first: a hidden neighbour, under a name that nobody else would give."""
    return path.with_name(f".{path.name}.dialogym-draft")


def parsed(text: str | bytes) -> Any:
    """The value of a JSON text. Raises ValueError on anything else, also on what is nested too deep to be read."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def write_whole(path: Path, content: str | bytes) -> None:
    """Writes a file that is whole or not there (`drafted`): a text as UTF-8, its line ends as they are."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    with drafted(path) as draft:
        draft.write_bytes(data)


def write_json(path: Path, value: Any) -> None:
    """`write_whole` of a JSON value, for people to read too. What marks that something is complete is written so, and last."""
    write_whole(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def _remove(draft: Path) -> None:
    if draft.is_dir():
        shutil.rmtree(draft)
    else:
        draft.unlink(missing_ok=True)


def line(value: Any) -> bytes:
    """One JSON value as a line; equal values give equal bytes."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8") + b"\n"


class Journal:
    """Goes on with such a file, or begins one.

    Nothing is changed on the disk before the first `append`: what comes to nothing leaves no file begun with its settings.

    Args:
        path: the file; the first `append` makes it, and the folders above it.
        kind: a word of the first line that tells this sort of file from others, with its format's number.
        settings: what the values depend on, a JSON object.
        command: who writes such files, for messages.

    Raises:
        InvalidConfig: the path holds something else, or a file begun with other settings, or a damaged one.
    """

    _file: FileIO | None = None

    def __init__(self, path: Path, kind: tuple[str, int], settings: Mapping[str, Any], command: str) -> None:
        self.path = path
        first = line({kind[0]: kind[1], SETTINGS: dict(settings)})
        if path.exists() and not path.is_file():
            raise InvalidConfig(f"{path} is not a file; name a new file, or one that `{command}` began.")
        found = b""
        if path.exists():
            with path.open("rb") as file:
                found = file.readline()
        if first.startswith(found):  # new, empty, or killed while the first line was written; or just right
            self._missing = first if found != first else b""
        else:
            _check_settings(path, found, json.loads(first), command)
            self._missing = b""
        self._size = path.stat().st_size if path.exists() else 0
        self.end = 0
        for _ in self.lines():
            pass  # finds the end of the whole lines

    def lines(self) -> Iterator[bytes]:
        """Every whole line after the first, as bytes with its line end, one in memory at a time."""
        if self._missing:
            return
        with self.path.open("rb") as file:
            end = len(file.readline())
            for found in file:
                if not found.endswith(b"\n"):
                    break
                end += len(found)
                yield found
        self.end = end

    def values(self) -> Iterator[Any]:
        """The value of every whole line after the first. Raises InvalidConfig on a line that is not JSON."""
        for number, found in enumerate(self.lines(), 2):
            try:
                yield parsed(found)
            except ValueError as error:
                raise InvalidConfig(f"{self.path}, line {number}: not JSON ({error}); name a new file.") from error

    def append(self, *values: Any) -> None:
        """Adds a line for each value and returns when the disk has them.

        Raises InvalidConfig, and writes nothing, when another writer has the file.
        """
        self.append_lines(*map(line, values))

    def append_lines(self, *lines: bytes) -> None:
        """`append` of values that are lines already, as `line` makes them elsewhere."""
        written = b"".join([self._missing, *lines])
        file = self._file or self._locked()
        with _named(self.path):
            file.truncate(self.end)
            file.seek(self.end)
            left = memoryview(written)
            while left:  # a full disk may take a part; the next `append` overwrites it
                left = left[file.write(left):]
            os.fsync(file.fileno())
        self._missing = b""
        self.end += len(written)
        self._size = self.end

    def close(self) -> None:
        """Lets the file go; another `append` takes it again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __del__(self) -> None:
        self.close()

    def _locked(self) -> FileIO:
        """The file, open and this journal's alone."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = FileIO(os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666), "r+")
        try:
            if fcntl is not None:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            changed = os.fstat(file.fileno()).st_size != self._size
        except OSError as error:
            file.close()
            raise InvalidConfig(f"Another process, or another part of this one, is writing {self.path}; wait for its end, or "
                                "choose another place. Nothing was changed.") from error
        if changed:
            file.close()
            raise InvalidConfig(f"{self.path} was written by somebody else since it was opened; start again, which goes on "
                                "with what it holds. Nothing was changed.")
        self._file = file
        return file


def is_settings(value: Any, kind: str) -> bool:
    """Whether a line's value is the first of a journal of that kind."""
    return isinstance(value, Mapping) and kind in value and isinstance(value.get(SETTINGS), Mapping)


def _check_settings(path: Path, found: bytes, wanted: Mapping[str, Any], command: str) -> None:
    """Raises InvalidConfig, naming what differs."""
    try:
        value = parsed(found)
    except ValueError:
        value = None
    (kind, number), *_ = wanted.items()
    if not is_settings(value, kind):
        raise InvalidConfig(f"{path} was not written by `{command}`; choose another place; nothing was changed.")
    old, new = {**value[SETTINGS], "format": value[kind]}, {**wanted[SETTINGS], "format": number}
    for name in {**old, **new}:
        if old.get(name) != new.get(name):
            raise InvalidConfig(f"{path} was begun with another {name} ({old.get(name)!r}, now {new.get(name)!r}); go on with "
                                "the same settings, or choose another place.")
