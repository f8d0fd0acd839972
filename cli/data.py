"""Making data: search trees, preference pairs, tree pages, annotated corpora."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from ..envs.episodes import read_corpus
from ..envs.errors import InvalidConfig
from ..envs.registry import default, spec
from ..envs.storage import write_whole
from .engines import Address, Gpus, Where, Workers, engine_for
from .shared import (
    COMMAND_LINE,
    Conditions,
    Config,
    Corpus,
    Env,
    Options,
    Plugins,
    Policy,
    Quiet,
    RunFolder,
    Seed,
    User,
    bars,
    complain,
    environment_of,
    given_options,
    import_plugins,
    out_console,
)


def search(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="For the trees; a search that was killed goes on.")],
    config: Config = None,
    env: Env = None,
    policy: Policy = None,
    user: User = None,
    conditions: Conditions = None,
    conversations: Annotated[int | None, typer.Option(help="Conversations searched (default: 64).")] = None,
    window: Annotated[int | None, typer.Option(help="Trees in memory at once (default: 16).")] = None,
    seed: Annotated[int | None, Seed] = None,
    option: Options = None,
    engine: Where = "local",
    workers: Workers = None,
    address: Address = None,
    worker_gpus: Gpus = None,
    plugin: Plugins = None,
    quiet: Quiet = False,
) -> None:
    """Grows a search tree per conversation (i×MCTS, the paper's setting) and keeps each on the disk when it is done."""
    from ..alignment.overrides import load, merge  # noqa: PLC0415
    from ..search.collect import (  # noqa: PLC0415
        TREES,
        SearchConfig,
        failures,
    )
    from ..search.collect import search as search_all  # noqa: PLC0415

    import_plugins(plugin)
    chosen = load(config, SearchConfig()) if config is not None else SearchConfig()
    given = {"environment": environment_of(env), "options": {**chosen.options, **given_options(option)},
             "policy": policy, "user": user, "conditions": conditions, "conversations": conversations, "window": window,
             "seed": seed}
    chosen = merge(chosen, {k: v for k, v in given.items() if v is not None}, COMMAND_LINE)
    with bars(quiet) as reporter, engine_for(reporter, engine, workers, address, worker_gpus, plugin) as where:
        counts = search_all(chosen, out, reporter.stage("Conversations", chosen.conversations), where)
    out_console.print_json(data=counts)
    if counts["failed"]:
        for number, reason in failures(out / TREES):
            complain(f"conversation {number} failed: {reason}")
        raise typer.Exit(1)


def pairs(
    run: RunFolder,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="For the pairs.")],
    format: Annotated[str, typer.Option(help="'trl', 'llamafactory' or 'kto'.")] = "trl",
    min_gap: Annotated[float, typer.Option(help="Least difference in engagement, 0 to 1.")] = 0.1,
    min_completions: Annotated[int, typer.Option(help="Fewest finished trajectories behind a value.")] = 3,
    min_visits: Annotated[int, typer.Option(help="Fewest visits.")] = 1,
    standard_errors: Annotated[float, typer.Option(help="The gap must exceed so many standard errors.")] = 0.0,
    value: Annotated[str, typer.Option(help=(
        "'completed' (mean of finished trajectories), 'literal' (Q/N) or 'turn' (after one answer)."))] = "completed",
    limit: Annotated[int, typer.Option(help="Most pairs, spread over situations; 0: all.")] = 0,
    all_pairs: Annotated[bool, typer.Option("--all-pairs", help="Every two siblings, not only best and worst.")] = False,
    held_out: Annotated[float, typer.Option(help="Share of the users in the test file.")] = 0.1,
    layout: Annotated[str, typer.Option(help="Of the contexts: 'chat', 'strategy' or 'figure'.")] = "chat",
    seed: Annotated[int, Seed] = 0,
    plugin: Plugins = None,
) -> None:
    """Makes preference pairs of the trees, for DPO, ranking or KTO, split by user."""
    from ..agents.prompting import layout_of  # noqa: PLC0415
    from ..alignment.overrides import merge  # noqa: PLC0415
    from ..alignment.preferences.exports import COMMAND, export  # noqa: PLC0415 - what only pairs need
    from ..alignment.preferences.mining import balanced, tree_pairs  # noqa: PLC0415
    from ..envs.claims import check_claim  # noqa: PLC0415
    from ..search.collect import TREES, made_with, trees  # noqa: PLC0415
    from ..search.pair_selection import PairSettings  # noqa: PLC0415

    import_plugins(plugin)
    settings = merge(PairSettings(), {
        "min_gap": min_gap, "min_completions": min_completions, "min_visits": min_visits, "standard_errors": standard_errors,
        "value": value, "limit": limit, "all_pairs": all_pairs}, COMMAND_LINE)
    made = {**asdict(settings), "layout": layout_of(layout), "trees": made_with(run / TREES)}
    check_claim(out, COMMAND, {**made, "format": format, "held_out": held_out, "seed": seed})  # before the trees are read
    found = [pair for number, tree in trees(run / TREES)
             for pair in tree_pairs(tree, f"search-{number}", settings, layout_of(layout))]
    out_console.print_json(data=export(balanced(found, limit, seed), out, format, held_out, seed, made))


