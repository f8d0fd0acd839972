"""The PettingZoo shell around a `Position`, with exact snapshot and restore."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np
from gymnasium.spaces import Dict, Space
from numpy.typing import NDArray
from pettingzoo import AECEnv

from .dialogue import Dialogue, Utterance
from .errors import InvalidAction, InvalidSnapshot
from .position import MAX_TEXT, Ask, Position, View
from .rendering import MODES, Screen, check_mode, rendered
from .scenario import Condition, Scenario
from .shell import Books, Snapshot, begin, checked, rewinds
from .spaces import Utterances


class DialogueEnv(AECEnv[str, Any, Any]):
    """Two seats talk in turns; when the dialogue ends the interactive seat is paid the user's engagement in [0, 1].

    The user seat is paid 0: it has a condition, not a goal. An action is the text to say (or an `Utterance` with a
    private state). An observation is `{"transcript": str, "condition": str}`: what was said, one "seat: text" line
    each, and the seat's own hidden condition in words ("" for the interactive seat). `infos[agent]` holds the public
    engagement reading: level, status, evidence, turns.

    Args:
        scenario: the rules.
        id: environment id; it enters every random choice, with the seed.
        render_mode: None, "ansi" (`render` returns the dialogue with the engagement so far), "rgb_array" (the same as a
            picture, (320, 480, 3) uint8) or "human" (each utterance is printed once, as it comes). Rendering is a spectator's,
            never for a player: it shows everything that was said and thought, both seats' private states dimly.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 - PettingZoo wants it on the class and on the instance
        "render_modes": list(MODES), "render_fps": 1, "name": "dialogue_v0", "is_parallelizable": False}

    def __init__(self, scenario: Scenario, id: str, render_mode: str | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        check_mode(render_mode)
        self.scenario = scenario
        self.id = id
        self.render_mode = render_mode
        self.metadata = {**self.metadata, "name": id}
        self.possible_agents = list(scenario.seats)
        longest = (MAX_TEXT + 40) * (2 * scenario.horizon + 2)
        self.action_spaces = {seat: Utterances(seat=seat) for seat in scenario.seats}
        self.observation_spaces = {
            seat: Dict({"transcript": Utterances(longest, may_be_empty=True),
                        "condition": Utterances(may_be_empty=True)}) for seat in scenario.seats}
        self.agents: list[str] = []
        self._episode = -1  # the seed of the episode; -1 before the first
        self._position: Position | None = None
        self._transcribed: tuple[Dialogue, str] = (Dialogue.EMPTY, "")  # the dialogue observed last, in words
        self._described: tuple[Condition, str] = (None, "")  # the condition described last, in words
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
        if rewinds(seed, options):
            self.restore(options["snapshot"])
            return
        self._episode, self._position = begin(self.scenario, self.id, seed, options, self._episode)
        self.agents = self.possible_agents[:]
        self.rewards = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.agent_selection = self._position.seat
        self._skip_agent_selection = None  # type: ignore[assignment]
        self._write_infos(self._position)
        if self._screen is not None:
            self._screen.start(f"{self.id}, seed {self._episode}")

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
        if not isinstance(action, (str, Utterance)):
            raise InvalidAction(f"An action must be the text to say (str) or an Utterance, got {type(action).__name__}.")
        position = position.say(action)
        ended, cut, reward = position.outcome
        self._position = position
        self._cumulative_rewards[agent] = 0.0
        for seat in self.agents:
            self.rewards[seat] = gained = reward if seat == self.scenario.interactive else 0.0
            self._cumulative_rewards[seat] += gained
            if ended or cut:
                self.terminations[seat], self.truncations[seat] = ended, cut
        self._write_infos(position)
        self.agent_selection = position.seat
        if ended or cut:
            self._deads_step_first()
        if self._screen is not None:
            self._screen.show(position)

    def observe(self, agent: str) -> dict[str, str]:
        """What the agent may see, as text."""
        position = self._playing()
        condition = self._describe(position.condition) if agent == self.scenario.user else ""
        return {"transcript": self._transcribe(position.dialogue), "condition": condition}

    def _transcribe(self, dialogue: Dialogue) -> str:
        """What was said, a line each: the transcript observed last with a line more, where the dialogue is one longer."""
        known, text = self._transcribed
        if dialogue is known:
            return text
        if dialogue.parent is known and known is not Dialogue.EMPTY:
            text = f"{text}\n{dialogue.utterance.seat}: {dialogue.utterance.text}"
        else:
            text = "\n".join(f"{u.seat}: {u.text}" for u in dialogue)
        self._transcribed = (dialogue, text)
        return text

    def _describe(self, condition: Condition) -> str:
        known, words = self._described
        if condition is not known:
            words = "" if condition is None else self.scenario.describe_condition(condition)
            self._described = (condition, words)
        return words

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

    def _write_infos(self, position: Position) -> None:
        info = position.reading
        self.infos = {seat: info.copy() for seat in self.agents}

    # -- rewind --------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The state now; `restore` brings it back exactly, any number of times."""
        position = self._playing()
        books = (tuple(self.agents), self.agent_selection, self._skip_agent_selection,
                 tuple(self.rewards.items()), tuple(self._cumulative_rewards.items()),
                 tuple(self.terminations.items()), tuple(self.truncations.items()))
        return Snapshot(self.id, position, self._episode, books)

    def restore(self, snapshot: Snapshot | str) -> None:
        """Goes back to a snapshot of this environment id and scenario version, an object or its JSON.

        Works without a `reset` before it; through PettingZoo's wrappers use `reset(options={"snapshot": snapshot})`.
        Raises InvalidSnapshot and changes nothing when it is another environment's or damaged.
        """
        snapshot = checked(snapshot, self.id, self.scenario, self._check_books)
        if len(snapshot.books) != 7:
            raise InvalidSnapshot("The snapshot is damaged: it lacks book-keeping; take it again with env.snapshot().")
        agents, selection, skip, *books = snapshot.books
        try:
            seats, (rewards, cumulative, ended, cut) = list(agents), [dict(items) for items in books]
        except (TypeError, ValueError) as error:
            raise InvalidSnapshot(f"The snapshot is damaged ({error}); take it again with env.snapshot().") from error
        self._position, self._episode = snapshot.position, snapshot.episode
        self.agents = seats
        self.agent_selection, self._skip_agent_selection = selection, skip
        self.rewards, self._cumulative_rewards, self.terminations, self.truncations = rewards, cumulative, ended, cut
        self._write_infos(snapshot.position)
        if self._screen is not None:
            self._screen.show(snapshot.position)

    def _check_books(self, position: Position, found: Any) -> Books:
        """The book-keeping as a snapshot holds it. Raises ValueError when it does not belong to the position."""
        agents, selection, skip, *books = found
        known = set(self.possible_agents)
        tables = [tuple((seat, value) for seat, value in items) for items in books]
        if not {*agents, selection} <= known or skip not in (None, *known) or len(set(agents)) != len(agents):
            raise ValueError("its book-keeping names other seats")
        if len(books) != 4 or any([seat for seat, _ in items] != list(agents) for items in tables):
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

    def render(self) -> str | NDArray[np.uint8] | None:
        """The dialogue with the engagement so far and both seats' states, as `render_mode` says; the condition stays hidden."""
        if self._screen is not None:
            self._screen.show(self._playing())
        return rendered(self.render_mode, self._playing()) if self.render_mode is not None else None

    def close(self) -> None:
        """Nothing is held open."""
