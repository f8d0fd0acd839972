"""Planners and policies at equal budgets: the leaderboard."""

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
from ..envs.registry import default, make
from ..envs.storage import write_whole
from .engines import Address, Gpus, Where, Workers, engine_for
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

PLANNERS = ("sample", "greedy", "lookahead", "beam", "puct", "ixmcts")


def bench(
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help="For the comparison; one that was killed goes on.")] = None,
    env: Env = None,
    planners: Annotated[str | None, typer.Option(metavar="NAME,...", help=(
        "Planners, with commas: names, entry points or 'module:Name'; the others are compared with the first (default: "
        f"{', '.join(PLANNERS)}; for a language model, {PLANNERS[0]}: what it says itself)."))] = None,
    budget: Annotated[str, typer.Option(metavar="N,...", help="Generations of the policy per decision; several with "
                                                              "commas.")] = "24",
    user: Users = None,
    policy: BenchPolicy = None,
    label: Annotated[str | None, typer.Option(metavar="TEXT", help="What a leaderboard calls the policy.")] = None,
    conversations: Annotated[int, typer.Option(help="Conversations per planner and family.")] = 100,
    oracle: Annotated[bool, typer.Option("--oracle", help="Planners see the user's true condition.")] = False,
    worlds: Annotated[int, typer.Option(help="Imagined users per decision; they share the budget.")] = 3,
    reward: Annotated[str | None, typer.Option(metavar="FOLDER", help="Reward model, for planners such as "
                                                                      "'best-of-3'.")] = None,
    referee: Annotated[bool | None, typer.Option("--referee/--no-referee", help=(
        "Planners play in processes of their own, watched (default: those from outside this package)."))] = None,
    patience: Annotated[float, typer.Option(metavar="SECONDS", help="That a refereed planner may take over a decision.")] = 60,
    temperature: Annotated[float, typer.Option(help="Of a language model's replies; 0: its most likely words.")] = 1.0,
    max_new_tokens: Annotated[int, typer.Option(help="Longest reply of a language model.")] = 128,
    price_in: Annotated[float | None, typer.Option(metavar="DOLLARS", help="Per million tokens that the policy reads.")] = None,
    price_out: Annotated[float | None, typer.Option(metavar="DOLLARS", help="Per million tokens that it writes.")] = None,
    seed: Annotated[int, Seed] = 0,
    secret: Annotated[str | None, Secret] = None,
    verify: Annotated[Path | None, typer.Option(metavar="FILE", help=(
        "Play nothing new: check an entry.json.gz by playing it again, and say what differs."))] = None,
    option: Options = None,
    engine: Where = "local",
    workers: Workers = None,
    address: Address = None,
    worker_gpus: Gpus = None,
    plugin: Plugins = None,
    quiet: Quiet = False,
) -> None:
    """Plays planners or a language model at equal budgets against every family of users: the leaderboard."""
    import_plugins(plugin)
    if verify is not None:
        if out is not None:
            raise InvalidConfig("--verify checks a file and writes nothing; leave out --out.")
        _verify(verify, quiet)
        return
    if out is None:
        raise InvalidConfig("Where to? Give --out FOLDER for a comparison, or --verify FILE to check one.")
    from ..alignment.evaluation.leaderboard import BenchSettings, Prices  # noqa: PLC0415 - scipy only when it is needed
    from ..alignment.evaluation.leaderboard import bench as play_all  # noqa: PLC0415

    where, options = environment_of(env) or default(), given_options(option)
    settings = BenchSettings(
        env=where, options=options, planners=_planners(planners, policy, where, options), budgets=_budgets(budget), label=label,
        users=tuple(user.split(",")) if user else None, policy=policy, conversations=conversations, oracle=oracle,
        worlds=worlds, reward=reward, seed=seed, referee=referee, patience=patience, temperature=temperature,
        max_new_tokens=max_new_tokens, secret=secret)
    prices = None if price_in is None and price_out is None else Prices(price_in or 0.0, price_out or 0.0)
    with bars(quiet) as reporter, engine_for(reporter, engine, workers, address, worker_gpus, plugin) as chosen:
        figures = play_all(settings, out, _counting(reporter), prices, chosen)
    _shown(figures, out)


def leaderboard(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Of entries: entry.json.gz files under names of their own.")],
    page: Annotated[Path | None, typer.Option(metavar="FILE", help="Where it is written (default: it is printed).")] = None,
) -> None:
    """Makes a page of leaderboard entries: who brings users to what, environment by environment."""
    from ..alignment.evaluation.board import board  # noqa: PLC0415 - scipy only when it is needed

    text = board(folder)
    if page is None:
        print(text, end="")
    else:
        write_whole(page, text)
        out_console.print(Text(f"The page: {page}"), soft_wrap=True)


