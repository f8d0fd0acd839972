"""Who speaks: the `Agent` protocol, the scripted agent that sits in a seat unless somebody else does, and `converse`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from .dialogue import Utterance
from .errors import InvalidAction, InvalidArgument, InvalidConfig
from .position import Position
from .scenario import Ask, Scenario, ScriptedPolicy


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
    """A scripted policy of the scenario as an agent: exact, order-free, no weights."""

    def __init__(self, policy: ScriptedPolicy) -> None:
        self._policy = policy

    @classmethod
    def of(cls, scenario: Scenario, seat: str, name: str | None = None) -> ScriptedAgent:
        """The scenario's scripted speaker of a seat (default: its first). Raises InvalidConfig."""
        return cls(scenario.scripted_policy(seat, name))

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        """See `Agent.respond`."""
        return [self._policy(ask) for ask in asks]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ScriptedAgent) and other._policy == self._policy

    def __hash__(self) -> int:
        return hash(self._policy)


def seated(scenario: Scenario, seat: str, partner: str | Agent | None) -> Agent:
    """Who sits in a seat: its scripted speaker (by default the first, or by name), or the agent that was given.

    Raises InvalidArgument when there is no speaker of that name, or when it is no agent.
    """
    if partner is None or isinstance(partner, str):
        return ScriptedAgent.of(scenario, seat, partner)
    if not callable(getattr(partner, "respond", None)):
        raise InvalidArgument("partner must be None, the name of a scripted policy or an agent with respond(asks), got "
                              f"{type(partner).__name__}.")
    return partner


def answer(partner: Agent, ask: Ask) -> Utterance:
    """A partner's reply to one ask. Raises InvalidAction when it gives anything else than a list of one Utterance."""
    replies: Any = partner.respond([ask])
    if not isinstance(replies, Sequence) or len(replies) != 1 or not isinstance(replies[0], Utterance):
        raise InvalidAction(f"A partner answers one ask with a list of one Utterance, got {str(replies)[:80]!r}.")
    return replies[0]


def converse(position: Position, agents: Mapping[str, Agent], utterances: int | None = None) -> Position:
    """Talks on from a position, one reply a turn, and returns the position where it ends.

    For many conversations at once, in batches, there is `dialogym.search.run` with `play`.

    Args:
        position: where to go on from.
        agents: who speaks, by seat; as many as are needed on the way.
        utterances: stops after so many replies (None: talks to the end of the dialogue).

    Raises InvalidConfig when it is the turn of a seat without an agent, InvalidAction when a reply cannot be said.
    """
    said = 0
    while not position.over and said != utterances:
        if position.seat not in agents:
            raise InvalidConfig(f"It is the turn of {position.seat!r}, but agents were given only for {sorted(agents)}; "
                                "give that seat an agent too.")
        position = position.say(agents[position.seat].respond([position.ask()])[0])
        said += 1
    return position
