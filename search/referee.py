"""A referee between the game and a planner in a process of its own (law 9): views and candidates go there, an index comes back.

The planner's process makes a scenario of its own and has nothing of this one: not the position, the condition, the keys or the
secret, and not the place's true number (`veil`). What it wants on the way, replies of the policy, answers of imagined users,
scores, it asks for; so the referee counts. Whatever else it does is a `Foul`, named.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..envs import errors
from ..envs.dialogue import Utterance, one_line
from ..envs.errors import DialogymError, InvalidConfig, PluginFailed
from ..envs.position import Position
from ..envs.registry import spec
from ..envs.scenario import Ask
from .best_of_n import Score
from .choice import Choice, Wants
from .driver import ScoreRequest
from .veil import unveiled, veiled
from .wire import Received, flat, whole

MESSAGE = 1 << 24
"""Longest message accepted, in bytes."""
ASKS = 1_000_000
"""Most replies, scores and utterances that a planner may send or ask for in a decision, the user's replies included."""
_START = 120.0
"""Seconds in which a process must be ready: it may import much."""
_CHILD = "from {package}.search.contestant import main; main()"


class Foul(DialogymError):
    """A planner under test broke the rules, or broke down: its conversation is over, and counts as one without engagement.

    Args:
        what: it did; its own words in it are put on one line, and what cannot be printed is a question mark.
    """

    def __init__(self, what: str) -> None:
        super().__init__(plain(what))


def plain(words: object) -> str:
    """Somebody's words as any file and terminal takes them: one line, at most 400 characters."""
    return "".join(letter if letter.isprintable() else "?" for letter in one_line(str(words))[:400])


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A planner under test and what it is allowed.

    Attributes:
        planner: its name, as `search.planner` takes it. It is imported in its own process only.
        budget: generations of the policy per decision; one more is a foul.
        worlds: users that it imagines, as `planners.blind` takes it.
        seconds: that it may take over a decision, those in which it waits for answers not counted.
        best_of: instead of a planner: so many candidates, of which a reward model chooses.
        acts: whether it may say what the scenario's phrase book says for an act, instead of what the policy proposed.
        closed: folders that it may not read, such as the one where the results and their secret are kept.
    """

    planner: str
    budget: int
    worlds: int
    seconds: float = 60.0
    best_of: int = 0
    acts: bool = False
    closed: tuple[Path, ...] = ()


@dataclass(slots=True)
class Refereed:
    """A decider that hands every decision to a planner in its own process; one conversation at a time. Use it as a context.

    Attributes:
        env: id of the environment.
        options: the scenario's.
        entry: who plays.
        judge: scores the candidates of `Entry.best_of`.
        own: seconds waited for the planner in all decisions so far.
        cpu: processor seconds that its process took meanwhile, where the system tells (Linux); else 0.
        imagining: whether what was asked for last was of its imagination, so that an error in it is its own.
    """

    env: str
    options: Mapping[str, Any]
    entry: Entry
    judge: Score | None = None
    own: float = field(default=0.0, init=False)
    cpu: float = field(default=0.0, init=False)
    imagining: bool = field(default=False, init=False)
    _process: Process | None = field(default=None, init=False)
    _busy: bool = field(default=False, init=False)

    def __enter__(self) -> Refereed:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process; the next decision starts another."""
        if self._process is not None:
            self._process.end()
        self._process, self._busy = None, False

    def start(self) -> None:
        """Starts the process where there is none. Raises what is wrong with the planner, or Foul when it does not come up."""
        if self._process is not None:
            return
        self._process = process = Process()
        try:
            process.allow(_START)
            process.send(_hello(self.env, self.options, self.entry))
            answer = process.receive()
            if "refused" in answer:
                raise _refusal(answer["refused"])
            known = spec(self.env).build(**self.options)
            if answer.get("ready") != [known.name, known.version]:
                raise Foul(f"its process plays another game ({str(answer)[:80]})")
        except BaseException:
            self.close()
            raise

    def __call__(self, position: Position) -> Generator[Wants, Any, Choice]:
        """See `Decider`. Raises Foul, and InvalidConfig for a second conversation at the same time."""
        if self._busy:
            raise InvalidConfig("A referee watches one conversation at a time; give each its own.")
        try:
            self.start()
            process = self._process
            if process is None:
                raise Foul("its process is gone")
            self._busy = True
            process.allow(self.entry.seconds)
            before, spent = process.waited, process.processor()
            found = yield from self._decision(position, process)
            self.own += process.waited - before
            self.cpu += process.processor() - spent
            self._busy = False
        finally:
            if self._busy or self._process is None:  # it did not come to its end: what the process waits for never comes
                self.close()
        if isinstance(found, Foul):
            raise found
        return found

    def _decision(self, position: Position, process: Process) -> Generator[Wants, Any, Choice | Foul]:
        """The choice; or the foul with which the process gave up, and waits for the next decision."""
        desk = _Desk(position, self.entry)
        process.send({"decide": {"seat": desk.true.view.seat, "dialogue": flat(desk.true.view.dialogue),
                                 "place": desk.veil}})
        while True:
            message = process.receive()
            if "asks" in message:
                asks = desk.asks(message)
                self.imagining = any(ask.place != desk.true.place for ask in asks)
                replies: Sequence[Utterance] = yield asks
                desk.note(asks, replies)
                process.send({"replies": [[reply.text, reply.state] for reply in replies]})
            elif "scores" in message:
                self.imagining = True
                process.send({"scores": list((yield desk.scores(message)))})
            elif "judge" in message and self.judge is not None:
                process.send({"scores": list(self.judge([(desk.true.view, reply) for reply in desk.judged(message)]))})
            else:
                self.imagining = False
                return desk.said(message)


