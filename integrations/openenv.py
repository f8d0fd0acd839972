"""OpenEnv: a seat of any environment behind HTTP and WebSocket. `dialogym serve` runs it, `dialogym_env` deploys it.

A session is an episode of `SeatEnv`: an action is what the seat says, the other seat answers at once, the reward is the user's
engagement at the end. `reset(seed=...)` begins the episode that every other shell plays for that seed; `state` has the
snapshot, and `reset(injected_state=...)` goes on from one, here or in another server (OpenEnv's capability `set_state`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any
from uuid import uuid4

from openenv.core.env_server.http_server import create_app
from openenv.core.env_server.interfaces import Environment
from openenv.core.env_server.types import Action, EnvironmentMetadata, Observation, State
from pydantic import Field

from ..agents.by_name import agent_for
from ..envs.agent import Agent
from ..envs.chat import chat
from ..envs.dialogue import Utterance
from ..envs.errors import InvalidAction, InvalidArgument, InvalidConfig, InvalidSnapshot
from ..envs.keys import MASK, PUBLIC
from ..envs.registry import scenario_for
from ..envs.scenario import Ask, Scenario
from ..envs.shells.seat_env import SeatEnv

SESSIONS = 64
"""Conversations that a server holds at once, unless told otherwise."""


class DialogymAction(Action):
    """What the seat says.

    Attributes:
        message: the words, or the whole of what a language model wrote: a private state that it put before its words is
            taken apart from them (`SeatEnv.read`).
    """

    message: str = Field(..., description="What you say next.")


class DialogymObservation(Observation):
    """What the seat may see, and no more. `reward` is None before the first step; then 0, and the engagement at the end.

    Attributes:
        message: what the other seat said last; "" before it spoke.
        messages: the dialogue as the chat of a language model in the seat, its role prompt first; empty where the scenario
            has no prompts.
        transcript: what was said, a line "seat: text" each.
        turns: turns that the interactive seat has taken.
        status: one word for how the user stands; the environment lists its words.
    """

    message: str = Field("", description="What the other speaker said last.")
    messages: list[dict[str, str]] = Field(default_factory=list, description="The dialogue as your chat, role prompt first.")
    transcript: str = Field("", description="What was said, one line each.")
    turns: int = Field(0, description="Turns of the interactive speaker so far.")
    status: str = Field("", description="How the user stands, in a word.")


class DialogymState(State):
    """The session's state, for who runs the episodes: it is nothing to show to who plays them.

    Attributes:
        environment: the id.
        version: of the scenario's rules; a snapshot of another version is refused.
        seat: which is played.
        snapshot: a text that `reset(injected_state=...)` takes. It holds the hidden condition and all luck to come; "" before
            the first reset, and where the server keeps it to itself.
    """

    environment: str = ""
    version: int = 0
    seat: str = ""
    snapshot: str = ""


class OneAtATime:
    """An agent for several threads: a language model answers one of them at a time."""

    def __init__(self, agent: Agent) -> None:
        self._agent, self._lock = agent, Lock()

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        """See `Agent.respond`."""
        with self._lock:
            return self._agent.respond(asks)


class DialogymEnvironment(Environment[DialogymAction, DialogymObservation, DialogymState]):
    """A seat as an OpenEnv environment.

    Args:
        environment: id of a registered environment, or a scenario.
        seat: which is played (default: the interactive one).
        partner: who sits in the other: None (the scripted default), the name of a scripted speaker, or an agent.
        secret: under which conditions and luck are drawn, as `DialogueEnv`.
        snapshots: whether `state` tells the snapshot and `reset` takes one. It shows the hidden condition: False where who
            plays can ask for the state.
        options: with an id: the scenario's.
    """

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self, environment: str | Scenario, *, seat: str | None = None, partner: str | Agent | None = None,
                 secret: str = PUBLIC, snapshots: bool = True, **options: Any) -> None:
        super().__init__()
        self._env = SeatEnv(environment, seat=seat, partner=partner, secret=secret, **options)
        self._snapshots = snapshots
        self._episode_id: str | None = None
        self._steps = 0

    def reset(self, seed: int | None = None, episode_id: str | None = None,
              injected_state: str | Mapping[str, Any] | None = None, **kwargs: Any) -> DialogymObservation:
        """Begins an episode, or goes on from a snapshot.

        Args:
            seed: decides the whole episode, given what is said; None: one after the other from the system's entropy.
            episode_id: what `state` calls the episode; None: a fresh one.
            injected_state: a snapshot's JSON text, or its value. A snapshot holds its seed: another beside it is refused.
            **kwargs: nothing else is taken.

        Raises:
            InvalidSnapshot: the snapshot is damaged, or of another environment, version, secret or options.
            InvalidArgument: an option that there is not, a seed that is no number, or one beside a snapshot of another.
        """
        if kwargs:
            raise InvalidArgument(f"reset() takes seed, episode_id and injected_state, got {sorted(kwargs)}; options of the "
                                  "scenario are the server's.")
        if seed is not None and type(seed) is not int:  # from the wire it may be anything
            raise InvalidArgument(f"seed is a whole number, got {seed!r}.")
        if not isinstance(episode_id, str | None):
            raise InvalidArgument(f"episode_id is a text, got {episode_id!r}.")
        if injected_state is None:
            self._env.reset(seed=seed)
        else:
            self._inject(injected_state, seed)
        self._episode_id = episode_id if episode_id is not None else str(uuid4())
        self._steps = 0
        return self._observation(begun=True)

    def _inject(self, given: str | Mapping[str, Any], seed: int | None) -> None:
        if not self._snapshots:
            raise InvalidArgument("This server takes no snapshots; begin an episode with reset(seed=...).")
        text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
        if seed is not None and seed & MASK != (held := _seed_of(text)):
            raise InvalidArgument(f"The snapshot is of an episode with seed {held}, got seed={seed} beside it; leave it out.")
        self._env.reset(options={"snapshot": text})

    def step(self, action: DialogymAction, timeout_s: float | None = None, **kwargs: Any) -> DialogymObservation:
        """Says `action.message`; the other seat answers.

        Raises InvalidAction, and changes nothing, when it cannot be said, before the first reset and after the end.
        """
        if self._episode_id is None:
            raise InvalidAction("There is no episode yet; call reset() first.")
        env = self._env
        env.step(action.message if env.scenario.speech is None else env.read(action.message))
        self._steps += 1
        return self._observation()

    def _observation(self, *, begun: bool = False) -> DialogymObservation:
        env = self._env
        position, view = env.position, env.view()
        heard = [u.text for u in view.dialogue if u.seat != env.seat]
        ended, cut, reward = position.outcome
        reading = position.reading
        return DialogymObservation(
            done=ended or cut, reward=None if begun and not position.over else reward, message=heard[-1] if heard else "",
            messages=chat(view) if env.scenario.speech is not None else [], transcript=env.observe()["transcript"],
            turns=reading["turns"], status=reading["status"])

    @property
    def state(self) -> DialogymState:
        """What the session is at, snapshot included."""
        told = self._snapshots and self._episode_id is not None
        return DialogymState(episode_id=self._episode_id, step_count=self._steps, environment=self._env.id,
                             version=self._env.scenario.version, seat=self._env.seat,
                             snapshot=self._env.snapshot().to_json() if told else "")

    def get_metadata(self) -> EnvironmentMetadata:
        """Name, description and version of the environment."""
        scenario, seat = self._env.scenario, self._env.seat
        return EnvironmentMetadata(name=self._env.id, version=str(scenario.version), description=(
            f"A dialogue of at most {scenario.horizon} turns: you are the {seat}, a simulated {scenario.other(seat)} answers. "
            "The reward is the user's engagement in [0, 1], paid at the end."))


def _seed_of(snapshot: str) -> int:
    """The seed of a snapshot's episode. Raises InvalidSnapshot."""
    try:
        return int(json.loads(snapshot)["episode"], 16)
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        raise InvalidSnapshot(f"The snapshot is damaged ({type(error).__name__}: {error}); take it again from the "
                              "server's state.") from error


