"""What goes between a referee and the process of a planner: a JSON value per line, dialogues as numbered nodes.

Within a decision an utterance crosses once: node 0 is the empty dialogue, every other one is [number of its parent, seat, text,
state]. Nothing is pickled, so that nothing that arrives runs.

| from the planner | answered with |
|---|---|
| `ready`: name and version of its scenario; or `refused`: why there is no planner | |
| `asks`: [node, number of a condition or -1, place, index] each | `replies`: [text, state] each |
| `scores`: nodes | `scores` |
| `judge`: indices of candidates | `scores`, of a reward model |
| `say`: index of a candidate; `act`: of the phrase book; or `raised`, `unproposed`: why there is none | the next `decide` |

`nodes` and `conditions` (the scenario's JSON) that are new come with the message that needs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..envs.dialogue import Dialogue, Utterance
from ..envs.keys import MASK
from ..envs.parts import Condition
from ..envs.position import check_text
from ..envs.scenario import Ask, Scenario, View


def flat(dialogue: Dialogue) -> list[list[str]]:
    """The utterances as JSON: [seat, text, state] each."""
    return [[u.seat, u.text, u.state] for u in dialogue]


def unflat(value: Sequence[Sequence[str]]) -> Dialogue:
    """The inverse of `flat`."""
    found = Dialogue.EMPTY
    for item in value:
        found = found.say(Utterance(*item))
    return found


@dataclass(slots=True)
class Sent:
    """The planner's side: what has crossed in this decision, and what is new."""

    scenario: Scenario
    nodes: list[list[Any]] = field(default_factory=list)
    conditions: list[Any] = field(default_factory=list)
    _known: dict[int, tuple[Dialogue, int]] = field(default_factory=dict)  # by identity, kept alive: a hash would be deep
    _numbers: dict[tuple[int, str, str, str], int] = field(default_factory=dict)
    _drawn: dict[int, tuple[Condition, int]] = field(default_factory=dict)

    def node(self, dialogue: Dialogue) -> int:
        """The dialogue's number."""
        waiting: list[Dialogue] = []
        node: Dialogue = dialogue
        while node.parent is not None and id(node) not in self._known:
            waiting.append(node)
            node = node.parent
        number = 0 if node.parent is None else self._known[id(node)][1]
        for node in reversed(waiting):
            said = node.utterance
            key = (number, said.seat, said.text, said.state)
            found = self._numbers.get(key)
            if found is None:
                found = self._numbers[key] = len(self._numbers) + 1
                self.nodes.append(list(key))
            number = found
            self._known[id(node)] = (node, number)
        return number

    def condition(self, condition: Condition | None) -> int:
        """The condition's number, -1 for none."""
        if condition is None:
            return -1
        found = self._drawn.get(id(condition))
        if found is None:
            found = self._drawn[id(condition)] = (condition, len(self._drawn))
            self.conditions.append(self.scenario.condition_to_json(condition))
        return found[1]

    def ask(self, ask: Ask) -> list[int]:
        """The request as it crosses."""
        return [self.node(ask.view.dialogue), self.condition(ask.view.condition), ask.place, ask.index]

    def new(self) -> dict[str, Any]:
        """What has not crossed yet."""
        found = {"nodes": self.nodes, "conditions": self.conditions}
        self.nodes, self.conditions = [], []
        return found


@dataclass(slots=True)
class Received:
    """The referee's side: dialogues and conditions by number.

    All methods raise ValueError, TypeError, KeyError or a DialogymError on what makes no sense.
    """

    scenario: Scenario
    nodes: list[Dialogue] = field(default_factory=lambda: [Dialogue.EMPTY])
    conditions: list[Condition] = field(default_factory=list)

    def take(self, message: dict[str, Any]) -> None:
        """Notes what is new in a message."""
        for parent, seat, text, state in message.get("nodes", ()):
            before = self.dialogue(parent)
            if seat != self.turn(before):
                raise ValueError(f"{seat!r} speaks out of turn")
            check_text(text)
            if state != "":
                check_text(state)
            self.nodes.append(before.say(Utterance(seat, text, state)))
        for value in message.get("conditions", ()):
            self.conditions.append(self.scenario.condition_from_json(value))

    def turn(self, dialogue: Dialogue) -> str:
        """Who speaks next."""
        return self.scenario.opener if dialogue.last is None else self.scenario.other(dialogue.last.seat)

    def dialogue(self, number: Any) -> Dialogue:
        """A dialogue by its number."""
        return self.nodes[whole(number, len(self.nodes))]

    def ask(self, value: Any) -> Ask:
        """The request for a reply of the seat to speak; a user has the condition that was sent, the other seat none."""
        node, drawn, place, index = value
        dialogue = self.dialogue(node)
        seat = self.turn(dialogue)
        condition = self.conditions[whole(drawn, len(self.conditions))] if seat == self.scenario.user else None
        return Ask(View(self.scenario, seat, condition, dialogue.seen_by(seat)), whole(place, MASK + 1), whole(index, MASK + 1))


def whole(value: Any, below: int) -> int:
    """A whole number from 0. Raises ValueError."""
    if type(value) is not int or not 0 <= value < below:
        raise ValueError(f"a whole number from 0 to {below - 1} was wanted, got {str(value)[:40]}")
    return value
