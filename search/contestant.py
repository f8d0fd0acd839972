"""A planner in a process of its own: it plans from what the referee sends, and asks the referee for everything else.

The other side is `referee.py`. This side belongs to whoever wrote the planner: nothing here is relied upon.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ..envs.blame import told
from ..envs.dialogue import Utterance
from ..envs.errors import DialogymError, InvalidConfig
from ..envs.position import Position
from ..envs.registry import register, registry, spec
from ..envs.scenario import Ask, Scenario, View
from .belief import Imagining
from .best_of_n import Scored
from .choice import Choice, Decider
from .driver import ScoreRequest
from .planners import blind
from .wire import Sent, unflat

_STARTS = frozenset({"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"})


@dataclass(slots=True)
class Contestant:
    """The planner and its line to the referee.

    Attributes:
        sent, true, proposed: of the decision at hand: what has crossed, the request that is decided, and its candidates so far.
    """

    receives: BinaryIO
    sends: BinaryIO
    scenario: Scenario = field(init=False)
    decide: Decider = field(init=False)
    acts: bool = False
    sent: Sent = field(init=False)
    true: Ask = field(init=False)
    proposed: dict[int, Utterance] = field(default_factory=dict)

    def receive(self) -> dict[str, Any] | None:
        """The next message; None when the referee has gone."""
        line = self.receives.readline()
        found: dict[str, Any] | None = json.loads(line) if line else None
        return found

    def send(self, message: dict[str, Any]) -> None:
        """One line."""
        self.sends.write(json.dumps(message).encode() + b"\n")
        self.sends.flush()

    def call(self, **message: Any) -> list[Any]:
        """Asks for something and waits for it."""
        self.send({**self.sent.new(), **message})
        answer = self.receive()
        if answer is None:
            sys.exit()
        found: list[Any] = answer["replies" if "asks" in message else "scores"]
        return found

    def make(self, entry: dict[str, Any]) -> None:
        """Makes the scenario, and then the planner behind the fence. Raises what is wrong with either."""
        if entry["env"] not in registry:
            register(entry["env"], entry["factory"], **entry["kwargs"])
        self.scenario = spec(entry["env"]).build(**entry["options"])
        self.acts = entry["acts"]
        fence(entry["closed"])
        if entry["best_of"]:
            self.decide = Imagining(Scored(self.judged, entry["best_of"]), worlds=1, drawn=1, samples=0)
        else:
            self.decide = blind(entry["planner"], entry["budget"], entry["worlds"])

    def play(self, decide: dict[str, Any]) -> dict[str, Any]:
        """One decision: what is to be said."""
        dialogue = unflat(decide["dialogue"])
        view = View(self.scenario, decide["seat"], None, dialogue.seen_by(decide["seat"]))
        self.sent, self.true, self.proposed = Sent(self.scenario), Ask(view, decide["place"]), {}
        plan = self.decide(Position.facing(self.true))
        answer: list[Any] | None = None
        while True:
            try:
                request = next(plan) if answer is None else plan.send(answer)
            except StopIteration as stop:
                return self.said(stop.value)
            answer = self.answered(request)

    def answered(self, request: Any) -> list[Any]:
        """What a plan yielded, asked of the referee."""
        if isinstance(request, ScoreRequest):
            return self.call(scores=[self.sent.node(position.dialogue) for position in request.positions])
        if not isinstance(request, list) or not all(isinstance(ask, Ask) for ask in request):
            raise InvalidConfig(f"A plan yields a list of asks or a ScoreRequest, got {type(request).__name__}.")
        replies = self.call(asks=[self.sent.ask(ask) for ask in request])
        found = [Utterance(ask.view.seat, *reply) for ask, reply in zip(request, replies, strict=True)]
        for ask, reply in zip(request, found, strict=True):
            if ask.place == self.true.place and ask.view.dialogue == self.true.view.dialogue:
                self.proposed.setdefault(ask.index, reply)
        return found

    def said(self, choice: object) -> dict[str, Any]:
        """The best of a choice by the number under which it was proposed."""
        if not isinstance(choice, Choice):
            raise InvalidConfig(f"The planner ended with {type(choice).__name__}; it ends with the Choice that it returns.")
        best = choice.replies[choice.best]
        for index, reply in self.proposed.items():
            if reply == best:
                return {"say": index}
        acting = self.scenario.acting if self.acts else None
        for act in range(len(acting.actions) if acting is not None else 0):
            if acting is not None and acting.voice(self.true.candidate(act), act) == best:
                return {"act": act}
        return {"unproposed": str(best.text)}

    def judged(self, pairs: Sequence[tuple[View, Utterance]]) -> list[float]:
        """A reward model's scores of candidates, by the referee."""
        numbers = {reply: index for index, reply in self.proposed.items()}
        return self.call(judge=[numbers[reply] for _, reply in pairs])


def fence(closed: Sequence[str]) -> None:
    """Refuses to open what lies in the closed folders or belongs to another process, and to start a process.

    It keeps honest planners honest and stops the simplest of the others; it is no sandbox (a C library reads what it likes).
    """
    real, absolute, decode, shut = os.path.realpath, os.path.abspath, os.fsdecode, tuple(closed)
    separator, name, own = os.sep, os.path.basename, f"/proc/{os.getpid()}/"

    def check(event: str, args: tuple[Any, ...]) -> None:
        if event in _STARTS:
            raise PermissionError(f"a planner under test starts no process ({event})")
        if event not in ("open", "os.listdir", "os.scandir") or not isinstance(args[0], str | bytes):
            return
        for path in {real(decode(args[0])), absolute(decode(args[0]))}:
            other = path.startswith("/proc/") and path[6:7].isdigit() and not f"{path}/".startswith(own)
            if other or any(path == folder or path.startswith(folder + separator) for folder in shut):
                raise PermissionError(f"a planner under test does not read {name(path)}")

    sys.addaudithook(check)


def main() -> None:
    """Plays what the referee on the other end of standard input and output sends, until it goes."""
    lines = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):  # what a planner prints is no message
        os.dup2(nowhere, standard)
    here = Contestant(*lines)
    entry = here.receive()
    if entry is None:
        return
    try:
        here.make(entry)
    except DialogymError as error:
        here.send({"refused": [type(error).__name__, str(error)]})
        return
    here.send({"ready": [here.scenario.name, here.scenario.version]})
    while (message := here.receive()) is not None:
        try:
            said = here.play(message["decide"])
        except Exception as error:  # noqa: BLE001 - anybody's code
            said = {"raised": told(error)}
        here.send(said)
