"""A person in a seat, in the terminal: what `dialogym play` does."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from ..envs.errors import InvalidAction
from ..envs.shells.rendering import lines, print_lines, printable, reading
from ..envs.shells.seat_env import SeatEnv
from ..envs.shells.snapshots import Snapshot

HELP = "Say something; /undo takes your last words back, /quit leaves."


def play(env: SeatEnv, seed: int, console: Console) -> None:
    """Talks until the dialogue is over or the person leaves, who sees no more than the seat may see."""
    observation, _ = env.reset(seed=seed)
    _print(console, f"You are the {env.seat}. {HELP}", "dim")
    if observation["condition"]:
        _print(console, printable(observation["condition"]), "dim")
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
