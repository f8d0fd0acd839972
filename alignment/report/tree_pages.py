"""The pages of the trees that a report's pairs come from, and the node of each pair on its page."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from ...agents.prompting import layout_of
from ...envs.errors import InvalidConfig, InvalidSnapshot, UnknownEnvironment
from ...envs.storage import write_whole
from ...search.collect import TREES, scenario_of, stored
from ...search.pair_selection import PairSettings, sibling_pairs
from ...search.tree import Tree
from ...search.tree_page import check_page, tree_page
from ..preferences.mining import tree_pairs
from ..preferences.pair import PreferencePair
from ..run_folder import TREE_PAGES

_NAME = re.compile(r"search(?:-(?P<round>\d+))?-(?P<number>\d+)")
"""What a run calls a conversation that it searched: from the second round on the round stands before the number."""
_Identity = tuple[str, tuple[tuple[str, str], ...], str, str]


def write_tree_pages(run: Path, pairs: Sequence[PreferencePair], results: Mapping[str, Any]) -> list[str | None]:
    """Writes the page of every tree that one of the pairs comes from, and no other.

    Args:
        run: the run's folder, with the trees.
        pairs: of the run.
        results: of the run, whose configuration says how its pairs were made.

    Returns:
        By pair the address of its page, relative to the run's folder, with the chosen reply's node as fragment. None where no
        page can be made: the pair is from no search, or its tree is gone or of another release.

    Raises:
        RunExists: where a page would stand is a file that is none.
    """
    config = results.get("config") or {}
    known = {field.name for field in fields(PairSettings)}
    settings = PairSettings(**{name: value for name, value in config.get("pairs", {}).items() if name in known})
    layout = layout_of(config.get("layout", "chat"))
    wanted: dict[Path, dict[int, str]] = defaultdict(dict)
    for name in sorted({pair.conversation for pair in pairs}):
        if place := _NAME.fullmatch(name):
            check_page(_page(run, name))
            file = TREES if place["round"] is None else f"trees-{place['round']}.jsonl"
            wanted[run / file][int(place["number"])] = name
    nodes: dict[_Identity, int] = {}
    drawn: set[str] = set()
    for path, names in wanted.items():
        try:
            for name, raw, tree in _trees(path, names):
                marked = list(sibling_pairs(tree, settings))
                found = tree_pairs(tree, name, settings, layout)
                nodes |= {identity(pair): better.choice[0] for (_, better, _), pair in zip(marked, found, strict=True)}
                _write(run, name, raw, tree, [(better.choice[0], worse.choice[0]) for _, better, worse in marked])
                drawn.add(name)
        except (InvalidConfig, InvalidSnapshot, UnknownEnvironment):
            continue  # of another release, or of a scenario that nobody announced here: its pairs can be read all the same
    return [_address(pair.conversation, nodes.get(identity(pair))) if pair.conversation in drawn else None for pair in pairs]


def _trees(path: Path, names: Mapping[int, str]) -> Iterator[tuple[str, Mapping[str, Any], Tree]]:
    """Name, JSON value and tree of the conversations of a file that are asked for and did not fail."""
    if not path.is_file():
        return
    scenario = scenario_of(path)
    for found in stored(path, names):
        if found.tree is not None:
            yield names[found.number], found.tree, Tree.from_json(found.tree, scenario)


def identity(pair: PreferencePair) -> _Identity:
    """What tells a pair from the others."""
    return pair.conversation, pair.context, pair.chosen.text, pair.rejected.text


def _page(run: Path, name: str) -> Path:
    return run / TREE_PAGES / f"{name}.html"


def _address(name: str, node: int | None) -> str:
    """Where a node stands; without one, its tree."""
    page = f"{TREE_PAGES}/{name}.html"
    return page if node is None else f"{page}#{node}"


def _write(run: Path, name: str, raw: Mapping[str, Any], tree: Tree, marked: Sequence[tuple[int, int]]) -> None:
    place = _NAME.fullmatch(name)
    path, scenario = _page(run, name), tree.root.scenario
    title = f"Conversation {place['number']}" + (f", round {place['round']}" if place["round"] else "") if place else name
    path.parent.mkdir(exist_ok=True)
    write_whole(path, tree_page(raw, marked, title=title, seats=(scenario.interactive, scenario.user)))
