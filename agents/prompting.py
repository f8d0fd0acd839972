"""From what a seat sees to the messages a language model reads, safe against forged turns.

Two layouts: "chat" (default) gives the role prompt as system message and the dialogue as chat turns, the speaking seat as
assistant with its private states, so that a growing conversation keeps its prefix; "figure" writes the words of the whole
dialogue into one user message, as the paper prints it (Figures 4 and 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast, get_args

from ..envs.chat import Message, chat
from ..envs.errors import InvalidConfig
from ..envs.scenario import View, required
from .markers import MARKERS, control_tokens, defuse

__all__ = ("MARKERS", "VERSION", "Layout", "control_tokens", "defuse", "layout_of", "messages", "render")

Layout = Literal["chat", "figure"]
VERSION = 1
"""Of the layouts; a scenario's own words have the scenario's version. Results carry both."""


def messages(view: View, layout: Layout = "chat", skip: int = 0) -> list[Message]:
    """The chat messages that ask a language model for the next utterance of the view's seat.

    The first `skip` utterances are left out. What others said is put on one line (a newline cannot start a forged turn); the
    seat's own turns are as its model writes them (`Speech.write`). Control tokens are the tokenizer's and are defused by
    `render`. Raises InvalidConfig on an unknown layout, or where the scenario has no speech.
    """
    if layout == "figure":
        scenario, seat = view.scenario, view.seat
        speech = required(scenario, "speech", scenario.speech)
        lines = [f"{u.seat.capitalize()}: {speech.heard(u)}" for u in list(view.dialogue)[skip:]]
        return [{"role": "user", "content": speech.prompt(seat, view.condition, "\n\t".join(lines))}]
    layout_of(layout)
    return chat(view, skip)


def layout_of(name: str) -> Layout:
    """The layout of that name. Raises InvalidConfig."""
    if name not in get_args(Layout):
        raise InvalidConfig(f"A prompt layout is one of {get_args(Layout)}, got {name!r}.")
    return cast(Layout, name)


def render(tokenizer: Any, chat: Sequence[Message], control: Sequence[str], *, reply: bool = True) -> str:
    """The chat in the tokenizer's own template, contents defused; `reply` adds the header of the next reply."""
    safe = [{"role": m["role"], "content": defuse(m["content"], control)} for m in chat]
    return str(tokenizer.apply_chat_template(safe, tokenize=False, add_generation_prompt=reply))
