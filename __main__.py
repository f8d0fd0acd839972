"""The `dialogym` command: `python -m dialogym --help`."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from .agents.agent import ScriptedAgent
from .cli import (
    COMMAND_LINE,
    Named,
    Options,
    Plugins,
    Quiet,
    bars,
    complain,
    environment_of,
    given_options,
    import_plugins,
    in_sentences,
    out_console,
)
from .envs.episodes import read_corpus
from .envs.errors import InvalidConfig
from .envs.journal import write_whole
from .envs.position import Position
from .envs.registry import default, id_of, registry, scenarios, spec
from .envs.single import SeatEnv

app = typer.Typer(name="dialogym", help="Dialogue environments you can rewind: simulate, plan, train.", no_args_is_help=True,
                  pretty_exceptions_enable=False, rich_markup_mode="rich", add_completion=False)


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
    """Prints one conversation of the scripted pair, with what only its speaker knows."""
    import_plugins(plugin)
    environment = environment_of(environment, scenario_name) or default()
    scenario = spec(environment).build(**given_options(option))
    agents = {scenario.interactive: ScriptedAgent.of(scenario, scenario.interactive, speaker),
              scenario.user: ScriptedAgent.of(scenario, scenario.user)}
    position = Position.start(scenario, seed)
    hidden = escape(f"{scenario.user}, hidden: {scenario.describe_condition(position.condition)}")
    out_console.print(f"[dim]{hidden}[/]", highlight=False)
    while not position.over:
        seat = position.seat
        position = position.say(agents[seat].respond([position.ask()])[0])
        said = position.dialogue.utterance
        colour = "cyan" if seat == scenario.interactive else "green"
        out_console.print(f"[bold {colour}]{seat:>12}[/]  {escape(said.text)}", highlight=False)
        if states and said.state:
            block = "\n".join(f"{'':>14}{line}" for line in said.state.splitlines())
            out_console.print(f"[dim]{escape(block)}[/]", highlight=False)
    found = position.engagement
    out_console.print(f"[bold]engagement {found.level:.3f}[/] ({found.status}, {position.turns} turns)", highlight=False)


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


@app.command()
def run(
    out: Annotated[Path, typer.Option(help="Folder for the run; one that was killed goes on.")],
    preset_name: Annotated[str | None, typer.Option("--preset", help="Published settings by name (another "
                                                     "name lists them); what else is given goes over them.")] = None,
    config: Annotated[Path | None, typer.Option(help="YAML file of options (see a run's config.yaml).")] = None,
    environment: Annotated[str | None, typer.Option("--env", help="Environment id.")] = None,
    scenario: Named = None,
    corpus: Annotated[str | None, typer.Option(help="Folder of the scenario's corpus, or a .jsonl file of episodes; without "
                                                    "it: scripted dialogues.")] = None,
    conditions: Annotated[str | None, typer.Option(help="Whom to search and evaluate on: 'drawn', or a file that the "
                                                        "scenario reads (default: the corpus's people, if any).")] = None,
    model: Annotated[str | None, typer.Option(help="'embedded', 'scratch', a folder, or a hub id of a causal LM.")] = None,
    simulator: Annotated[str | None, typer.Option(help="Who answers: 'scripted', 'model' (trained in the run), or "
                                                        "'openai:MODEL' (behind a server).")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything.")] = None,
    option: Options = None,
    plugin: Plugins = None,
    quiet: Quiet = False,
) -> None:
    """The whole way: SFT, i×MCTS, preference pairs, reward model, DPO, and the table SFT / BoN / Aligned."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from .alignment.config import RunConfig, preset, published  # noqa: PLC0415 - what only a run needs
    from .alignment.folder import check_open  # noqa: PLC0415
    from .alignment.options import load, merge  # noqa: PLC0415

    import_plugins(plugin)
    base = published(preset_name) if preset_name is not None else RunConfig()
    asked = load(config, base) if config is not None else base
    environment = environment_of(environment, scenario) or asked.environment
    options = given_options(option)
    built = spec(environment).build(**{**asked.options, **options})
    chosen = base if preset_name is not None else preset(corpus is not None or asked.corpus is not None, built)
    if config is not None:
        chosen = load(config, chosen)
    given = {"environment": environment, "options": {**chosen.options, **options}, "corpus": corpus,
             "conditions": conditions, "model": model, "simulator": simulator, "seed": seed}
    chosen = merge(chosen, {k: v for k, v in given.items() if v is not None}, COMMAND_LINE)
    check_open(out, chosen)
    from .alignment.pipeline import align  # noqa: PLC0415 - torch only when a run begins

    command = "dialogym " + shlex.join(_without_out(sys.argv[1:]))
    with bars(quiet) as reporter:
        results = align(chosen, out, command=command, reporter=reporter)
    _print_results(results)
    out_console.print(Text(f"Report: {out / 'report.html'}"), soft_wrap=True)


