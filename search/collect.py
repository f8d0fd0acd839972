"""Searching thousands of conversations: a tree is on the disk when it is finished, and a killed search goes on.

The file is a `Journal` with a line per conversation, in the order in which they end. When all have ended the lines are put in
the order of the conversations, so the file of a search that was killed is the same, byte for byte, as that of one that was not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..agents.backend import Sampling
from ..agents.by_name import agent_for
from ..agents.prompting import Layout, layout_of
from ..agents.recording import gather
from ..envs.agent import Agent, ScriptedAgent, converse
from ..envs.claims import check_claim, claimed
from ..envs.errors import InvalidConfig, RunStopped
from ..envs.finite import check_finite
from ..envs.position import Position, options_of
from ..envs.registry import default, spec
from ..envs.scenario import Scenario, required
from ..envs.storage import SETTINGS, Journal, drafted, is_settings, parsed
from ..envs.storage import line as as_line
from .driver import Failed, Planner, stream
from .engines import LOCAL, Engine, Session
from .mcts import IxMCTS
from .openings import DRAWN, openings
from .tree import TREE_VERSION, Tree

TREES = "trees.jsonl"
KIND = ("dialogym_trees", TREE_VERSION)
_NUMBER = re.compile(rb'\{"number": (\d+), "(tree|failed)": ')


@dataclass(frozen=True, slots=True)
class Stored:
    """A line of the file.

    Attributes:
        number: of the conversation.
        tree: what was searched, as `Tree.to_json` gives it; None when it failed.
        failed: why it failed; "" when it did not.
    """

    number: int
    tree: Mapping[str, Any] | None
    failed: str = ""


Agents = Callable[[], Mapping[str, Agent]]
"""Makes the agents of a worker, there."""


def collect(planner: Planner[Tree], starts: Sequence[Position], agents: Mapping[str, Agent] | Agents,  # noqa: PLR0913
            path: Path, settings: Mapping[str, Any], *, numbers: Container[int] | None = None, window: int | None = None,
            progress: Callable[[int], None] = lambda done: None, engine: Engine = LOCAL) -> dict[str, int]:
    """Searches what is not in the file yet; returns how many conversations it holds and how many of them failed.

    Memory holds the trees of `window` conversations, whatever their number. A conversation in which anybody raises is
    recorded as failed, with the reason, and is not tried again.

    Args:
        planner: grows a tree from a position.
        starts: where to search from, all of one scenario (of a registered environment), the same in the same order each time;
            more may be added.
        agents: who answers, by seat; or what makes them in each worker of an engine.
        path: the file, new or begun with the same settings.
        settings: what the trees depend on besides, a JSON object.
        numbers: which of the conversations these agents search (None: all). Others may search the others into the same file.
        window: conversations in flight at once, at each worker.
        progress: called with the number of finished conversations.
        engine: where they are searched; the file is the same for all.

    Raises:
        UnknownEnvironment: the scenario's id is not registered, so that nobody could read the trees again.
        InvalidConfig: there is nothing to search, a seat has no agent, or the file was begun with other settings.
        RunStopped: an agent cannot go on; what is finished is kept.
    """
    if not starts:
        raise InvalidConfig("There is no conversation to search; ask for at least 1.")
    scenario = starts[0].scenario
    if isinstance(agents, Mapping) and (lacking := sorted(set(scenario.seats) - set(agents))):
        raise InvalidConfig(f"A search needs an agent for every seat; none was given for {lacking}.")
    journal = Journal(path, KIND, {"environment": spec(scenario.id).id, "scenario": scenario.name, "version": scenario.version,
                                   "options": options_of(scenario), **settings},
                      "dialogym search")
    with closing(journal):  # whoever keeps the error of a run that stopped keeps its journal, too
        have = {number for number, _, _ in _lines(journal)}
        progress(len(have))
        waiting = [number for number in range(len(starts)) if number not in have and (numbers is None or number in numbers)]
        job = partial(_searching, planner, starts, agents, window)
        for number, written in engine.work(job, waiting, window or len(waiting)) if waiting else ():
            journal.append_lines(written)
            have.add(number)
            progress(len(have))
        return {"conversations": len(have), "failed": _put_in_order(journal)}


def _searching(planner: Planner[Tree], starts: Sequence[Position], agents: Mapping[str, Agent] | Agents, window: int | None,
               ) -> Session[bytes]:
    """A session that searches conversations and gives each as the line that the file holds of it."""
    seated = agents if isinstance(agents, Mapping) else agents()

    def work(numbers: Iterator[int | None]) -> Iterator[tuple[int, bytes]]:
        waiting = (None if number is None else (number, starts[number]) for number in numbers)
        for number, found in stream(planner, waiting, seated, window=window):
            yield number, as_line({"number": number, **({"failed": found.reason} if isinstance(found, Failed) else
                                                        {"tree": found.to_json()})})

    return work


def scenario_of(path: Path) -> Scenario:
    """The scenario that the trees in a file belong to. Raises InvalidConfig when it is no such file."""
    settings = made_with(path)
    return spec(settings["environment"]).build(**settings["options"])


def made_with(path: Path) -> dict[str, Any]:
    """The settings that the trees in a file depend on. Raises InvalidConfig when it is no such file."""
    try:
        with path.open("rb") as file:
            first = parsed(file.readline())
    except (OSError, ValueError):
        first = None
    if not is_settings(first, KIND[0]) or first[KIND[0]] != KIND[1]:
        raise InvalidConfig(f"{path} holds no search trees of this release; name the folder of a `dialogym search` or a "
                            "`dialogym run`.")
    return dict(first[SETTINGS])


def stored(path: Path, wanted: Container[int] | None = None) -> Iterator[Stored]:
    """Every conversation in a file that `collect` wrote or is writing, one in memory at a time. Raises InvalidConfig.

    Of a search of thousands only those `wanted` are parsed (None: all).
    """
    scenario_of(path)
    with path.open("rb") as file:
        file.readline()
        for number, line in enumerate(file, 2):
            if not line.endswith(b"\n"):
                return  # a torn last line
            if wanted is not None and (place := _NUMBER.match(line)) and int(place[1]) not in wanted:
                continue
            try:
                value = parsed(line)
                yield Stored(value["number"], value.get("tree"), value.get("failed", ""))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise InvalidConfig(f"{path}, line {number}: not a search tree ({type(error).__name__}: {error}); delete the "
                                    "line and search again.") from error


def trees(path: Path) -> Iterator[tuple[int, Tree]]:
    """(number, tree) of every conversation in the file that did not fail. Raises InvalidConfig, InvalidSnapshot."""
    scenario = scenario_of(path)
    return ((found.number, Tree.from_json(found.tree, scenario)) for found in stored(path) if found.tree is not None)


def failures(path: Path, most: int = 3) -> list[tuple[int, str]]:
    """(number, reason) of the first conversations in the file that failed; their trees' neighbours are not parsed."""
    found: list[tuple[int, str]] = []
    with path.open("rb") as file:
        for line in file:
            if len(found) < most and (place := _NUMBER.match(line)) and place[2] == b"failed" and line.endswith(b"\n"):
                found.append((int(place[1]), parsed(line)["failed"]))
    return found


