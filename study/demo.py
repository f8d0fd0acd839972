"""`dialogym study demo`: a whole study in one command, with simulated raters in the seats that people will have."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from ..envs.agent import ScriptedAgent
from ..envs.claims import claimed
from ..envs.dialogue import Dialogue, Utterance
from ..envs.registry import default
from ..envs.scenario import Scenario
from ..envs.storage import write_whole
from .analysis.report import PAGE, write_report
from .bots.browser import Browser
from .bots.local import local_site
from .bots.rater import Judge, Rater, Talk
from .people import invite
from .project import Study

FILE = "study.yaml"
SYSTEMS: dict[str, dict[str, Any]] = {"base": {"agent": "embedded"},
                                      "planned": {"agent": "embedded", "planner": "lookahead-scripted", "budget": 3}}
"""The embedded model as it is, and choosing among three of its replies by imagined endings."""
AT_ONCE = 8
"""Raters who take part at the same time."""


def demo(out: Path, raters: int, problems: int, messages: int, seed: int = 0, *, env: str | None = None,
         systems: dict[str, dict[str, Any]] | None = None, said: Callable[[int], None] = lambda done: None) -> dict[str, Any]:
    """Writes a study file, serves it, has simulated raters walk it by its pages, and writes the report.

    Args:
        out: the folder: `study.yaml`, the database and `report/`.
        raters: how many take part in the comparison; half as many in the user study.
        problems: that each talks about.
        messages: that each writes to a system.
        seed: of everybody.
        env: the environment; None: the one registered first.
        systems: the two that are compared, as in a study file; None: the embedded model with and without a planner.
        said: called with how many raters have finished.

    Returns:
        The figures of the report. A simulated rater's judgement is no person's.

    Raises RunExists when the folder holds something else.
    """
    named = systems or SYSTEMS
    settings = {"raters": raters, "problems": problems, "messages": messages, "seed": seed, "env": env, "systems": named}
    with claimed(out, "dialogym study demo", settings):
        length = {"least": messages, "most": messages + 2}
        file = {"name": "demo", "env": env or default(), "systems": named, "seed": seed, "languages": ["en"],
                "open": "comparison", "reply_seconds": 0.2, "choice": False, "belief": False,
                "comparison": {"systems": list(named), "problems": problems, **length},
                "talks": {"quotas": dict.fromkeys(named, (raters + 3) // 4), **length}}
        write_whole(out / FILE, yaml.safe_dump(file, sort_keys=False))
        study = Study.open(out / FILE)
        with local_site(study) as address, ThreadPoolExecutor(AT_ONCE) as pool:
            paths = ["/"] * raters + [f"/join/{token}" for token in _links(study, (raters + 1) // 2)]
            for done, _ in enumerate(pool.map(lambda each: _one(study, address, seed, each, messages), enumerate(paths)), 1):
                said(done)
        figures = write_report(study, out / "report", seed)
        study.close()
    return figures


def report_of(out: Path) -> Path:
    """Where a demo's report is."""
    return out / "report" / PAGE


def _links(study: Study, count: int) -> list[str]:
    return [invite(study, "talks") for _ in range(count)]


def _one(study: Study, address: str, seed: int, each: tuple[int, str], messages: int) -> None:
    number, path = each
    scenario = study.scenario("en")
    voice = ScriptedAgent.of(scenario, scenario.user)
    rater = Rater(Browser(address), scenario, voice, judge(scenario), seed * 10_007 + number, messages=messages)
    rater.take_part(path)
    rater.browser.close()


def judge(scenario: Scenario) -> Judge:
    """A simulated rater's judgement: did it engage, did replies make sense, did any do what nobody should; and moods."""
    def rate(talk: Talk, chance: random.Random) -> float:
        dialogue = dialogue_of(scenario, talk)
        replies = [u for u in dialogue if u.seat == scenario.interactive]
        acts = [scenario.recognise(reply) for reply in replies]
        sense = sum(bool(each) for each in acts) / max(1, len(acts))
        bad = sum(bool(set(each) & set(scenario.unwelcome)) for each in acts) / max(1, len(acts))
        return 3 + 3 * sense - 2 * bad + 3 * scenario.engagement(dialogue).level + chance.gauss(0, 1)

    return rate


def dialogue_of(scenario: Scenario, talk: Sequence[tuple[str, str]]) -> Dialogue:
    """A talk as a page shows it, as a dialogue of the scenario."""
    dialogue = Dialogue.EMPTY
    for who, text in talk:
        dialogue = dialogue.say(Utterance(scenario.user if who == "you" else scenario.interactive, text))
    return dialogue
