"""Searching for preference data at scale, without training: what `dialogym search` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..agents.backend import Sampling
from ..agents.casting import seated
from ..agents.prompting import Layout, layout_of
from ..envs.errors import InvalidConfig
from ..envs.registry import default, spec
from ..search.collect import TREES, collect
from ..search.mcts import IxMCTS
from .people import DRAWN, openings


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
        InvalidConfig: an option makes no sense, or the folder holds another search.
        InvalidModel: a policy or a user that there is not.
        RunStopped: an agent cannot go on; what is finished is kept.
    """
    scenario = spec(config.environment).build(**config.options)
    people = [] if config.conditions == DRAWN else list(scenario.load_conditions(Path(config.conditions)))
    names = {scenario.interactive: config.policy, scenario.user: config.user}
    agents = {seat: seated(scenario, seat, name, config.sampling, config.layout, out / f"recording-{seat}.jsonl")
              for seat, name in names.items()}
    starts = openings(scenario, "search", config.conversations, config.seed, people)
    settings = {name: value for name, value in asdict(config).items() if name not in (
        "environment", "options", "conversations", "window")} | {"dialogym": version("dialogym")}
    return collect(config.search, starts, agents, out / TREES, settings,
                   window=config.window, progress=progress)
