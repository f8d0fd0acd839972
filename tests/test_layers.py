"""The rules that keep the package in shape: imports go down, heavy ones stay apart, nothing grows long."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

FRONT_DOOR = "the front door"
LAYERS = ["envs", "agents", "search", "alignment", "integrations", "study", FRONT_DOOR]
"""From the bottom up: a module imports from its own layer and from those before it."""

CORE = {"cloudpickle", "gymnasium", "numpy", "pettingzoo", "rich", "typer", "vaderSentiment", "yaml"}
"""What is always installed. Anything else (torch, transformers, scipy, ...) is heavy: see `HEAVY_AT_TOP`."""

HEAVY_AT_TOP = {"alignment", "agents/engine", "integrations", "study"}
"""Modules and folders that may import heavy packages at module level; the others do so inside a function."""

MAX_MODULE = 400
MAX_FUNCTION = 60  # without its docstring

FOLDERS = (*LAYERS, "cli")
PACKAGE = sorted([*ROOT.glob("*.py"), *(path for folder in FOLDERS for path in ROOT.glob(f"{folder}/**/*.py"))])
AROUND = ("tests", "examples", "benchmarks", "dialogym_env", "website")
SCRIPTS = sorted(path for folder in AROUND for path in ROOT.glob(f"{folder}/**/*.py"))

Import = tuple[int, str]
"""Line, and what is imported, dotted: "envs.keys" from the root if relative, else "numpy.random"."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def layer_of(dotted: str) -> str:
    first = dotted.partition(".")[0]
    return first if first in LAYERS else FRONT_DOOR


def relative_imports(tree: ast.AST, module: str) -> Iterator[Import]:
    """Every relative import, resolved from the root; one that leaves the package is ValueError."""
    folder = module.split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            if node.level > len(folder) + 1:
                raise ValueError(f"{module}:{node.lineno}: the import leaves the package")
            base = folder[: len(folder) - (node.level - 1)] + (node.module.split(".") if node.module else [])
            for target in [".".join(base)] if base else [alias.name for alias in node.names]:
                yield node.lineno, target


def absolute_imports(tree: ast.AST, *, module_level: bool = False) -> Iterator[Import]:
    """Every absolute import; or only those that run when the module is imported."""
    nodes = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.lineno, node.module
        if module_level and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if module_level and isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            nodes.extend(node.orelse)
            continue
        nodes.extend(ast.iter_child_nodes(node))


def upward(source: str, module: str) -> list[str]:
    own = layer_of(module.replace("/", "."))
    return [
        f"{module}:{line}: {own} imports {layer_of(target)} ({target}), which is above it"
        for line, target in relative_imports(ast.parse(source), module)
        if LAYERS.index(layer_of(target)) > LAYERS.index(own)
    ]


def by_its_own_name(source: str, module: str) -> list[str]:
    return [
        f"{module}:{line}: imports {target}; inside the package write a relative import"
        for line, target in absolute_imports(ast.parse(source))
        if target.split(".")[0] in {"dialogym", *LAYERS}
    ]


def heavy(source: str, module: str) -> list[str]:
    light = CORE | sys.stdlib_module_names
    return [
        f"{module}:{line}: imports {target} at module level; move it into the function that needs it, "
        "or add the module to HEAVY_AT_TOP"
        for line, target in absolute_imports(ast.parse(source), module_level=True)
        if target.split(".")[0] not in light
    ]