@dataclass(slots=True)
class _Desk:
    """One decision: what was asked for, checked and counted."""

    position: Position
    entry: Entry
    true: Ask = field(init=False)
    veil: int = field(init=False)
    received: Received = field(init=False)
    proposed: dict[int, Utterance] = field(default_factory=dict)
    generations: int = 0
    asked: int = 0

    def __post_init__(self) -> None:
        self.true = self.position.ask()
        self.veil = veiled(self.true).place
        self.received = Received(self.position.scenario)

    def asks(self, message: dict[str, Any]) -> list[Ask]:
        """The asks of a message, within the budget."""
        found = [unveiled(ask, self.true) if ask.place == self.veil else ask
                 for ask in self._read(message, "asks", self.received.ask)]
        self.generations += sum(ask.view.seat == self.true.view.seat for ask in found)
        if self.generations > self.entry.budget:
            raise Foul(f"asked for {self.generations} generations of the policy in a decision, {self.entry.budget} are allowed")
        return found

    def note(self, asks: Sequence[Ask], replies: Sequence[Utterance]) -> None:
        """Keeps the candidates: they are what can be said."""
        for ask, reply in zip(asks, replies, strict=True):
            if ask.place == self.true.place:
                self.proposed[ask.index] = reply

    def scores(self, message: dict[str, Any]) -> ScoreRequest:
        """The dialogues to be scored; a score depends on nothing else."""
        scenario = self.position.scenario
        return ScoreRequest(tuple(self._read(message, "scores", lambda node: Position(
            scenario, None, self.received.dialogue(node), 0, imagined=True))))

    def judged(self, message: dict[str, Any]) -> list[Utterance]:
        """Candidates that a reward model is to score."""
        return self._read(message, "judge", self._candidate)

    def said(self, message: dict[str, Any]) -> Choice | Foul:
        """The choice of a last message, a candidate, or why there is none."""
        if "raised" in message:
            return Foul(str(message["raised"]))
        if "unproposed" in message:
            return Foul("said words that the policy did not propose")
        try:
            if "say" in message:
                return Choice((self._candidate(message["say"]),), (None,), (0,))
            acting = self.position.scenario.acting
            if "act" in message and self.entry.acts and acting is not None:
                act = whole(message["act"], len(acting.actions))
                return Choice((acting.voice(veiled(self.true).candidate(act), act),), (None,), (0,))
        except (ValueError, TypeError) as error:
            raise Foul(f"chose no candidate ({error})") from error
        raise Foul(f"sent what is no message ({str(message)[:80]})")

    def _candidate(self, index: Any) -> Utterance:
        if type(index) is not int or index not in self.proposed:
            raise ValueError(f"{str(index)[:40]} is none of those it asked for, {sorted(self.proposed)[:20]}")
        return self.proposed[index]

    def _read(self, message: dict[str, Any], name: str, read: Callable[[Any], Any]) -> list[Any]:
        try:
            self.asked += len(message[name]) + len(message.get("nodes", ())) + len(message.get("conditions", ()))
            if self.asked > ASKS:
                raise Foul(f"asked for more than {ASKS} things in a decision")
            self.received.take(message)
            return [read(value) for value in message[name]]
        except Foul:
            raise
        except Exception as error:  # whatever a scenario makes of nonsense
            raise Foul(f"asked for what there is not ({type(error).__name__}: {str(error)[:120]})") from error


