"""A comparison as one file that others can check and a leaderboard can show: figures, stamp and talks, under a seal.

Talks that this package can play again from their settings are kept as marks of their words; the others with all that was said.
Nothing in the file names a place on the machine that made it.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ...agents.by_name import REPLAYED
from ...agents.prompting import VERSION
from ...envs.errors import InvalidConfig
from ...envs.storage import parsed, write_whole
from ...search.planners import PLANNERS

ENTRY = "entry.json.gz"
KEY, FORMAT, SEAL = "dialogym_entry", 1, "seal"
_KEPT = ("failed", "foul", "level", "turns", "generations", "status", "tokens", "user_tokens")
_WANTED = {"settings": dict, "rows": list, "talks": list, "models": list, "made": dict, "version": int, SEAL: str}


def write_entry(path: Path, figures: Mapping[str, Any], done: Mapping[tuple[str, str, int, int], Mapping[str, Any]]) -> None:
    """Writes the file of a finished comparison: `leaderboard.json`'s figures and the talks' lines."""
    named = {name: _named(name) for name in figures["models"]}
    settings = dict(figures["settings"])
    settings["policy"] = named.get(settings["policy"], settings["policy"])
    settings["users"] = settings["users"] and [named.get(user, user) for user in settings["users"]]
    settings["reward"] = settings["reward"] and _named(settings["reward"])
    value = {
        KEY: FORMAT, "made": {"dialogym": version("dialogym"), "prompts": VERSION}, **figures, "settings": settings,
        "models": list(named.values()),
        "rows": [{**row, "user": named.get(row["user"], row["user"])} for row in figures["rows"]],
        "talks": list(_talks(done.values(), figures["models"], named)),
    }
    text = json.dumps({**value, SEAL: seal(value)}, ensure_ascii=False, separators=(",", ":"))
    write_whole(path, gzip.compress(text.encode("utf-8", "surrogatepass"), mtime=0))


def read_entry(path: Path) -> dict[str, Any]:
    """The file's value, packed or not. Raises InvalidConfig for what is no such file."""
    try:
        data = path.read_bytes()
        value = parsed(gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise InvalidConfig(f"{path} cannot be read as an entry of the leaderboard ({error}); name the {ENTRY} that "
                            "`dialogym bench` wrote.") from error
    if not isinstance(value, dict) or value.get(KEY) != FORMAT:
        raise InvalidConfig(f"{path} is no entry of the leaderboard in format {FORMAT}; name the {ENTRY} that `dialogym bench` "
                            "wrote.")
    if missing := [name for name, kind in _WANTED.items() if not isinstance(value.get(name), kind)]:
        raise InvalidConfig(f"{path} is a damaged entry of the leaderboard: it lacks {', '.join(missing)}.")
    return value


def seal(value: Mapping[str, Any]) -> str:
    """32 hexadecimal digits of all of an entry but its seal."""
    rest = {name: found for name, found in value.items() if name != SEAL}
    text = json.dumps(rest, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=16).hexdigest()


def mark_of(dialogue: Iterable[Iterable[str]]) -> str:
    """16 hexadecimal digits of what was said, private states included."""
    text = json.dumps([list(said) for said in dialogue], ensure_ascii=False).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=8).hexdigest()


def played_again(settings: Mapping[str, Any], models: Iterable[str], user: str, planner: str) -> bool:
    """Whether a cell's talks follow from its settings: nobody speaks or plans in it but this package's own."""
    speak = {settings["policy"], user} & set(models)
    return planner in PLANNERS and not speak


def _talks(lines: Iterable[Mapping[str, Any]], models: Iterable[str], named: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        found = {"user": named.get(line["user"], line["user"]), "planner": line["planner"], "budget": line["budget"],
                 "number": line["number"], **{name: line[name] for name in _KEPT if name in line}}
        if "dialogue" in line:
            found["mark"] = mark_of(line["dialogue"])
            if line["planner"] not in PLANNERS or models:
                found["dialogue"] = line["dialogue"]
        yield found


def _named(name: str) -> str:
    """A model's name without the place where it lies."""
    if name.startswith(REPLAYED):
        return REPLAYED + Path(name.removeprefix(REPLAYED)).name
    return Path(name).resolve().name if Path(name).is_dir() else name