def tree(
    run: RunFolder,
    conversation: Annotated[int, typer.Option(help="Which conversation, from 0.")] = 0,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="The page (default: tree-N.html in the folder).")] = None,
    min_gap: Annotated[float, typer.Option(help="Least difference in engagement of the pairs shown.")] = 0.1,
    plugin: Plugins = None,
) -> None:
    """Draws a conversation's search tree as one self-contained web page."""
    from ..search.collect import TREES, one  # noqa: PLC0415 - what only a drawing needs
    from ..search.pair_selection import PairSettings, sibling_pairs  # noqa: PLC0415
    from ..search.tree_page import check_page, tree_page  # noqa: PLC0415

    import_plugins(plugin)
    found = one(run / TREES, conversation)
    shown = [(better.choice[0], worse.choice[0]) for _, better, worse in sibling_pairs(found, PairSettings(min_gap=min_gap))]
    page = out or run / f"tree-{conversation}.html"
    check_page(page)
    write_whole(page, tree_page(found.to_json(), shown, title=f"{run.name}, conversation {conversation}",
                                seats=(found.root.scenario.interactive, found.root.scenario.user)))
    out_console.print(Text(str(page)), soft_wrap=True)


def annotate(
    corpus: Annotated[Path, Corpus],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Episodes (.jsonl) to write, or to go on with.")],
    env: Env = None,
    model: Annotated[str | None, typer.Option(metavar="NAME", help=(
        "Who is asked: 'embedded', 'smollm2', a folder, a hub id, or 'openai:MODEL' (default: the scenario's rules)."))] = None,
    ask_conditions: Annotated[bool, typer.Option("--ask-conditions",
                                                 help="Ask the model for each user's condition, too.")] = False,
    limit: Annotated[int, typer.Option(help="Only so many episodes, the first; 0: all.")] = 0,
    option: Options = None,
    plugin: Plugins = None,
    quiet: Quiet = False,
) -> None:
    """Fills in the private states of a corpus's speakers; killed, it goes on where it stopped."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from ..agents.by_name import chat_model  # noqa: PLC0415 - what needs more than the core
    from ..alignment.data.annotate import MAX_NEW_TOKENS, AnnotateSettings, check_asked  # noqa: PLC0415
    from ..alignment.data.annotate import annotate as annotate_all  # noqa: PLC0415

    import_plugins(plugin)
    if limit < 0 or out.suffix != ".jsonl":
        raise InvalidConfig(f"--limit is at least 0 and --out a .jsonl file, got {limit} and {str(out)!r}.")
    rules = spec(environment_of(env) or default()).build(**given_options(option))
    settings = AnnotateSettings(model, ask_conditions)
    episodes = read_corpus(rules, corpus)
    episodes = episodes[:limit or len(episodes)]
    check_asked(rules, episodes, settings)
    ask = chat_model(model, MAX_NEW_TOKENS) if model is not None else None
    with bars(quiet) as reporter:
        show_done = reporter.stage("Annotating", len(episodes))
        counts = annotate_all(rules, episodes, out, settings, ask, show_done)
    out_console.print_json(data=counts)
