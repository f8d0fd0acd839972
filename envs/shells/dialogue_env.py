"""The PettingZoo shell around a `Position`, with exact snapshot and restore."""

from __future__ import annotations

import copy
from math import isfinite
from typing import Any, Self

import numpy as np
from gymnasium.spaces import Dict, Space
from numpy.typing import NDArray
from pettingzoo import AECEnv

from ..chat import Chats, chat, read
from ..dialogue import Dialogue, Utterance, line_of
from ..errors import InvalidAction, InvalidSnapshot
from ..keys import PUBLIC, mark_of
from ..parts import Condition
from ..position import MAX_TEXT, Position
from ..scenario import Ask, Scenario, View, required
from .rendering import MODES, Screen, check_mode, rendered
from .snapshots import Books, Snapshot, begin, checked, rewinds
from .spaces import Utterances


class DialogueEnv(AECEnv[str, Any, Any]):
    """Two seats talk in turns; when the dialogue ends the interactive seat is paid the user's engagement in [0, 1].

    The user seat is paid 0: it has a condition, not a goal. An action is the text to say (or an `Utterance` with a
    private state). An observation is `{"transcript": str, "condition": str}`: what was said, one "seat: text" line
    each (a newline in a text is a space there, so that nobody forges a line), and the seat's own hidden condition in
    words ("" for the interactive seat). `infos[agent]` holds the public engagement reading (level, status, evidence, turns)
    and "role_prompt", what a language model in that seat is told of its role, its own condition included ("" where the
    scenario has no speech).

    Args:
        scenario: the rules, with the environment's id, which enters every random choice, with the seed.
        id: another id than the scenario's (`Scenario.under`).
        render_mode: None, "ansi" (`render` returns the dialogue with the engagement so far), "rgb_array" (the same as a
            picture, (320, 480, 3) uint8) or "human" (each utterance is printed once, as it comes). Rendering is a spectator's,
            never for a player: it shows everything that was said and thought, both seats' private states dimly.
        messages: whether an observation has "messages", too: the dialogue as the chat of a language model in the seat
            (`chat.chat`), a list of {"role", "content"} with the role prompt as "system", its own turns as "assistant", states
            included, and the other's as "user". Control tokens that somebody said stand in it as they were said.
        secret: under which conditions and luck are drawn: a text that is not blank, or InvalidArgument. Under the default,
            which everybody knows, an episode is a pure function of (id, seed); under one of `fresh_secret()` of
            (id, seed, secret), and no table of seeds tells anything.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 - PettingZoo wants it on the class and on the instance
        "render_modes": list(MODES), "render_fps": 1, "name": "dialogue_v0", "is_parallelizable": False}

    def __init__(self, scenario: Scenario, id: str | None = None, render_mode: str | None = None, *,
                 messages: bool = False, secret: str = PUBLIC) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        check_mode(render_mode)
        self.scenario = scenario if id is None else scenario.under(id)
        self._secret, self._mark = secret, mark_of(secret)
        self.render_mode = render_mode
        self.metadata = {**self.metadata, "name": self.id}
        self.possible_agents = list(scenario.seats)
        longest = (MAX_TEXT + 40) * (2 * scenario.horizon + 2)
        self.action_spaces = {seat: Utterances(seat=seat) for seat in scenario.seats}
        self.messages = messages
        if messages:
            required(self.scenario, "speech", self.scenario.speech)
        chats = {"messages": Chats(2 * scenario.horizon + 5)} if messages else {}
        self.observation_spaces = {
            seat: Dict({"transcript": Utterances(longest, may_be_empty=True),
                        "condition": Utterances(may_be_empty=True), **chats}) for seat in scenario.seats}
        self.agents: list[str] = []
        self._episode = -1  # the seed of the episode; -1 before the first
        self._position: Position | None = None
        self._transcribed: tuple[Dialogue, str] = (Dialogue.EMPTY, "")  # the dialogue observed last, in words
        self._described: tuple[Condition, str] = (None, "")  # the condition described last, in words
        self._roles: tuple[Condition, dict[str, str]] = (None, {})  # the role prompts under the condition of the last episode
        self._screen = Screen() if render_mode == "human" else None

    @property
    def id(self) -> str:
        """The environment's id: the scenario's."""
        return self.scenario.id

    @property
    def secret(self) -> str:
        """Under which conditions and luck are drawn: the owner's, and no player's."""
        return self._secret

    def observation_space(self, agent: str) -> Space[Any]:
        """The same object at every call."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> Space[str]:
        """The same object at every call."""
        return self.action_spaces[agent]

    # -- play ----------------------------------------------------------------------------------

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Starts an episode: a pure function of (id, seed, secret, options["condition"] when given).

        Without a seed the next episode follows from the one before (the first from the system's entropy).
        options["snapshot"] restores that snapshot instead. It is the way back through PettingZoo's wrappers: they keep
        books of their own, which only `reset` puts right, and some refuse to `step` after a bare `restore`.
        """
        options = options or {}
        if rewinds(seed, options):
            self.restore(options["snapshot"])
            return
        self._episode, self._position = begin(self.scenario, seed, options, self._episode, self._secret)
        self.agents = self.possible_agents[:]
        self.rewards = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.agent_selection = self._position.seat
        self._skip_agent_selection = None  # type: ignore[assignment]
        self._write_infos(self.position)
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
        self._write_infos(self.position)
        self.agent_selection = position.seat
        if ended or cut:
            self._deads_step_first()
        if self._screen is not None:
            self._screen.show(position)

    def fresh(self) -> Self:
        """A copy of this environment as it was before its first episode, which shows nothing; the scenario is shared."""
        found = copy.deepcopy(self, {id(self.scenario): self.scenario})
        found.agents, found._position, found._episode = [], None, -1
        found.render_mode = found._screen = None
        return found

    def observe(self, agent: str) -> dict[str, Any]:
        """What the agent may see, as text; with `messages`, as a chat, too."""
        position = self._playing()
        condition = self._describe(position.condition) if agent == self.scenario.user else ""
        seen: dict[str, Any] = {"transcript": self._transcribe(position.dialogue), "condition": condition}
        return {**seen, "messages": chat(position.view(agent))} if self.messages else seen

    def _transcribe(self, dialogue: Dialogue) -> str:
        """What was said, a line each: the transcript observed last with a line more, where the dialogue is one longer."""
        known, text = self._transcribed
        if dialogue is known:
            return text
        if dialogue.parent is known and known is not Dialogue.EMPTY:
            text = f"{text}\n{line_of(dialogue.utterance)}"
        else:
            text = "\n".join(map(line_of, dialogue))
        self._transcribed = (dialogue, text)
        return text

    def _describe(self, condition: Condition) -> str:
        known, words = self._described
        if condition is not known:
            words = "" if condition is None else self.scenario.describe_condition(condition)
            self._described = (condition, words)
        return words

    def read(self, text: str, finished: bool = True) -> Utterance:
        """What a language model in the seat to speak wrote, as an action: private state and words apart.

        A model that said nothing says "...". `finished` is False when its limit cut it off.
        """
        position = self._playing()
        return read(self.scenario, position.seat, text, finished)

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
        reading, roles = position.reading, self._role_prompts(position)
        self.infos = {seat: {**reading, "role_prompt": roles[seat]} for seat in self.agents}

    def info(self, agent: str) -> dict[str, Any]:
        """What `infos` says to an agent, also to one that has left."""
        position = self.position
        return {**position.reading, "role_prompt": self._role_prompts(position)[agent]}

    def _role_prompts(self, position: Position) -> dict[str, str]:
        known, roles = self._roles
        if not roles or known is not position.condition:
            of = self.scenario
            roles = {seat: of.speech.system_prompt(seat, position.condition if seat == of.user else None) if of.speech else ""
                     for seat in of.seats}
            self._roles = (position.condition, roles)
        return roles

    # -- rewind --------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The state now; `restore` brings it back exactly, any number of times."""
        position = self._playing()
        books = (tuple(self.agents), self.agent_selection, self._skip_agent_selection,
                 tuple(self.rewards.items()), tuple(self._cumulative_rewards.items()),
                 tuple(self.terminations.items()), tuple(self.truncations.items()))
        return Snapshot(self.id, position, self._episode, books, self._mark)

    def restore(self, snapshot: Snapshot | str) -> None:
        """Goes back to a snapshot of this environment id, scenario version and secret, an object or its JSON.

        Works without a `reset` before it; through PettingZoo's wrappers use `reset(options={"snapshot": snapshot})`.
        Raises InvalidSnapshot and changes nothing when it is another environment's or damaged.
        """
        snapshot = checked(snapshot, self.id, self.scenario, self._mark, self._check_books)
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
        self._write_infos(self.position)
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
