"""Planners of other people play our talks through the adapters of examples/09_planners_you_know.py, with their real libraries.

GDP-Zero is in no package: name a clone of it in GDPZERO, and its planner is tested too.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import random
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import dialogym

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "09_planners_you_know.py"
MOST = 9
"""Lines of an adapter."""
EPISODES, SIMULATIONS = 8, 45


@pytest.fixture(scope="module")
def example() -> ModuleType:
    if "GDPZERO" in os.environ:
        sys.path.insert(0, os.environ["GDPZERO"])
    spec = importlib.util.spec_from_file_location("planners_you_know", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_adapter_has_few_lines() -> None:
    classes = {node.name: node for node in ast.walk(ast.parse(SCRIPT.read_text())) if isinstance(node, ast.ClassDef)}
    assert len([node for node in ast.walk(ast.parse(SCRIPT.read_text())) if isinstance(node, ast.ClassDef)]) >= 4
    assert {name: node.end_lineno - node.lineno + 1 for name, node in classes.items()
            if node.end_lineno - node.lineno + 1 > MOST} == {}


def levels(example: ModuleType, choose: object) -> list[float]:
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - GDP-Zero's own
    return [example.played(choose, seed) for seed in range(EPISODES)]


@pytest.mark.parametrize("name", ["mcts", "OpenSpiel", "llm-reasoners", "GDP-Zero"])
def test_it_plans_better_than_chance(name: str, example: ModuleType) -> None:
    module, plan = example.PLANNERS[name]
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{name} is not installed here")
    found = levels(example, example.chooser(plan, SIMULATIONS, oracle=True))
    assert np.mean(found) > np.mean(levels(example, lambda state: random.choice(state.legal)))


@pytest.mark.parametrize("name", ["mcts", "OpenSpiel", "llm-reasoners", "GDP-Zero"])
def test_it_says_what_is_legal_and_need_not_see_the_user(name: str, example: ModuleType) -> None:
    module, plan = example.PLANNERS[name]
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{name} is not installed here")
    state = dialogym.ActState.start(dialogym.make(example.ENV).scenario, 1)
    choose = example.chooser(plan, 12, oracle=False)
    for _ in range(3):
        act = choose(state)
        assert act in state.legal
        state = state.step(act)


def test_an_imagined_user_is_another_with_other_luck(example: ModuleType) -> None:
    state = dialogym.ActState.start(dialogym.make(example.ENV).scenario, 1)
    users = [example.imagined(state).position for _ in range(8)]
    assert all(user.imagined and user.dialogue == state.position.dialogue for user in users)
    assert len({user.condition for user in users}) > 1
    assert state.position.key not in {user.key for user in users}
