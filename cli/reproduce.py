"""The same run over several seeds, and a finished run's models with every family of users."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Column, Table
from rich.text import Text

from .engines import Address, Gpus, Where, Workers, engine_for
from .shared import (
    SEEDS,
    Baselines,
    Config,
    Env,
    Options,
    Place,
    Plugins,
    Quiet,
    Secret,
    Seeds,
    bars,
    command_line,
    environment_of,
    given_options,
    import_plugins,
    listed,
    numbers_of,
)
from .shared import out_console as console

EPISODES = 64
Families = Annotated[int, typer.Option("--families", metavar="N", help=(
    "Conversations of SFT and Aligned with every family of scripted users."))]


def reproduce(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="For the runs; what was killed goes on.")],
    place: Place = None,
    env: Env = None,
    seeds: Seeds = SEEDS,
    families: Families = EPISODES,
    ceiling: Annotated[int | None, typer.Option(metavar="N", help=(
        "Samples of SFT of which the linear model of the pairs chooses for the row \"Linear\"; 0: no such row (default: the "
        "configuration's)."))] = None,
    config: Config = None,
    baselines: Baselines = None,
    secret: Annotated[str | None, Secret] = None,
    option: Options = None,
    engine: Where = "local",
    workers: Workers = None,
    address: Address = None,
    worker_gpus: Gpus = None,
    plugin: Plugins = None,
    quiet: Quiet = False,
) -> None:
    """The same run over several seeds with the default settings, and one table of what they say together."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from ..alignment.config import resolve  # noqa: PLC0415 - what only a run needs

    numbers = numbers_of(seeds)
    import_plugins(plugin)
    chosen = resolve(file=config, environment=environment_of(env, place), options=given_options(option),
                     given={"baselines": listed(baselines), "ceiling": ceiling})
    from ..alignment.reproduction import TABLE  # noqa: PLC0415 - torch only when a run begins
    from ..alignment.reproduction import reproduce as run_all  # noqa: PLC0415

    with bars(quiet) as reporter, engine_for(reporter, engine, workers, address, worker_gpus, plugin) as where:
        figures = run_all(replace(chosen, secret=secret), numbers, out, episodes=families, command=command_line(),
                          reporter=reporter, engine=where)
    _print_gains(figures)
    console.print(Text(f"The whole table: {out / TABLE}"), soft_wrap=True)


def evaluate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")],
    families: Families = EPISODES,
    engine: Where = "local",
    workers: Workers = None,
    address: Address = None,
    worker_gpus: Gpus = None,
    plugin: Plugins = None,
    quiet: Quiet = False,
) -> None:
    """Plays a finished run's SFT and Aligned with every family of scripted users, also those that it never searched."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import_plugins(plugin)
    from ..alignment.evaluation.families import families as play  # noqa: PLC0415 - torch only when models speak
    from ..alignment.report.page import write_report  # noqa: PLC0415
    from ..alignment.run_folder import FAMILIES  # noqa: PLC0415

    with bars(quiet) as reporter, engine_for(reporter, engine, workers, address, worker_gpus, plugin) as where:
        found = play(run, families, reporter, where)
    write_report(run)
    _print_families(found)
    console.print(Text(f"The whole table: {run / FAMILIES}"), soft_wrap=True)


def _print_gains(figures: dict[str, Any]) -> None:
    """What Aligned gains over SFT, in 80 columns; the page has all."""
    table = Table("gain over SFT", *(Column(name, justify="right", no_wrap=True) for name in ("mean", "95% (t)", "95% (boot)")),
                  box=None, padding=(0, 1), pad_edge=False)
    for name, found in figures["across"].items():
        gain = found["gains"]["Aligned"]
        table.add_row(Text(f"{name}: Aligned"), f"{gain['mean']:+.3f}", _ends(gain["t"]), _ends(gain["bootstrap"]))
    console.print(table)


def _print_families(found: dict[str, Any]) -> None:
    """What Aligned gains with each family, in 80 columns."""
    every = list(next(iter(found["families"].values()))["differences"]["Aligned"])
    names = list(dict.fromkeys((every[0], "engaged")))
    table = Table("family", "searched", *(Column(Text(f"gain, {name}"), no_wrap=True) for name in names), box=None,
                  padding=(0, 1), pad_edge=False)
    for family, entry in found["families"].items():
        gains = [entry["differences"]["Aligned"][name] for name in names]
        table.add_row(Text(family), "yes" if entry["searched"] else "never",
                      *(f"{mean:+.3f} {_ends((low, high))}" for mean, low, high in gains))
    console.print(table)


def _ends(interval: Any) -> str:
    return "–" if interval is None else f"[{interval[0]:+.3f}, {interval[1]:+.3f}]"
