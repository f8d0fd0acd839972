"""What a dialogue looks like: as text, as a picture, or printed in a terminal while it goes on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..dialogue import Dialogue, Utterance, one_line
from ..errors import InvalidArgument
from ..position import Position
from .frames import frame

if TYPE_CHECKING:
    from rich.console import Console

MODES = ("human", "ansi", "rgb_array")
"""The render modes of the environments."""
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_INDENT = " " * 14


def printable(text: str) -> str:
    """The text without what would steer a terminal or turn the order of its letters: a speaker may say anything."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def lines(utterance: Utterance, *, states: bool = True) -> list[tuple[str, str]]:
    """An utterance as (text, rich style): who said what and, dimly, the private state where there is one to be shown.

    Words stand on one line, so that none looks like another's; a state's lines are indented. What prints or
    renders a dialogue, here, in `dialogym show` and in `dialogym play`, prints these.
    """
    said = (f"{utterance.seat:>12}: {printable(one_line(utterance.text))}", "")
    if not states or not utterance.state:
        return [said]
    return [said, ("\n".join(_INDENT + printable(line) for line in utterance.state.splitlines()), "dim")]


def print_lines(console: Console, shown: Iterable[tuple[str, str]]) -> None:
    """Prints (text, rich style) on a rich console, each on a line of its own, never broken."""
    from rich.text import Text  # noqa: PLC0415 - only who looks pays for it

    for text, style in shown:
        console.print(Text(text, style=style), highlight=False, soft_wrap=True)


def reading(position: Position) -> str:
    """The engagement so far, on one line."""
    found = position.engagement
    return f"[{found.status}, engagement {found.level:.2f}, turn {position.turns}/{position.scenario.horizon}]"


def check_mode(mode: Any, modes: tuple[str, ...] = MODES) -> None:
    """Raises InvalidArgument unless that is None or one of the modes."""
    if mode not in (None, *modes):
        raise InvalidArgument(f"render_mode must be None or one of {list(modes)}, got {mode!r}.")


def rendered(mode: str | None, position: Position, seat: str | None = None, *,
             states: bool = True) -> str | NDArray[np.uint8] | None:
    """The dialogue with the engagement so far, private states dimmed: text for "ansi", a `frame` for "rgb_array", else None.

    A seat's own states alone when one is named; all of them for a spectator, or none at all. The condition is in neither.
    """
    if mode not in ("ansi", "rgb_array"):
        return None
    dialogue = position.dialogue if seat is None else position.dialogue.seen_by(seat)
    shown = [line for utterance in dialogue for line in lines(utterance, states=states)] + [(reading(position), "")]
    if mode == "rgb_array":
        return frame([(text, bool(style)) for text, style in shown])
    return "\n".join(f"{_DIM}{text}{_PLAIN}" if style else text for text, style in shown)


class Screen:
    """Prints a dialogue as it goes on: every utterance once, and the engagement at its end.

    Args:
        seat: whose private states are shown; None: everybody's.
    """

    def __init__(self, seat: str | None = None) -> None:
        self._seat = seat
        self._shown = Dialogue.EMPTY

    def start(self, title: str) -> None:
        """A new dialogue begins."""
        self._print((f"── {title} ──", "dim"))
        self._shown = Dialogue.EMPTY

    def show(self, position: Position) -> None:
        """Prints what is new since the last call; after a rewind, first says how far back it went."""
        dialogue = position.dialogue if self._seat is None else position.dialogue.seen_by(self._seat)
        if dialogue is self._shown:
            return
        said, new = list(self._shown), list(dialogue)
        self._shown = dialogue
        common = 0
        while common < min(len(said), len(new)) and said[common] == new[common]:
            common += 1
        if common < len(said):
            self._print((f"── back to utterance {common} ──", "dim"))
        for utterance in new[common:]:
            self._print(*lines(utterance))
        if position.over and common < len(new):
            self._print((reading(position), "bold"))

    @staticmethod
    def _print(*shown: tuple[str, str]) -> None:
        from rich.console import Console  # noqa: PLC0415 - only who looks pays for it

        print_lines(Console(), shown)
