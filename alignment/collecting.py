"""Searching for preference data at scale, without training: what `dialogym search` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..agents.agent import ScriptedAgent
from ..agents.backend import Sampling
from ..agents.casting import seated
from ..agents.prompting import Layout, layout_of
from ..envs.claims import check_claim, claimed
from ..envs.errors import InvalidConfig, RunStopped
from ..envs.position import Position
from ..envs.registry import default, spec
from ..envs.scenario import Scenario
from ..search.collect import TREES, collect
from ..search.mcts import IxMCTS
from .people import DRAWN, openings

COMMAND = "dialogym search"
REHEARSED = 4
"""Utterances: both seats have spoken, and one has answered the other, whoever opens."""


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """What is searched.

    Attributes:
        environment: id of the environment (default: the one registered first).
        options: arguments of its scenario.
        policy: who speaks in the interactive seat: a scripted speaker or a language model (see `agents.casting`).
        user: who answers, likewise.
        conditions: "drawn", or a file that the scenario reads; when there are fewer than conversations they come again.
        conversations: conversations searched.
        window: trees in memory at once; it changes no result.
        seed: of everything.
        layout: of a language model's prompts, "chat" or "figure".
        sampling: of a language model's replies.
        search: the planner; the paper's setting unless told otherwise (§4.6).
    """

    environment: str = field(default_factory=default)
    options: dict[str, Any] = field(default_factory=dict)
    policy: str | None = None
    user: str | None = None
    conditions: str = DRAWN
    conversations: int = 64
    window: int = 16
    seed: int = 0
    layout: Layout = "chat"
    sampling: Sampling = field(default_factory=Sampling)
    search: IxMCTS = field(default_factory=IxMCTS)

    def __post_init__(self) -> None:
        if self.conversations < 1 or self.window < 1:
            raise InvalidConfig(f"conversations and window must be at least 1, got {self.conversations} and {self.window}.")
        layout_of(self.layout)


def search(config: SearchConfig, out: Path, progress: Callable[[int], None] = lambda done: None) -> dict[str, int]:
    """Searches what `out/trees.jsonl` does not hold yet; returns how many conversations it holds and how many failed.

    Raises:
        RunExists: the folder holds another search, or something else.
        InvalidConfig: an option makes no sense.
        InvalidModel: a policy or a user that there is not.
        RunStopped: an agent cannot go on; what is finished is kept.
    """
    scenario = spec(config.environment).build(**config.options)
    people = [] if config.conditions == DRAWN else list(scenario.load_conditions(Path(config.conditions)))
    starts = openings(scenario, "search", config.conversations, config.seed, people)
    settings = {name: value for name, value in asdict(config).items() if name not in (
        "environment", "options", "conversations", "window")} | {"dialogym": version("dialogym")}
    whole = {"environment": config.environment, "options": config.options, **settings}
    check_claim(out, COMMAND, whole)  # before a model is loaded
    names = {scenario.interactive: config.policy, scenario.user: config.user}
    agents = {seat: seated(scenario, seat, name, config.sampling, config.layout, out / f"recording-{seat}.jsonl")
              for seat, name in names.items()}
    rehearse(scenario, config.search)
    with claimed(out, COMMAND, whole):
        return collect(config.search, starts, agents, out / TREES, settings, window=config.window, progress=progress)


def rehearse(scenario: Scenario, planner: IxMCTS) -> None:
    """Lets the scenario score one short scripted talk if the planner will ask for scores: what it lacks for that shows now.

    Raises RunStopped (such as Unavailable); what else goes wrong may be the one talk's fault, and is noted when it comes up.
    """
    if planner.keep is None:
        return
    pair = {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats}
    try:
        position = Position.start(scenario, 0)
        while not position.over and len(position.dialogue) < REHEARSED:
            position = position.say(pair[position.seat].respond([position.ask()])[0])
        scenario.keep_scores([position.dialogue])
    except RunStopped:
        raise
    except Exception:  # noqa: BLE001 - see above
        pass
