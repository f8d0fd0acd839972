"""The benchmark of speed runs and prints every row; only figures that are orders of magnitude apart are asserted."""

from __future__ import annotations

import contextlib
import io
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "speed.py"
ROWS = (
    "PettingZoo tictactoe", "PettingZoo tictactoe, without its wrappers", "PersuasionForGood-v0",
    "PersuasionForGood-v0, new words", "EmotionalSupport-v0", "EmotionalSupport-v0, new words",
    "two moves of PettingZoo's tictactoe", "PersuasionForGood-v0, novice and scripted", "PersuasionForGood-v0, all",
    "EmotionalSupport-v0 en, novice and scripted", "EmotionalSupport-v0 en, all", "EmotionalSupport-v0 zh, novice and scripted",
    "EmotionalSupport-v0 zh, all",
    "after 10 turns, 20 utterances", "after 50 turns, 100 utterances", "after 1000 turns, 2000 utterances",
    "PersuasionForGood-v0, tree of", "PersuasionForGood-v0, 200 answers to 100 utterances",
    "EmotionalSupport-v0, tree of", "EmotionalSupport-v0, 200 answers to 100 utterances",
)
COPIES = ("copy.deepcopy of the list of utterances", "pickle and back of the list of utterances",
          "copy.deepcopy of the environment with the list", "copy.deepcopy of the environment",
          "pickle and back of the environment")


@pytest.fixture(scope="module")
def printed() -> str:
    done = subprocess.run([sys.executable, SCRIPT, "--quick"], capture_output=True, text=True, timeout=600, check=False,
                          env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr
    return done.stdout


def ratios(printed: str, row: str) -> list[float]:
    """The ratio, the first figure, of every row of a name."""
    return [float(found.replace(",", "")) for found in re.findall(rf"^  {re.escape(row)}\s+([\d,.]+)x ", printed, re.MULTILINE)]


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS)
def test_every_row_is_printed(printed: str, row: str) -> None:
    assert re.search(rf"^  {re.escape(row)}\b", printed, re.MULTILINE), printed


@pytest.mark.slow
@pytest.mark.parametrize("row", COPIES)
def test_every_copy_is_compared_at_every_length(printed: str, row: str) -> None:
    assert len(ratios(printed, row)) == 3
    assert printed.count("  snapshot + restore  ") == 3


@pytest.mark.slow
def test_textarena_is_compared_or_asked_for(printed: str) -> None:
    assert ratios(printed, "TextArena TicTacToe") or "pip install 'dialogym[bench]'" in printed


@pytest.mark.slow
def test_copying_a_thousand_turns_costs_orders_of_magnitude_more_than_a_snapshot(printed: str) -> None:
    """Measured 600 times for the bare list and 5,000 for the environment pickled; asserted with room for a busy machine."""
    assert ratios(printed, "copy.deepcopy of the list of utterances")[-1] > 30
    assert ratios(printed, "pickle and back of the environment")[-1] > 100


def cost_here() -> str:
    """What search_cost.py prints, run in this process, which has loaded torch already."""
    with contextlib.redirect_stdout(io.StringIO()) as shown, mock.patch.object(sys, "argv", ["search_cost.py", "--quick"]):
        runpy.run_path(str(SCRIPT.with_name("search_cost.py")), run_name="__main__")
    return shown.getvalue()


def cost_apart() -> str:
    done = subprocess.run([sys.executable, SCRIPT.with_name("search_cost.py"), "--quick"], capture_output=True, text=True,
                          timeout=600, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("cost", [cost_here, cost_apart])
def test_a_saturated_tree_is_of_the_papers_size(cost: Callable[[], str]) -> None:
    """1 + 3 + 9 + 27 + 81 · 11 expansions (e = 3, K = 81, T = 15), each of three replies and three answers."""
    shown = cost()
    assert "931 expansions, 5586 replies" in shown
    assert len(re.findall(r"bytes a node", shown)) == 2
    assert re.search(r"[\d.]+% of \d+ s outside the agents", shown)


@pytest.mark.slow
def test_packs_run_fewer_tokens_than_padded_batches_for_the_same_loss() -> None:
    """That the losses agree is asked by the script itself."""
    done = subprocess.run([sys.executable, SCRIPT.with_name("training.py"), "--pairs", "4", "--per-tree", "4", "--rounds", "1"],
                          capture_output=True, text=True, timeout=600, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr
    tokens, logits, _, _, *other_shape = (float(found) for found in re.findall(r"\( *([\d.]+) times\)", done.stdout))
    assert len(other_shape) == 3
    assert tokens > 2
    assert logits > 4
