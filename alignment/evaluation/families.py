"""SFT and Aligned against every family of scripted users, those that no search ever met among them.

The people are those of the run's table, the first so many of them, the same for both systems and every family; a family decides
how they talk and what moves them. Families but the searched one show whether what was learned holds for anybody else.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from typing import Any

from ...envs.agent import Agent, ScriptedAgent
from ...envs.errors import InvalidConfig
from ...envs.position import Position
from ...envs.scenario import Scenario
from ...envs.storage import Journal, parsed, write_json
from ...search.engines import LOCAL, Engine
from ..inputs import MODELS, Inputs, reopened
from ..progress import Reporter, Silent
from ..run_folder import FAMILIES, RESULTS
from . import evaluate

LINES = "families.jsonl"
KIND, COMMAND = ("dialogym_families", 1), "dialogym evaluate"
BASE, ALIGNED = "SFT", "Aligned"


def families(out: Path, episodes: int, reporter: Reporter | None = None, engine: Engine = LOCAL) -> dict[str, Any]:
    """Plays a finished run's SFT and Aligned with every family of its scenario; returns what `families.json` holds.

    A line of `families.jsonl` is a system's conversations with a family, written when all have ended: who was killed goes on,
    and who asks for more conversations plays those systems again.

    Args:
        out: folder of a finished run.
        episodes: conversations per system and family.
        reporter: gets a stage per system and family.
        engine: where they talk.

    Raises:
        InvalidConfig: the folder holds no finished run, or one by other rules; or episodes is below 1.
    """
    if episodes < 1:
        raise InvalidConfig(f"episodes per family must be at least 1, got {episodes}.")
    run, show = reopened(out), reporter or Silent()
    config, scenario = run.config, run.scenario
    rules = parsed((out / RESULTS).read_bytes())["versions"]["scenario"]
    if rules != scenario.version:
        raise InvalidConfig(f"{out} was evaluated by rules {rules} of {scenario.name!r}, this release has {scenario.version}; "
                            "figures of the two cannot stand beside each other: run it again.")
    positions = evaluate.starts(scenario, episodes, config.seed, run.users.evaluation, secret=run.secret)
    journal = Journal(out / LINES, KIND, {"seed": config.seed, "secret": run.secret, "rules": rules}, COMMAND)
    found: dict[str, Any] = {"episodes": episodes, "seed": config.seed, "secret": run.secret, "families": {}}
    with closing(journal):
        played = _played(run, positions, journal, show, engine)
    for family in scenario.scripted[scenario.user]:
        ends = {system: played[system, family] for system in (BASE, ALIGNED)}
        found["families"][family] = {
            "searched": family in run.families,
            "systems": {system: evaluate.measure(those, config.seed) for system, those in ends.items()},
            "differences": evaluate.differences(ends, BASE, config.seed)}
    write_json(out / FAMILIES, found)
    return found


def _played(run: Inputs, positions: list[Position], journal: Journal, show: Reporter,
            engine: Engine) -> dict[tuple[str, str], list[Position]]:
    """Every system's conversations with every family; a model is loaded once, and only if it has something left to say."""
    scenario, count = run.scenario, len(positions)
    played = {(line["system"], line["family"]): [Position.from_json(end, scenario) for end in line["ends"][:count]]
              for line in journal.values() if len(line["ends"]) >= count}
    for system, load in _policies(run).items():
        missing = [family for family in scenario.scripted[scenario.user] if (system, family) not in played]
        if not missing:
            continue
        policy: Callable[[], Agent] = cache(load) if engine is LOCAL else load
        for family in missing:
            show_done = show.stage(f"{system} with {family}", count)
            played[system, family] = evaluate.talk(partial(_with, policy, scenario, family), positions, show_done, engine).ends
            journal.append({"system": system, "family": family, "ends": [end.to_json() for end in played[system, family]]})
    return played


def _with(policy: Callable[[], Agent], scenario: Scenario, family: str) -> tuple[Agent, Agent]:
    return policy(), ScriptedAgent.of(scenario, scenario.user, family)


def _policies(run: Inputs) -> dict[str, Callable[[], Agent]]:
    """What loads SFT and Aligned."""
    folders = {BASE: f"{run.scenario.interactive}-sft", ALIGNED: f"{run.scenario.interactive}-aligned"}

    def loads(name: str) -> Callable[[], Agent]:
        return lambda: run.speaker(str(run.out / MODELS / name))

    return {system: loads(name) for system, name in folders.items()}
