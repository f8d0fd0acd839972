"""The game state: `Position`, what a seat sees of it (`View`), and the request for a reply (`Ask`)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from .dialogue import Dialogue, Utterance, is_blank
from .errors import InvalidAction, InvalidSnapshot
from .keys import MASK, PUBLIC, episode_key, handed, mix
from .parts import Condition
from .scenario import Ask, Engagement, Scenario, View

_CONDITION, _START = 1, 2
MAX_TEXT = 8_000
"""Longest utterance accepted, in characters."""


@dataclass(frozen=True, slots=True)
class Position:
    """A moment of a conversation: immutable, shared freely, continued with `say`.

    Attributes:
        scenario: the rules.
        condition: 𝒰, the user's hidden condition.
        dialogue: 𝒞_i, what was said.
        key: 64 bits; every random choice below this position derives from it and from the path taken. It is the game's own:
            no agent gets it, or what it can be computed from.
        imagined: whether somebody made the position up to think ahead (`facing`), without the true one's luck. Its asks carry
            its key as it is, since there is nothing to hide.
    """

    scenario: Scenario
    condition: Condition
    dialogue: Dialogue
    key: int
    imagined: bool = False
    _engagement: Engagement | None = field(default=None, init=False, repr=False, compare=False)  # read off once, when asked for

    @classmethod
    def start(cls, scenario: Scenario, seed: int, *, condition: Condition | None = None, secret: str = PUBLIC) -> Position:
        """The opening position of (the scenario's id, seed) under a secret, with a drawn condition unless one is given.

        It is the one that `reset(seed=seed)` of the scenario's environment begins with. Raises InvalidArgument for what can
        be no secret.
        """
        key = episode_key(secret, scenario.id, seed)
        if condition is None:
            condition = scenario.draw_condition(mix(key, _CONDITION))
        return cls(scenario, condition, Dialogue.EMPTY, mix(key, _START))

    @classmethod
    def facing(cls, ask: Ask) -> Position:
        """An imagined position from what an ask's speaker may know: `facing(ask).ask(i)` is the i-th candidate there.

        What follows on it has luck of its own: it says nothing of the true one's.
        """
        view = ask.view
        return cls(view.scenario, view.condition, view.dialogue, ask.place, imagined=True)

    @property
    def seat(self) -> str:
        """The seat to speak next."""
        last = self.dialogue.last
        return self.scenario.opener if last is None else self.scenario.other(last.seat)

    @property
    def turns(self) -> int:
        """Turns the interactive seat has taken."""
        length = len(self.dialogue)
        opens = self.scenario.opener == self.scenario.interactive
        return (length + 1) // 2 if opens else length // 2

    @property
    def engagement(self) -> Engagement:
        """The user's engagement as of now."""
        found = self._engagement
        if found is None:
            found = self.scenario.engagement(self.dialogue)
            if self.condition is not None:
                found = self.scenario.checked(found, self.condition, self.dialogue)
            object.__setattr__(self, "_engagement", found)
        return found

    @property
    def out_of_turns(self) -> bool:
        """Whether the horizon T is reached, the closing question answered where there is one, and the user spoke last."""
        last = self.dialogue.last
        if last is None or last.seat != self.scenario.user:
            return False
        return self.turns >= self.scenario.horizon + (self.scenario.closing_question != "")

    @property
    def over(self) -> bool:
        """Whether nobody speaks any more: a decision, or the horizon."""
        return self.out_of_turns or self.engagement.over

    @property
    def outcome(self) -> tuple[bool, bool, float]:
        """(ended by itself, cut by the horizon, what the interactive seat is paid now: the engagement at the end, else 0)."""
        engagement = self.engagement
        if engagement.over:
            return True, False, engagement.level
        return (False, True, engagement.level) if self.out_of_turns else (False, False, 0.0)

    @property
    def measured(self) -> dict[str, float]:
        """The value of each of the scenario's measures as of now, by name, in its unit; for who evaluates."""
        scenario = self.scenario
        return {one.name: scenario.measured(one, self.engagement, self.condition) for one in scenario.measures}

    @property
    def reading(self) -> dict[str, Any]:
        """The public reading of the engagement, as the environments put it into `info`."""
        found = self.engagement
        return {"engagement": found.level, "status": found.status, "evidence": found.evidence, "turns": self.turns}

    def view(self, seat: str | None = None) -> View:
        """What a seat (default: the one to speak) may see."""
        seat = seat or self.seat
        condition = self.condition if seat == self.scenario.user else None
        return View(self.scenario, seat, condition, self.dialogue.seen_by(seat))

    def ask(self, index: int = 0) -> Ask:
        """The request for the `index`-th candidate reply of the seat to speak."""
        return Ask(self.view(), self.key if self.imagined else handed(self.key), index)

    def say(self, reply: Utterance | str, index: int = 0) -> Position:
        """The position after the seat to speak said `reply`, its `index`-th candidate.

        Raises InvalidAction when the reply is not the speaking seat's, is empty, too long or not Unicode text.
        """
        seat = self.seat
        utterance = Utterance(seat, reply) if isinstance(reply, str) else reply
        if not isinstance(utterance, Utterance):
            raise InvalidAction(f"A reply must be a str or an Utterance, got {type(reply).__name__}.")
        if utterance.seat != seat:
            raise InvalidAction(f"It is {seat!r} who speaks next, got an utterance of {utterance.seat!r}.")
        check_text(utterance.text)
        if utterance.state != "":
            check_text(utterance.state)
        key = mix(self.key, seat == self.scenario.user, index)
        after = Position(self.scenario, self.condition, self.dialogue.say(utterance), key, self.imagined)
        question = self.scenario.closing_question
        if not question or seat != self.scenario.user or after.turns != self.scenario.horizon or after.engagement.over:
            return after
        asked = after.dialogue.say(Utterance(self.scenario.interactive, question))
        return Position(self.scenario, self.condition, asked, key, self.imagined)

    def to_json(self) -> dict[str, Any]:
        """A JSON value holding everything; `from_json` gives back an equal position."""
        return {
            "scenario": self.scenario.name,
            "scenario_version": self.scenario.version,
            "scenario_options": options_of(self.scenario),
            "condition": self.scenario.condition_to_json(self.condition),
            "dialogue": [[u.seat, u.text, u.state] if u.state else [u.seat, u.text] for u in self.dialogue],
            "key": f"{self.key:016x}",
            **({"imagined": True} if self.imagined else {}),
        }

    @classmethod
    def from_json(cls, value: Any, scenario: Scenario) -> Position:
        """Rebuilds a position. Raises InvalidSnapshot when it is damaged or of another scenario or version."""
        try:
            found = (value["scenario"], value["scenario_version"])
            if found != (scenario.name, scenario.version):
                raise InvalidSnapshot(
                    f"The snapshot is of scenario {found[0]!r} version {found[1]!r}, this is {scenario.name!r} "
                    f"version {scenario.version}; restore it in the environment it was taken from.")
            if value["scenario_options"] != options_of(scenario):
                raise InvalidSnapshot(
                    f"The snapshot was taken under the options {value['scenario_options']}, this scenario has "
                    f"{options_of(scenario)}; make it with the same ones.")
            condition = scenario.condition_from_json(value["condition"])
            start = position = cls(scenario, condition, Dialogue.EMPTY, int(value["key"], 16) & MASK,
                                   value.get("imagined", False) is True)
            for number, item in enumerate(value["dialogue"]):
                utterance = Utterance(*item)
                if len(position.dialogue) == number or utterance != position.dialogue.last:
                    position = position.say(utterance)  # refuses what could not have been said
                # else it is the closing question, which `say` has asked by itself
            return cls(scenario, condition, position.dialogue, start.key, start.imagined)
        except InvalidSnapshot:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidSnapshot(f"The snapshot is damaged ({type(error).__name__}: {error}); "
                                  "take it again with env.snapshot().") from error


def options_of(scenario: Scenario) -> dict[str, Any]:
    """A scenario's options (its attributes) as a JSON value: what two scenarios of one class can differ in."""
    found: dict[str, Any] = json.loads(json.dumps(vars(scenario), default=repr))
    return found


def check_text(text: str) -> None:
    """Raises InvalidAction unless `text` shows something, is valid Unicode without NUL, of at most MAX_TEXT characters."""
    if not isinstance(text, str):
        raise InvalidAction(f"An utterance's text must be a str, got {type(text).__name__}.")
    if len(text) > MAX_TEXT:
        raise InvalidAction(f"An utterance may have {MAX_TEXT} characters, got {len(text)}; shorten it.")
    if is_blank(text):
        raise InvalidAction("An utterance must say something, got an empty text.")
    if "\x00" in text:
        raise InvalidAction(f"An utterance must not hold the character NUL, found at {text.index(chr(0))}; leave it out.")
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidAction(f"An utterance must be valid Unicode; character {error.start} is a lone surrogate.") from None