class Process:
    """The planner's process and the two pipes to it. Every method that waits raises Foul when the time allowed is over."""

    def __init__(self) -> None:
        """Starts it, with this one's import path and folder."""
        if os.name != "posix":
            raise InvalidConfig("The referee watches a planner's process through POSIX pipes, which this system lacks; compare "
                                "without a referee (--no-referee) planners that you trust.")
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
        package = __name__.partition(".")[0]
        self._popen = subprocess.Popen([sys.executable, "-c", _CHILD.format(package=package)], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, start_new_session=True,
                                       env={**os.environ, "PYTHONPATH": path})
        if self._popen.stdin is None or self._popen.stdout is None:
            raise InvalidConfig("The planner's process has no pipes.")
        self._to, self._from = self._popen.stdin.fileno(), self._popen.stdout.fileno()
        os.set_blocking(self._to, False)
        os.set_blocking(self._from, False)
        self._writable, self._readable = select.poll(), select.poll()
        self._writable.register(self._to, select.POLLOUT)
        self._readable.register(self._from, select.POLLIN)
        self._left = self._allowed = 0.0
        self._held = b""
        self.waited = 0.0

    def allow(self, seconds: float) -> None:
        """Begins a decision: so many seconds of waiting from here on."""
        self._left = self._allowed = seconds

    def send(self, message: Mapping[str, Any]) -> None:
        """One message."""
        data = memoryview(json.dumps(message).encode() + b"\n")
        while data:
            try:
                data = data[os.write(self._to, data):]
            except BlockingIOError:
                self._wait(self._writable)
            except OSError:
                raise Foul(self._ended()) from None

    def receive(self) -> dict[str, Any]:
        """The next message, a JSON object."""
        parts = [self._held]
        size = len(self._held)
        while b"\n" not in parts[-1]:
            if size > MESSAGE:
                raise Foul(f"sent a message of more than {MESSAGE} bytes")
            self._wait(self._readable)
            part = os.read(self._from, 1 << 18)
            if not part:
                raise Foul(self._ended())
            parts.append(part)
            size += len(part)
        line, _, self._held = b"".join(parts).partition(b"\n")
        if self._held:
            raise Foul("sent a message that nobody waited for")
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Foul(f"sent what is no message ({line[:40]!r})")
        return found

    def processor(self) -> float:
        """Seconds of processor time it took so far, all threads; 0 where the system does not tell."""
        try:
            return time.clock_gettime((~self._popen.pid << 3) | 2)  # Linux's clock of another process, clock_getcpuclockid(3)
        except (AttributeError, OSError, OverflowError):
            return 0.0

    def end(self) -> None:
        """Kills it, with what it started."""
        with suppress(OSError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._popen.wait()

    def _wait(self, poll: select.poll) -> None:
        began = time.perf_counter()
        ready = poll.poll(max(0.0, self._left) * 1000)
        took = time.perf_counter() - began
        self._left -= took
        self.waited += took
        if not ready:
            raise Foul(f"took longer than {self._allowed:g} seconds")

    def _ended(self) -> str:
        try:
            return f"its process ended (exit code {self._popen.wait(1)})"
        except subprocess.TimeoutExpired:
            return "it closed its line to the referee"


def _hello(env: str, options: Mapping[str, Any], entry: Entry) -> dict[str, Any]:
    """What a planner's process needs to make its own scenario and planner."""
    known = spec(env)
    made = known.scenario
    factory = made if isinstance(made, str) else f"{made.__module__}:{getattr(made, '__qualname__', '')}"
    return {"env": env, "factory": factory, "kwargs": known.kwargs, "options": dict(options), "planner": entry.planner,
            "budget": entry.budget, "worlds": entry.worlds, "best_of": entry.best_of, "acts": entry.acts,
            "closed": [os.path.realpath(folder) for folder in entry.closed]}


def _refusal(value: Any) -> DialogymError:
    """The error with which a planner's process said that there is no planner; what it says is its own words."""
    name, text = value if isinstance(value, list) and len(value) == 2 else ("", value)
    kind = getattr(errors, name, None) if name in ("InvalidConfig", "PluginFailed", "InvalidArgument") else None
    return (kind or PluginFailed)(plain(text))
