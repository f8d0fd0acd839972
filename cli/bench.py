"""Planners at equal budgets: the leaderboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from ..envs.errors import InvalidConfig
from ..envs.registry import default
from .shared import (
    BenchPolicy,
    Env,
    Options,
    Plugins,
    Quiet,
    Secret,
    Seed,
    Users,
    bars,
    complain,
    environment_of,
    given_options,
    import_plugins,
    interval_cell,
    out_console,
)

PLANNERS = "sample,greedy,lookahead,beam,puct,ixmcts"


def bench(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="For the comparison; one that was killed goes on.")],
    env: Env = None,
    planners: Annotated[str, typer.Option(metavar="NAME,...", show_default=False, help=(
        "Planners, with commas: names, entry points or 'module:Name'; the others are compared with the first (default: "
        f"{', '.join(PLANNERS.split(','))})."))] = PLANNERS,
    budget: Annotated[str, typer.Option(metavar="N,...", help="Generations of the policy per decision; several with "
                                                              "commas.")] = "24",
    user: Users = None,
    policy: BenchPolicy = None,
    conversations: Annotated[int, typer.Option(help="Conversations per planner and family.")] = 100,
    oracle: Annotated[bool, typer.Option("--oracle", help="Planners see the user's true condition.")] = False,
    worlds: Annotated[int, typer.Option(help="Imagined users per decision; they share the budget.")] = 3,
    reward: Annotated[str | None, typer.Option(metavar="FOLDER", help="Reward model, for planners such as "
                                                                      "'best-of-3'.")] = None,
    referee: Annotated[bool | None, typer.Option("--referee/--no-referee", help=(
        "Planners play in processes of their own, watched (default: those from outside this package)."))] = None,
    patience: Annotated[float, typer.Option(metavar="SECONDS", help="That a refereed planner may take over a decision.")] = 60,
    seed: Annotated[int, Seed] = 0,
    secret: Annotated[str | None, Secret] = None,
    option: Options = None,
    plugin: Plugins = None,
    quiet: Quiet = False,
) -> None:
    """Plays planners at equal budgets against every family of users: the leaderboard."""
    import_plugins(plugin)
    from ..alignment.evaluation.leaderboard import TABLE, BenchSettings  # noqa: PLC0415 - scipy only when it is needed
    from ..alignment.evaluation.leaderboard import bench as play_all  # noqa: PLC0415

    try:
        budgets = tuple(int(number) for number in budget.split(","))
    except ValueError:
        raise InvalidConfig(f"--budget takes whole numbers with commas, got {budget!r}.") from None
    settings = BenchSettings(
        env=environment_of(env) or default(), options=given_options(option), planners=tuple(planners.split(",")),
        budgets=budgets,
        users=tuple(user.split(",")) if user else None, policy=policy, conversations=conversations, oracle=oracle,
        worlds=worlds, reward=reward, seed=seed, referee=referee, patience=patience, secret=secret)
    with bars(quiet) as reporter:
        shown: list[Callable[[int], None]] = []

        def progress(done: int, of: int) -> None:
            if not shown:
                shown.append(reporter.stage("Conversations", of))
            shown[0](done)

        figures = play_all(settings, out, progress)
    out_console.print(_table(figures))
    out_console.print(Text(f"The whole table: {out / TABLE}"), soft_wrap=True)
    if any(row["failed"] for row in figures["rows"]):
        complain(f"some conversations failed; the reasons stand below the table in {out / TABLE}.")
        raise typer.Exit(1)


def _table(figures: Mapping[str, Any]) -> RenderableType:
    """The leaderboard at 80 columns: what was reached, and the difference that it is about."""
    settings = figures["settings"]
    first, many = settings["planners"][0], len(settings["budgets"]) > 1
    numbers = ["engagement", f"minus {first}"]
    table = Table("user", *(["budget"] if many else []), Column("planner", overflow="fold"),
                  *(Column(Text(name), justify="right", no_wrap=True) for name in numbers), box=None, padding=(0, 1),
                  pad_edge=False)
    above = None
    for row in figures["rows"]:
        here = row["user"], row["budget"]
        if above is not None and above != here:
            table.add_row()
        table.add_row(Text(row["user"] if above != here else ""), *([str(row["budget"])] if many else []), Text(row["planner"]),
                      _cell(row.get("level")), _cell(row.get("difference"), signed=True))
        above = here
    oracle = ", planners see the true condition (oracle)" if settings["oracle"] else ""
    under = list(dict.fromkeys(row["planner"] for row in figures["rows"] if row["refereed"]))
    watched = f", refereed: {'all' if len(under) == len(settings['planners']) else ', '.join(under)}" if under else ""
    title = (f"{settings['env']}: engagement with its 95% interval, {settings['conversations']} conversations per row, policy "
             f"{settings['policy'] or 'default'}{oracle}{watched}.")
    return Group(Text(title), Padding(table, (1, 0)))


def _cell(found: Any, signed: bool = False) -> str:
    return "–" if found is None else interval_cell(found[0], found[1], signed=signed)
