"""An environment behind HTTP and WebSocket, for OpenEnv's clients."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from ..envs.errors import InvalidConfig
from ..envs.keys import PUBLIC
from ..envs.registry import default, scenario_for
from .shared import (
    Env,
    Known,
    Options,
    Place,
    Plugins,
    Policy,
    User,
    console,
    environment_of,
    given_options,
    import_plugins,
)


def serve(
    place: Place = None,
    env: Env = None,
    seat: Annotated[str | None, typer.Option(help="The seat that clients take (default: the interactive one).")] = None,
    user: User = None,
    policy: Policy = None,
    host: Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0 for every one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at.", min=1, max=65535)] = 8000,
    sessions: Annotated[int, typer.Option(help="Conversations at once.", min=1)] = 64,
    secret: Known = PUBLIC,
    snapshots: Annotated[bool, typer.Option("--snapshots/--no-snapshots", help=(
        "The state tells snapshots, which hold what is hidden from who plays, and reset takes them."))] = True,
    option: Options = None,
    plugin: Plugins = None,
) -> None:
    """Serves an environment to OpenEnv's clients (TRL, verifiers and others speak to it)."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import_plugins(plugin)
    import uvicorn  # noqa: PLC0415 - what only a server needs

    from ..integrations.openenv import application  # noqa: PLC0415

    scenario = scenario_for(environment_of(env, place) or default(), **given_options(option))
    own, other = ("--user", user), ("--policy", policy)
    if seat in (None, scenario.interactive):
        own, other = other, own
    if own[1] is not None:
        raise InvalidConfig(f"Clients sit in the seat that {own[0]} is for, got {own[0]} {own[1]!r}; leave it out, or give "
                            "clients the other with --seat.")
    app = application(scenario, seat=seat, partner=other[1], secret=secret, snapshots=snapshots, sessions=sessions)
    console.print(f"{scenario.id} at http://{host}:{port}, for {sessions} sessions; Ctrl-C ends it.", highlight=False)
    uvicorn.run(app, host=host, port=port, log_level="warning")
