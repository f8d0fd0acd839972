"""Talking in the environments: what there is, one conversation shown, a seat for a person."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Column, Table

from ..envs.agent import ScriptedAgent, converse
from ..envs.position import Position
from ..envs.registry import default, registry, spec
from ..envs.shells.rendering import lines, print_lines, printable
from ..envs.shells.seat_env import SeatEnv
from .shared import (
    Named,
    Options,
    Plugins,
    app,
    environment_of,
    given_options,
    import_plugins,
    out_console,
)


@app.command()
def envs(plugin: Plugins = None) -> None:
    """Lists the registered environments."""
    import_plugins(plugin)
    names = ("id", "scenario", "seats", "opens", "turns", "measures")
    table = Table(*(Column(name, overflow="fold") for name in names), box=None, padding=(0, 1, 1, 0), pad_edge=False)
    for id_ in sorted(registry):
        scenario = spec(id_).build()
        table.add_row(id_, scenario.name, "\n".join(scenario.seats), scenario.opener, str(scenario.horizon),
                      "\n".join(["engagement", *(m.name for m in scenario.measures)]))
    out_console.print(table)


@app.command()
def show(
    environment: Annotated[str | None, typer.Argument(help="Environment id (default: the one registered first).")] = None,
    scenario_name: Named = None,
    seed: Annotated[int, typer.Option(help="Seed of the episode.")] = 0,
    speaker: Annotated[str | None, typer.Option(help="Scripted speaker of the interactive seat.")] = None,
    states: Annotated[bool, typer.Option(help="Print the speakers' private states, where they have any.")] = True,
    option: Options = None,
    plugin: Plugins = None) -> None:
    """Prints one conversation of the scripted pair, with what only their speaker knows."""
    import_plugins(plugin)
    environment = environment_of(environment, scenario_name) or default()
    scenario = spec(environment).build(**given_options(option))
    agents = {scenario.interactive: ScriptedAgent.of(scenario, scenario.interactive, speaker),
              scenario.user: ScriptedAgent.of(scenario, scenario.user)}
    end = converse(Position.start(scenario, seed), agents)
    print_lines(out_console, [(f"{scenario.user}, hidden: {printable(scenario.describe_condition(end.condition))}", "dim")])
    colours = {scenario.interactive: "cyan", scenario.user: "green"}
    for utterance in end.dialogue:
        shown = lines(utterance, states=states)
        print_lines(out_console, [(text, style or colours[utterance.seat]) for text, style in shown])
    found = end.engagement
    print_lines(out_console, [(f"engagement {found.level:.3f} ({found.status}, {end.turns} turns)", "bold")])


@app.command()
def play(
    environment: Annotated[str | None, typer.Argument(help="Environment id (default: the one registered first).")] = None,
    scenario_name: Named = None,
    seat: Annotated[str | None, typer.Option(help="The seat you take (default: the interactive one).")] = None,
    partner: Annotated[str | None, typer.Option(help="Scripted speaker of the other seat.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the episode.")] = 0,
    option: Options = None,
    plugin: Plugins = None,
) -> None:
    """You take a seat and talk to a scripted partner; /undo takes your last words back, /quit leaves."""
    from .playing import play as play_seat  # noqa: PLC0415 - what only a player needs

    import_plugins(plugin)
    environment = environment_of(environment, scenario_name) or default()
    play_seat(SeatEnv(environment, seat=seat, partner=partner, **given_options(option)), seed, out_console)
