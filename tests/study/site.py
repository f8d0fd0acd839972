"""Small studies for the tests, and the raters who walk them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from dialogym import ScriptedAgent
from dialogym.study.bots.browser import Browser
from dialogym.study.bots.rater import Judge, Rater
from dialogym.study.project import Study

SYSTEMS = {"zq-plain-system": {"agent": "novice"}, "zq-tuned-system": {"agent": "expert"}}
"""Under names that nothing else says."""
NAMES = tuple(SYSTEMS)
COMPARISON = {"systems": list(NAMES), "problems": 2, "least": 2, "most": 4}


def study_file(folder: Path, **changes: Any) -> Path:
    """A study file of a blind comparison in emotional support, with changes."""
    found = {"name": "test", "env": "EmotionalSupport-v0", "systems": SYSTEMS, "comparison": COMPARISON, "open": "comparison",
             "reply_seconds": 0.02, "seed": 5, **changes}
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump({k: v for k, v in found.items() if v is not None}, allow_unicode=True), encoding="utf-8")
    return path


def opened(folder: Path, **changes: Any) -> Study:
    return Study.open(study_file(folder, **changes))


def by_length(talk, chance) -> float:
    """A judge to whom long replies are good ones, more or less."""
    replies = [text for who, text in talk if who == "reply"]
    return sum(map(len, replies)) / max(1, len(replies)) / 15 + chance.gauss(0, 1)


def rater(address: str, study: Study, seed: int, judge: Judge = by_length, keep: bool = False, **options: Any) -> Rater:
    scenario = study.scenario(study.config.languages[0])
    return Rater(Browser(address, keep=keep), scenario, ScriptedAgent.of(scenario, scenario.user), judge, seed, **options)