def _verify(path: Path, quiet: bool) -> None:
    """Says whether an entry holds; exits with 1 where it does not."""
    from ..alignment.evaluation.verification import verify  # noqa: PLC0415 - scipy only when it is needed

    with bars(quiet) as reporter:
        found = verify(path, _counting(reporter))
    for difference in found.differences:
        complain(difference)
    if found.differences:
        complain(f"{path} is refused: {len(found.differences)} differences.")
        raise typer.Exit(1)
    out_console.print(Text(f"{path} holds: {found.talks} conversations, {found.again} of them played again from the settings "
                           f"and {found.replayed} from their words."), soft_wrap=True)


def _shown(figures: Mapping[str, Any], out: Path) -> None:
    """Prints what came out and where the rest stands; leaves with 1 where talks failed."""
    from ..alignment.evaluation.leaderboard import TABLE, TRANSCRIPTS  # noqa: PLC0415 - as above

    out_console.print(_table(figures))
    if figures["models"]:
        out_console.print(Text(f"Talks to read: {out / TRANSCRIPTS}"), soft_wrap=True)
    out_console.print(Text(f"The whole table: {out / TABLE}"), soft_wrap=True)
    if any(row["failed"] for row in figures["rows"]):
        complain(f"some conversations failed; the reasons stand below the table in {out / TABLE}.")
        raise typer.Exit(1)


def _budgets(given: str) -> tuple[int, ...]:
    try:
        return tuple(int(number) for number in given.split(","))
    except ValueError:
        raise InvalidConfig(f"--budget takes whole numbers with commas, got {given!r}.") from None


def _planners(given: str | None, policy: str | None, env: str, options: Mapping[str, Any]) -> tuple[str, ...]:
    """The planners that are compared."""
    if given is not None:
        return tuple(given.split(","))
    scenario = make(env, **options).scenario
    return PLANNERS if policy is None or policy in scenario.scripted[scenario.interactive] else PLANNERS[:1]


def _counting(reporter: Any) -> Callable[[int, int], None]:
    shown: list[Callable[[int], None]] = []

    def progress(done: int, of: int) -> None:
        if not shown:
            shown.append(reporter.stage("Conversations", of))
        shown[0](done)

    return progress


def _table(figures: Mapping[str, Any]) -> RenderableType:
    """The leaderboard at 80 columns: what was reached, and the difference that it is about."""
    settings = figures["settings"]
    first, many, alone = settings["planners"][0], len(settings["budgets"]) > 1, len(settings["planners"]) == 1
    numbers = ["engagement", "engaged" if alone else f"minus {first}"]
    table = Table("user", *(["budget"] if many else []), Column("planner", overflow="fold"),
                  *(Column(Text(name), justify="right", no_wrap=True) for name in numbers), box=None, padding=(0, 1),
                  pad_edge=False)
    above = None
    for row in figures["rows"]:
        here = row["user"], row["budget"]
        if above is not None and above != here and not alone:
            table.add_row()
        table.add_row(Text(row["user"] if above != here else ""), *([str(row["budget"])] if many else []), Text(row["planner"]),
                      _cell(row.get("level")), _cell(row.get("engaged" if alone else "difference"), signed=not alone))
        above = here
    oracle = ", planners see the true condition (oracle)" if settings["oracle"] else ""
    under = list(dict.fromkeys(row["planner"] for row in figures["rows"] if row["refereed"]))
    watched = f", refereed: {'all' if len(under) == len(settings['planners']) else ', '.join(under)}" if under else ""
    title = (f"{settings['env']}: engagement with its 95% interval, {settings['conversations']} conversations per row, policy "
             f"{settings['policy'] or 'default'}{oracle}{watched}.")
    return Group(Text(title), Padding(table, (1, 0)), *([Text(_cost(figures) + "\n")] if figures["models"] else []))


def _cost(figures: Mapping[str, Any]) -> str:
    """What language models took, and whose faults there were, in a sentence each."""
    rows = figures["rows"]
    read, written = (sum(row.get("tokens", (0, 0))[place] for row in rows) for place in (0, 1))
    theirs = [sum(row.get("user_tokens", (0, 0))[place] for row in rows) for place in (0, 1)]
    dollars = sum(row.get("dollars", 0.0) for row in rows)
    fouls, failed = (sum(row[name] for row in rows) for name in ("fouls", "failed"))
    return (f"Tokens: the policy read {read:,} and wrote {written:,}" + (f" (${dollars:.4f})" if "prices" in figures else "")
            + (f"; simulated users read {theirs[0]:,} and wrote {theirs[1]:,}" if any(theirs) else "") + ".\n"
            f"Faults: {fouls} of the policy's, counted as talks without engagement; {failed - fouls} of the simulators', "
            "counted for nobody.")


def _cell(found: Any, signed: bool = False) -> str:
    return "–" if found is None else interval_cell(found[0], found[1], signed=signed)
