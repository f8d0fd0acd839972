"""The experiments that `dialogym experiment` runs: what is compared with what, at a glance.

What the paper's summary would check next (the turn's reward, another task, several simulated users), and an ablation of each
part that makes the preference data. A variant is a run of `dialogym run`; all variants of an experiment have the same seeds,
models, people and settings, but for what stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Literal

from ..envs.errors import InvalidConfig
from ..envs.registry import id_of, scenarios
from .config import RunConfig
from .overrides import merge

Changes = Mapping[str, Any]
"""Options of a run that a variant changes, nested as in its configuration."""
Matched = Literal["generations", "pairs"]


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is compared.

    Attributes:
        name: of the experiment, as it is asked for.
        question: that it answers, a sentence.
        variants: what each changes, by name. The first is the one that the others are compared with.
        matched: what a variant is given as much of as the first one had with the same seed, where the search itself differs:
            "generations", replies that its search spends (`RunConfig.generations`); "pairs", at most so many pairs of it
            (`pairs.limit`). None: its search is the same, and so is what that cost.
        families: whether SFT and Aligned also meet every family of users, those never searched among them.
        tasks: whether the variants are tasks: then each one's models also sit in the others' seats, and no variant is compared
            with another.
    """

    name: str
    question: str
    variants: Mapping[str, Changes]
    matched: Matched | None = None
    families: bool = False
    tasks: bool = False


_EXPANSIONS = 64
"""Of a tree that nothing narrows, which would never end; those that are pruned are held to the same."""

EXPERIMENTS: dict[str, Experiment] = {found.name: found for found in (
    # -- the summary's three -----------------------------------------------------------------------
    Experiment(
        "turn-reward", "Do pairs ranked by what a talk comes to teach more than those ranked by what the user answers at once?",
        {"future": {"pairs": {"value": "completed"}}, "turn": {"pairs": {"value": "turn"}}}),
    Experiment(  # its variants are the registered scenarios: see `experiment`
        "cross-task", "Does what was learned from the pairs of one task help in another?", {}, tasks=True),
    Experiment(
        "simulators", "Does a policy hold better with users whom nobody searched when its search met two families of them?",
        {"one-family": {"search_families": 1}, "two-families": {"search_families": 2}}, matched="generations", families=True),
    # -- what makes the pairs, part by part --------------------------------------------------------
    Experiment(
        "pruning", "What do the paper's scores add to keeping as few nodes by chance, and what does keeping few add?",
        {"score": {"search": {"pruning": "score", "iterations": _EXPANSIONS}},
         "none": {"search": {"keep": None, "iterations": _EXPANSIONS}},
         "chance": {"search": {"pruning": "chance", "iterations": _EXPANSIONS}}}, matched="generations"),
    Experiment(
        "replays", "What do the replies of D_t, which the reward model ranks, add to the pairs of the search?",
        {"with": {}, "without": {"replay_contexts": 0}}),
    Experiment(  # one node a depth by chance is one sampled talk; its candidates are valued by four endings each
        "best-of-n", "Does a tree make better pairs than n samples at each turn of one talk, each ranked by simulated endings?",
        {"search": {}, "best-of-n": {"search": {"keep": 1, "pruning": "chance", "rollout": "policy", "answers": 4}}},
        matched="generations"),
    Experiment(
        "density", "Do as many pairs teach more when they come from many trees, a few of each?",
        {"few-trees": {"pairs_from": 0.25}, "many-trees": {"pairs_from": None}}, matched="pairs"),
    Experiment(
        "literal", "Does it matter that unfinished nodes are no failures, as Q/N of eq. 2 would have it?",
        {"completed": {"pairs": {"value": "completed"}}, "literal": {"pairs": {"value": "literal"}}}),
)}


def experiment(name: str) -> Experiment:
    """An experiment by name. Raises InvalidConfig, naming those there are."""
    if name not in EXPERIMENTS:
        near = get_close_matches(name, EXPERIMENTS, 1)
        raise InvalidConfig(f"There is no experiment {name!r}{f'; did you mean {near[0]!r}?' if near else '.'} There are "
                            f"{sorted(EXPERIMENTS)}.")
    found = EXPERIMENTS[name]
    if not found.tasks:
        return found
    return replace(found, variants={task: {"environment": id_of(task, installed=False)} for task in scenarios(installed=False)})


def configurations(asked: Experiment, base: Callable[[str | None], RunConfig]) -> dict[str, RunConfig]:
    """The configuration of every variant.

    Args:
        asked: the experiment.
        base: the configuration that a variant changes, for an environment (None: the one that was asked for).

    Raises:
        InvalidConfig: a change makes no sense with the configuration, or two variants come out the same.
    """
    found: dict[str, RunConfig] = {}
    for name, changes in asked.variants.items():
        rest = {option: value for option, value in changes.items() if option != "environment"}
        made = merge(base(changes.get("environment")), rest, f"the experiment {asked.name!r}, {name!r}")
        for other, same in found.items():
            if same == made:
                raise InvalidConfig(f"With these settings {other!r} and {name!r} of the experiment {asked.name!r} are the same "
                                    f"run; leave out what the experiment changes ({sorted(rest)}).")
        found[name] = made
    return found
