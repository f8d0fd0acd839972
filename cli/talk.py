"""Talking in the environments: what there is, one conversation shown, a seat for a person."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from ..agents.by_name import agent_for
from ..envs.agent import converse
from ..envs.errors import InvalidConfig
from ..envs.keys import PUBLIC
from ..envs.position import Position
from ..envs.registry import default, refused, registry, spec
from ..envs.shells.rendering import lines, print_lines, printable
from ..envs.shells.seat_env import SeatEnv
from .listing import details, overview
from .playing import play as play_seat
from .shared import (
    Env,
    Known,
    Options,
    Place,
    Plugins,
    Policy,
    Seed,
    User,
    complain,
    environment_of,
    given_options,
    import_plugins,
    out_console,
)


def envs(place: Place = None, env: Env = None, plugin: Plugins = None) -> None:
    """Lists the registered environments, those of installed packages too; with an id, one of them in detail."""
    import_plugins(plugin)
    id = environment_of(env, place)
    for text in details(id) if id is not None else map(overview, sorted(registry)):
        out_console.print(text)
    for sentence in refused.values() if id is None else ():
        complain(sentence)


def show(
    place: Place = None,
    env: Env = None,
    policy: Policy = None,
    user: User = None,
    seed: Annotated[int, Seed] = 0,
    secret: Known = PUBLIC,
    states: Annotated[bool, typer.Option("--states/--no-states", help="Print the speakers' private states, where they have "
                                                                      "any.")] = True,
    option: Options = None,
    plugin: Plugins = None,
) -> None:
    """Prints one conversation, with what only its speaker knows."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import_plugins(plugin)
    scenario = spec(environment_of(env, place) or default()).build(**given_options(option))
    agents = {scenario.interactive: agent_for(scenario, scenario.interactive, policy),
              scenario.user: agent_for(scenario, scenario.user, user)}
    end = converse(Position.start(scenario, seed, secret=secret), agents)
    print_lines(out_console, [(f"{scenario.user}, hidden: {printable(scenario.describe_condition(end.condition))}", "dim")])
    colours = {scenario.interactive: "cyan", scenario.user: "green"}
    for utterance in end.dialogue:
        shown = lines(utterance, states=states)
        print_lines(out_console, [(text, style or colours[utterance.seat]) for text, style in shown])
    found = end.engagement
    print_lines(out_console, [(f"engagement {found.level:.3f} ({found.status}, {end.turns} turns)", "bold")])


def play(
    place: Place = None,
    env: Env = None,
    seat: Annotated[str | None, typer.Option(help="The seat you take (default: the interactive one).")] = None,
    policy: Policy = None,
    user: User = None,
    seed: Annotated[int, Seed] = 0,
    secret: Known = PUBLIC,
    option: Options = None,
    web: Annotated[bool, typer.Option("--web", help="In the browser, with a planner's words beside yours in the end.")] = False,
    port: Annotated[int, typer.Option(help="Of --web.")] = 8000,
    plugin: Plugins = None,
) -> None:
    """You take a seat; /undo takes your last words back, /quit leaves. In the end you are told whom you met."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import_plugins(plugin)
    seated = SeatEnv(environment_of(env, place) or default(), seat=seat, secret=secret, **given_options(option))
    scenario = seated.scenario
    others = {scenario.interactive: ("--policy", policy), scenario.user: ("--user", user)}
    word, own = others.pop(seated.seat)
    if own is not None:
        raise InvalidConfig(f"You are the {seated.seat} yourself, got {word} {own!r} for that seat; leave it out or take the "
                            "other with --seat.")
    [(other, (_, name))] = others.items()
    seated.partner = agent_for(scenario, other, name)
    if web:
        from ..study.play_web import serve_play  # noqa: PLC0415 - the extra 'study'

        out_console.print(f"http://127.0.0.1:{port}/", soft_wrap=True)
        serve_play(seated, seed, port)
        return
    play_seat(seated, seed, out_console, partner=name)
