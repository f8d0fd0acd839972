"""Rows beside the trained systems in a run's table: what the pairs hold, and the scripted speakers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...envs.agent import Agent, ScriptedAgent
from ...search.best_of_n import BestOfN
from ..data.demonstrations import imitated
from ..inputs import Inputs
from ..preferences.linear import LinearRanker, fit_linear
from ..preferences.pair import load_pairs
from ..run_folder import PAIRS

LINEAR_FILE = "linear.json"
LINEAR, EXPERT = "Linear", "expert"
STRONGEST = 16
"""Weights that the results tell; the file has all."""
Load = Callable[[], tuple[Agent, Agent]]
"""What loads a system's policy and the simulator."""


def notes(run: Inputs) -> dict[str, str]:
    """What the rows beside are, by name, in the table's order."""
    speakers = run.scenario.scripted[run.scenario.interactive]
    found = {LINEAR: f"N = {run.config.ceiling}, ceiling"} if run.config.ceiling else {}
    if EXPERT in speakers:
        found[EXPERT] = "scripted"
    if run.config.corpus is None:
        found[imitated(run.scenario, run.config.speaker)] = "scripted, what SFT learned from"
    return found


def beside(run: Inputs, load: Load) -> dict[str, Load]:
    """The systems beside by name: N samples of SFT re-ranked by the linear model of D_p, and the scripted speakers.

    Args:
        run: whose pairs are on the disk.
        load: loads SFT and the simulator.
    """
    if run.config.ceiling:
        linear_of(run)  # written here, before many workers read it

    def linear() -> tuple[Agent, Agent]:
        policy, simulator = load()
        return BestOfN(policy, linear_of(run).judge(), run.config.ceiling), simulator

    def scripted(name: str) -> Load:
        return lambda: (ScriptedAgent.of(run.scenario, run.scenario.interactive, name), load()[1])

    return {name: linear if name == LINEAR else scripted(name) for name in notes(run)}


def linear_of(run: Inputs) -> LinearRanker:
    """The linear model of the run's D_p, read where it is on the disk, else fitted and written there."""
    path = run.out / LINEAR_FILE
    if not path.exists():
        pairs = [pair for pair in load_pairs(run.out / PAIRS) if pair.origin == "search"]
        fit_linear(run.scenario, pairs, seed=run.config.seed).save(path)
    return LinearRanker.load(path)


def told(ranker: LinearRanker, samples: int) -> dict[str, Any]:
    """What a run's results say of the linear model, which chose among so many samples of SFT (0: in no row)."""
    held_out = ranker.held_out
    return {"samples": samples, "pairs": ranker.pairs, "features": len(ranker.weights),
            "held_out_accuracy": held_out and held_out.accuracy, "people": held_out and held_out.people,
            "strongest": [[name, weight] for name, weight in list(ranker.weights.items())[:STRONGEST]]}
