"""Reinforcement learning while it talks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Column, Table
from rich.text import Text

from ..envs.keys import PUBLIC
from ..envs.registry import default
from .shared import (
    Config,
    Env,
    Known,
    Model,
    Options,
    Plugins,
    Quiet,
    Seed,
    User,
    bars,
    command_line,
    environment_of,
    given_options,
    import_plugins,
    interval_cell,
    out_console,
)


def train_online(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="For the training; one that was killed goes on.")],
    config: Config = None,
    env: Env = None,
    model: Model = None,
    user: User = None,
    steps: Annotated[int | None, typer.Option(metavar="N", help="Updates (default: 24).")] = None,
    people: Annotated[int | None, typer.Option(metavar="N", help="People met per update, none twice (default: 6).")] = None,
    group: Annotated[int | None, typer.Option(metavar="N", help="Talks with each of them (default: 8).")] = None,
    talks: Annotated[int | None, typer.Option(metavar="N", help="Conversations before and after, with people set aside for it "
                                                                "(default: 128).")] = None,
    seed: Annotated[int | None, Seed] = None,
    secret: Known = PUBLIC,
    option: Options = None,
    plugin: Plugins = None,
    quiet: Quiet = False,
) -> None:
    """Trains a language model by GRPO on whole conversations, and says what it brought, person by person."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from ..alignment.online import OnlineSettings  # noqa: PLC0415 - what only a training needs
    from ..alignment.overrides import load  # noqa: PLC0415

    import_plugins(plugin)
    settings = OnlineSettings(environment=default())
    if config is not None:
        settings = load(config, settings)
    given: dict[str, Any] = {
        "environment": environment_of(env), "model": model, "user": user, "steps": steps, "people": people,
        "group": group, "talks": talks, "seed": seed, "options": given_options(option) or None,
        "secret": secret if secret != PUBLIC else None}
    settings = replace(settings, **{name: value for name, value in given.items() if value is not None})
    from ..alignment.online import train_online as train  # noqa: PLC0415 - torch only when a training begins

    with bars(quiet) as reporter:
        results = train(settings, out, command=command_line(), reporter=reporter)
    _print(results)
    out_console.print(Text(f"Model: {out / 'model'}"), soft_wrap=True)


def _print(results: dict[str, Any]) -> None:
    """Before, after and what lies between, paired by person; and what it took."""
    table = Table(Column("", no_wrap=True), "before", "after", "gain", title=Text(results["environment"]), box=None,
                  padding=(0, 1), pad_edge=False)
    reached = results["engagement"]
    rows = [("engagement", *(_cell(reached[name]) for name in ("before", "after")), _cell(results["gain"], signed=True))]
    for measure in results["measures"]:
        name = measure["name"]
        cells = [_cell([results[when][f"{name}_mean"], *results[when][f"{name}_ci95"]]) for when in ("before", "after")]
        rows.append((measure["label"], *cells, _cell(results["differences"][name], signed=True)))
    cells = [_cell([results[when]["engaged_rate"], *results[when]["engaged_ci95"]]) for when in ("before", "after")]
    rows.append(("engaged rate", *cells, _cell(results["differences"]["engaged"], signed=True)))
    for row in rows:
        table.add_row(*map(Text, row))
    out_console.print(table)
    out_console.print(Text(
        f"GRPO on {results['generations']:,} replies of {results['talks_trained_on']:,} talks; "
        f"{results['before']['episodes']} talks before and after, with the same people, 95% intervals. "
        f"Unreadable replies: {results['before']['garble_rate']:.1%} before, {results['after']['garble_rate']:.1%} after."))


def _cell(found: Sequence[float], signed: bool = False) -> str:
    mean, low, high = found
    return interval_cell(mean, (low, high), 3, signed)
