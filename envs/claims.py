"""Whose a folder is: a command marks the folder that it writes into, and writes into no other's.

The mark is a hidden file that names the command and the settings it was given. A folder with nothing in it but a mark is free:
whoever left that did nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .errors import RunExists
from .keys import fresh_secret, mark_of
from .storage import draft_of, parsed, write_whole

MARK = ".dialogym.json"
_UNTOUCHED = "choose another --out. Nothing was changed."


def check_claim(folder: Path, command: str, settings: Mapping[str, Any]) -> None:
    """Whether a command may write into a folder.

    Args:
        folder: absent, empty, or what the same command wrote with the same settings.
        command: such as "dialogym search".
        settings: what decides the folder's content, a JSON object.

    Raises:
        RunExists: it holds what the command did not write, or wrote with other settings.
    """
    if folder.exists() and not folder.is_dir():
        raise RunExists(f"{folder} is not a folder; {_UNTOUCHED}")
    held = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    ours = {MARK, draft_of(folder / MARK).name}  # a kill may leave a mark that was never finished
    if not set(held) - ours:
        return
    mark = _mark(folder)
    if mark is None:
        first = next(name for name in held if name not in ours)
        raise RunExists(f"{folder} already exists and holds {first!r}, which `{command}` did not write; {_UNTOUCHED}")
    if mark["command"] != command:
        raise RunExists(f"{folder} holds what `{mark['command']}` wrote, and `{command}` writes into new folders and its own; "
                        f"{_UNTOUCHED}")
    old, new = mark["settings"], json.loads(json.dumps(settings))
    for name in {**old, **new}:
        if old.get(name) != new.get(name):
            raise RunExists(f"{folder} was begun with another {name} ({old.get(name)!r}, now {new.get(name)!r}); go on with "
                            f"the same settings, or {_UNTOUCHED}")


def secret_for(folder: Path, command: str, given: str | None) -> str:
    """The secret under which a command plays in a folder: the given one, else that of its beginning, else a fresh one.

    The mark keeps it, as `settings["secret"]`, from before anything is played: who was killed goes on with the same one.
    Raises InvalidArgument for what can be no secret.
    """
    if given is None:
        mark = _mark(folder)
        kept = mark["settings"].get("secret") if mark is not None and mark["command"] == command else None
        given = fresh_secret() if kept is None else kept
    mark_of(given)  # refuses what is none
    return given


@contextmanager
def claimed(folder: Path, command: str, settings: Mapping[str, Any]) -> Iterator[None]:
    """Makes and marks the folder for what is done inside; where nothing comes of that, the folder is as it was before.

    Raises as `check_claim`, before anything is changed.
    """
    check_claim(folder, command, settings)
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / MARK
    text = json.dumps({"command": command, "settings": settings}, ensure_ascii=False) + "\n"
    if not mark.exists() or mark.read_text(encoding="utf-8") != text:
        write_whole(mark, text)
    try:
        yield
    finally:
        if [path.name for path in folder.iterdir()] == [MARK]:
            mark.unlink()
            with suppress(OSError):  # somebody else put something there meanwhile
                for path in made:
                    path.rmdir()


def _mark(folder: Path) -> dict[str, Any] | None:
    """What a folder's mark says; None without a whole one."""
    try:
        found = parsed((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    whole = isinstance(found, dict) and isinstance(found.get("command"), str) and isinstance(found.get("settings"), dict)
    return found if whole else None
