"""Planners that cheat: each is a decider for the leaderboard, and each knows the package's source.

They play `tests.toy.Guessing`: whoever knows the colour names it. In the bench's own process most of them win unremarked.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from dialogym import Engagement, Position, Utterance
from dialogym.envs.keys import mix, text_key
from dialogym.search import Budget, Choice, Plan
from tests.adversaries.attacks import inverted, remembered
from tests.toy import COLOURS

FOLDER = "DIALOGYM_TEST_RESULTS"
"""Where a cheat is told the folder of the results; in earnest it reads the command line of the process above."""
WIDTH = 8


def choose(position: Position, colour: Any) -> Plan[Choice]:
    """Of eight candidates the one that names the colour."""
    replies = yield [position.ask(index) for index in range(WIDTH)]
    values = tuple(float(str(colour) in reply.text) for reply in replies)
    return Choice(tuple(replies), values, (1,) * WIDTH)


class KeyReader:
    """Undoes the keys that it can see, back to the episode."""

    def __call__(self, position: Position) -> Plan[Choice]:
        """Believes the first condition that comes out."""
        return choose(position, [*inverted(position.ask()), *inverted(Position.ask(position, 1))][0].condition)


class MemoWalker:
    """Follows every attribute, slot and memo from what it was handed."""

    def __call__(self, position: Position) -> Plan[Choice]:
        """Believes the first colour it comes by."""
        found = [text for text in remembered(position.ask(), str) if text in COLOURS]
        return choose(position, next(iter(found), COLOURS[0]))


class FrameReader:
    """Looks through the callers' frames for the true position."""

    def __call__(self, position: Position) -> Plan[Choice]:
        """Takes any position that nobody imagined."""
        frame: FrameType | None = sys._getframe()
        found = COLOURS[0]
        while frame is not None:
            for value in list(frame.f_locals.values()):
                if isinstance(value, Position) and not value.imagined:
                    found = value.condition
            frame = frame.f_back
        return choose(position, found)


class PolicyCaller:
    """Has its candidates of its own copy of the policy, which nobody counts."""

    def __call__(self, position: Position) -> Plan[Choice]:
        """Says a candidate that it never asked for."""
        policy = position.scenario.scripted_policy(position.seat)
        replies = [policy(position.ask(index)) for index in range(500)]
        yield []
        return Choice(tuple(replies), tuple(map(float, range(500))), (1,) * 500)


class Previewer:
    """Looks at five hundred candidates with its own copy of the policy and asks for the best alone: one generation."""

    def __call__(self, position: Position) -> Plan[Choice]:
        """Wants the longest words, which are not longest when they come."""
        policy = position.scenario.scripted_policy(position.seat)
        seen = [policy(position.ask(index)) for index in range(500)]
        wanted = max(range(500), key=lambda index: seen[index].state)
        reply = (yield [position.ask(wanted)])[0]
        if reply != seen[wanted]:
            raise ValueError("not what was foreseen")
        return Choice((reply,), (None,), (0,))


class OwnWords:
    """Says what no policy proposed."""

    def __call__(self, position: Position) -> Plan[Choice]:
        """Names all colours at once."""
        yield []
        return Choice((Utterance(position.seat, " ".join(f"Is it {colour}?" for colour in COLOURS)),), (1.0,), (1,))


class Patcher:
    """Puts a reading of engagement of its own into the scenario's class."""

    def __call__(self, position: Position) -> Plan[Choice]:
        """Is engaging whatever is said."""
        kind: Any = type(position.scenario)
        kind.engagement = lambda scenario, dialogue: Engagement(1.0, len(dialogue) > 2, "guessed")
        return choose(position, COLOURS[0])


class SecretReader:
    """Reads the secret where a comparison keeps it, and draws the people under it."""

    def __call__(self, position: Position) -> Plan[Choice]:
        """Believes the condition of the first person of the comparison."""
        text = (Path(os.environ[FOLDER]) / ".dialogym.json").read_text(encoding="utf-8")
        secret = text.partition('"secret": "')[2].partition('"')[0]
        start = Position.start(position.scenario, mix(text_key("leaderboard"), 0, 0), secret=secret)
        return choose(position, start.condition)


class ProcessStarter:
    """Lets another process do what it may not."""

    def __call__(self, position: Position) -> Plan[Choice]:
        """Asks a shell."""
        os.system("true")
        return choose(position, COLOURS[0])


class Spender:
    """Takes the budget's keeper out of its way, and more than the budget."""

    def __init__(self) -> None:
        keeper: Any = Budget
        keeper.__call__ = lambda self, position: self.decide(position)

    def __call__(self, position: Position) -> Plan[Choice]:
        """Asks for a hundred candidates."""
        replies = yield [position.ask(index) for index in range(100)]
        return Choice(tuple(replies), (None,) * 100, (0,) * 100)


class Stumbler:
    """Breaks down before some users, which would pay if such talks were left out."""

    def __call__(self, position: Position) -> Plan[Choice]:
        """Fails wherever it may lose."""
        reply = (yield [position.ask()])[0]
        if "blue" not in reply.text:
            raise RuntimeError("out of words")
        return Choice((reply,), (None,), (0,))


class Mumbler:
    """Breaks down in words that no file can hold and that would draw a table of their own."""

    def __call__(self, position: Position) -> Plan[Choice]:
        """Raises."""
        yield []
        raise RuntimeError("\udcff\n| `scripted` | \x1b[2J")


class Talker:
    """Honest, but prints, and burns processor time of its own."""

    def __call__(self, position: Position) -> Plan[Choice]:
        """Says the first candidate."""
        print("{}\nhow do you do")
        began = time.process_time()
        while time.process_time() - began < 0.02:
            pass
        return choose(position, COLOURS[0])


def contestant() -> Any:
    """This process's end of the line to the referee, off the stack."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if hasattr(frame.f_locals.get("self"), "receives"):
            return frame.f_locals["self"]
        frame = frame.f_back
    raise LookupError("nobody referees")


def on_the_line(write: Callable[[Any], object]) -> Callable[[], Callable[[Position], Plan[Choice]]]:
    """A cheat that writes to the referee itself."""
    def make() -> Callable[[Position], Plan[Choice]]:
        def decide(position: Position) -> Plan[Choice]:
            write(contestant())
            time.sleep(60)
            return choose(position, COLOURS[0])

        return decide

    return make


def _flood(line: Any) -> None:
    while True:
        line.sends.write(b"x" * 65536)


liar = on_the_line(lambda line: line.send({"say": 3}))
rubbish = on_the_line(lambda line: line.send([1, 2]))
garbled = on_the_line(lambda line: line.sends.write(b"\xff\n") and line.sends.flush())
hurried = on_the_line(lambda line: line.sends.write(b"{}\n{}\n") and line.sends.flush())
flooder = on_the_line(_flood)
dier = on_the_line(lambda line: os._exit(3))
sleeper = on_the_line(lambda line: None)
stranger = on_the_line(lambda line: line.send({"nodes": [[0, "thinker", "Hm.", ""]], "conditions": ["pink"], "asks": []}))
forger = on_the_line(lambda line: line.send({"nodes": [[0, "guesser", "Hm.", ""]], "asks": []}))
beyond = on_the_line(lambda line: line.send({"asks": [[77, -1, 0, 0]]}))
judge = on_the_line(lambda line: line.send({"judge": [0]}))
nester = on_the_line(lambda line: line.sends.write(b"[" * 200_000 + b"\n") and line.sends.flush())
