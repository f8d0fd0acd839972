"""From what a seat sees to the messages a language model reads, safe against forged turns.

Three layouts: "chat" (default) gives the role prompt as system message and the dialogue as chat turns, the speaking seat as
assistant with its private states, so that a growing conversation keeps its prefix; "figure" writes the words of the whole
dialogue into one user message, as the paper prints it (Figures 4 and 5). "strategy" is "chat" with a thought in brackets at
the head of each of the interactive seat's turns: what it heard (`Scenario.moment`) and which acts it makes, "[cool proof >
logical-appeal] Every dollar ...". Where a private state follows, the acts stand once more right before the words: over forty
tokens a small model loses what it meant to do. Joint models of emotional support name their strategy so (Liu et al. 2021,
§5.1), and the paper's supporter what it believes of the user (§4.2): what to do is then a decision of a few tokens, and not
spread over the wording. A word of theirs in quotation marks is a pointer there, in the thought as in the words (`pointing`):
"[wary order > restatement, #2] Let me see if I got "#2" right". Past turns have what a listener makes of the words, so that any
dialogue can be learned from; a new one has what the model says, and nobody hears it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

from ..envs import chat as plain
from ..envs.chat import Message, chat
from ..envs.dialogue import Dialogue, Utterance, turns
from ..envs.errors import InvalidConfig
from ..envs.scenario import Scenario, View, required
from ..envs.storage import parsed, write_json
from .markers import MARKERS, control_tokens, defuse
from .pointing import pointed, pointers, resolved, words

__all__ = ("MARKERS", "VERSION", "Layout", "control_tokens", "defuse", "layout_of", "messages", "note_layout", "read",
           "render", "thought_of", "trained_layout", "unmeant", "usual_tries", "written")

Layout = Literal["chat", "strategy", "figure"]
VERSION = 4
"""Of the layouts; a scenario's own words have the scenario's version. Results carry both."""
NOTE = "prompt.json"
"""In a model's folder, which layout it was trained with."""
NO_STRATEGY = "other"
"""Which act stands in the brackets before words in which the listener recognises no act."""
_POINTER = re.compile(r"#[0-9]{1,2}")
_BRACKETS = re.compile(r"\[([^\[\]>]{0,80}> ?)?([^\[\]>]{1,200})\]\s*")


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
    if layout_of(layout) != "strategy" or view.seat != view.scenario.interactive:
        return chat(view, skip)
    scenario = view.scenario
    own = (_aloud(scenario, before, said) for before, said in turns(view.dialogue, view.seat) if len(before) >= skip)
    system, *rest = chat(view, skip)
    rest = [next(own) if m["role"] == "assistant" else m for m in rest]
    names = [act for act in scenario.acts if act not in (*scenario.unwelcome, NO_STRATEGY)]
    asked = required(scenario, "speech", scenario.speech).name_strategies(names)
    return [{**system, "content": system["content"] + asked}, *rest]


def written(view: View, utterance: Utterance, layout: Layout = "chat") -> Message:
    """The assistant message of what the view's seat says next, in a layout: states and thoughts included."""
    if layout != "strategy" or utterance.seat != view.scenario.interactive:
        return plain.written(view.scenario, utterance)
    return _aloud(view.scenario, view.dialogue, utterance)


def read(view: View, text: str, finished: bool = True, layout: Layout = "chat") -> Utterance:
    """The utterance in what the model of the view's seat wrote in a layout: the inverse of `written`.

    Brackets with the mark between what was heard and what is done are a thought, however it is spelt; others are one where they
    hold names of acts and pointers alone, else words like any other.
    """
    scenario, seat = view.scenario, view.seat
    if layout != "strategy" or seat != scenario.interactive:
        return plain.read(scenario, seat, text, finished)
    found = plain.read(scenario, seat, _unthought(scenario, text.lstrip()), finished)
    said = _unthought(scenario, found.text) if found.state else found.text
    return replace(found, text=resolved(said, words(scenario, view.dialogue, seat)) or plain.SILENCE)


