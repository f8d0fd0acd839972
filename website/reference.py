"""The reference pages' parts: the public names of a module, the command and its options, an example as a page."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from pathlib import Path

import griffe
import typer.main
from typer.cli import get_docs_for_click

from dialogym.__main__ import app

ROOT = Path(__file__).resolve().parents[1]
NAMED = ROOT / "build" / "named"
"""Where the package is under its name, for what reads sources: links to its files, and nothing else of the checkout."""
ITEMS = ("__init__.py", "__main__.py", "envs", "agents", "search", "alignment", "cli")


def linked(root: Path) -> Path:
    """Links to the package's files in a folder of the name that they are imported by; the folder above it."""
    package = NAMED / "dialogym"
    package.mkdir(parents=True, exist_ok=True)
    for item in ITEMS:
        link = package / item
        if not link.exists():
            link.symlink_to(root / item)
    return NAMED


def names(module: str) -> str:
    """Every public name of a module: classes, then functions, then what else it lists, each documented from its source."""
    found = package()[module.partition(".")[2]] if "." in module else package()
    shared = set(found.exports or ()) & set(package().exports or ()) if "." in module else set()
    kinds: dict[str, list[str]] = {"Classes": [], "Functions": [], "Types and tables": []}
    for name in sorted(set(found.exports or ()) - shared):
        target = found[name].final_target if found[name].is_alias else found[name]
        kinds["Classes" if target.is_class else "Functions" if target.is_function else "Types and tables"].append(target.path)
    told = ", ".join(f"`{name}`" for name in sorted(shared))
    besides = [f"Besides, as in [`dialogym`](dialogym.md): {told}."] if shared else []
    return "\n\n".join([*besides, *(part for heading, listed in kinds.items() if listed
                                    for part in (f"## {heading}", *(f"::: {path}" for path in listed)))])


@cache
def package() -> griffe.Module:
    """The package as its sources say it; nothing is imported."""
    loader = griffe.GriffeLoader(search_paths=[linked(ROOT)])
    found = loader.load("dialogym")
    loader.resolve_aliases()
    return found


def command(_: str) -> str:
    """The `dialogym` command with all its subcommands and options."""
    click = typer.main.get_command(app)
    text = get_docs_for_click(obj=click, ctx=typer.Context(click), name="dialogym")
    return text.partition("\n")[2].lstrip()


def example(path: Path) -> tuple[str, str]:
    """An example script as a page: a title, and what it says and does."""
    source = path.read_text(encoding="utf-8")
    told = ast.get_docstring(ast.parse(source)) or ""
    first, _, rest = told.partition("\n\n")
    number, _, words = path.stem.partition("_")
    script = source.partition('"""\n\n')[2].strip()
    return f"{number} {words.replace('_', ' ')}", f'{first}\n\n{rest}\n\n```python title="examples/{path.name}"\n{script}\n```'


PARTS: dict[str, Callable[[str], str]] = {"names": names, "command": command}
"""What a page may ask for, by name."""
