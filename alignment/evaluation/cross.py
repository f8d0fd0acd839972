"""Models of one task in the seats of another: does what was learned there help here?

An aligned policy is π_SFT and what DPO made of it. So what the pairs of another task do here is what its Aligned reaches here
minus what its own π_SFT reaches here, with the same people: what either learned of that task's dialogues, and forgot of this
one's, is in both. Beside them stand the base that all came from, and this task's own SFT and Aligned, out of its own table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from ...envs.agent import Agent
from ...envs.errors import InvalidConfig
from ...envs.storage import Journal
from .. import stages
from ..config import TRAINED
from ..inputs import MODELS, Inputs, reopened
from ..progress import Reporter, Silent
from . import evaluate
from .families import ALIGNED, BASE

LINES = "cross.jsonl"
KIND, COMMAND = ("dialogym_cross", 1), "dialogym experiment"
UNTRAINED = "base"
"""The base before any fine-tuning."""


def cross(home: Path, guests: Mapping[str, Path], reporter: Reporter | None = None) -> dict[str, Any]:
    """Plays the base, and SFT and Aligned of other runs, with the people of a run's own table; returns their figures.

    A line of `cross.jsonl` is a system's conversations, written when all have ended: who was killed goes on.

    Args:
        home: folder of the finished run whose task is played.
        guests: folders of finished runs of other tasks, by the names that tell them apart.
        reporter: gets a stage per system.

    Returns:
        What `evaluate.measure` says of "base" and, for each guest, of `name_of(SFT or Aligned, guest)`.

    Raises:
        InvalidConfig: a folder holds no finished run, or the layouts of two are not the same.
    """
    run, show = reopened(home), reporter or Silent()
    config = run.config
    systems: dict[str, Callable[[], tuple[Agent, Agent]]] = {UNTRAINED: partial(_seated, run, run.base)}
    for guest, folder in guests.items():
        other = reopened(folder)
        if other.layout != run.layout:
            raise InvalidConfig(f"{folder} was trained with the layout {other.layout!r}, {home} with {run.layout!r}; a policy "
                                "writes as it has learned to, so give both the same layout.")
        for system, stage in ((BASE, "sft"), (ALIGNED, "aligned")):
            model = folder / MODELS / f"{other.scenario.interactive}-{stage}"
            systems[name_of(system, guest)] = partial(_seated, run, str(model))
    positions = evaluate.starts(run.scenario, config.episodes, config.seed, run.users.evaluation, secret=run.secret)
    settings = {"episodes": config.episodes, "seed": config.seed, "secret": run.secret, "systems": list(systems)}
    journal = Journal(home / LINES, KIND, settings, COMMAND)
    with closing(journal):
        played = evaluate.play_systems(systems, positions, journal, show)
    return {name: evaluate.measure(found.ends, config.seed) for name, found in played.items()}


def name_of(system: str, guest: str) -> str:
    """What a guest's system is called, such as "Aligned of persuasion"."""
    return f"{system} of {guest}"


def _seated(run: Inputs, model: str) -> tuple[Agent, Agent]:
    """A model in the interactive seat of a run's task, and the run's simulator."""
    user = None
    if run.config.simulator == TRAINED:
        user = stages.Trained("user_sft", run.out / MODELS / f"{run.scenario.user}-sft", {})
    return run.speaker(model), stages.user_of(run, user)