def unmeant(view: View, text: str, finished: bool = True, layout: Layout = "chat") -> int | None:
    """Where in what the view's seat wrote other words can begin, where these are not the acts that its thought names.

    None where they are those acts, as a listener recognises them, or where no thought names any.
    """
    scenario = view.scenario
    if layout != "strategy" or view.seat != scenario.interactive:
        return None
    start = len(text) - len(text.lstrip())
    thought = _BRACKETS.match(text, start)
    named = _acts_in(scenario, thought[2]) if thought else set()
    if thought is None or not named or named == set(scenario.recognise(read(view, text, finished, layout))):
        return None
    once_more = [found.start() for found in _BRACKETS.finditer(text, thought.end()) if _acts_in(scenario, found[2])]
    return once_more[0] if once_more else start + len(thought[0].rstrip())


def _acts_in(scenario: Scenario, does: str) -> set[str]:
    """The acts that the brackets name; none where they hold anything else."""
    names = {name.strip() for name in does.split(",")}
    acts = {name for name in names if name in scenario.acts and name != NO_STRATEGY}
    return acts if all(_names(scenario, name) for name in names) else set()


def _unthought(scenario: Scenario, text: str) -> str:
    """The text without the thought at its head."""
    match = _BRACKETS.match(text)
    if match and (match[1] or all(_names(scenario, name.strip()) for name in match[2].split(","))):
        return text[match.end():]
    return text


def _names(scenario: Scenario, word: str) -> bool:
    """Whether a word of a thought is an act's name or a pointer."""
    return word in scenario.acts or word == NO_STRATEGY or bool(_POINTER.fullmatch(word))


def thought_of(content: str) -> str:
    """The thought at the head of a turn in layout "strategy", brackets included; "" where there is none."""
    match = _BRACKETS.match(content.lstrip())
    return match[0].strip() if match else ""


def _aloud(scenario: Scenario, before: Dialogue, utterance: Utterance) -> Message:
    """The assistant message of an utterance with its thought: the moment it answers to, its acts, and what it takes up."""
    said, moment = pointed(utterance.text, words(scenario, before, utterance.seat)), scenario.moment(before)
    does = ", ".join((*(scenario.recognise(utterance) or (NO_STRATEGY,)), *pointers(said)))
    found = plain.written(scenario, replace(utterance, text=f"[{does}] {said}" if utterance.state else said))
    return {**found, "content": f"[{moment} > {does}] {found['content']}" if moment else f"[{does}] {found['content']}"}


def layout_of(name: str) -> Layout:
    """The layout of that name. Raises InvalidConfig."""
    if name not in get_args(Layout):
        raise InvalidConfig(f"A prompt layout is one of {get_args(Layout)}, got {name!r}.")
    return cast(Layout, name)


def trained_layout(model: str) -> Layout:
    """The layout that a run's model was trained with, from its folder; "chat" of any other model. Raises InvalidConfig."""
    note = _note(model)
    return layout_of(str(note["layout"])) if note else "chat"


def usual_tries(model: str) -> int:
    """How many tries a run's model has at its words, from its folder; 1 of any other. Raises InvalidConfig."""
    tries = _note(model).get("tries", 1)
    if not isinstance(tries, int) or tries < 1:
        raise InvalidConfig(f"{Path(model) / NOTE} has {tries!r} tries; write a whole number from 1 on.")
    return tries


def note_layout(folder: Path, layout: Layout, tries: int = 1) -> None:
    """Says in a model's folder with which layout it was trained, and its tries, for whoever lets it speak."""
    write_json(folder / NOTE, {"layout": layout, "version": VERSION, **({"tries": tries} if tries > 1 else {})})


def _note(model: str) -> dict[str, Any]:
    note = Path(model) / NOTE
    return dict(parsed(note.read_bytes())) if note.is_file() else {}


def render(tokenizer: Any, chat: Sequence[Message], control: Sequence[str], *, reply: bool = True) -> str:
    """The chat in the tokenizer's own template, contents defused; `reply` adds the header of the next reply."""
    safe = [{"role": m["role"], "content": defuse(m["content"], control)} for m in chat]
    return str(tokenizer.apply_chat_template(safe, tokenize=False, add_generation_prompt=reply))
