"""The PettingZoo shell around a `Position`, with exact snapshot and restore."""

from __future__ import annotations

import json
import operator
import secrets
from dataclasses import dataclass
from math import isfinite
from typing import Any

from gymnasium.spaces import Dict, Space
from pettingzoo import AECEnv

from .dialogue import Utterance
from .errors import InvalidAction, InvalidSnapshot
from .keys import MASK, mix, text_key
from .position import MAX_TEXT, Ask, Position, View, options_of
from .rendering import MODES, Screen, transcript
from .scenario import Condition, Engagement, Scenario
from .spaces import Utterances

SNAPSHOT_VERSION = 1
_NEXT_EPISODE = 0x6E657874
_BOOKS = ("rewards", "_cumulative_rewards", "terminations", "truncations")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything an environment is at a moment: a shared `Position` and PettingZoo's book-keeping.

    Taking one costs about a microsecond at any length of dialogue. Attributes: `id` of the environment, `position`,
    `episode` (the key the episode started from), `books` (agents, selection, rewards, terminations, truncations).
    """

    id: str
    position: Position
    episode: int
    books: tuple[Any, ...]

    def to_json(self) -> str:
        """A JSON text that `DialogueEnv.restore` takes, here or in another process."""
        body = {"snapshot": SNAPSHOT_VERSION, "id": self.id, "position": self.position.to_json(),
                "episode": f"{self.episode:016x}", "books": self.books}
        return json.dumps({**body, "seal": seal(body)}, ensure_ascii=False)


def seal(body: dict[str, Any]) -> str:
    """The checksum of a snapshot's JSON value: a letter changed on the way is a damaged snapshot, not another game."""
    text = json.dumps({name: value for name, value in body.items() if name != "seal"}, ensure_ascii=False)
    return f"{text_key(text):016x}"