def long_functions(source: str, module: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = node.end_lineno - node.lineno + 1
            if ast.get_docstring(node) is not None:
                lines -= node.body[0].end_lineno - node.body[0].lineno + 1
            if lines > MAX_FUNCTION:
                found.append(f"{module}:{node.lineno}: {node.name} has {lines} lines; at most {MAX_FUNCTION}")
    return found


def swept(rule, paths: list[Path]) -> str:
    return "\n".join(line for path in paths for line in rule(path.read_text(encoding="utf-8"), name(path)))


def test_there_is_a_package_to_read() -> None:
    assert {layer_of(name(path).replace("/", ".")) for path in PACKAGE} == set(LAYERS)


def test_imports_only_go_down() -> None:
    assert not swept(upward, PACKAGE)


def circles(modules: dict[str, str]) -> list[set[str]]:
    """Pairs of modules that import each other, over others too; imports for type checkers and in functions do not count."""
    graph = {module: set() for module in modules}
    for module, source in modules.items():
        tree = ast.parse(source)
        tree.body = [node for node in tree.body if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")]
        for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
            function.body = []
        folder = module.split("/")[:-1]
        for node in (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level):
            base = folder[: len(folder) - (node.level - 1)] + (node.module.split(".") if node.module else [])
            targets = ["/".join([*base, alias.name]) + ".py" for alias in node.names] + ["/".join(base) + ".py"]
            graph[module] |= {target for target in targets if target in graph and target != module}
    reached = {module: reach(graph, module) for module in graph}
    return [{one, other} for one in graph for other in reached[one] if one < other and one in reached[other]]


def reach(graph: dict[str, set[str]], start: str) -> set[str]:
    found, waiting = set(), [start]
    while waiting:
        for target in graph[waiting.pop()] - found:
            found.add(target)
            waiting.append(target)
    return found


def test_no_two_modules_import_each_other() -> None:
    assert circles({name(path): path.read_text(encoding="utf-8") for path in PACKAGE}) == []


def test_a_circle_is_found() -> None:
    assert circles({"a/x.py": "from .y import b", "a/y.py": "from .z import c", "a/z.py": "from . import x"}) != []
    assert circles({"a/x.py": "def f():\n    from .y import b", "a/y.py": "from .x import f"}) == []


def test_the_package_does_not_import_itself_by_name() -> None:
    assert not swept(by_its_own_name, PACKAGE)


def test_heavy_packages_are_imported_by_few() -> None:
    allowed = [ROOT / entry for entry in HEAVY_AT_TOP]
    others = [path for path in PACKAGE if not any(path.is_relative_to(entry) for entry in allowed)]
    assert not swept(heavy, others)
    assert [name(entry) for entry in allowed if not entry.exists()] == []


def test_modules_stay_short() -> None:
    lines = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE + SCRIPTS}
    assert {module: count for module, count in lines.items() if count > MAX_MODULE} == {}


def test_functions_stay_short() -> None:
    assert not swept(long_functions, PACKAGE + SCRIPTS)


@pytest.mark.parametrize(
    ("module", "source", "rule", "caught"),
    [
        ("envs/keys.py", "from ..search import run", upward, True),
        ("envs/keys.py", "from .. import search", upward, True),
        ("envs/keys.py", "from .. import make", upward, True),
        ("envs/persuasion/acts.py", "from ...agents.scripted import Scripted", upward, True),
        ("search/__init__.py", "def f():\n    from ..alignment import dpo", upward, True),
        ("search/tree.py", "from ..envs.keys import mix\nfrom . import driver", upward, False),
        ("search/tree.py", "from .. import agents", upward, False),
        ("envs/persuasion/acts.py", "from ..keys import mix\nfrom .prompts import ROLE", upward, False),
        ("__init__.py", "from . import __main__\nfrom .alignment import dpo", upward, False),
        ("envs/keys.py", "from dialogym.envs import make", by_its_own_name, True),
        ("agents/human.py", "import envs.keys", by_its_own_name, True),
        ("agents/human.py", "from ..envs import make\nimport json", by_its_own_name, False),
        ("agents/human.py", "import torch.nn", heavy, True),
        ("agents/human.py", "try:\n    from scipy import stats\nexcept ImportError: pass", heavy, True),
        ("agents/human.py", "class A:\n    import pandas", heavy, True),
        ("agents/human.py", "def f():\n    import torch", heavy, False),
        ("agents/human.py", "if TYPE_CHECKING:\n    import torch\nimport numpy as np, json", heavy, False),
        ("envs/keys.py", "def f():\n" + "    x = 1\n" * 60, long_functions, True),
        ("envs/keys.py", 'def f():\n    """Doc.\n\n    """\n' + "    x = 1\n" * 59, long_functions, False),
    ],
)
def test_the_rules_bite(module: str, source: str, rule, caught: bool) -> None:
    assert bool(rule(source, module)) is caught


def test_an_import_that_leaves_the_package_is_an_error() -> None:
    with pytest.raises(ValueError, match="leaves the package"):
        upward("from ... import x", "envs/keys.py")
