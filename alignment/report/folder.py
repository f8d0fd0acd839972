"""The page of a run's folder: what each file and folder is, how large it is, and the command that made them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...envs.storage import draft_of
from ..run_folder import INDEX, REPORT

MADE_BY = b"folder of a dialogym run</title>"
"""Stands at the top of every page."""
OPENED = {"models", "trees"}
"""Folders whose content is listed, too."""
_KINDS: tuple[tuple[str, str], ...] = (
    (r"report\.html", "What the run found: the conclusions, the tables and figures, pairs and conversations to read."),
    (r"results\.json", "The same as numbers, with the versions and seeds that made them."),
    (r"config\.yaml", "Every option of the run; dialogym run --config takes it back."),
    (r"transcripts\.json", "The conversations that the report shows."),
    (r"evaluation\.jsonl", "All conversations of the table, a system a line."),
    (r"development\.jsonl", "The conversations by which the weights were chosen, a system a line."),
    (r"families\.json", "What SFT and Aligned come to with every family of users."),
    (r"families\.jsonl", "Their conversations with them, a system and family a line."),
    (r"trees\.jsonl", "The search tree of every conversation searched, one a line."),
    (r"trees-(\d+)\.jsonl", "The search trees of round {}, one a line."),
    (r"trees", "The trees of the pairs that the report shows, as pages."),
    (r"trees/search-(\d+)\.html", "The tree of conversation {}."),
    (r"trees/search-(\d+)-(\d+)\.html", "The tree of conversation {1} in round {0}."),
    (r"tree-(\d+)\.html", "The tree of conversation {}, as a page."),
    (r"pairs", "Preference pairs, D_p and D_t: a dataset in TRL's conversational format."),
    (r"pairs-(\d+)", "The pairs that the search of round {} added."),
    (r"linear\.json", "The linear model of the pairs' acts, all of its weights."),
    (r"recording.*\.jsonl", "What a model behind a server was asked and answered; the run goes on from it."),
    (r"models", "The models of the run: adapters, or whole ones."),
    (r"models/base", "The base model, trained in the run."),
    (r"models/reward", "The reward model, trained on D_p."),
    (r"models/(.+)-sft", "The {} after supervised fine-tuning."),
    (r"models/(.+)-dpo", "The {} while it was aligned: the weights that were saved on the way."),
    (r"models/(.+)-dpo-(\d+)", "The same of the {} in round {}."),
    (r"models/(.+)-aligned", "The {} as the run leaves it: Aligned."),
    (r"\.dialogym\.json", "The mark that keeps other commands out of this folder, with the settings it was begun with."),
)
"""What is called so, below the run's folder, and what it is."""
UNKNOWN = "None of the run's own."


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder as the page lists it.

    Attributes:
        name: its name, with a slash after that of a folder.
        link: its address, relative to the run's folder.
        what: what it is.
        size: of it and all in it, for people to read.
        inside: what is in a folder that is listed, too.
    """

    name: str
    link: str
    what: str
    size: str
    inside: tuple[Entry, ...] = ()


def entries(run: Path, to_come: Mapping[str, int]) -> list[Entry]:
    """Everything in a run's folder but its page and what a kill left unfinished; what the run is read by comes first.

    Args:
        run: the folder.
        to_come: size in bytes by the name of files that are about to be written there.
    """
    found = {path.name: path for path in _whole(run) if path.name != INDEX}
    listed = [_entry(run, found[name]) for name in found if name not in to_come]
    listed += [Entry(name, quote(name), described(name), shown_size(size)) for name, size in to_come.items()]
    return sorted(listed, key=lambda entry: _order(entry.name.rstrip("/")))


def view(run: Path, results: Mapping[str, Any], report: int) -> dict[str, Any]:
    """What the page's template shows; `report` is the size of the report that is about to be written, in bytes."""
    return {"environment": results.get("environment", ""), "command": results.get("command") or "",
            "entries": entries(run, {REPORT: report})}


def described(name: str) -> str:
    """What a file or folder is, by its path below the run's folder."""
    place = _kind(name)
    if place == len(_KINDS):
        return UNKNOWN
    pattern, what = _KINDS[place]
    match = re.fullmatch(pattern, name)
    return what.format(*match.groups()) if match else what


def shown_size(size: int) -> str:
    """A number of bytes for people to read: "812 B", "3.4 kB", "11.6 MB"."""
    amount = float(size)
    for unit in ("B", "kB", "MB"):
        if amount < 999.5:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 99.95 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def _entry(run: Path, path: Path) -> Entry:
    name = path.relative_to(run).as_posix()
    folder = path.is_dir() and not path.is_symlink()
    held = sorted(_whole(path), key=lambda each: _order(f"{name}/{each.name}")) if folder and name in OPENED else []
    slash = "/" if folder else ""
    return Entry(path.name + slash, quote(name) + slash, described(name), shown_size(_size(path)),
                 tuple(_entry(run, each) for each in held))


def _whole(folder: Path) -> Iterable[Path]:
    """What is in a folder, without drafts of what was not finished."""
    before, after = draft_of(folder / "|").name.split("|")
    return (path for path in folder.iterdir() if not (path.name.startswith(before) and path.name.endswith(after)))


def _size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; links are counted, and not followed."""
    if path.is_dir() and not path.is_symlink():
        return sum(each.lstat().st_size for each in path.rglob("*") if each.is_symlink() or each.is_file())
    return path.lstat().st_size


def _order(name: str) -> tuple[int, list[tuple[int, str]]]:
    """Sorts paths by kind, and within a kind "search-9" before "search-12"."""
    return _kind(name), [(int(part) if part.isdecimal() else -1, part) for part in re.split(r"(\d+)", name)]


def _kind(name: str) -> int:
    """The place of a path's kind in the list of them; that of what is none of the run's own is after all."""
    return next((place for place, (pattern, _) in enumerate(_KINDS) if re.fullmatch(pattern, name)), len(_KINDS))
