"""The whole way: a run, its report, and the embedded base model."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from math import inf
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Column, Table
from rich.text import Text

from ..envs.errors import InvalidConfig
from ..envs.registry import id_of, scenarios, spec
from ..envs.scenario import Scenario
from .engines import Address, Gpus, Where, Workers, engine_for
from .shared import (
    Baselines,
    Conditions,
    Config,
    Corpus,
    Env,
    Model,
    Options,
    Plugins,
    Preset,
    Quiet,
    RunUser,
    Secret,
    Seed,
    bars,
    command_line,
    environment_of,
    given_options,
    import_plugins,
    interval_cell,
    listed,
    out_console,
)

Rounds = Annotated[int | None, typer.Option(
    metavar="N", help="The most times that pairs are searched and learned from; it ends when talks no longer gain.")]
"""`--rounds` of `dialogym run` and `dialogym config`."""


def run(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="For the run; one that was killed goes on.")],
    preset: Preset = None,
    config: Config = None,
    env: Env = None,
    corpus: Annotated[str | None, Corpus] = None,
    conditions: Conditions = None,
    model: Model = None,
    user: RunUser = None,
    rounds: Rounds = None,
    baselines: Baselines = None,
    seed: Annotated[int | None, Seed] = None,
    secret: Annotated[str | None, Secret] = None,
    option: Options = None,
    engine: Where = "local",
    workers: Workers = None,
    address: Address = None,
    worker_gpus: Gpus = None,
    plugin: Plugins = None,
    quiet: Quiet = False,
) -> None:
    """The whole way: SFT, i×MCTS, preference pairs, reward model, DPO, and a table and a page of what it brought."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from ..alignment.config import resolve  # noqa: PLC0415 - what only a run needs
    from ..alignment.run_folder import check_open  # noqa: PLC0415

    import_plugins(plugin)
    chosen = resolve(preset=preset, file=config, environment=environment_of(env), options=given_options(option),
                     given=_fields(corpus, conditions, model, user, rounds, baselines, seed, secret))
    check_open(out, chosen)
    from ..alignment.pipeline import align  # noqa: PLC0415 - torch only when a run begins

    with bars(quiet) as reporter, engine_for(reporter, engine, workers, address, worker_gpus, plugin) as where:
        results = align(chosen, out, command=command_line(), reporter=reporter, engine=where)
    _print_results(results)
    out_console.print(Text(f"Report: {out / 'report.html'}"), soft_wrap=True)


def _fields(corpus: str | None, conditions: str | None, model: str | None, user: str | None,
            rounds: int | None, baselines: str | None, seed: int | None, secret: str | None) -> dict[str, Any]:
    """What the command calls a run's options, by the names that the configuration has for them."""
    return {"corpus": corpus, "conditions": conditions, "model": model, "simulator": user, "rounds": rounds,
            "baselines": listed(baselines), "seed": seed, "secret": secret}


def config(
    preset: Preset = None,
    config: Config = None,
    env: Env = None,
    corpus: Annotated[str | None, Corpus] = None,
    conditions: Conditions = None,
    model: Model = None,
    user: RunUser = None,
    rounds: Rounds = None,
    baselines: Baselines = None,
    seed: Annotated[int | None, Seed] = None,
    secret: Annotated[str | None, Secret] = None,
    option: Options = None,
    plugin: Plugins = None,
) -> None:
    """Prints what a run with the same options would do, as YAML that says what each option is; nothing is run."""
    from ..alignment.config import resolve  # noqa: PLC0415 - what only a run needs
    from .commented import commented  # noqa: PLC0415

    import_plugins(plugin)
    chosen = resolve(preset=preset, file=config, environment=environment_of(env), options=given_options(option),
                     given=_fields(corpus, conditions, model, user, rounds, baselines, seed, secret))
    whose = f"The preset {preset}" if preset is not None else "What `dialogym run` does"
    sys.stdout.write(commented(chosen, f"{whose}, in {chosen.environment}."))


