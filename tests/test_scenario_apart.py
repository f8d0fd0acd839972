"""Nothing about a scenario is known outside its folder and the registry."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialogym.envs.registry import registry
from tests.third import ID

ROOT = Path(__file__).resolve().parents[1]
HOMES = sorted(path.parent.name for path in ROOT.glob("envs/*/scenario.py"))
FREE = ["envs/registry.py", *(f"envs/{home}" for home in HOMES)]
"""Where a scenario may be named."""


def secrets() -> set[str]:
    """The words that give a scenario away: ids, names, classes, seats, measures, folders."""
    found = set(HOMES)
    for id, spec in registry.items():
        scenario = spec.build()
        found |= {id, id.rpartition("-v")[0], scenario.name, type(scenario).__name__, *scenario.seats}
        found |= {m.name for m in scenario.measures}
    return {word.lower() for word in found} - {"price"}  # a measure of tests/third.py, and what tokens and processors have


def words_of_code(source: str) -> Iterator[tuple[int, str]]:
    """Names and texts of a module with their lines, docstrings and comments left out."""
    tree = ast.parse(source)
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value
        elif isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, name) for name in (node.module or "", *(alias.name for alias in node.names)))


def leaks(source: str, module: str) -> list[str]:
    pattern = re.compile("|".join(rf"(?<![a-z]){re.escape(word)}(?![a-z])" for word in sorted(secrets())), re.IGNORECASE)
    return [f"{module}:{line}: {text!r}" for line, text in words_of_code(source) if pattern.search(text)]


def test_no_scenario_is_named_outside_its_folder_and_the_registry() -> None:
    folders = ("envs", "agents", "search", "alignment", "cli")
    modules = [p for folder in folders for p in ROOT.glob(f"{folder}/**/*.py")]
    modules += ROOT.glob("*.py")
    others = [p for p in modules if not any(p.is_relative_to(ROOT / entry) for entry in FREE)]
    assert len(others) > 30
    found = [leak for path in others for leak in leaks(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())]
    for path in ROOT.glob("alignment/**/*.jinja"):
        text = path.read_text(encoding="utf-8").lower()
        found += [f"{path.name}: {word}" for word in secrets() if re.search(rf"\b{re.escape(word)}\b", text)]
    assert found == []


@pytest.mark.parametrize(("source", "caught"), [
    ('seat = "persuader"', True),
    ("from .envs.persuasion import Persona", True),
    ('make("EmotionalSupport-v0")', True),
    ("x = scenario.pledged", True),
    ('"""A persuader speaks."""', False),
    ("x = 1  # the seeker", False),
    ("x = 'sellers'", False),
])
def test_the_rule_bites(source: str, caught: bool) -> None:
    assert bool(leaks(source, "x.py")) is caught


def test_the_third_scenario_is_part_of_the_sweeps() -> None:
    from tests.envs import test_laws, test_scenario
    from tests.envs.shells import test_dialogue_env as test_env

    assert ID in test_laws.IDS
    assert ID in test_env.IDS
    assert "haggling" in {scenario.name for scenario in test_scenario.EVERY.mark.args[1]}
