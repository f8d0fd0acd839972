"""The whole way: a run, its report, and the embedded base model."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from ..envs.errors import InvalidConfig
from ..envs.registry import id_of, scenarios, spec
from .shared import (
    COMMAND_LINE,
    Named,
    Options,
    Plugins,
    Quiet,
    app,
    bars,
    environment_of,
    given_options,
    import_plugins,
    out_console,
)


@app.command()
def run(
    out: Annotated[Path, typer.Option(help="Folder for the run; one that was killed goes on.")],
    preset_name: Annotated[str | None, typer.Option("--preset", help="Published settings by name (another "
                                                     "name lists them); what else is given goes over them.")] = None,
    config: Annotated[Path | None, typer.Option(help="YAML file of options (see a run's config.yaml).")] = None,
    environment: Annotated[str | None, typer.Option("--env", help="Environment id.")] = None,
    scenario: Named = None,
    corpus: Annotated[str | None, typer.Option(help="Folder of the scenario's corpus, or a .jsonl file of episodes; without "
                                                    "it: scripted dialogues.")] = None,
    conditions: Annotated[str | None, typer.Option(help="Whom to search and evaluate on: 'drawn', or a file that the "
                                                        "scenario reads (default: the corpus's people, if any).")] = None,
    model: Annotated[str | None, typer.Option(help="'embedded', 'scratch', a folder, or a hub id of a causal LM.")] = None,
    simulator: Annotated[str | None, typer.Option(help="Who answers: 'scripted', 'model' (trained in the run), or "
                                                        "'openai:MODEL' (behind a server).")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything.")] = None,
    option: Options = None,
    plugin: Plugins = None,
    quiet: Quiet = False,
) -> None:
    """The whole way: SFT, i×MCTS, preference pairs, reward model, DPO, and the table SFT / BoN / Aligned."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from ..alignment.config import RunConfig, preset, published  # noqa: PLC0415 - what only a run needs
    from ..alignment.overrides import load, merge  # noqa: PLC0415
    from ..alignment.run_folder import check_open  # noqa: PLC0415

    import_plugins(plugin)
    base = published(preset_name) if preset_name is not None else RunConfig()
    asked = load(config, base) if config is not None else base
    environment = environment_of(environment, scenario) or asked.environment
    options = given_options(option)
    built = spec(environment).build(**{**asked.options, **options})
    chosen = base if preset_name is not None else preset(corpus is not None or asked.corpus is not None, built)
    if config is not None:
        chosen = load(config, chosen)
    given = {"environment": environment, "options": {**chosen.options, **options}, "corpus": corpus,
             "conditions": conditions, "model": model, "simulator": simulator, "seed": seed}
    chosen = merge(chosen, {k: v for k, v in given.items() if v is not None}, COMMAND_LINE)
    check_open(out, chosen)
    from ..alignment.pipeline import align  # noqa: PLC0415 - torch only when a run begins

    command = "dialogym " + shlex.join(_without_out(sys.argv[1:]))
    with bars(quiet) as reporter:
        results = align(chosen, out, command=command, reporter=reporter)
    _print_results(results)
    out_console.print(Text(f"Report: {out / 'report.html'}"), soft_wrap=True)


def _without_out(arguments: list[str]) -> list[str]:
    """The command without where its output goes, so that equal runs carry equal stamps."""
    kept: list[str] = []
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument == "--out":
            skip = True
        elif not argument.startswith("--out="):
            kept.append(argument)
    return kept


def _print_results(results: dict[str, Any]) -> None:
    measures = results["measures"]
    table = Table("system", *(m["label"] for m in measures), "engaged rate", "turns", "garbled", title=results["environment"])
    for name, found in results["systems"].items():
        cells = [_cell(found[f"{m['name']}_mean"], found[f"{m['name']}_ci95"]) for m in measures]
        table.add_row(name, *cells, _cell(found["engaged_rate"], found["engaged_ci95"]), f"{found['turns_mean']:.2f}",
                      f"{100 * found['garble_rate']:.1f}%")
    out_console.print(table)


def _cell(mean: float, interval: list[float]) -> str:
    return f"{mean:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


@app.command()
def report(run_folder: Annotated[Path, typer.Argument(help="Folder of a run.")]) -> None:
    """Writes a run's report.html again from its results.json."""
    from ..alignment.report.page import write_report  # noqa: PLC0415 - matplotlib only when it is needed

    out_console.print(Text(str(write_report(run_folder))), soft_wrap=True)


@app.command()
def pretrain(
    out: Annotated[Path, typer.Option(help="New folder for the model.")],
    minutes: Annotated[float, typer.Option(help="Minutes of training; 0: one pass over the dialogues.")] = 0.0,
    dialogues: Annotated[int, typer.Option(help="Conversations to generate.")] = 13_000,
    seed: Annotated[int, typer.Option(help="Seed of text and weights.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Makes the embedded base model from nothing but this package's own text generator."""
    from ..alignment.run_folder import check_base  # noqa: PLC0415 - what few need

    check_base(out, {"dialogues": dialogues, "minutes": minutes, "seed": seed})
    if minutes < 0 or dialogues < 200:
        raise InvalidConfig(f"minutes must be at least 0 and dialogues at least 200, got {minutes} and {dialogues}.")
    from ..alignment.training.pretrain import PretrainConfig  # noqa: PLC0415 - torch only when it is needed
    from ..alignment.training.pretrain import pretrain as make_base  # noqa: PLC0415

    built = [spec(id_of(name)).build() for name in scenarios()]
    with bars(quiet) as reporter:
        update = reporter.stage("Pretraining", 1)
        figures = make_base(built, out, PretrainConfig(dialogues=dialogues, minutes=minutes, seed=seed),
                            lambda step, steps, loss: update(0) if step < steps else update(1))
    out_console.print_json(data=figures)