def _without_out(arguments: list[str]) -> list[str]:
    """The command without where its output goes, so that equal runs carry equal stamps."""
    kept: list[str] = []
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument == "--out":
            skip = True
        elif not argument.startswith("--out="):
            kept.append(argument)
    return kept


def _print_results(results: dict[str, Any]) -> None:
    measures = results["measures"]
    table = Table("system", *(m["label"] for m in measures), "engaged rate", "turns", "garbled", title=results["environment"])
    for name, found in results["systems"].items():
        cells = [_cell(found[f"{m['name']}_mean"], found[f"{m['name']}_ci95"]) for m in measures]
        table.add_row(name, *cells, _cell(found["engaged_rate"], found["engaged_ci95"]), f"{found['turns_mean']:.2f}",
                      f"{100 * found['garble_rate']:.1f}%")
    out_console.print(table)


def _cell(mean: float, interval: list[float]) -> str:
    return f"{mean:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


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
    from .alignment.leaderboard import TABLE, BenchSettings  # noqa: PLC0415 - scipy only when it is needed
    from .alignment.leaderboard import bench as play_all  # noqa: PLC0415

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


@app.command()
def search(
    out: Annotated[Path, typer.Option(help="Folder for the trees; a search that was killed goes on.")],
    config: Annotated[Path | None, typer.Option(help="YAML file of options: those below, and sampling and search.")] = None,
    environment: Annotated[str | None, typer.Option("--env", help="Environment id.")] = None,
    scenario: Named = None,
    policy: Annotated[str | None, typer.Option(help="Who speaks for the interactive seat: a scripted speaker, 'embedded', a "
                                                    "folder, a hub id, or 'openai:MODEL'.")] = None,
    user: Annotated[str | None, typer.Option(help="Who answers, likewise.")] = None,
    conditions: Annotated[str | None, typer.Option(help="'drawn' (default), or a file of people that the scenario "
                                                        "reads.")] = None,
    conversations: Annotated[int | None, typer.Option(help="Conversations searched (default: 64).")] = None,
    window: Annotated[int | None, typer.Option(help="Trees in memory at once (default: 16).")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything.")] = None,
    option: Options = None,
    plugin: Plugins = None,
    quiet: Quiet = False,
) -> None:
    """Grows a search tree per conversation (i×MCTS, the paper's setting) and keeps each on the disk when it is done."""
    from .alignment.collecting import SearchConfig  # noqa: PLC0415 - what only a search needs
    from .alignment.collecting import search as search_all  # noqa: PLC0415
    from .alignment.options import load, merge  # noqa: PLC0415
    from .search.collect import TREES, failures  # noqa: PLC0415

    import_plugins(plugin)
    chosen = load(config, SearchConfig()) if config is not None else SearchConfig()
    given = {"environment": environment_of(environment, scenario), "options": {**chosen.options, **given_options(option)},
             "policy": policy, "user": user, "conditions": conditions, "conversations": conversations, "window": window,
             "seed": seed}
    chosen = merge(chosen, {k: v for k, v in given.items() if v is not None}, COMMAND_LINE)
    with bars(quiet) as reporter:
        counts = search_all(chosen, out, reporter.stage("Conversations", chosen.conversations))
    out_console.print_json(data=counts)
    if counts["failed"]:
        for number, reason in failures(out / TREES):
            complain(f"conversation {number} failed: {reason}")
        raise typer.Exit(1)


@app.command()
def pairs(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a search or a run.")],
    out: Annotated[Path, typer.Option(help="Folder for the pairs.")],
    format: Annotated[str, typer.Option(help="'trl', 'llamafactory' or 'kto'.")] = "trl",
    min_gap: Annotated[float, typer.Option(help="Least difference in engagement, 0 to 1.")] = 0.1,
    min_completions: Annotated[int, typer.Option(help="Fewest finished trajectories behind a value.")] = 3,
    min_visits: Annotated[int, typer.Option(help="Fewest visits.")] = 1,
    standard_errors: Annotated[float, typer.Option(help="The gap must exceed so many standard errors.")] = 0.0,
    value: Annotated[str, typer.Option(help="'completed' (mean of finished trajectories) or 'literal' (Q/N).")] = "completed",
    limit: Annotated[int, typer.Option(help="Most pairs, spread over situations; 0: all.")] = 0,
    all_pairs: Annotated[bool, typer.Option("--all-pairs", help="Every two siblings, not only best and worst.")] = False,
    held_out: Annotated[float, typer.Option(help="Share of the users in the test file.")] = 0.1,
    layout: Annotated[str, typer.Option(help="Of the contexts: 'chat' or 'figure'.")] = "chat",
    seed: Annotated[int, typer.Option(help="Decides what is kept and held out.")] = 0,
    plugin: Plugins = None,
) -> None:
    """Makes preference pairs of the trees, for DPO, ranking or KTO, split by user."""
    from .agents.prompting import layout_of  # noqa: PLC0415
    from .alignment.exports import COMMAND, export  # noqa: PLC0415 - what only pairs need
    from .alignment.options import merge  # noqa: PLC0415
    from .alignment.pairs import balanced, tree_pairs  # noqa: PLC0415
    from .envs.claims import check_claim  # noqa: PLC0415
    from .search.collect import TREES, made_with, trees  # noqa: PLC0415
    from .search.siblings import PairSettings  # noqa: PLC0415

    import_plugins(plugin)
    settings = merge(PairSettings(), {
        "min_gap": min_gap, "min_completions": min_completions, "min_visits": min_visits, "standard_errors": standard_errors,
        "value": value, "limit": limit, "all_pairs": all_pairs}, COMMAND_LINE)
    made = {**asdict(settings), "layout": layout_of(layout), "trees": made_with(run_folder / TREES)}
    check_claim(out, COMMAND, {**made, "format": format, "held_out": held_out, "seed": seed})  # before the trees are read
    found = [pair for number, tree in trees(run_folder / TREES)
             for pair in tree_pairs(tree, f"search-{number}", settings, layout_of(layout))]
    out_console.print_json(data=export(balanced(found, limit, seed), out, format, held_out, seed, made))


@app.command()
def tree(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a search or a run.")],
    conversation: Annotated[int, typer.Option(help="Which conversation, from 0.")] = 0,
    out: Annotated[Path | None, typer.Option(help="The page (default: tree-N.html in the folder).")] = None,
    min_gap: Annotated[float, typer.Option(help="Least difference in engagement of the pairs shown.")] = 0.1,
    plugin: Plugins = None,
) -> None:
    """Draws a conversation's search tree as one self-contained web page."""
    from .search.collect import TREES, one  # noqa: PLC0415 - what only a drawing needs
    from .search.siblings import PairSettings, sibling_pairs  # noqa: PLC0415
    from .search.tree_page import check_page, tree_page  # noqa: PLC0415

    import_plugins(plugin)
    found = one(run_folder / TREES, conversation)
    shown = [(better.choice[0], worse.choice[0]) for _, better, worse in sibling_pairs(found, PairSettings(min_gap=min_gap))]
    page = out or run_folder / f"tree-{conversation}.html"
    check_page(page)
    write_whole(page, tree_page(found.to_json(), shown, title=f"{run_folder.name}, conversation {conversation}",
                                seats=(found.root.scenario.interactive, found.root.scenario.user)))
    out_console.print(Text(str(page)), soft_wrap=True)


@app.command()
def pretrain(
    out: Annotated[Path, typer.Option(help="New folder for the model.")],
    minutes: Annotated[float, typer.Option(help="Minutes of training; 0: one pass over the dialogues.")] = 0.0,
    dialogues: Annotated[int, typer.Option(help="Conversations to generate.")] = 13_000,
    seed: Annotated[int, typer.Option(help="Seed of text and weights.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Makes the embedded base model from nothing but this package's own text generator."""
    from .alignment.folder import check_base  # noqa: PLC0415 - what few need

    check_base(out, {"dialogues": dialogues, "minutes": minutes, "seed": seed})
    if minutes < 0 or dialogues < 200:
        raise InvalidConfig(f"minutes must be at least 0 and dialogues at least 200, got {minutes} and {dialogues}.")
    from .alignment.pretrain import PretrainConfig  # noqa: PLC0415 - torch only when it is needed
    from .alignment.pretrain import pretrain as make_base  # noqa: PLC0415

    built = [spec(id_of(name)).build() for name in scenarios()]
    with bars(quiet) as reporter:
        update = reporter.stage("Pretraining", 1)
        figures = make_base(built, out, PretrainConfig(dialogues=dialogues, minutes=minutes, seed=seed),
                            lambda step, steps, loss: update(0) if step < steps else update(1))
    out_console.print_json(data=figures)


@app.command()
def annotate(
    scenario: Annotated[str, typer.Option("--scenario", help="Name of a scenario.")],
    corpus: Annotated[Path, typer.Option(help="Folder of the scenario's corpus, or a .jsonl file of episodes.")],
    out: Annotated[Path, typer.Option(help="File of episodes (.jsonl) to write, or to go on with.")],
    model: Annotated[str | None, typer.Option(help="'embedded', a folder, a hub id, or 'openai:MODEL', to ask "
                                                   "(default: the scenario's rules).")] = None,
    conditions: Annotated[bool, typer.Option("--conditions", help="Ask the model for each user's condition, too.")] = False,
    limit: Annotated[int, typer.Option(help="Only so many episodes, the first; 0: all.")] = 0,
    option: Options = None,
    plugin: Plugins = None,
    quiet: Quiet = False,
) -> None:
    """Fills in the private states of a corpus's speakers; killed, it goes on where it stopped."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from .agents.casting import chat_model  # noqa: PLC0415 - what needs more than the core
    from .alignment.annotate import MAX_NEW_TOKENS, AnnotateSettings, check_asked  # noqa: PLC0415
    from .alignment.annotate import annotate as annotate_all  # noqa: PLC0415

    import_plugins(plugin)
    if limit < 0 or out.suffix != ".jsonl":
        raise InvalidConfig(f"--limit is at least 0 and --out a .jsonl file, got {limit} and {str(out)!r}.")
    rules = spec(id_of(scenario)).build(**given_options(option))
    settings = AnnotateSettings(model, conditions)
    episodes = read_corpus(rules, corpus)
    episodes = episodes[:limit or len(episodes)]
    check_asked(rules, episodes, settings)
    ask = chat_model(model, MAX_NEW_TOKENS) if model is not None else None
    with bars(quiet) as reporter:
        show_done = reporter.stage("Annotating", len(episodes))
        counts = annotate_all(rules, episodes, out, settings, ask, show_done)
    out_console.print_json(data=counts)


@app.command()
def report(run_folder: Annotated[Path, typer.Argument(help="Folder of a run.")]) -> None:
    """Writes a run's report.html again from its results.json."""
    from .alignment.report import write_report  # noqa: PLC0415 - matplotlib only when it is needed

    out_console.print(Text(str(write_report(run_folder))), soft_wrap=True)


def main() -> None:
    """Runs the command; an error of this package is one sentence on stderr and exit code 2."""
    in_sentences(app)


if __name__ == "__main__":
    main()