def one(path: Path, number: int) -> Tree:
    """The tree of one conversation. Raises InvalidConfig when the file has none, or when the conversation failed."""
    scenario = scenario_of(path)
    for found in stored(path, {number}):
        if found.number == number and found.tree is not None:
            return Tree.from_json(found.tree, scenario)
        if found.number == number:
            raise InvalidConfig(f"Conversation {number} in {path} failed ({found.failed}); choose another.")
    raise InvalidConfig(f"{path} holds no conversation {number}; choose one that it holds.")


def _lines(journal: Journal) -> Iterator[tuple[int, bool, bytes]]:
    """(number, whether it failed, the line) of every conversation that is on the disk."""
    for place, line in enumerate(journal.lines(), 2):
        found = _NUMBER.match(line)
        if found is None:
            raise InvalidConfig(f"{journal.path}, line {place}: not a search tree; delete the line and search again.")
        yield int(found[1]), found[2] == b"failed", line


def _put_in_order(journal: Journal) -> int:
    """Sorts the finished file by conversation, unless it is sorted; returns how many failed."""
    places: dict[int, tuple[int, int]] = {}
    failures = 0
    with journal.path.open("rb") as file:
        first = file.readline()
    at = len(first)
    for number, failed, line in _lines(journal):
        places[number] = (at, len(line))
        at += len(line)
        failures += failed
    if list(places) == sorted(places):
        return failures
    with drafted(journal.path) as draft, journal.path.open("rb") as old, draft.open("wb") as new:
        new.write(first)
        for number in sorted(places):
            old.seek(places[number][0])
            new.write(old.read(places[number][1]))
    return failures


