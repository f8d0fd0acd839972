"""Every example runs from anywhere, without a warning, and prints what it should. The docs have `test_docs_blocks.py`."""

from __future__ import annotations

import contextlib
import io
import os
import re
import runpy
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from unittest import mock

import pytest

import dialogym

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
WEIGHTS = Path(dialogym.__file__).with_name("agents") / "base_model" / "model.safetensors"
LEVELS = r"-?\d\.\d{3} \[ ?-?\d\.\d{3},  ?-?\d\.\d{3}\]"
INTERVAL = r"\d\.\d\d \[ \d\.\d\d,  \d\.\d\d\]"

SAYS = {
    "01_talk.py": (
        r"^Only the persuadee knows: You are a",
        r"^persuader: Have you heard of Save the Children\?$",
        r"^\[persuader: reward [01][.\d]*, status \w+, \d+ turns\]$",
        r"^\[persuadee: reward 0, ",
    ),
    "02_rewind.py": (
        r"^== the persuader asks at once$",
        r"^== the persuader gives a reason$",
        r"^== the persuader pushes$",
        r"^back at the snapshot: 6 utterances, the persuader speaks$",
        r"the same words: True$",
    ),
    "03_search.py": (
        r"^\d+ nodes, \d+ finished conversations",
        r"^ 0\.\d\d\s+\d+  \S",
        r"^The best line:\npersuader: ",
        r"^engagement: [01]\.\d+ on the best line, 0\.\d+ without looking ahead$",
    ),
    "04_your_policy.py": (
        r"^100 episodes of PersuasionForGood-v0",
        *(rf"^{name} +{INTERVAL}" for name in ("novice", "random", "average", "expert")),
        rf"^listener \(yours\) +{INTERVAL}",
    ),
    "05_your_scenario.py": (
        r"^Only the buyer knows: You would pay \$\d+ at most\.",
        r"^ +seller: I would let it go for \$\d+\.$",
        r"^200 buyers pay \$\d+\.\d\d on average; .* \$\d+\.\d\d$",
    ),
    "06_language_model.py": (
        r"^persuader: .+ {3}\(.+\)$",
        r"^persuadee: ",
        r"^\w+: engagement [01]\.\d\d after \d+ turns",
        r"^tokens read \d+, .* written \d+$",
    ),
    "07_classic_rl.py": (
        r"^REINFORCE, \d+ episodes of training\.$",
        rf"^random +{LEVELS} +{LEVELS}$",
        rf"^greedy +{LEVELS} +{LEVELS}$",
        rf"^learned +{LEVELS}$",
        r"^ +persuader: .+[.?!]$",
        r"^\[promised, engagement [01]\.\d\d, turn \d+/15\]$",
    ),
    "08_maskable_ppo.py": (
        r"^(MaskablePPO, \d+ steps of training\.|This example needs Stable-Baselines3: .*)$",
    ),
    "09_planners_you_know.py": (
        r"^4 talks of PersuasionForGood-v0 in acts, 30 simulations a decision$",
        r"^random legal act  engagement [01]\.\d{3}$",
        r"^(mcts +engagement [01]\.\d{3}|Not installed: mcts.*\.)$",
    ),
}
"""Patterns that each example's output holds, line by line."""


SHORT = {"08_maskable_ppo.py": ["--steps", "1024"]}
"""Arguments that keep an example to seconds."""

LEARNER = "07_classic_rl.py"
"""Trains for half a minute."""

HEAVY = ("06_language_model.py", "08_maskable_ppo.py")
"""Examples that import torch, which costs more than all they do: a process of their own is for the slow tests."""


@cache
def once(script: str) -> str:
    """An example's output, of one process for all tests of it."""
    with tempfile.TemporaryDirectory() as folder:
        shown = output(script, Path(folder))
        assert list(Path(folder).iterdir()) == []
    return shown


def output(script: str, folder: Path) -> str:
    return run([str(EXAMPLES / script), *SHORT.get(script, [])], folder)


def output_here(script: str, folder: Path) -> str:
    """The output of an example in this process, where a warning is an error too."""
    with (contextlib.redirect_stdout(io.StringIO()) as shown, contextlib.chdir(folder),
          mock.patch.multiple(sys, argv=[script, *SHORT.get(script, [])], path=[str(EXAMPLES), *sys.path])):
        runpy.run_path(str(EXAMPLES / script), run_name="__main__")
    return shown.getvalue()


def run(arguments: list[str], folder: Path) -> str:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-W", "error", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_is_listed_here() -> None:
    assert sorted(path.name for path in EXAMPLES.glob("*.py")) == sorted(SAYS)


@pytest.mark.parametrize("script", [pytest.param(s, marks=pytest.mark.slow) if s in (*HEAVY, LEARNER) else s for s in SAYS])
def test_an_example_says_what_it_shows(script: str) -> None:
    if script.startswith("06") and not WEIGHTS.is_file():
        pytest.skip("this checkout has no embedded model")
    assert unsaid(script, once(script)) == []


@pytest.mark.parametrize("script", HEAVY)
def test_a_heavy_example_says_what_it_shows(script: str, tmp_path: Path) -> None:
    if script.startswith("06") and not WEIGHTS.is_file():
        pytest.skip("this checkout has no embedded model")
    assert unsaid(script, output_here(script, tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def unsaid(script: str, text: str) -> list[str]:
    return [pattern for pattern in SAYS[script] if not re.search(pattern, text, re.MULTILINE)]


def test_the_branches_of_a_snapshot_differ() -> None:
    _, *branches = once("02_rewind.py").split("== the persuader ")
    ends = [re.findall(r"^\[.*\]$", branch, re.MULTILINE)[0] for branch in branches]
    assert len(ends) == 3
    assert len(set(ends)) > 1


def test_the_search_beats_talking_without_one() -> None:
    text = once("03_search.py")
    found = re.search(r"engagement: (\S+) on the best line, (\S+) without", text)
    assert found is not None
    assert float(found[1]) > float(found[2])
    values = [float(value) for value in re.findall(r"^ {1,2}(\d\.\d\d) ", text, re.MULTILINE)]
    assert len(values) > 1
    assert values == sorted(values, reverse=True)


def test_the_evaluation_is_seeded(tmp_path: Path) -> None:
    assert output("04_your_policy.py", tmp_path) == once("04_your_policy.py")


@pytest.mark.slow
def test_what_was_learned_beats_the_random_and_the_greedy_policy() -> None:
    text = once("07_classic_rl.py")
    lower = dict(re.findall(rf"^(\w+) +{LEVELS} +\S+ \[ ?(-?\d\.\d+),", text, re.MULTILINE))
    assert sorted(lower) == ["greedy", "random"]
    assert all(float(bound) > 0 for bound in lower.values())


@pytest.mark.slow
@pytest.mark.parametrize("episodes", ["64", "320"])
def test_the_pettingzoo_loop_plays_the_same_episodes(episodes: str, tmp_path: Path) -> None:
    """Two updates of 32 episodes: a loop that plays others learns other weights, and all its figures differ."""
    command = [str(EXAMPLES / "07_classic_rl.py"), "--episodes", episodes]
    assert run(command, tmp_path) == run([*command, "--pettingzoo"], tmp_path)
