"""What a dialogue looks like: as text, as a picture, or printed in a terminal while it goes on."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..dialogue import Dialogue, Utterance, one_line
from ..errors import InvalidArgument
from ..position import Position
from .frames import frame

MODES = ("human", "ansi", "rgb_array")
"""The render modes of the environments."""
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_INDENT = " " * 14


def printable(text: str) -> str:
    """The text without what would steer a terminal: a speaker may say anything."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def spoken(utterance: Utterance) -> str:
    """Who said what, on one line, so that none looks like another's words."""
    return f"{utterance.seat:>12}: {printable(one_line(utterance.text))}"


def thought(utterance: Utterance) -> str:
    """The private state, each of its lines indented; "" when there is none."""
    return "\n".join(_INDENT + printable(line) for line in utterance.state.splitlines())


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
    lines: list[tuple[str, bool]] = []
    for utterance in position.dialogue if seat is None else position.dialogue.seen_by(seat):
        lines.append((spoken(utterance), False))
        if utterance.state and states:
            lines.append((thought(utterance), True))
    lines.append((reading(position), False))
    if mode == "rgb_array":
        return frame(lines)
    return "\n".join(f"{_DIM}{text}{_PLAIN}" if dim else text for text, dim in lines)


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
        self._print(f"── {title} ──", "dim")
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
            self._print(f"── back to utterance {common} ──", "dim")
        for utterance in new[common:]:
            self._print(spoken(utterance))
            if utterance.state:
                self._print(thought(utterance), "dim")
        if position.over and common < len(new):
            self._print(reading(position), "bold")

    @staticmethod
    def _print(text: str, style: str = "") -> None:
        from rich.console import Console  # noqa: PLC0415 - only who looks pays for it
        from rich.text import Text  # noqa: PLC0415

        Console(highlight=False, soft_wrap=True).print(Text(text, style=style))
