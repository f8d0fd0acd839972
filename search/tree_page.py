"""A search tree as one page: the picture, the dialogue of every node, and the preference pairs.

The page loads nothing from anywhere. What models wrote reaches it as JSON and is shown as text, never as markup.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Any

from ..envs.errors import InvalidConfig, RunExists
from .tree import ROOT, TREE_VERSION

TEMPLATE = Path(__file__).with_name("tree_page.html")
MADE_BY = b'<meta name="generator" content="dialogym tree">'
"""Stands at the top of every page."""
_COLUMNS: Mapping[str, tuple[type, ...]] = (
    dict.fromkeys(("parent", "index", "answer", "depth", "visits", "completions"), (int,))
    | dict.fromkeys(("total_reward", "completed_reward", "completed_square", "score", "level"), (int, float))
    | dict.fromkeys(("model", "user"), (str, NoneType))
    | dict.fromkeys(("model_state", "user_state"), (str,))
    | dict.fromkeys(("over", "pruned"), (bool,)))
"""What `Tree.to_json` writes for every node, and of which types."""


def tree_page(tree: Mapping[str, Any], pairs: Sequence[tuple[int, int]] = (), *, title: str,
              seats: tuple[str, str] = ("model", "user")) -> str:
    """A self-contained HTML page on which a search tree can be folded, zoomed, searched and read.

    Args:
        tree: the JSON value of `Tree.to_json`, such as a line of a run's `trees.jsonl`; the page holds it whole.
        pairs: (chosen node, rejected node) of each preference pair, marked on the tree and listed.
        title: the page's heading.
        seats: what to call the interactive seat and the user seat.

    Raises:
        InvalidConfig: the tree is of another version or malformed, or a pair names no two nodes of it.
    """
    _check(tree, pairs)
    try:
        data = json.dumps({"tree": tree, "pairs": pairs, "seats": seats}, allow_nan=False)
    except ValueError as error:
        raise InvalidConfig(f"The tree holds a number that is not finite ({error}); make scores and rewards finite.") from error
    # All that is not ASCII is escaped already; without "<" nothing inside can end the script element or open a comment.
    filled = {"title": html.escape(title), "data": data.replace("<", "\\u003c")}
    return re.sub("{{(title|data)}}", lambda slot: filled[slot[1]], TEMPLATE.read_text(encoding="utf-8"))


def check_page(path: Path) -> None:
    """Raises RunExists when the file is there and is no such page: it is not replaced."""
    if path.is_file():
        with path.open("rb") as file:
            if MADE_BY in file.read(1024):
                return
    if path.exists():
        raise RunExists(f"{path} was not written by `dialogym tree`; choose another --out; nothing was changed.")


def _check(tree: Mapping[str, Any], pairs: Sequence[tuple[int, int]]) -> None:
    wanted = "wanted the JSON value of Tree.to_json(), such as a line of a run's trees.jsonl"
    if (version := tree.get("tree")) != TREE_VERSION:
        raise InvalidConfig(f"The tree is of version {version!r}, this package draws version {TREE_VERSION}; search again.")
    for name, kinds in _COLUMNS.items():
        column = tree.get(name)
        if not isinstance(column, list) or not column or not all(isinstance(item, kinds) for item in column):
            kind = " or ".join(kind.__name__ for kind in kinds)
            raise InvalidConfig(f"The tree has no column {name!r} of {kind} for every node; {wanted}.")
        if len(column) != len(tree["parent"]):
            raise InvalidConfig(f"Column {name!r} has {len(column)} entries, 'parent' has {len(tree['parent'])}; {wanted}.")
    for node, parent in enumerate(tree["parent"]):
        if not (parent == -1 if node == ROOT else 0 <= parent < node):
            raise InvalidConfig(f"Node {node} has the parent {parent}; a parent comes before its children, and only the root, "
                                f"node {ROOT}, has -1.")
    root = tree.get("root")
    if not (isinstance(root, Mapping) and isinstance(root.get("dialogue"), list)
            and all(len(said) in (2, 3) and all(isinstance(part, str) for part in said) for said in root["dialogue"])):
        raise InvalidConfig(f"The tree has no 'root' with a 'dialogue' of [seat, text] or [seat, text, state]; {wanted}.")
    if not isinstance(tree.get("earlier"), Mapping):
        raise InvalidConfig(f"The tree has no 'earlier', what the user said before a closing question, by node; {wanted}.")
    for pair in pairs:
        if pair[0] == pair[1] or not all(ROOT < node < len(tree["parent"]) for node in pair):
            raise InvalidConfig(f"The pair {pair!r} names no two replies; give two different nodes from 1 to "
                                f"{len(tree['parent']) - 1}.")
