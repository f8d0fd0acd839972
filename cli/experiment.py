"""Variants of one run against each other: the paper's summary's experiments, and ablations."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from ..envs.errors import InvalidConfig
from .shared import (
    SEEDS,
    Config,
    Env,
    Options,
    Plugins,
    Quiet,
    Secret,
    Seeds,
    bars,
    command_line,
    environment_of,
    given_options,
    import_plugins,
    numbers_of,
    out_console,
)

if TYPE_CHECKING:
    from ..alignment.config import RunConfig


def experiment(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The experiment, one of those above.")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="For the runs; what was killed goes on.")],
    seeds: Seeds = SEEDS,
    env: Env = None,
    config: Config = None,
    talks: Annotated[int | None, typer.Option(metavar="N", help=(
        "Conversations of each system in the end, and with each family (default: as in a run)."))] = None,
    secret: Annotated[str | None, Secret] = None,
    option: Options = None,
    plugin: Plugins = None,
    quiet: Quiet = False,
) -> None:
    """Runs the variants of an experiment over several seeds, and says what came out.

    What the summary of the paper asks for: turn-reward, cross-task, simulators. Ablations of what makes the pairs: pruning,
    replays, best-of-n, density, literal.

    Example: dialogym experiment turn-reward --out runs/turn-reward --seeds 0,1,2
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from ..alignment.config import resolve  # noqa: PLC0415 - what only a run needs
    from ..alignment.experiments import configurations  # noqa: PLC0415
    from ..alignment.experiments import experiment as named  # noqa: PLC0415

    numbers = numbers_of(seeds)
    import_plugins(plugin)
    asked, environment = named(name), environment_of(env)
    if asked.tasks and environment is not None:
        raise InvalidConfig(f"The experiment {name!r} is about every task ({', '.join(asked.variants)}); leave --env out.")

    def base(task: str | None) -> RunConfig:
        found = resolve(file=config, environment=task or environment, options=given_options(option), given={"episodes": talks})
        return replace(found, secret=secret)

    configs = configurations(asked, base)
    from ..alignment.comparison import TABLE, compare  # noqa: PLC0415 - torch only when a run begins

    with bars(quiet) as reporter:
        figures = compare(asked, configs, numbers, out, command=command_line(), reporter=reporter)
    for sentence in figures["conclusions"]:
        out_console.print(Text(f"- {sentence}"))
    out_console.print(Text(f"The whole table: {out / TABLE}"), soft_wrap=True)
