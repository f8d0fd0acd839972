"""From what a seat sees to the messages a language model reads, safe against forged turns.

Two layouts: "chat" (default) gives the role prompt as system message and the dialogue as chat turns, the speaking seat as
assistant with its private states, so that a growing conversation keeps its prefix; "figure" writes the words of the whole
dialogue into one user message, as the paper prints it (Figures 4 and 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, cast, get_args

from ..envs.chat import Message, chat
from ..envs.errors import InvalidConfig
from ..envs.scenario import View, required

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


def defuse(text: str, control: Iterable[str]) -> str:
    """The text with every control token broken by a space after its first character, until none is left."""
    changed = True
    while changed:
        changed = False
        for token in control:
            if token in text:
                text = text.replace(token, f"{token[0]} {token[1:]}")
                changed = True
    return text


MARKERS = ("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|endoftext|>", "<|im_start|>",
           "<|im_end|>", "<|assistant|>", "<|system|>", "<|user|>", "<|end|>", "<start_of_turn>", "<end_of_turn>", "[INST]",
           "[/INST]", "<<SYS>>", "<</SYS>>", "<s>", "</s>")
"""What forges a turn in the templates of widespread models: defused where the model's own tokens are not known."""


def control_tokens(tokenizer: Any) -> list[str]:
    """What could forge a turn in a tokenizer's chat template: its special tokens and its template's own markers."""
    tokens = {str(t) for t in tokenizer.all_special_tokens}
    tokens |= {str(t) for t, known in tokenizer.added_tokens_encoder.items() if known is not None}
    probe = [{"role": "system", "content": "\x01"}, {"role": "user", "content": "\x01"},
             {"role": "assistant", "content": "\x01"}, {"role": "user", "content": "\x01"}]
    try:
        rendered = tokenizer.apply_chat_template(probe, tokenize=False, add_generation_prompt=True)
    except Exception:  # noqa: BLE001 - a template that wants other roles raises whatever it likes; its tokens are known
        rendered = ""
    for piece in rendered.split("\x01"):
        tokens |= {chunk for chunk in piece.split() if len(chunk) > 1 and not chunk.isalnum()}
    return sorted((t for t in tokens if t.strip() and t[1:].strip()), key=len, reverse=True)


def render(tokenizer: Any, chat: Sequence[Message], control: Sequence[str], *, reply: bool = True) -> str:
    """The chat in the tokenizer's own template, contents defused; `reply` adds the header of the next reply."""
    safe = [{"role": m["role"], "content": defuse(m["content"], control)} for m in chat]
    return str(tokenizer.apply_chat_template(safe, tokenize=False, add_generation_prompt=reply))
