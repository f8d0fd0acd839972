"""A seat that somebody else's language model takes: a chat comes out, a text goes in.

What the adapters of this folder share. A library brings the model, the sampling and the loop; the other seat, the rules and the
reward are here. Texts become utterances as everywhere (`envs/chat.read`): where a scenario has private states, a text in the
form that the role prompt asks for brings its state with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

from ..agents.by_name import agent_for, is_remote
from ..envs.agent import Agent
from ..envs.chat import Message, chat
from ..envs.dialogue import Utterance
from ..envs.keys import PUBLIC
from ..envs.position import MAX_TEXT
from ..envs.registry import make
from ..envs.scenario import Ask, Scenario
from ..envs.shells.seat_env import SeatEnv

DEFAULT = "PersuasionForGood-v0"
"""The environment where none is named."""
_LOADING = Lock()
"""Held while a partner is made, so that threads that want the same model load it once."""


class OpenSeat:
    """One seat of one dialogue, open to a language model from outside.

    Args:
        env: id of the environment.
        seat: the seat that is open (None: the interactive one).
        partner: who sits in the other, as `dialogym.agents.agent_for` takes it: None or a scripted speaker's name, "embedded",
            a folder, a hub id, "openai:MODEL".
        secret: under which conditions and luck are drawn (see `DialogueEnv`).
        options: the scenario's.

    Raises InvalidArgument for a seat that there is not, InvalidModel for a partner that nobody is.
    """

    def __init__(self, env: str = DEFAULT, *, seat: str | None = None, partner: str | None = None, secret: str = PUBLIC,
                 **options: Any) -> None:
        self.env = SeatEnv(make(env, secret=secret, messages=True, **options), seat=seat or None)
        with _LOADING:
            self.env.partner = _partner(self.env.scenario, self.env.scenario.other(self.env.seat), partner or None)

    def begin(self, seed: int) -> list[Message]:
        """The chat that asks for the seat's first words: its role prompt as "system", then a user message."""
        self.env.reset(seed=seed)
        return self.messages

    def answer(self, text: str, finished: bool = True) -> list[Message]:
        """Says what the model wrote and returns the messages after it, the last one to be answered unless the talk is over.

        Args:
            text: as it came. Whatever a model writes can be said: nothing is silence, letters that there are not become
                question marks, and what is longer than an utterance may be is cut.
            finished: False when a limit cut the model off.
        """
        before = len(self.messages)
        whole = text.encode("utf-8", "replace").decode("utf-8")
        self.env.step(self.env.read(whole[:MAX_TEXT], finished and len(whole) <= MAX_TEXT))
        return self.messages[before + 1:]

    @property
    def messages(self) -> list[Message]:
        """The whole chat of the seat so far, its own turns as its model writes them."""
        return chat(self.env.view())

    @property
    def over(self) -> bool:
        """Whether nobody speaks any more."""
        return self.env.position.over

    @property
    def reward(self) -> float:
        """The user's engagement in [0, 1] at the end, for either seat; 0 before."""
        return self.env.position.outcome[2]

    @property
    def result(self) -> dict[str, Any]:
        """What is to be told of the talk, a JSON object. It holds the hidden condition: it is for who evaluates."""
        position = self.env.position
        return {"env": self.env.id, "version": self.env.scenario.version, "seat": self.env.seat, "over": position.over,
                **position.reading, "engagement": self.reward, **position.measured,
                "condition": self.env.scenario.describe_condition(position.condition)}


class _OneAtATime:
    """An agent that is not asked by two threads at once."""

    def __init__(self, agent: Agent) -> None:
        self._agent, self._lock = agent, Lock()

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        """See `Agent.respond`."""
        with self._lock:
            return self._agent.respond(asks)


@lru_cache(maxsize=8)
def _partner(scenario: Scenario, seat: str, name: str | None) -> Agent:
    """The agent of that name, made once: libraries make an environment per talk, and agents have no memory."""
    agent = agent_for(scenario, seat, name)
    here = name is not None and name not in scenario.scripted[seat] and not is_remote(name)
    return _OneAtATime(agent) if here else agent


def options_of(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Options as a table of rows holds them, without the cells that are empty because another row fills them."""
    return {name: value for name, value in dict(given or {}).items() if value is not None}
