"""What is public: four sorted, typed, documented lists, from which the examples and the docs import and nowhere else."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import dialogym
import dialogym.agents
import dialogym.alignment
import dialogym.alignment.online
import dialogym.envs.emotional_support
import dialogym.envs.persuasion
import dialogym.search

ROOT = Path(__file__).resolve().parents[1]
PUBLIC = [dialogym, dialogym.agents, dialogym.search, dialogym.alignment, dialogym.alignment.online,
          dialogym.envs.persuasion, dialogym.envs.emotional_support]
NAMES = [pytest.param(module, name, id=f"{module.__name__}.{name}") for module in PUBLIC for name in module.__all__]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md",
         *sorted(page for page in ROOT.glob("docs/**/*.md") if page.parent.name != "history")]


@pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.__name__)
def test_the_list_is_sorted_and_whole(module: ModuleType) -> None:
    assert list(module.__all__) == sorted(set(module.__all__))
    for name in module.__all__:
        getattr(module, name)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        module.nonsense  # noqa: B018 - asked for


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_a_public_name_is_documented_and_typed(module: ModuleType, name: str) -> None:
    found = getattr(module, name)
    if not (inspect.isclass(found) or inspect.isfunction(found)):
        return  # a table or a type alias: its docstring stands below it in the source
    assert (inspect.getdoc(found) or "").strip()
    functions = [found] if inspect.isfunction(found) else [f for n, f in vars(found).items() if own(f) and n[0] != "_"]
    for function in functions:
        assert (function.__doc__ or "").strip() or inspect.isclass(found), function
        parameters = list(inspect.signature(function).parameters.values())
        bare = [p.name for p in parameters if p.annotation is p.empty and p.name not in ("self", "cls")]
        assert bare == [], function
        assert inspect.signature(function).return_annotation is not inspect.Signature.empty, function


def own(value: Any) -> bool:
    return inspect.isfunction(value)


def imports(source: str) -> Iterator[tuple[str, str]]:
    """Every name that a source takes from the package: (module, name)."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "dialogym":
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name.split(".")[0] == "dialogym")


def strangers(source: str) -> list[str]:
    listed = {module.__name__: set(module.__all__) | {""} for module in PUBLIC}
    return [f"{module}: {name}" for module, name in imports(source) if name not in listed.get(module, ())]


def blocks(page: Path) -> list[str]:
    return re.findall(r"^```python[^\n]*\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*.py")), ids=lambda path: path.name)
def test_the_examples_import_what_is_public(path: Path) -> None:
    assert strangers(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_docs_import_what_is_public(page: Path) -> None:
    assert [stranger for block in blocks(page) for stranger in strangers(block)] == []


def test_a_deep_import_is_caught() -> None:
    assert strangers("from dialogym.search.tree import Tree") == ["dialogym.search.tree: Tree"]
    assert strangers("from dialogym.search import ROOT") == ["dialogym.search: ROOT"]
    assert strangers("import dialogym\nfrom dialogym import make") == []
