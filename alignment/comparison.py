"""An experiment over several seeds: every variant's runs, and what they say against each other: `dialogym experiment`.

Variants of a seed have the same people and begin with the same SFT, so that their gains are paired by person. A run that was
killed goes on, as the whole experiment does; the page is made of whole runs alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ..envs.claims import claimed, secret_for
from ..envs.errors import InvalidConfig
from ..envs.storage import write_json, write_whole
from .config import RunConfig
from .evaluation.across_seeds import across
from .evaluation.cross import UNTRAINED, cross, name_of
from .evaluation.families import ALIGNED, BASE
from .experiments import Experiment, Matched
from .progress import Reporter, Silent
from .report.experiment import conclusions, page
from .reproduction import by_level, play_families, run_once, talks_of, together
from .stages import TooFewPairs

COMMAND = "dialogym experiment"
FIGURES, TABLE = "experiment.json", "experiment.md"
Results = dict[str, Any]
"""What `results.json` holds."""
Entries = Mapping[str, Mapping[str, Any]]
"""Figures of systems by name, as in `results.json`."""


def compare(asked: Experiment, configs: Mapping[str, RunConfig], seeds: Sequence[int], out: Path, *, command: str = "",
            reporter: Reporter | None = None) -> dict[str, Any]:
    """Runs every variant with every seed, into a folder of its own below `out`; returns what `experiment.json` holds.

    Args:
        asked: the experiment.
        configs: of its variants' runs, but for their seeds (`experiments.configurations`). A secret of None in the first is a
            fresh one, or that of the folder when it goes on; it is that of all.
        seeds: of the runs, different ones.
        out: folder, new or of the same experiment.
        command: that asked for it, for the page.
        reporter: gets the stages of every run.

    Raises:
        InvalidConfig: there is no seed, or one comes twice; or the first variant found nothing to learn from.
        RunExists: the folder holds another experiment, or something else.
    """
    if not seeds or len(set(seeds)) < len(seeds) or len(configs) < 2:
        raise InvalidConfig(f"An experiment needs one or more different seeds and two or more variants, got {seeds} and "
                            f"{list(configs)}.")
    first, show = next(iter(configs.values())), reporter or Silent()
    secret = secret_for(out, COMMAND, first.secret)
    settings = {name: value for name, value in asdict(replace(first, secret=secret)).items() if name != "seed"}
    plan = {"experiment": asked.name, "variants": json.loads(json.dumps(asked.variants)), "seeds": list(seeds)}
    with claimed(out, COMMAND, {**settings, **plan}):
        runs: dict[str, list[Results | None]] = {name: [] for name in configs}
        for seed in seeds:
            secretly = {name: replace(config, seed=seed, secret=secret) for name, config in configs.items()}
            for name, found in _of_a_seed(asked, secretly, out, show).items():
                runs[name].append(found)
        whole = {name: [found for found in results if found is not None] for name, results in runs.items()}
        whole = {name: results for name, results in whole.items() if len(results) == len(seeds)}
        matrices = {name: [_families(asked, configs[name], out / name, seed, show) for seed in seeds] for name in whole}
        figures = {"command": command, "question": asked.question, "matched": asked.matched, **plan, "secret": secret,
                   "settings": settings, "results": {
                       name: {**cost(runs[name]), **(together(whole[name], [m for m in matrices[name] if m is not None])
                                                     if name in whole else {})} for name in configs}}
        if asked.tasks:
            figures["cross"] = _tasks(whole, seeds, out, show)
        else:
            figures |= {"against": against(whole), "families_against": _families_against(whole, matrices)}
        figures["conclusions"] = conclusions(figures)
        write_json(out / FIGURES, figures)
        write_whole(out / TABLE, page(figures))
    return figures


def folder_of(out: Path, variant: str, seed: int) -> Path:
    """Where the run of a variant with a seed is."""
    return out / variant / f"seed-{seed}"


def _of_a_seed(asked: Experiment, configs: Mapping[str, RunConfig], out: Path, show: Reporter) -> dict[str, Results | None]:
    """Every variant's results with one seed; None where its search found too little to learn from."""
    found: dict[str, Results | None] = {}
    first: Results | None = None
    for name, config in configs.items():
        show.say(f"Seed {config.seed}, {name}")
        given = config if first is None else matched(config, asked.matched, first)
        try:
            found[name] = run_once(given, folder_of(out, name, config.seed), COMMAND, show)
        except TooFewPairs as error:
            if first is None:  # there is nothing to compare the others with
                raise
            show.say(f"{name}: {error}")
            found[name] = None
        first = first or found[name]
    return found


def matched(config: RunConfig, what: Matched | None, first: Mapping[str, Any]) -> RunConfig:
    """A variant's configuration with as much of something as the first variant's results tell that it had."""
    if what == "generations":
        return replace(config, generations=first["search"]["generations"])
    if what == "pairs":
        return replace(config, pairs=replace(config.pairs, limit=first["pairs"]["search"]))
    return config


