"""Who speaks: the `Agent` protocol, and the scripted agent that sits in a seat unless somebody else does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from .dialogue import Utterance
from .position import Ask
from .scenario import Behaviour, Scenario


@runtime_checkable
class Agent(Protocol):
    """A speaker: a batch of asks in, a batch of utterances out, in the same order.

    Agents are stateless: all memory is in the dialogue, all chance in the ask's key. That is what makes branching
    free and restores exact.
    """

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        """One utterance per ask, spoken by the ask's seat."""
        ...


class ScriptedAgent:
    """A behaviour of the scenario as an agent: exact, order-free, no weights."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour

    @classmethod
    def of(cls, scenario: Scenario, seat: str, name: str | None = None) -> ScriptedAgent:
        """The scenario's scripted speaker of a seat (default: its first). Raises InvalidConfig."""
        return cls(scenario.behaviour(seat, name))

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        """See `Agent.respond`."""
        return [self._behaviour(ask) for ask in asks]
