"""Planners at equal budgets: the leaderboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from ..envs.errors import InvalidConfig
from .shared import (
    Options,
    Plugins,
    Quiet,
    app,
    bars,
    complain,
    given_options,
    import_plugins,
    out_console,
)


@app.command()
def bench(
    out: Annotated[Path, typer.Option(help="Folder for the comparison; one that was killed goes on.")],
    env: Annotated[str, typer.Option(help="Environment id.")],
    planners: Annotated[str, typer.Option(help="Planners, with commas: names, entry points or 'module:Name'; the others are "
                                               "compared with the first.")] = "sample,greedy,lookahead,beam,puct,ixmcts",
    budget: Annotated[str, typer.Option(help="Generations of the policy per decision; several with commas.")] = "24",
    users: Annotated[str | None, typer.Option(help="Scripted users, with commas (default: every family).")] = None,
    policy: Annotated[str | None, typer.Option(help="Scripted speaker who proposes candidates.")] = None,
    conversations: Annotated[int, typer.Option(help="Conversations per planner and family.")] = 100,
    oracle: Annotated[bool, typer.Option("--oracle", help="Planners see the user's true condition.")] = False,
    worlds: Annotated[int, typer.Option(help="Imagined users per decision; they share the budget.")] = 3,
    reward: Annotated[str | None, typer.Option(help="Folder of a reward model, for planners such as 'best-of-3'.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the users and their luck.")] = 0,
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
        env=env, options=given_options(option), planners=tuple(planners.split(",")), budgets=budgets,
        users=tuple(users.split(",")) if users else None, policy=policy, conversations=conversations, oracle=oracle,
        worlds=worlds, reward=reward, seed=seed)
    with bars(quiet) as reporter:
        shown: list[Callable[[int], None]] = []

        def progress(done: int, of: int) -> None:
            if not shown:
                shown.append(reporter.stage("Conversations", of))
            shown[0](done)

        figures = play_all(settings, out, progress)
    out_console.print((out / TABLE).read_text(encoding="utf-8"), markup=False, soft_wrap=True)
    if any(row["failed"] for row in figures["rows"]):
        complain("some conversations failed; the reasons stand below the table.")
        raise typer.Exit(1)