def factory(environment: str | Scenario, *, seat: str | None = None, partner: str | None = None, secret: str = PUBLIC,
            snapshots: bool = True, **options: Any) -> Callable[[], DialogymEnvironment]:
    """What makes a session's environment; the scenario and who sits in the other seat are shared by all.

    Args:
        environment: as of `DialogymEnvironment`.
        seat: as of `DialogymEnvironment`.
        partner: name of a scripted speaker or of a language model (`dialogym show --user` takes the same).
        secret: as of `DialogymEnvironment`.
        snapshots: as of `DialogymEnvironment`.
        options: with an id: the scenario's.

    Raises what making one raises, before any client asks.
    """
    scenario = scenario_for(environment, **options)
    if seat not in (None, *scenario.seats):
        raise InvalidConfig(f"{scenario.id} has the seats {list(scenario.seats)}, got {seat!r}.")
    other = OneAtATime(agent_for(scenario, scenario.other(seat or scenario.interactive), partner))

    def made() -> DialogymEnvironment:
        return DialogymEnvironment(scenario, seat=seat, partner=other, secret=secret, snapshots=snapshots)

    made()
    return made


def application(environment: str | Scenario, *, sessions: int = SESSIONS, **options: Any) -> Any:
    """The server as an ASGI application: what `factory` makes, for so many sessions at once."""
    if sessions < 1:
        raise InvalidConfig(f"A server holds one session or more, got {sessions}.")
    return create_app(factory(environment, **options), DialogymAction, DialogymObservation, env_name="dialogym_env",
                      max_concurrent_envs=sessions, state_cls=DialogymState)
