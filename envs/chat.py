"""A dialogue as the chat that a language model in a seat reads, and what it wrote as an utterance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from gymnasium.spaces import Space

from .dialogue import Utterance, is_blank
from .position import MAX_TEXT
from .scenario import Scenario, View, required

Message = dict[str, str]
ROLES = ("system", "user", "assistant")
OPENING = "(The conversation begins.)"
"""The user message before an assistant who opens: chat templates want a user first."""
SILENCE = "..."
"""What a model that wrote nothing is heard to say."""


def chat(view: View, skip: int = 0) -> list[Message]:
    """The chat of a view's seat: its role prompt as "system", its own turns as "assistant", the other seat's as "user".

    The first `skip` utterances are left out. What others said is as `Speech.heard` has it (a newline cannot start a forged
    turn); the seat's own turns are as its model writes them (`Speech.write`), private states included. Raises InvalidConfig
    where the scenario has no speech.
    """
    scenario, seat = view.scenario, view.seat
    speech = required(scenario, "speech", scenario.speech)
    found = [{"role": "system", "content": speech.system_prompt(seat, view.condition)}]
    for utterance in list(view.dialogue)[skip:]:
        if utterance.seat != seat:
            found.append({"role": "user", "content": speech.heard(utterance)})
            continue
        if len(found) == 1:
            found.append({"role": "user", "content": OPENING})
        found.append(written(scenario, utterance))
    if len(found) == 1:
        found.append({"role": "user", "content": OPENING})
    return found


def written(scenario: Scenario, utterance: Utterance) -> Message:
    """The assistant message of an utterance: what a language model in its seat writes, states included."""
    speech = required(scenario, "speech", scenario.speech)
    return {"role": "assistant", "content": speech.write(utterance).strip()}


def read(scenario: Scenario, seat: str, text: str, finished: bool = True) -> Utterance:
    """The utterance in what a seat's model wrote, state and words apart: the inverse of `written`.

    A model that said nothing is heard to be silent, whatever its state. NUL, which nobody can say, is left out.

    Args:
        scenario: whose `speech` takes state and words apart.
        seat: whose model wrote it.
        text: as it came, with its newlines.
        finished: False when the model was cut off by its limit.
    """
    found = required(scenario, "speech", scenario.speech).read(seat, text.replace("\x00", ""), finished)
    return replace(found, text=SILENCE) if is_blank(found.text) else found


class Chats(Space[Sequence[Message]]):
    """Chats: sequences of {"role": "system", "user" or "assistant", "content": text}.

    Args:
        max_messages: the most messages.
        max_length: longest content but that of the first message (a role prompt is as long as its scenario likes), in
            characters.
        seed: for `sample`, which makes a short chat up.
    """

    def __init__(self, max_messages: int, max_length: int = 3 * MAX_TEXT, *,
                 seed: int | np.random.Generator | None = None) -> None:
        super().__init__(dtype=object, seed=seed)
        self.max_messages = max_messages
        self.max_length = max_length

    def sample(self, mask: Any = None, probability: Any = None) -> list[Message]:
        """A role prompt and a few turns, drawn by the space's own generator."""
        turns = min(int(self.np_random.integers(1, 5)), self.max_messages - 1)
        return [{"role": ROLES[0], "content": "You are a speaker."},
                *({"role": ROLES[1 + turn % 2], "content": f"I see, {int(self.np_random.integers(100))}."[:self.max_length]}
                  for turn in range(turns))]

    def contains(self, x: Any) -> bool:
        """Whether `x` is such a chat."""
        if not isinstance(x, list | tuple) or len(x) > self.max_messages:
            return False
        return all(isinstance(m, dict) and m.keys() == {"role", "content"} and m["role"] in ROLES
                   and isinstance(m["content"], str) and (not place or len(m["content"]) <= self.max_length)
                   for place, m in enumerate(x))

    @property
    def is_np_flattenable(self) -> bool:
        """Text has no fixed vector."""
        return False

    def __eq__(self, other: object) -> bool:
        return (isinstance(other, Chats) and self.max_messages == other.max_messages
                and self.max_length == other.max_length)

    def __hash__(self) -> int:
        return hash((self.max_messages, self.max_length))

    def __repr__(self) -> str:
        return f"Chats(max_messages={self.max_messages}, max_length={self.max_length})"
