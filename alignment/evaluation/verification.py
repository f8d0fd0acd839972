"""Checks an entry of the leaderboard: plays again what can be played again, and the game's side of all else.

What a language model said is taken from the file, since nobody can say it again; what the game made of it is not: the users'
answers, the ends, the levels and the table are worked out anew. So words that were changed, left out or added show, and so does
every figure. That the words are that model's is its submitter's word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...envs.dialogue import Utterance
from ...envs.errors import DialogymError, InvalidConfig
from ...envs.position import Position
from ...envs.registry import make
from ...envs.scenario import Scenario
from .entries import SEAL, mark_of, played_again, read_entry, seal
from .leaderboard import CLOCKS, BenchSettings, Done, decider, rows_of
from .players import Player, player
from .talks import opening, played

SHOWN = 160
"""Characters of what was said that a difference repeats."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of the check.

    Attributes:
        talks: conversations in the file.
        again: of them, played again from the settings alone.
        replayed: of them, whose recorded words were played again.
        differences: what does not fit, in words; none: the file holds.
    """

    talks: int
    again: int
    replayed: int
    differences: tuple[str, ...]


def verify(path: Path, progress: Callable[[int, int], None] = lambda done, of: None, most: int | None = None) -> Verdict:
    """Plays an entry again.

    Args:
        path: what `dialogym bench` wrote as `entry.json.gz`.
        progress: called with conversations checked and in all.
        most: only so many conversations of every row; the table is worked out from the file's levels in any case.

    Raises InvalidConfig for what is no entry, or is one of other rules than this release's.
    """
    value = read_entry(path)
    settings, scenario = _settings(path, value)
    differences = [] if seal(value) == value[SEAL] else ["The seal does not fit: the file was changed after it was written."]
    try:
        done: Done = {(t["user"], t["planner"], t["budget"], t["number"]): t for t in value["talks"]}
    except (TypeError, KeyError) as error:
        raise InvalidConfig(f"{path}: a talk is damaged ({error!r}).") from error
    users = settings.users or tuple(scenario.scripted[scenario.user])
    cells = [(user, planner, budget) for user in users for budget in settings.budgets for planner in settings.planners]
    wanted = {(*cell, number) for cell in cells for number in range(settings.conversations)}
    if set(done) != wanted or len(value["talks"]) != len(wanted):
        return Verdict(len(value["talks"]), 0, 0, (*differences, f"It holds {len(value['talks'])} talks, its settings make "
                                                   f"{len(wanted)}; some are missing, doubled or of another comparison."))
    numbers = range(min(settings.conversations, most or settings.conversations))
    again = replayed = 0
    for cell in cells:
        lines = {number: done[*cell, number] for number in numbers}
        if played_again(value["settings"], value["models"], cell[0], cell[1]):
            found, again = _again(settings, scenario, cell, lines), again + len(lines)
        else:
            found, replayed = _replayed(settings, scenario, value["models"], cell, lines), replayed + len(lines)
        differences += [f"{cell[0]}, {cell[1]}, budget {cell[2]}, talk {number}: {what}" for number, what in found]
        progress(again + replayed, len(cells) * len(numbers))
    differences += _rows(settings, scenario, done, value)
    return Verdict(len(done), again, replayed, tuple(differences))


def _settings(path: Path, value: Mapping[str, Any]) -> tuple[BenchSettings, Scenario]:
    given: dict[str, Any] = {name: tuple(found) if isinstance(found, list) else found
                             for name, found in value["settings"].items()}
    try:
        settings = BenchSettings(**given)
        scenario = make(settings.env, **settings.options).scenario
    except (TypeError, DialogymError) as error:
        raise InvalidConfig(f"{path} cannot be played by this release ({error}).") from error
    if scenario.version != value["version"]:
        raise InvalidConfig(f"{path} was played by rules {value['version']} of {settings.env}, this release has "
                            f"{scenario.version}; check it with the release that made it ({value['made'].get('dialogym')}).")
    if settings.secret is None:
        raise InvalidConfig(f"{path} does not tell its secret, so nobody can play it again.")
    return settings, scenario


Cell = tuple[str, str, int]
Lines = Mapping[int, Mapping[str, Any]]


def _again(settings: BenchSettings, scenario: Scenario, cell: Cell, lines: Lines) -> Iterator[tuple[int, str]]:
    """Differences between a cell's lines and its talks, played again."""
    user, planner, budget = cell
    policy, partner = (player(scenario, seat, name, settings.sampling, Path())
                       for seat, name in ((scenario.interactive, settings.policy), (scenario.user, user)))
    starts = [(number, opening(scenario, settings.seed, number, settings.secret)) for number in lines]
    unwatched = replace(settings, referee=False)  # what is played again is this package's own
    for number, found in played(starts, decider(unwatched, planner, budget, None, Path()), policy, partner):
        line = lines[number]
        for name in ("failed", "foul", "level", "turns", "generations", "status"):
            if line.get(name) != found.get(name):
                yield number, f"its {name} is {line.get(name)!r}; played again it is {found.get(name)!r}"
        if "dialogue" in found and line.get("mark") != mark_of(found["dialogue"]):
            yield number, "other words were said than when it is played again"