def _print_results(results: dict[str, Any]) -> None:
    """The table of a run in 80 columns: intervals of the first measure and of the engaged rate; the report has all."""
    measures = results["measures"]
    numbers = [*(m["label"] for m in measures), "engaged rate", "turns", "garbled"]
    columns = [Column("system", no_wrap=True, min_width=8), *(Column(Text(name), no_wrap=True) for name in numbers)]
    table = Table(*columns, title=Text(results["environment"]), box=None, padding=(0, 1), pad_edge=False)
    for name, found in results["systems"].items():
        means = [found[f"{m['name']}_mean"] for m in measures]
        cells = [interval_cell(mean, found[f"{m['name']}_ci95"], 3) for mean, m in zip(means[:1], measures, strict=False)]
        cells += [f"{mean:.3f}" for mean in means[1:]]
        table.add_row(Text(name), *cells, interval_cell(found["engaged_rate"], found["engaged_ci95"], 3),
                      f"{found['turns_mean']:.2f}", f"{100 * found['garble_rate']:.1f}%")
    out_console.print(table)
    if results["notes"]:
        told = "; ".join(f"{name}: {note}" for name, note in results["notes"].items())
        out_console.print(Text(f"{told}."))


def report(run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")]) -> None:
    """Writes a run's report.html again from what is in its folder, and the folder's index.html."""
    from ..alignment.report.page import write_report  # noqa: PLC0415 - matplotlib only when it is needed

    out_console.print(Text(str(write_report(run))), soft_wrap=True)


def pretrain(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="New, for the model.")],
    minutes: Annotated[float, typer.Option(help="Minutes of training; 0: one pass over the dialogues.")] = 0.0,
    dialogues: Annotated[int, typer.Option(help="Conversations to generate.")] = 24_000,
    start: Annotated[str | None, typer.Option(metavar="MODEL", help=(
        "A base to go on from, which then learns each seat's own words alone, its thoughts before all."))] = None,
    weight: Annotated[list[str] | None, typer.Option(metavar="SCENARIO=TIMES", help=(
        "So many times a scenario's share of the dialogues, or of a scenario's those of a variant, named "
        "'SCENARIO language=zh'; repeatable."))] = None,
    blend: Annotated[str | None, typer.Option(metavar="MODEL", help=(
        "A leg that started from --start: what goes on is the mean of both, which keeps what either knows."))] = None,
    rate: Annotated[float, typer.Option(metavar="TIMES", help=(
        "The learning rates times this; a base that goes on at a third forgets less."))] = 1.0,
    seed: Annotated[int, Seed] = 0,
    quiet: Quiet = False,
) -> None:
    """Makes the embedded base model from nothing but this package's own text generator."""
    from ..alignment.run_folder import check_base  # noqa: PLC0415 - what few need

    if not 0 <= minutes < inf or dialogues < 200 or not 0 < rate < inf:
        raise InvalidConfig("minutes must be at least 0, rate above 0 and dialogues at least 200, got "
                            f"{minutes}, {rate} and {dialogues}.")
    names = scenarios(installed=False)
    built = [spec(id_of(name, installed=False)).build() for name in names]  # the same model everywhere
    weights = _weights(weight, built)
    given: dict[str, Any] = {"dialogues": dialogues, "minutes": minutes, "weights": weights, "seed": seed, "start": start,
                             "blend": blend, "rate": rate}
    check_base(out, given)
    from ..alignment.training.pretrain import PretrainConfig  # noqa: PLC0415 - torch only when it is needed
    from ..alignment.training.pretrain import pretrain as make_base  # noqa: PLC0415

    with bars(quiet) as reporter:
        update = reporter.stage("Pretraining", 1)
        figures = make_base(built, out, PretrainConfig(**given),
                            lambda step, steps, loss: update(0) if step < steps else update(1))
    out_console.print_json(data=figures)


def _weights(given: list[str] | None, built: Sequence[Scenario]) -> dict[str, float]:
    """Weights of scenarios and of their variants from NAME=TIMES. Raises InvalidConfig."""
    from ..alignment.data.demonstrations import variants  # noqa: PLC0415 - what few need

    names = [name for scenario in built for name in (scenario.name, *variants(scenario))]
    found: dict[str, float] = {}
    for item in given or ():
        name, _, times = item.rpartition("=")
        try:
            found[name] = float(times)
        except ValueError:
            found[name] = 0.0
        if name not in names or not 0 < found[name] < inf:
            raise InvalidConfig(f"A weight is SCENARIO=TIMES with a number above 0, the scenario or its variant one of "
                                f"{list(dict.fromkeys(names))}, got {item!r}.")
    return found