COMMAND = "dialogym search"
REHEARSED = 4
"""Utterances: both seats have spoken, and one has answered the other, whoever opens."""


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """What is searched.

    Attributes:
        environment: id of the environment (default: the one registered first).
        options: arguments of its scenario.
        policy: who speaks in the interactive seat: a scripted speaker or a language model (see `agents.by_name`).
        user: who answers, likewise.
        conditions: "drawn", or a file that the scenario reads; when there are fewer than conversations they come again.
        conversations: conversations searched.
        window: trees in memory at once; it changes no result.
        seed: of everything.
        layout: of a language model's prompts (`prompting.messages`); None: the one it was trained with, else "chat".
        sampling: of a language model's replies.
        search: the planner; the paper's setting unless told otherwise (§4.6).
    """

    environment: str = field(default_factory=default)
    options: dict[str, Any] = field(default_factory=dict)
    policy: str | None = None
    user: str | None = None
    conditions: str = DRAWN
    conversations: int = 64
    window: int = 16
    seed: int = 0
    layout: Layout | None = None
    sampling: Sampling = field(default_factory=Sampling)
    search: IxMCTS = field(default_factory=IxMCTS)

    def __post_init__(self) -> None:
        check_finite(self)
        if self.conversations < 1 or self.window < 1:
            raise InvalidConfig(f"conversations and window must be at least 1, got {self.conversations} and {self.window}.")
        if self.layout is not None:
            layout_of(self.layout)


def search(config: SearchConfig, out: Path, progress: Callable[[int], None] = lambda done: None,
           engine: Engine = LOCAL) -> dict[str, int]:
    """Searches what `out/trees.jsonl` does not hold yet; returns how many conversations it holds and how many failed.

    With an engine of many workers each loads agents of its own, and what a server says is recorded by each in a file of its own
    until all is done; `out` is then a folder that all of their machines see.

    Raises:
        RunExists: the folder holds another search, or something else.
        InvalidConfig: an option makes no sense.
        InvalidModel: a policy or a user that there is not.
        RunStopped: an agent cannot go on; what is finished is kept.
    """
    scenario = spec(config.environment).build(**config.options)
    people = [] if config.conditions == DRAWN else list(
        required(scenario, "corpus", scenario.corpus).load_conditions(Path(config.conditions)))
    starts = openings(scenario, "search", config.conversations, config.seed, people)
    settings = {name: value for name, value in asdict(config).items() if name not in (
        "environment", "options", "conversations", "window")} | {"dialogym": version("dialogym")}
    whole = {"environment": config.environment, "options": config.options, **settings}
    check_claim(out, COMMAND, whole)  # before a model is loaded
    agents = partial(speakers, config, scenario, out)
    seated: Mapping[str, Agent] | Agents = agents
    if engine is LOCAL:
        seated = agents()  # what cannot be loaded is refused before anything is written
    rehearse(scenario, config.search)
    with claimed(out, COMMAND, whole):
        found = collect(config.search, starts, seated, out / TREES, settings, window=config.window, progress=progress,
                        engine=engine)
        for seat in scenario.seats:
            gather(out / f"recording-{seat}.jsonl")
        return found


def speakers(config: SearchConfig, scenario: Scenario, out: Path | None) -> dict[str, Agent]:
    """Who sits in the seats; what servers say is recorded in the folder `out`, if there is one."""
    names = {scenario.interactive: config.policy, scenario.user: config.user}
    return {seat: agent_for(scenario, seat, name, config.sampling, config.layout,
                            None if out is None else out / f"recording-{seat}.jsonl") for seat, name in names.items()}


def rehearse(scenario: Scenario, planner: IxMCTS) -> None:
    """Lets the scenario score one short scripted talk if the planner will ask for scores: what it lacks for that shows now.

    Raises RunStopped (such as Unavailable); what else goes wrong may be the one talk's fault, and is noted when it comes up.
    """
    if planner.keep is None:
        return
    pair = {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats}
    try:
        position = converse(Position.start(scenario, 0), pair, REHEARSED)
        scenario.pruning_scores([position.dialogue])
    except RunStopped:
        raise
    except Exception:  # noqa: BLE001 - see above
        pass
