"""What a search will take before it runs."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Column, Table
from rich.text import Text

from ..envs.errors import InvalidConfig, RunExists
from ..envs.registry import spec
from ..envs.storage import write_json
from .shared import (
    COMMAND_LINE,
    Config,
    Env,
    Options,
    Plugins,
    Policy,
    User,
    environment_of,
    given_options,
    import_plugins,
    out_console,
)

GPUS = "1,8,64,512"
SIZES = {False: (25.0, 20.0, 450.0), True: (110.0, 110.0, 500.0)}
"""Tokens of a reply of the policy and of the user, and of the role prompt, in a scenario without and with private states before
the words: assumed where none are given, the replies as in benchmarks/gpu_search.py."""


def plan_run(
    shape: Annotated[str | None, typer.Option(metavar="NAME", help=(
        "Size of the model behind both seats: 'llama-3.2-1b', 'llama-3.2-3b', 'qwen2.5-7b'."))] = None,
    measure: Annotated[int, typer.Option(metavar="N", help=(
        "Instead of a shape: search N conversations here with --policy and --user, and go by that."))] = 0,
    env: Env = None,
    config: Config = None,
    policy: Policy = None,
    user: User = None,
    conversations: Annotated[int | None, typer.Option(help="Conversations to be searched (default: 64).")] = None,
    window: Annotated[int | None, typer.Option(help="Conversations that each worker has in hand (default: 16).")] = None,
    sizes: Annotated[str, typer.Option(metavar="N,...", help="Of the cluster, in GPUs or processes, with commas.")] = GPUS,
    gpu: Annotated[str, typer.Option(metavar="NAME", help="'a100' (80 GB), 'h100' or 'h200'.")] = "h200",
    price: Annotated[float | None, typer.Option(metavar="DOLLARS", help="A GPU's for an hour (default: assumed).")] = None,
    tokens: Annotated[str | None, typer.Option(metavar="P,U,S", help=(
        "Tokens of the policy's reply, of the user's, of the role prompt (default: an assumption per scenario)."))] = None,
    share: Annotated[float, typer.Option(help="Of what the GPU's maker promises, how much is reached.")] = 0.5,
    step: Annotated[float, typer.Option(metavar="SECONDS", help="That a decoding step costs besides.")] = 0.003,
    clock: Annotated[str, typer.Option(help="Of --measure: 'wall', or 'cpu' on a machine that does other work.")] = "wall",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where all figures are written, as JSON.")] = None,
    option: Options = None,
    plugin: Plugins = None,
) -> None:
    """What a search will take before it runs: hours, tokens, memory, dollars, and what holds it up."""
    from ..alignment.overrides import load, merge  # noqa: PLC0415
    from ..search.collect import SearchConfig  # noqa: PLC0415

    import_plugins(plugin)
    if (shape is None) == (measure == 0):
        raise InvalidConfig("Give --shape NAME for a model on GPUs, or --measure N for what runs here, one of the two.")
    chosen = load(config, SearchConfig()) if config is not None else SearchConfig()
    given = {"environment": environment_of(env), "options": {**chosen.options, **given_options(option)}, "policy": policy,
             "user": user, "conversations": conversations, "window": window}
    chosen = merge(chosen, {k: v for k, v in given.items() if v is not None}, COMMAND_LINE)
    counts = _counts(sizes)
    if out is not None and os.path.lexists(out):
        raise RunExists(f"{out} is there already; name a new file for --out. Nothing was changed.")
    found = (_served(chosen, shape, gpu, counts, tokens, price, share, step) if shape is not None
             else _measured(chosen, measure, counts, clock))
    if out is not None:
        write_json(out, found)
    out_console.print(_table(found))
    out_console.print(Text(found["note"]))


def _counts(given: str) -> list[int]:
    try:
        counts = [int(number) for number in given.split(",")]
    except ValueError:
        counts = []
    if not counts or min(counts) < 1:
        raise InvalidConfig(f"--sizes takes whole numbers of at least 1 with commas, such as {GPUS}, got {given!r}.")
    return counts


def _served(config: Any, shape: str, gpu: str, counts: list[int], tokens: str | None, price: float | None, share: float,
            step: float) -> dict[str, Any]:
    """The forecast for a model on GPUs."""
    from ..search import forecast  # noqa: PLC0415

    for name, table in ((shape, forecast.SHAPES), (gpu, forecast.GPUS)):
        if name not in table:
            raise InvalidConfig(f"There is no {name!r} here; name one of {sorted(table)}.")
    if not (0 < share <= 1 and step >= 0 and (price is None or price >= 0)):
        raise InvalidConfig(f"share is in (0, 1], step and price are 0 or more, got {share}, {step} and {price}.")
    scenario = spec(config.environment).build(**config.options)
    try:
        policy, user, system = map(float, tokens.split(",")) if tokens else SIZES[scenario.annotator is not None]
    except ValueError:
        policy = 0.0
    if policy <= 0 or user <= 0 or system < 0:
        raise InvalidConfig(f"--tokens takes three numbers with commas, such as 25,20,450, got {tokens!r}.")
    card = forecast.GPUS[gpu] if price is None else replace(forecast.GPUS[gpu], price=price)
    work = forecast.saturated(config.search, scenario.horizon, config.conversations)
    served = forecast.Served(forecast.SHAPES[shape], card, forecast.Words(policy, user, system), work, share, step)
    return {"what": f"{config.conversations} conversations, {config.environment}, {shape} on {gpu}", "unit": "GPUs",
            "rows": [forecast.planned(served, count, config.window) for count in counts],
            "assumed": {"tokens": [policy, user, system], "share": share, "step": step, "price": card.price,
                        "expansions": work.expansions},
            "note": f"Every tree saturated ({work.expansions:,.0f} expansions), no talk ended early: the most it can be. "
                    f"{share:.0%} of the card's bandwidth and arithmetic, {step * 1000:g} ms more a decoding step, replies of "
                    f"{policy:g} and {user:g} tokens, ${card.price:g} a GPU and hour are assumed."}


def _measured(config: Any, count: int, counts: list[int], clock: str) -> dict[str, Any]:
    """The forecast from a short search here."""
    from ..search.probe import probe  # noqa: PLC0415

    clocks = {"wall": time.perf_counter, "cpu": time.process_time}
    if clock not in clocks:
        raise InvalidConfig(f"A clock is 'wall' or 'cpu', got {clock!r}.")
    found = probe(config, count, clocks[clock])
    rows = []
    for workers in counts:
        course = found.course(config.conversations, workers, config.window)
        rows.append({"gpus": workers, "window": config.window, "seconds": found.loading + course.seconds,
                     "in_hand": course.in_hand, "idle": course.idle, "chain_seconds": course.chain,
                     "generations": 2 * config.conversations * found.expansions * found.width,
                     "file_bytes": config.conversations * found.file_bytes,
                     "bottleneck": "too few conversations" if course.in_hand < config.window / 2 else
                     "the agents"})
    return {"what": f"{config.conversations} conversations, {config.environment}, measured here", "unit": "workers",
            "rows": rows, "measured": {"searched": found.searched, "expansions": found.expansions, "spread": found.spread,
                                       "fixed": found.sweep.fixed, "each": found.sweep.each, "loading": found.loading,
                                       "error": found.error},
            "note": f"From {found.searched} conversations of {found.expansions:.1f} expansions (standard error "
                    f"{found.error:.0%}); each worker as fast as this process, which takes a processor of its own."}


def _table(found: dict[str, Any]) -> Table:
    full = "dollars" in found["rows"][0]
    columns = [found["unit"], "hours", *(["GPU h", "$", "GB each"] if full else []), "generations", "file"]
    table = Table(*(Column(Text(name), justify="right", no_wrap=True) for name in columns), "held up by",
                  title=Text(found["what"]), box=None, padding=(0, 1), pad_edge=False)
    for row in found["rows"]:
        more = [f"{row['gpu_hours']:,.1f}", f"{row['dollars']:,.0f}", f"{row['gpu_bytes'] / 1e9:.0f}"] if full else []
        table.add_row(str(row["gpus"]), f"{row['seconds'] / 3600:,.3g}", *more, f"{row['generations'] / 1e6:.3g}M",
                      f"{row['file_bytes'] / 1e9:.2g} GB", Text(row["bottleneck"]))
    return table
