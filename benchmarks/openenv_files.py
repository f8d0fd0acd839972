"""Writes the two files that `openenv validate` reads of dialogym_env: `python benchmarks/openenv_files.py`.

oracle.json is a snapshot of an episode that ends with the full reward; runtime.json the reset and the actions of the episode
that leads there, in which the scripted expert speaks. Run it again when the rules' version has risen.
"""

from __future__ import annotations

import json
from pathlib import Path

from dialogym import Position, ScriptedAgent, SeatEnv, converse, make

FOLDER = Path(__file__).resolve().parents[1] / "dialogym_env" / "validation"
ID, SEED = "PersuasionForGood-v0", 415
"""An episode in which the expert gets everything there is."""


def oracle() -> tuple[str, list[str]]:
    """The finished episode's snapshot as JSON, and what the expert said in it."""
    scenario = make(ID).scenario
    agents = {scenario.interactive: ScriptedAgent.of(scenario, scenario.interactive, "expert"),
              scenario.user: ScriptedAgent.of(scenario, scenario.user)}
    end = converse(Position.start(scenario, SEED), agents)
    if end.engagement.level < 1.0:
        raise SystemExit(f"Seed {SEED} ends at an engagement of {end.engagement.level}, no longer 1; look for another.")
    env = SeatEnv(ID)
    env.reset(seed=SEED)
    said = [u.text for u in end.dialogue if u.seat == scenario.interactive]
    for text in said:
        env.step(text)
    return env.snapshot().to_json(), said


def contents() -> dict[str, str]:
    """The files by name."""
    snapshot, said = oracle()
    plan = {"plan_schema_version": "1", "reset": {"episode_id": "validation", "seed": SEED, "options": {}},
            "actions": [{"message": text} for text in said]}
    return {"oracle.json": json.dumps(json.loads(snapshot), ensure_ascii=False, indent=1) + "\n",
            "runtime.json": json.dumps(plan, ensure_ascii=False, indent=1) + "\n"}


if __name__ == "__main__":
    for name, text in contents().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(FOLDER / name)
