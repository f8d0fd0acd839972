"""The `dialogym` command: `python -m dialogym --help`."""

from __future__ import annotations

from typing import Annotated

import typer

from . import __version__
from .cli import align, bench, data, experiment, exploit, online, plan, reproduce, scenario, serve, study, talk, train
from .cli.shared import Worded, in_sentences, out_console

app = typer.Typer(name="dialogym", no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="rich")


def _version(asked: bool) -> None:
    if asked:
        out_console.print(f"dialogym {__version__}", highlight=False)
        raise typer.Exit


@app.callback()
def dialogym(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True,
                                                   help="Print the version and leave.")] = False) -> None:
    """Dialogue environments you can rewind: simulate, plan, train."""


for command in (
    talk.envs,
    talk.show,
    talk.play,
    serve.serve,
    data.search,
    data.pairs,
    data.tree,
    data.annotate,
    align.run,
    align.config,
    align.report,
    reproduce.evaluate,
    reproduce.reproduce,
    experiment.experiment,
    online.train_online,
    bench.bench,
    bench.leaderboard,
    exploit.exploit,
    align.pretrain,
    train.train,
    plan.plan_run,
    scenario.new_scenario,
):
    app.command(cls=Worded)(command)
app.add_typer(study.app)


def main() -> None:
    """Runs the command; an error of this package is one sentence on stderr and exit code 2."""
    in_sentences(app)


if __name__ == "__main__":
    main()