class DialogueEnv(AECEnv[str, Any, Any]):
    """Two seats talk in turns; when the dialogue ends the interactive seat is paid the user's engagement in [0, 1].

    The user seat is paid 0: it has a condition, not a goal. An action is the text to say (or an `Utterance` with a
    private state). An observation is `{"transcript": str, "condition": str}`: what was said, one "seat: text" line
    each, and the seat's own hidden condition in words ("" for the interactive seat). `infos[agent]` holds the public
    engagement reading: level, status, evidence, turns.

    Args:
        scenario: the rules.
        id: environment id; it enters every random choice, with the seed.
        render_mode: None, "ansi" (`render` returns the dialogue with the engagement so far) or "human" (each utterance is
            printed once, as it comes). Rendering is for a spectator, never for a player: it shows everything that was said and
            thought, both seats' private states dimly.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 - PettingZoo wants it on the class and on the instance
        "render_modes": list(MODES), "render_fps": 1, "name": "dialogue_v0", "is_parallelizable": False}

    def __init__(self, scenario: Scenario, id: str, render_mode: str | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        if render_mode not in (None, *MODES):
            raise InvalidAction(f"render_mode must be None or one of {MODES}, got {render_mode!r}.")
        self.scenario = scenario
        self.id = id
        self.render_mode = render_mode
        self.metadata = {**self.metadata, "name": id}
        self.possible_agents = list(scenario.seats)
        longest = (MAX_TEXT + 40) * (2 * scenario.horizon + 2)
        self.action_spaces = {seat: Utterances() for seat in scenario.seats}
        self.observation_spaces = {
            seat: Dict({"transcript": Utterances(longest, may_be_empty=True),
                        "condition": Utterances(may_be_empty=True)}) for seat in scenario.seats}
        self.agents: list[str] = []
        self._episode = -1  # the seed of the episode; -1 before the first
        self._position: Position | None = None
        self._screen = Screen() if render_mode == "human" else None

    def observation_space(self, agent: str) -> Space[Any]:
        """The same object at every call."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> Space[str]:
        """The same object at every call."""
        return self.action_spaces[agent]

    # -- play ----------------------------------------------------------------------------------

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Starts an episode: a pure function of (id, seed, options["condition"] when given).

        Without a seed the next episode follows from the one before (the first from the system's entropy).
        options["snapshot"] restores that snapshot instead. It is the way back through PettingZoo's wrappers: they keep
        books of their own, which only `reset` puts right, and some refuse to `step` after a bare `restore`.
        """
        options = options or {}
        if "snapshot" in options:
            if seed is not None or "condition" in options:
                raise InvalidAction("reset() takes options['snapshot'] alone: the snapshot holds seed and condition.")
            self.restore(options["snapshot"])
            return
        if seed is None:
            seed = mix(self._episode, _NEXT_EPISODE) if self._episode >= 0 else secrets.randbits(63)
        seed = operator.index(seed) & MASK  # numpy's integers too
        condition: Condition | None = options.get("condition")
        if condition is not None:
            self.scenario.describe_condition(condition)  # refuses another scenario's before anything changes
        self._episode = seed
        self._position = Position.start(self.scenario, self._episode, name=self.id, condition=condition)
        self.agents = self.possible_agents[:]
        self.rewards = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.agent_selection = self._position.seat
        self._skip_agent_selection = None  # type: ignore[assignment]
        self._write_infos(self._position.engagement)
        if self._screen is not None:
            self._screen.start(f"{self.id}, seed {seed}")

    def step(self, action: str | Utterance | None) -> None:
        """The selected agent says `action`. Raises InvalidAction and changes nothing when it cannot be said."""
        position = self._playing()
        if not self.agents:
            raise InvalidAction("The episode is finished and both seats have left; call reset() for the next one.")
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            if action is not None:
                raise InvalidAction(f"The dialogue is over; {agent!r} may only step(None), got {type(action).__name__}.")
            self._was_dead_step(None)
            return
        if not isinstance(action, str | Utterance):
            raise InvalidAction(f"An action must be the text to say (str) or an Utterance, got {type(action).__name__}.")
        position = position.say(action)
        self._position = position
        engagement = position.engagement
        ended, cut = engagement.over, position.out_of_turns
        over = ended or cut
        self._cumulative_rewards[agent] = 0.0
        for seat in self.agents:
            self.rewards[seat] = engagement.level if over and seat == self.scenario.interactive else 0.0
            if over:
                self.terminations[seat] = ended
                self.truncations[seat] = cut and not ended
        self._write_infos(engagement)
        self._accumulate_rewards()
        self.agent_selection = position.seat
        if over:
            self._deads_step_first()
        if self._screen is not None:
            self._screen.show(position)

    def observe(self, agent: str) -> dict[str, str]:
        """What the agent may see, as text."""
        view = self._playing().view(agent)
        condition = "" if view.condition is None else self.scenario.describe_condition(view.condition)
        return {"transcript": "\n".join(f"{u.seat}: {u.text}" for u in view.dialogue), "condition": condition}

    def ask(self) -> Ask:
        """The request for the selected agent's reply: what `dialogym` agents take instead of an observation."""
        return self._playing().ask()

    def view(self, agent: str) -> View:
        """What the agent may see, as an object."""
        return self._playing().view(agent)

    @property
    def position(self) -> Position:
        """The full game state, hidden condition included: for planners that may see it and say so."""
        return self._playing()

    def _playing(self) -> Position:
        if self._position is None:
            raise InvalidAction("The environment has no episode yet; call reset(seed=...) first.")
        return self._position

    def _write_infos(self, engagement: Engagement) -> None:
        position = self._playing()
        info = {"engagement": engagement.level, "status": engagement.status, "evidence": engagement.evidence,
                "turns": position.turns}
        self.infos = {seat: dict(info) for seat in self.agents}

    # -- rewind --------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The state now; `restore` brings it back exactly, any number of times."""
        position = self._playing()
        books = (tuple(self.agents), self.agent_selection, self._skip_agent_selection,
                 *(tuple(getattr(self, name).items()) for name in _BOOKS))
        return Snapshot(self.id, position, self._episode, books)

    def restore(self, snapshot: Snapshot | str) -> None:
        """Goes back to a snapshot of this environment id and scenario version, an object or its JSON.

        Works without a `reset` before it; through PettingZoo's wrappers use `reset(options={"snapshot": snapshot})`.
        Raises InvalidSnapshot and changes nothing when it is another environment's or damaged.
        """
        if isinstance(snapshot, str):
            snapshot = self._parse(snapshot)
        if not isinstance(snapshot, Snapshot):
            raise InvalidSnapshot(f"restore() takes a Snapshot or its JSON text, got {type(snapshot).__name__}.")
        if snapshot.id != self.id:
            raise InvalidSnapshot(f"The snapshot is of {snapshot.id!r}, this environment is {self.id!r}; "
                                  "restore it in the environment it was taken from.")
        found: object = snapshot.position
        if not isinstance(found, Position) or len(snapshot.books) != 3 + len(_BOOKS):
            raise InvalidSnapshot("The snapshot is damaged: it lacks a position or book-keeping; take it again with "
                                  "env.snapshot().")
        if snapshot.position.scenario.version != self.scenario.version:
            raise InvalidSnapshot(f"The snapshot is of version {snapshot.position.scenario.version} of the scenario, "
                                  f"this is version {self.scenario.version}.")
        if snapshot.position.scenario != self.scenario:
            raise InvalidSnapshot(f"The snapshot was taken under the options {options_of(snapshot.position.scenario)}, this "
                                  f"environment has {options_of(self.scenario)}; make it with the same ones.")
        agents, selection, skip, *books = snapshot.books
        try:
            seats, tables = list(agents), [dict(items) for items in books]
        except (TypeError, ValueError) as error:
            raise InvalidSnapshot(f"The snapshot is damaged ({error}); take it again with env.snapshot().") from error
        self._position, self._episode = snapshot.position, snapshot.episode
        self.agents = seats
        self.agent_selection, self._skip_agent_selection = selection, skip
        for name, table in zip(_BOOKS, tables, strict=True):
            setattr(self, name, table)
        self._write_infos(snapshot.position.engagement)
        if self._screen is not None:
            self._screen.show(snapshot.position)

    def _parse(self, text: str) -> Snapshot:
        try:
            value = json.loads(text)
            if value["snapshot"] != SNAPSHOT_VERSION:
                raise InvalidSnapshot(f"The snapshot has format {value['snapshot']!r}, this package reads {SNAPSHOT_VERSION}.")
            if value["id"] != self.id:
                raise InvalidSnapshot(f"The snapshot is of {value['id']!r}, this environment is {self.id!r}; "
                                      "restore it in the environment it was taken from.")
            if value["seal"] != seal(value):
                raise InvalidSnapshot("The snapshot is damaged: its seal does not fit what it holds; take it again with "
                                      "env.snapshot().")
            position = Position.from_json(value["position"], self.scenario)
            agents, selection, skip, *books = value["books"]
            checked = self._check_books(position, agents, selection, skip, books)
            return Snapshot(value["id"], position, int(value["episode"], 16) & MASK, checked)
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError) as error:
            if isinstance(error, InvalidSnapshot):
                raise
            raise InvalidSnapshot(f"The snapshot is damaged ({type(error).__name__}: {error}); "
                                  "take it again with env.snapshot().") from error

    def _check_books(self, position: Position, agents: list[str], selection: str, skip: str | None,
                     books: list[Any]) -> tuple[Any, ...]:
        """The book-keeping as a snapshot holds it. Raises ValueError when it does not belong to the position."""
        known = set(self.possible_agents)
        tables = [tuple((seat, value) for seat, value in items) for items in books]
        if not {*agents, selection} <= known or skip not in (None, *known) or len(set(agents)) != len(agents):
            raise ValueError("its book-keeping names other seats")
        if len(books) != len(_BOOKS) or any([seat for seat, _ in items] != list(agents) for items in tables):
            raise ValueError("its book-keeping is not complete")
        flags = [value for items in tables[2:] for _, value in items]
        if not all(type(value) is bool for value in flags) or not all(
                type(value) in (int, float) and isfinite(value) for items in tables[:2] for _, value in items):
            raise ValueError("its book-keeping holds something else than rewards and flags")
        over = position.over
        wanted = agents[:1] or [selection] if over else [position.seat]
        if [selection] != wanted or not (over or (list(agents) == self.possible_agents and skip is None)):
            raise ValueError("its book-keeping selects another seat than the dialogue")
        if any((ended or cut) is not over for (_, ended), (_, cut) in zip(tables[2], tables[3], strict=True)):
            raise ValueError("its book-keeping and its dialogue disagree on the end")
        return (tuple(agents), selection, skip, *tables)

    # -- show ----------------------------------------------------------------------------------

    def render(self) -> str | None:
        """The dialogue with the engagement so far and both seats' states, as `render_mode` says; the condition stays hidden."""
        if self._screen is not None:
            self._screen.show(self._playing())
        return transcript(self._playing()) if self.render_mode == "ansi" else None

    def close(self) -> None:
        """Nothing is held open."""
