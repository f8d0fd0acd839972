"""The `dialogym` command: `python -m dialogym --help`."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from .agents.agent import ScriptedAgent
from .envs.errors import DialogymError, InvalidConfig
from .envs.position import Position
from .envs.registry import registry, spec

app = typer.Typer(name="dialogym", help="Dialogue environments you can rewind: simulate, plan, train.", no_args_is_help=True,
                  pretty_exceptions_enable=False, rich_markup_mode="rich", add_completion=False)
console = Console(stderr=True)
out_console = Console()

Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]


class RichReporter:
    """Progress bars of a run's stages."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def stage(self, name: str, total: int) -> Callable[[int], None]:
        """A new bar; call the result with the steps done."""
        task = self._progress.add_task(name, total=total)
        return lambda done: self._progress.update(task, completed=done)

    def say(self, text: str) -> None:
        """A line above the bars."""
        self._progress.console.print(text)


@contextmanager
def _bars(quiet: bool) -> Iterator[RichReporter]:
    columns = (TextColumn("{task.description:<38}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=quiet) as progress:
        yield RichReporter(progress)


@app.command()
def envs() -> None:
    """Lists the registered environments."""
    table = Table("id", "seats", "opens", "turns", "measures")
    for id_ in sorted(registry):
        scenario = spec(id_).build()
        table.add_row(id_, " · ".join(scenario.seats), scenario.opener, str(scenario.horizon),
                      ", ".join(["engagement", *(m.name for m in scenario.measures)]))
    out_console.print(table)


@app.command()
def show(
    environment: Annotated[str, typer.Argument(help="Environment id.")] = "PersuasionForGood-v0",
    seed: Annotated[int, typer.Option(help="Seed of the episode.")] = 0,
    speaker: Annotated[str | None, typer.Option(help="Scripted speaker of the interactive seat.")] = None,
) -> None:
    """Prints one conversation of the scripted pair, with what the user seat alone knows."""
    scenario = spec(environment).build()
    agents = {scenario.interactive: ScriptedAgent.of(scenario, scenario.interactive, speaker),
              scenario.user: ScriptedAgent.of(scenario, scenario.user)}
    position = Position.start(scenario, seed, name=environment)
    out_console.print(f"[dim]{scenario.user}, hidden: {scenario.describe_condition(position.condition)}[/]", highlight=False)
    while not position.over:
        seat = position.seat
        position = position.say(agents[seat].respond([position.ask()])[0])
        said = position.dialogue.last
        colour = "cyan" if seat == scenario.interactive else "green"
        out_console.print(f"[bold {colour}]{seat:>12}[/]  {said.text if said else ''}", highlight=False)
    found = position.engagement
    out_console.print(f"[bold]engagement {found.level:.3f}[/] ({found.status}, {position.turns} turns)", highlight=False)


@app.command()
def run(
    out: Annotated[Path, typer.Option(help="New folder for the run.")],
    config: Annotated[Path | None, typer.Option(help="YAML file of options (see a run's config.yaml).")] = None,
    environment: Annotated[str | None, typer.Option("--env", help="Environment id.")] = None,
    corpus: Annotated[str | None, typer.Option(help="Folder of the scenario's corpus; without it: scripted dialogues.")] = None,
    model: Annotated[str | None, typer.Option(help="'embedded', 'scratch', a folder, or a hub id of a causal LM.")] = None,
    simulator: Annotated[str | None, typer.Option(help="Who answers: 'scripted' or 'model' (trained in the run).")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything.")] = None,
    quiet: Quiet = False,
) -> None:
    """The whole way: SFT, i×MCTS, preference pairs, reward model, DPO, and the table SFT / BoN / Aligned."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from .alignment.config import load, merge, preset  # noqa: PLC0415 - torch only when a run needs it
    from .alignment.pipeline import align, check_new  # noqa: PLC0415

    check_new(out)
    chosen = preset(corpus is not None)
    if config is not None:
        chosen = load(config, chosen)
    given = {"environment": environment, "corpus": corpus, "model": model, "simulator": simulator, "seed": seed}
    chosen = merge(chosen, {k: v for k, v in given.items() if v is not None}, "the command line")
    command = "dialogym " + shlex.join(_without_out(sys.argv[1:]))
    with _bars(quiet) as reporter:
        results = align(chosen, out, command=command, reporter=reporter)
    _print_results(results)
    out_console.print(f"Report: {out / 'report.html'}", highlight=False)


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
def pretrain(
    out: Annotated[Path, typer.Option(help="New folder for the model.")],
    minutes: Annotated[float, typer.Option(help="Minutes of training; 0: one pass over the dialogues.")] = 0.0,
    dialogues: Annotated[int, typer.Option(help="Conversations to generate.")] = 24_000,
    seed: Annotated[int, typer.Option(help="Seed of text and weights.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Makes the embedded base model from nothing but this package's own text generator."""
    from .alignment.pipeline import check_new  # noqa: PLC0415 - torch only when it is needed
    from .alignment.pretrain import PretrainConfig  # noqa: PLC0415
    from .alignment.pretrain import pretrain as make_base  # noqa: PLC0415

    check_new(out)
    if minutes < 0 or dialogues < 200:
        raise InvalidConfig(f"minutes must be at least 0 and dialogues at least 200, got {minutes} and {dialogues}.")
    built = [spec(id_).build() for id_ in sorted(registry)]
    scenarios = list({s.name: s for s in built}.values())
    with _bars(quiet) as reporter:
        update = reporter.stage("Pretraining", 1)
        figures = make_base(scenarios, out, PretrainConfig(dialogues=dialogues, minutes=minutes, seed=seed),
                            lambda step, steps, loss: update(0) if step < steps else update(1))
    out_console.print_json(data=figures)


@app.command()
def report(run_folder: Annotated[Path, typer.Argument(help="Folder of a run.")]) -> None:
    """Writes a run's report.html again from its results.json."""
    from .alignment.report import write_report  # noqa: PLC0415 - matplotlib only when it is needed

    out_console.print(str(write_report(run_folder)))


def main() -> None:
    """Runs the command; an error of this package is one sentence on stderr and exit code 2."""
    try:
        app(standalone_mode=True)
    except DialogymError as error:
        console.print(f"[bold red]dialogym:[/] {error}", highlight=False, soft_wrap=True)
        sys.exit(2)
    except ModuleNotFoundError as error:
        if error.name in ("torch", "transformers", "peft", "trl", "datasets", "scipy", "matplotlib", "jinja2"):
            console.print(f"[bold red]dialogym:[/] this needs {error.name}; install it with: pip install 'dialogym[train]'",
                          highlight=False, soft_wrap=True)
            sys.exit(2)
        raise


if __name__ == "__main__":
    main()
