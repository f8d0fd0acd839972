"""Who sits at the leaderboard's table: scripted speakers, and language models whose faults and tokens are counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from ...agents.backend import Sampling
from ...agents.by_name import SERVED, agent_for, check_answers
from ...agents.metering import Meter, metered
from ...envs.agent import Agent, ScriptedAgent
from ...envs.blame import told
from ...envs.dialogue import Utterance
from ...envs.errors import DialogymError, RunStopped
from ...envs.position import check_text
from ...envs.scenario import Ask, Scenario

WEIGHTS = "*.safetensors"


class SeatFailed(DialogymError):
    """A language model could not speak. Attributes: seat: whose."""

    def __init__(self, seat: str, reason: str) -> None:
        super().__init__(reason)
        self.seat = seat


class PolicyFault(SeatFailed):
    """The policy's own fault: its talk counts as one without engagement, lest it pays to break down."""


class SimulatorFault(SeatFailed):
    """The simulated user's fault: the talk counts for nobody."""


@dataclass(frozen=True, slots=True)
class Player:
    """Who sits in a seat.

    Attributes:
        name: as it was asked for; a scripted speaker's where nothing was.
        agent: who speaks. What a language model raises is a `PolicyFault` or a `SimulatorFault`, but for a `RunStopped`.
        model: whether it is a language model, so that many talks are asked for at once.
        meter: counts its tokens; None where it has none.
    """

    name: str
    agent: Agent
    model: bool
    meter: Meter | None

    @property
    def spent(self) -> tuple[int, int]:
        """Tokens read and written so far."""
        return (self.meter.read, self.meter.written) if self.meter else (0, 0)


def player(scenario: Scenario, seat: str, name: str | None, sampling: Sampling, record: Path) -> Player:
    """Who is called so (`agent_for`).

    Args:
        scenario: whose seat.
        seat: the seat.
        name: a scripted speaker's (None: the scenario's first), or a language model's.
        sampling: of a language model's replies.
        record: the file in which a server's answers are kept, so that nothing is asked for twice.

    Raises:
        InvalidModel: nobody has that name.
        InvalidConfig: the recording is of another model.
        BackendFailed: its server does not answer.
    """
    if name is None or name in scenario.scripted[seat]:
        return Player(name or next(iter(scenario.scripted[seat])), ScriptedAgent.of(scenario, seat, name), False, None)
    if name.startswith(SERVED):
        check_answers(name)
    agent = agent_for(scenario, seat, name, sampling, record=record)
    meter = metered(agent)
    fault = PolicyFault if seat == scenario.interactive else SimulatorFault
    return Player(name, _Accountable(agent, seat, fault), True, meter)


@dataclass(frozen=True, slots=True)
class _Accountable:
    """An agent whose errors are its seat's."""

    agent: Agent
    seat: str
    fault: type[SeatFailed]

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        """See `Agent.respond`. Raises `fault` for what the agent raises, and for what cannot be said."""
        try:
            found = self.agent.respond(asks)
            for utterance in found:
                check_text(utterance.text)
                if utterance.state:
                    check_text(utterance.state)
        except RunStopped:
            raise
        except Exception as error:
            raise self.fault(self.seat, told(error)) from error
        return found


def weights_of(name: str | None) -> str:
    """16 hexadecimal digits of the weights in a model's folder; "" for what is no folder with weights."""
    folder = Path(name) if name else None
    files = sorted(folder.glob(WEIGHTS)) if folder is not None and folder.is_dir() else []
    if not files:
        return ""
    found = blake2b(digest_size=8)
    for file in files:
        with file.open("rb") as opened:
            while part := opened.read(1 << 20):
                found.update(part)
    return found.hexdigest()
