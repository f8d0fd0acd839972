"""Plays policies against a simulator on equal, fresh, seeded conditions and measures them (paper §5.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...envs.agent import Agent
from ...envs.errors import RunStopped
from ...envs.keys import PUBLIC
from ...envs.parts import Condition
from ...envs.position import Position
from ...envs.scenario import Scenario
from ...envs.storage import Journal
from ...search.driver import Failed, play, run, stream
from ...search.engines import LOCAL, Engine, Session
from ...search.openings import openings
from ..progress import Reporter
from .intervals import mean_ci, paired_difference

KIND = ("dialogym_evaluation", 1)
"""Of the file that systems' conversations are kept in."""


@dataclass(frozen=True, slots=True)
class Played:
    """A system's finished conversations, and how many of its replies were to a dialogue cut to fit the window."""

    ends: list[Position]
    cut_replies: int


def starts(scenario: Scenario, count: int, seed: int, conditions: Sequence[Condition] = (), *,
           secret: str = PUBLIC) -> list[Position]:
    """Opening positions of the evaluation: the same for every system, and none that training or search ever used.

    Conditions are drawn unless some are given (see `search.openings`).
    """
    return openings(scenario, "evaluation", count, seed, conditions, secret)


def play_all(positions: Sequence[Position], policy: Agent, simulator: Agent,
             progress: Callable[[int], None] = lambda done: None) -> list[Position]:
    """Finished conversations, one per opening position."""
    scenario = positions[0].scenario
    return run(play, positions, {scenario.interactive: policy, scenario.user: simulator}, progress=progress)


Load = Callable[[], tuple[Agent, Agent]]
"""Loads a system's policy and the simulator."""
WINDOW = 64
"""Conversations that each worker of an engine has at once."""


def talk(load: Load, positions: Sequence[Position], progress: Callable[[int], None] = lambda done: None,
         engine: Engine = LOCAL) -> Played:
    """A system's conversations; an engine's workers load it each for themselves.

    Raises RunStopped when a conversation fails at a worker.
    """
    if engine is LOCAL:
        ends = play_all(positions, *load(), progress)
        return Played(ends, cut_replies(ends))
    found: dict[int, dict[str, Any]] = {}
    cut = 0
    for number, (end, cut_there) in engine.work(partial(_talking, load, positions), range(len(positions)), WINDOW):
        found[number] = end
        cut += cut_there
        progress(len(found))
    scenario = positions[0].scenario
    return Played([Position.from_json(found[number], scenario) for number in range(len(positions))], cut)


def _talking(load: Load, positions: Sequence[Position]) -> Session[tuple[dict[str, Any], int]]:
    """A session that talks to the end, and gives each end as JSON with its cut replies."""
    policy, simulator = load()
    scenario = positions[0].scenario
    agents = {scenario.interactive: policy, scenario.user: simulator}

    def work(numbers: Iterator[int | None]) -> Iterator[tuple[int, tuple[dict[str, Any], int]]]:
        waiting = (None if number is None else (number, positions[number]) for number in numbers)
        for number, end in stream(play, waiting, agents, window=WINDOW):
            if isinstance(end, Failed):
                raise RunStopped(f"Conversation {number} of the evaluation failed: {end.reason}")
            yield number, (end.to_json(), cut_replies([end]))

    return work


def play_systems(systems: Mapping[str, Load], positions: Sequence[Position], journal: Journal, show: Reporter,
                 engine: Engine = LOCAL) -> dict[str, Played]:
    """What every system came to on the same positions; what the journal holds is not played again.

    Args:
        systems: by name, what loads a system's policy and the simulator; called when it is its turn, so that one system is in
            memory at a time.
        positions: where the conversations open.
        journal: a line per system, added when all of its conversations have ended.
        show: gets a stage per system.
        engine: where they talk.
    """
    scenario = positions[0].scenario
    found = {line["system"]: Played([Position.from_json(end, scenario) for end in line["ends"]], line["cut_replies"])
             for line in journal.values()}
    for name, load in systems.items():
        if name not in found:
            found[name] = talk(load, positions, show.stage(f"Evaluating {name}", len(positions)), engine)
            journal.append({"system": name, "ends": [end.to_json() for end in found[name].ends],
                            "cut_replies": found[name].cut_replies})
    return found


def cut_replies(ends: Sequence[Position]) -> int:
    """Replies that the interactive seat spoke having seen only the end of a dialogue that had outgrown its window."""
    return sum(u.cut for end in ends for u in end.dialogue if u.seat == end.scenario.interactive)


def measure(ends: Sequence[Position], seed: int) -> dict[str, Any]:
    """The figures of one system: means with 95% bootstrap intervals, turns, garble rate, acts, statuses, levels."""
    scenario = ends[0].scenario
    levels = [end.engagement.level for end in ends]
    found: dict[str, Any] = {"episodes": len(ends)}
    for m in scenario.measures:
        mean, interval = mean_ci([end.measured[m.name] for end in ends], seed)
        found[f"{m.name}_mean"], found[f"{m.name}_ci95"] = mean, list(interval)
    rate, interval = mean_ci([float(level > 0) for level in levels], seed)
    found["engaged_rate"], found["engaged_ci95"] = rate, list(interval)
    engaged = [end.turns for end in ends if end.engagement.level > 0]
    found["turns_mean"] = round(sum(end.turns for end in ends) / len(ends), 6)
    found["turns_engaged_mean"] = round(sum(engaged) / len(engaged), 6) if engaged else None
    recognised = [scenario.recognise(u) for end in ends for u in end.dialogue if u.seat == scenario.interactive]
    acts = Counter(act for found_acts in recognised for act in found_acts)
    found["garble_rate"] = round(sum(not a for a in recognised) / max(1, len(recognised)), 6)
    found["acts"] = {act: round(acts[act] / max(1, len(recognised)), 6) for act in scenario.acts if acts[act]}
    found["statuses"] = dict(sorted(Counter(end.engagement.status for end in ends).items()))
    found["values"] = [round(level, 6) for level in levels]
    return found


def differences(ends: Mapping[str, Sequence[Position]], baseline: str, seed: int) -> dict[str, Any]:
    """Paired differences of every system to the baseline, with 95% bootstrap intervals: [mean, low, high]."""
    figures = {name: [{**end.measured, "engaged": float(end.engagement.level > 0)} for end in those]
               for name, those in ends.items()}
    base = figures.pop(baseline)
    found: dict[str, Any] = {}
    for name, own in figures.items():
        found[name] = {}
        for figure in base[0]:
            mean, (low, high) = paired_difference([one[figure] for one in own], [one[figure] for one in base], seed)
            found[name][figure] = [mean, low, high]
    return found


def transcripts(ends: Mapping[str, Sequence[Position]], count: int = 3) -> list[dict[str, Any]]:
    """The first `count` conversations of every system side by side, chosen before looking: by index, not by outcome."""
    shown = []
    systems = list(ends)
    for index in range(min(count, len(ends[systems[0]]))):
        first = ends[systems[0]][index]
        scenario = first.scenario
        episodes = {}
        for name in systems:
            end = ends[name][index]
            reading = end.engagement
            values = ", ".join(f"{m.unit}{end.measured[m.name]:.2f}" for m in scenario.measures)
            episodes[name] = {"turns": [[u.seat, u.text] for u in end.dialogue], "status": reading.status,
                              "level": round(reading.level, 6), "evidence": reading.evidence, "value": values}
        shown.append({"seed": index, "condition": scenario.describe_condition(first.condition), "episodes": episodes})
    return shown
