"""The same run over several seeds, and what they say together: `dialogym reproduce`.

All seeds have the same settings and share one secret, which no training meets; none is left out afterwards. A run that was
killed goes on; the table is made of whole runs alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ..envs.claims import check_claim, claimed, secret_for
from ..envs.errors import InvalidConfig
from ..envs.storage import parsed, write_json, write_whole
from ..search.engines import LOCAL, Engine
from .config import RunConfig
from .evaluation.across_seeds import across, ratio
from .evaluation.beside import EXPERT, LINEAR
from .evaluation.families import ALIGNED, BASE, families
from .pipeline import align
from .progress import Reporter, Silent
from .report.conclusions import Quantity, quantities
from .report.reproduction import page
from .run_folder import COMMAND as RUN
from .run_folder import FAMILIES, REPORT, RESULTS

COMMAND = "dialogym reproduce"
FIGURES, TABLE = "reproduction.json", "reproduction.md"


def reproduce(config: RunConfig, seeds: Sequence[int], out: Path, *, episodes: int = 0, command: str = "",
              reporter: Reporter | None = None, engine: Engine = LOCAL) -> dict[str, Any]:
    """Runs every seed into a folder of its own below `out`, and returns what `reproduction.json` holds.

    Args:
        config: of every run, but for its seed. A secret of None is a fresh one, or that of the folder when it goes on.
        seeds: of the runs, different ones.
        out: folder, new or of the same reproduction.
        episodes: conversations per system and family of users (`families`); 0: the families are left out.
        command: that asked for it, for the table.
        reporter: gets the stages of every run.
        engine: where searches and evaluations are worked on; it is all the same.

    Raises:
        InvalidConfig: there is no seed, or one comes twice.
        RunExists: the folder holds another reproduction, or something else.
    """
    if not seeds or len(set(seeds)) < len(seeds) or episodes < 0:
        raise InvalidConfig(f"A reproduction needs one or more different seeds and 0 or more episodes per family, got {seeds} "
                            f"and {episodes}.")
    config, show = replace(config, secret=secret_for(out, COMMAND, config.secret)), reporter or Silent()
    settings = {name: value for name, value in asdict(config).items() if name != "seed"}
    with claimed(out, COMMAND, {**settings, "seeds": list(seeds), "families": episodes}):
        runs, matrices = [], []
        for seed in seeds:
            show.say(f"Seed {seed}")
            runs.append(run_once(replace(config, seed=seed), out / f"seed-{seed}", COMMAND, show, engine))
        if episodes:
            for seed in seeds:
                show.say(f"Families of users, seed {seed}")
                matrices.append(play_families(out / f"seed-{seed}", episodes, show, engine))
        figures = {"command": command, "settings": settings, **together(runs, matrices)}
        write_json(out / FIGURES, figures)
        write_whole(out / TABLE, page(figures))
    return figures


def run_once(config: RunConfig, out: Path, command: str, show: Reporter, engine: Engine = LOCAL) -> dict[str, Any]:
    """The results of a run of this configuration, done for a command unless they are there."""
    if (out / RESULTS).is_file() and (out / REPORT).is_file():
        check_claim(out, RUN, asdict(config))
        found: dict[str, Any] = parsed((out / RESULTS).read_bytes())
        return found
    return align(config, out, command=f"{command} (seed {config.seed})", reporter=show, engine=engine)


def play_families(out: Path, episodes: int, show: Reporter, engine: Engine = LOCAL) -> dict[str, Any]:
    """What `families` found in a run, played unless it is there."""
    if (out / FAMILIES).is_file():
        found: dict[str, Any] = parsed((out / FAMILIES).read_bytes())
        if found["episodes"] == episodes:
            return found
    return families(out, episodes, show, engine)


# -- what they say together --------------------------------------------------------------------------


def together(runs: Sequence[Mapping[str, Any]], matrices: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """What several runs of one configuration say together.

    Args:
        runs: the `results.json` of each.
        matrices: the `families.json` of each; or none.

    Returns:
        What the runs share; "quantities", and under "seeds" and "across" their figures; under "families" the same per family.
    """
    first = runs[0]
    shared = {name: first[name] for name in ("scenario", "environment", "versions", "secret", "simulator", "conditions")}
    wanted = list(by_level(first))
    found: dict[str, Any] = {
        **shared, "seeds": [run["seed"] for run in runs], "measures": first["measures"],
        "quantities": [asdict(quantity) for quantity, _ in wanted], "notes": first["notes"],
        "episodes": first["systems"][BASE]["episodes"],
        "systems": {name: _row([run["systems"][name] for run in runs], wanted) for name in first["systems"]},
        "across": {quantity.name: _across([run["systems"] for run in runs], scale, first["seed"])
                   for quantity, scale in wanted}}
    if matrices:
        found["family_episodes"] = matrices[0]["episodes"]
        found["families"] = {
            family: {"searched": entry["searched"], "systems": {
                name: _row([matrix["families"][family]["systems"][name] for matrix in matrices], wanted)
                for name in entry["systems"]},
                "across": {quantity.name: _across([matrix["families"][family]["systems"] for matrix in matrices], scale,
                                                  first["seed"]) for quantity, scale in wanted}}
            for family, entry in matrices[0]["families"].items()}
    return found


def by_level(results: Mapping[str, Any]) -> Iterator[tuple[Quantity, float | None]]:
    """What a talk's level alone decides: the measures without a note, each with its scale, and the engaged rate (None)."""
    scales = {measure["name"]: float(measure["scale"]) for measure in results["measures"] if not measure["note"]}
    for quantity in quantities(results):
        if quantity.name == "engaged":
            yield quantity, None
        elif quantity.name in scales:
            yield quantity, scales[quantity.name]


def talks_of(entry: Mapping[str, Any], scale: float | None) -> list[float]:
    """A system's figure per person."""
    return [float(level > 0) if scale is None else scale * level for level in entry["values"]]


def _row(entries: Sequence[Mapping[str, Any]], wanted: Sequence[tuple[Quantity, float | None]]) -> dict[str, Any]:
    """A system's figures per seed, in the seeds' order."""
    means = {quantity.name: [entry[quantity.mean] for entry in entries] for quantity, _ in wanted}
    others = ("garble_rate", "turns_mean", "turns_engaged_mean")
    return {**means, **{name: [entry[name] for entry in entries] for name in others}}


def _across(runs: Sequence[Mapping[str, Mapping[str, Any]]], scale: float | None, seed: int) -> dict[str, Any]:
    """Gains over SFT across seeds; and Aligned's ratio to SFT, its share of the ceiling's gain, its way from the expert."""
    talks = {name: [talks_of(run[name], scale) for run in runs] for name in runs[0]}

    def minus(name: str, base: str) -> list[list[float]]:
        return [[a - b for a, b in zip(one, other, strict=True)] for one, other in zip(talks[name], talks[base], strict=True)]

    found: dict[str, Any] = {"gains": {name: asdict(across(minus(name, BASE), seed)) for name in talks if name != BASE},
                             "ratio": ratio(talks[ALIGNED], talks[BASE], seed)}
    if LINEAR in talks:
        found["share_of_ceiling"] = ratio(minus(ALIGNED, BASE), minus(LINEAR, BASE), seed)
    if EXPERT in talks:
        found["minus_expert"] = asdict(across(minus(ALIGNED, EXPERT), seed))
    return found