def cost(results: Sequence[Mapping[str, Any] | None]) -> dict[str, list[int | None]]:
    """What each seed's preference data took and came to; None where it was too little to learn from.

    Returns:
        "conversations" and "generations" of all searches, "search" and "replay" pairs.
    """
    found: dict[str, list[int | None]] = {name: [] for name in ("conversations", "generations", "search", "replay")}
    for entry in results:
        for name in ("conversations", "generations"):
            later = [] if entry is None else entry["training"]["dpo"].get("rounds", [])[1:]
            found[name].append(None if entry is None else entry["search"][name] + sum(each.get(name, 0) for each in later))
        for name in ("search", "replay"):
            found[name].append(None if entry is None else entry["pairs"][name])
    return found


# -- against each other ------------------------------------------------------------------------------


def against(runs: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, dict[str, Any]]:
    """How much more than with the first variant alignment gains with each other one, by variant and quantity.

    A person's figure is (Aligned − SFT) with the variant minus (Aligned − SFT) with the first, as `across` takes it.

    Args:
        runs: every variant's results, of the same seeds.
    """
    base, *others = runs
    wanted = list(by_level(runs[base][0]))
    return {name: {quantity.name: _difference([run["systems"] for run in runs[name]], [run["systems"] for run in runs[base]],
                                              scale, runs[base][0]["seed"]) for quantity, scale in wanted}
            for name in others}


def _families(asked: Experiment, config: RunConfig, out: Path, seed: int, show: Reporter) -> Results | None:
    """What a variant's SFT and Aligned came to with every family of users, where that is asked."""
    if not asked.families:
        return None
    show.say(f"Families of users, seed {seed}, {out.name}")
    return play_families(out / f"seed-{seed}", config.episodes, show)


def _families_against(runs: Mapping[str, Sequence[Mapping[str, Any]]],
                      matrices: Mapping[str, Sequence[Results | None]]) -> dict[str, dict[str, Any]]:
    """The same as `against` with each family of users; nothing where they were not met."""
    base, *others = runs
    wanted, seed = list(by_level(runs[base][0])), runs[base][0]["seed"]
    met = {name: [matrix["families"] for matrix in those if matrix is not None] for name, those in matrices.items()}
    return {family: {name: {quantity.name: _difference([found[family]["systems"] for found in met[name]],
                                                       [found[family]["systems"] for found in met[base]], scale, seed)
                            for quantity, scale in wanted} for name in others}
            for family in (met[base][0] if met[base] else {})}


def _difference(these: Sequence[Entries], those: Sequence[Entries], scale: float | None, seed: int) -> dict[str, Any]:
    gains = [[a - b for a, b in zip(_gains(one, ALIGNED, BASE, scale), _gains(other, ALIGNED, BASE, scale), strict=True)]
             for one, other in zip(these, those, strict=True)]
    return asdict(across(gains, seed))


def _gains(systems: Entries, name: str, base: str, scale: float | None) -> list[float]:
    """A system's figure per person minus another's."""
    return [a - b for a, b in zip(talks_of(systems[name], scale), talks_of(systems[base], scale), strict=True)]


# -- tasks -------------------------------------------------------------------------------------------


def _tasks(runs: Mapping[str, Sequence[Mapping[str, Any]]], seeds: Sequence[int], out: Path, show: Reporter) -> dict[str, Any]:
    """Every task with the models of the others in its seat."""
    found = {}
    for home, results in runs.items():
        others = [name for name in runs if name != home]
        systems = []
        for seed, own in zip(seeds, results, strict=True):
            show.say(f"Models of other tasks in {home}, seed {seed}")
            guests = {name: folder_of(out, name, seed) for name in others}
            systems.append({**cross(folder_of(out, home, seed), guests, show),
                            **{name: own["systems"][name] for name in (BASE, ALIGNED)}})
        found[home] = seated(results[0], systems, others)
    return found


def seated(results: Mapping[str, Any], systems: Sequence[Entries], guests: Sequence[str]) -> dict[str, Any]:
    """What the models of other tasks come to in a task, over seeds.

    Args:
        results: of the task, for what it measures.
        systems: per seed, figures of the base, of the task's own SFT and Aligned, and of each guest's.
        guests: names of the other tasks.

    Returns:
        "quantities"; under "systems" the mean of each per seed; under "gains" by guest what its Aligned gains here over its own
        SFT, and under "own" what the task's Aligned gains over its SFT.
    """
    wanted, seed = list(by_level(results)), results["seed"]
    names = [UNTRAINED, BASE, ALIGNED, *(name_of(system, guest) for guest in guests for system in (BASE, ALIGNED))]

    def gain(aligned: str, base: str) -> dict[str, Any]:
        return {quantity.name: asdict(across([_gains(found, aligned, base, scale) for found in systems], seed))
                for quantity, scale in wanted}

    return {
        "quantities": [asdict(quantity) for quantity, _ in wanted],
        "systems": {name: {**{quantity.name: [found[name][quantity.mean] for found in systems] for quantity, _ in wanted},
                           "garble_rate": [found[name]["garble_rate"] for found in systems]} for name in names},
        "gains": {guest: gain(name_of(ALIGNED, guest), name_of(BASE, guest)) for guest in guests},
        "own": gain(ALIGNED, BASE)}
