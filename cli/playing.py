"""A person in a seat, in the terminal: what `dialogym play` does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..envs.agent import ScriptedAgent
from ..envs.dialogue import Dialogue, one_line
from ..envs.errors import InvalidAction
from ..envs.position import Position
from ..envs.shells.rendering import lines, print_lines, printable, reading
from ..envs.shells.seat_env import SeatEnv
from ..envs.shells.snapshots import Snapshot
from ..search.driver import play as play_on
from ..search.driver import run

HELP = "Say something; /undo takes your last words back, /quit leaves."
EXPERT = "expert"
"""The scripted speaker that a person is compared with, where there is one; else the scenario's first."""


def play(env: SeatEnv, seed: int, console: Console, *, partner: str | None = None) -> None:
    """Talks until the dialogue is over or the person leaves, who sees no more than the seat may see until then.

    Args:
        env: the seat.
        seed: of the talk.
        console: where it is printed.
        partner: the name of who sits in the other seat; None: the scenario's first.
    """
    observation, _ = env.reset(seed=seed)
    start = env.position
    _open(env, observation["condition"], console)
    past: list[Snapshot] = []
    shown = _show(env, console, 0)
    while not env.position.over:
        text = _typed(console, f"{env.seat:>12}> ")
        if text is None or text == "/quit":
            _print(console, "You left.", "dim")
            break
        if text == "/undo":
            shown = _undo(env, past, console, shown)
        elif text.startswith("/"):
            _print(console, f"{printable(text)} is no command. {HELP}", "dim")
        else:
            mark = env.snapshot()
            try:
                env.step(text)
            except InvalidAction as error:
                _print(console, printable(str(error)), "red")
                continue
            past.append(mark)
            shown = _show(env, console, shown + 1)  # what was typed stands there already
    _print(console, reading(env.position), "bold")
    if env.seat == env.scenario.interactive:
        _reveal(env, start, console, partner or next(iter(env.scenario.scripted.get(env.scenario.user, {"": ()}))))


def _open(env: SeatEnv, condition: str, console: Console) -> None:
    """Who the person is, what they are after, and how long it may take."""
    scenario = env.scenario
    _wrapped(console, f"You are the {env.seat}. {HELP}", "dim")
    goal = scenario.telling.goals.get(env.seat, "") if scenario.telling is not None else ""
    if not goal:
        best = f" (best: {scenario.statuses[0]})" if scenario.statuses else ""
        goal = f"What counts is the engagement of the {scenario.user} at the end, from 0 to 1{best}."
    _wrapped(console, f"Goal: {goal}")
    whose = "you have" if env.seat == scenario.interactive else f"the {scenario.interactive} has"
    _wrapped(console, f"Limit: {whose} at most {scenario.horizon} turns.")
    if condition:
        _print(console, printable(condition), "dim")


# -- what is told afterwards ---------------------------------------------------------------------


def _reveal(env: SeatEnv, start: Position, console: Console, user: str) -> None:
    """Whom the person met, what each turn did to them, and what an expert reaches in the same talk."""
    end, scenario = env.position, env.scenario
    _print(console, "")
    _wrapped(console, f"The {scenario.user} you met was told: {printable(scenario.describe_condition(end.condition))}")
    _wrapped(console, f"How it ended: {end.engagement.status} ({printable(one_line(end.engagement.evidence))}).")
    moves = list(_moves(end, user))
    columns = ["turn", f"what the {scenario.user} heard", "their state of mind"][:3 if any(row[2] for row in moves) else 2]
    table = Table(*columns, box=None, padding=(0, 1), pad_edge=False)
    for row in moves:
        table.add_row(*map(Text, row[:len(columns)]))
    if table.row_count:
        console.print(Padding(table, (1, 0)), highlight=False)
    names = scenario.scripted.get(scenario.interactive, {})
    if names:
        name = EXPERT if EXPERT in names else next(iter(names))
        agents = {scenario.interactive: ScriptedAgent.of(scenario, scenario.interactive, name), scenario.user: env.partner}
        best = outcome(run(play_on, [start], agents)[0])
        _wrapped(console, f"You reached {outcome(end)}. With the same seed the scripted {scenario.interactive} {name!r} "
                          f"reaches {best}.", "bold")


def _moves(end: Position, user: str) -> Iterator[tuple[str, str, str]]:
    """(turn, acts heard, state of mind after it), the state only where it can be told; at first, before anything was heard."""
    scenario, telling = end.scenario, end.scenario.telling

    def mind(dialogue: Dialogue) -> str:
        return printable(telling.mind(user, end.condition, dialogue)) if telling is not None else ""

    at_first = mind(Dialogue.EMPTY)
    if at_first:
        yield "–", "(nothing yet)", at_first
    for position in _along(end):
        said = position.dialogue.utterance
        if said.seat == scenario.interactive:
            yield str(position.turns), ", ".join(scenario.recognise(said)) or "(nothing they could make out)", mind(
                position.dialogue)


def _along(end: Position) -> list[Position]:
    """The positions after every utterance of a talk."""
    dialogues = []
    node = end.dialogue
    while node.parent is not None:
        dialogues.append(node)
        node = node.parent
    return [replace(end, dialogue=dialogue) for dialogue in reversed(dialogues)]


def outcome(position: Position) -> str:
    """How a talk came out, in words."""
    found, turns = position.engagement, position.turns
    measures = "".join(f", {m.label} {position.measured[m.name]:.2f}" for m in position.scenario.measures)
    return f"engagement {found.level:.2f}{measures} ({found.status}) in {turns} turn{'' if turns == 1 else 's'}"


# -- the terminal --------------------------------------------------------------------------------


def _typed(console: Console, prompt: str) -> str | None:
    """A line from the person; None when there are no more."""
    try:
        return console.input(Text(prompt, style="bold")).strip()
    except (EOFError, KeyboardInterrupt):
        console.print()
        return None


def _undo(env: SeatEnv, past: list[Snapshot], console: Console, shown: int) -> int:
    if not past:
        _print(console, "There is nothing to take back.", "dim")
        return shown
    env.restore(past.pop())
    _print(console, "── taken back ──", "dim")
    return _show(env, console, max(0, len(env.position.dialogue) - 1))


def _show(env: SeatEnv, console: Console, start: int) -> int:
    """Prints the utterances from the `start`-th on, as the seat sees them; returns how many there are."""
    said = list(env.view().dialogue)
    for utterance in said[start:]:
        print_lines(console, lines(utterance))
    return len(said)


def _print(console: Console, text: str, style: str = "") -> None:
    print_lines(console, [(text, style)])


def _wrapped(console: Console, text: str, style: str = "") -> None:
    """A paragraph, broken between words."""
    console.print(Text(text, style=style), highlight=False)