def _replayed(settings: BenchSettings, scenario: Scenario, models: list[str], cell: Cell,
              lines: Lines) -> Iterator[tuple[int, str]]:
    """Differences between a cell's lines and what the game makes of the words in them."""
    user, planner, _ = cell
    known: dict[str, Player] = {}
    if user not in models:
        known[scenario.user] = player(scenario, scenario.user, user, settings.sampling, Path())
    if settings.policy not in models and planner == "sample":
        known[scenario.interactive] = player(scenario, scenario.interactive, settings.policy, settings.sampling, Path())
    for number, line in lines.items():
        start = opening(scenario, settings.seed, number, settings.secret)
        try:
            what = _walked(start, line, known, user in models)
        except (DialogymError, TypeError, ValueError, KeyError) as error:
            what = f"its words cannot be said ({error})"
        if what:
            yield number, what


def _walked(start: Position, line: Mapping[str, Any], known: Mapping[str, Player], modelled: bool) -> str | None:
    """What differs in a talk whose words are taken from the file, those of `known` seats excepted; None: nothing."""
    scenario, position = start.scenario, start
    if "dialogue" not in line:
        if "foul" in line:
            return None if line.get("level") == 0 else "a foul counts as a talk without engagement"
        return None if modelled else "it is said to have failed, and a scripted user does not fail"
    for place, said in enumerate(line["dialogue"]):
        utterance = Utterance(*said)
        if len(position.dialogue) > place:  # the closing question, which the game asks by itself
            expected = position.dialogue.last
        elif position.over:
            return f"it goes on after its end, at utterance {place + 1}"
        else:
            speaker = known.get(position.seat)
            expected = speaker.agent.respond([position.ask()])[0] if speaker else utterance
            position = position.say(expected)
        if expected is None or (expected.seat, expected.text, expected.state) != (utterance.seat, utterance.text,
                                                                                  utterance.state):
            return f"utterance {place + 1} is {_shown(utterance)}; played again it is {_shown(expected)}"
    if not position.over:
        return "it stops before its end"
    return _ended(position, line, modelled and position.engagement.status in scenario.unreadable)


def _ended(position: Position, line: Mapping[str, Any], unread: bool) -> str | None:
    reading = position.engagement
    if mark_of(line["dialogue"]) != line.get("mark"):
        return "its words do not fit their mark"
    if unread or "failed" in line:
        return None if unread and "failed" in line else "whether the user could be read is told otherwise"
    for name, found in (("level", reading.level), ("turns", position.turns), ("status", reading.status)):
        if line.get(name) != found:
            return f"its {name} is {line.get(name)!r}; played again it is {found!r}"
    return None


def _shown(utterance: Utterance | None) -> str:
    return repr(utterance.text[:SHOWN]) if utterance is not None else "missing"


def _rows(settings: BenchSettings, scenario: Scenario, done: Done, value: Mapping[str, Any]) -> list[str]:
    """Differences between the file's table and the one that its talks make."""
    try:
        wanted = list(rows_of(settings, scenario, done))
    except (TypeError, KeyError, ZeroDivisionError) as error:
        return [f"Its talks make no table ({error!r})."]
    if len(wanted) != len(value["rows"]):
        return [f"Its table has {len(value['rows'])} rows, its talks make {len(wanted)}."]
    found = []
    for row, mine in zip(value["rows"], wanted, strict=True):
        where = f"{mine['user']}, {mine['planner']}, budget {mine['budget']}"
        found += [f"{where}: the table's {name} is {row.get(name)!r}; its talks make {each!r}"
                  for name, each in _listed(mine).items() if name not in CLOCKS and row.get(name) != each]
    return found


def _listed(value: Any) -> Any:
    """A value as JSON brings it back."""
    if isinstance(value, Mapping):
        return {name: _listed(found) for name, found in value.items()}
    return [_listed(found) for found in value] if isinstance(value, list | tuple) else value
