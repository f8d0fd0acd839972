"""Players who cheat: what an interactive agent can make of the asks it is handed. The tests beside this file hold them down.

Each attack knows the package's source. It gets asks, and answers with what it believes of the user. A referee can be tried with
the same ones.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import BuiltinFunctionType, FrameType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any

from dialogym import Ask, Position, Scenario, Utterance
from dialogym.envs.keys import MASK, mix, text_key

GOLDEN = 0x9E3779B97F4A7C15
UNDO_FIRST, UNDO_SECOND = (pow(factor, -1, MASK + 1) for factor in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
CONDITION, START, NEXT_EPISODE = 1, 2, 0x6E657874
"""What the package mixes in where it draws a condition, begins an episode, and goes on to the next."""


def unmixed(key: int, *parts: int) -> int:
    """The inverse of `mix`: the finaliser of SplitMix64 undone, part by part."""
    for part in reversed(parts):
        key = (key ^ key >> 31 ^ key >> 62) * UNDO_SECOND & MASK
        key = (key ^ key >> 27 ^ key >> 54) * UNDO_FIRST & MASK
        key = ((key ^ key >> 30 ^ key >> 60) - GOLDEN ^ part) & MASK
    return key


@dataclass(frozen=True)
class Belief:
    """What an attack believes.

    Attributes:
        condition: the user's.
        answer: what they say next, after any words.
        next_condition: of the user whom the next unseeded episode brings.
    """

    condition: Any
    answer: str
    next_condition: Any


# -- key inverters -------------------------------------------------------------------------------


def position_keys(ask: Ask) -> list[int]:
    """What the position's key may be, by every way in which a handed number could have been mixed from it."""
    seat = int(ask.view.seat == ask.view.scenario.user)
    return [key for number in (ask.key, getattr(ask, "place", ask.key)) for key in (
        unmixed(number, seat, ask.index), unmixed(number, ask.index), unmixed(number, seat), number)]


def inverted(ask: Ask, user: str | None = None) -> list[Belief]:
    """One belief for every key the position may have: the path is walked back to the episode and its seed.

    `user` is the scripted user who is known to answer (None: the default).
    """
    view, found = ask.view, []
    for key in position_keys(ask):
        start = key
        for utterance in reversed(list(view.dialogue)):
            start = unmixed(start, int(utterance.seat == view.scenario.user), 0)
        root = unmixed(start, START)
        condition = view.scenario.draw_condition(mix(root, CONDITION))
        seed = unmixed(root, 0) ^ text_key(view.scenario.id)
        follows = mix(text_key(view.scenario.id), mix(seed, NEXT_EPISODE))
        found.append(Belief(condition, answer_of(user, ask, condition, key),
                            view.scenario.draw_condition(mix(follows, CONDITION))))
    return found


def answer_of(user: str | None, ask: Ask, condition: Any, key: int) -> str:
    """What the user would answer if the position had this condition and key."""
    scenario = ask.view.scenario
    position = Position(scenario, condition, ask.view.dialogue, key).say("Is it so?")
    return "" if position.over else scenario.scripted_policy(scenario.user, user)(position.ask()).text


# -- tables of public seeds ----------------------------------------------------------------------


class SeedTable:
    """Every number handed at the first ask of the public seeds, with what follows from the seed."""

    def __init__(self, scenario: Scenario, seeds: range) -> None:
        self._rows: dict[int, tuple[int, Any]] = {}
        for seed in seeds:
            position = Position.start(scenario, seed)
            condition = position.condition
            if scenario.opener == scenario.user:
                position = position.say("Hello.")  # the key depends on no words
            ask = position.ask()
            self._rows[ask.key] = self._rows[getattr(ask, "place", ask.key)] = (seed, condition)

    def seed(self, ask: Ask) -> int | None:
        """The public seed of an episode, from its first ask."""
        found = self._row(ask)
        return None if found is None else found[0]

    def condition(self, ask: Ask) -> Any:
        """The condition that belongs to the first ask; without one a guess, the first row's."""
        return (self._row(ask) or next(iter(self._rows.values())))[1]

    def _row(self, ask: Ask) -> tuple[int, Any] | None:
        return self._rows.get(ask.key, self._rows.get(getattr(ask, "place", ask.key)))


# -- memo walkers --------------------------------------------------------------------------------

_PLAIN = (str, bytes, float, complex, bool, type(None), ModuleType, BuiltinFunctionType)


def reachable(*roots: object, most: int = 400_000) -> Iterator[object]:
    """Everything that attributes, items, slots, closures and defaults lead to, each object once.

    Not through a function's globals or the collector's tables: by those everything in a process is reached from anything in it.
    """
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        here = waiting.pop()
        if id(here) in seen:
            continue
        seen.add(id(here))
        assert len(seen) < most, "the walk does not end"
        yield here
        if not isinstance(here, (*_PLAIN, int)):
            waiting += _next(here)


def _next(here: Any) -> list[object]:
    if isinstance(here, (Mapping, MappingProxyType)):
        return [*here.keys(), *here.values()]
    if isinstance(here, (list, tuple, set, frozenset)):
        return list(here)
    if isinstance(here, FunctionType):
        cells = [cell.cell_contents for cell in here.__closure__ or () if _filled(cell)]
        return [*cells, here.__defaults__, here.__kwdefaults__, vars(here)]
    if isinstance(here, MethodType):
        return [here.__self__, here.__func__]
    if isinstance(here, partial):
        return [here.func, here.args, here.keywords]
    found: list[object] = [getattr(here, "__wrapped__", None)]
    kinds = here.__mro__ if isinstance(here, type) else type(here).__mro__
    for kind in kinds:
        if kind.__module__.partition(".")[0] in ("dialogym", "tests"):
            slots = kind.__dict__.get("__slots__", ())
            found += [getattr(here, name, None) for name in ([slots] if isinstance(slots, str) else slots)]
            found += [value for name, value in vars(kind).items() if name not in ("__dict__", "__weakref__")]
    found.append(getattr(here, "__dict__", None) if not isinstance(here, type) else None)
    return found


def _filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - an empty cell raises
    except ValueError:
        return False
    return True


def remembered(ask: Ask, kind: type) -> list[Any]:
    """Every object of a condition's type that a walk from the ask comes by."""
    return [found for found in reachable(ask) if type(found) is kind]


# -- frame readers -------------------------------------------------------------------------------


class FrameReader:
    """An agent that looks through the callers' frames for a position, and notes whose condition it found."""

    def __init__(self, words: str = "Is it red?") -> None:
        self.words = words
        self.found: list[Hashable] = []

    def respond(self, asks: list[Ask]) -> list[Utterance]:
        """Says its words; the conditions it came by are in `found`, one per ask (None: none)."""
        self.found += [stolen(ask) for ask in asks]
        return [Utterance(ask.view.seat, self.words) for ask in asks]


def stolen(ask: Ask) -> Any:
    """The condition of the true position of an ask, read off the stack; None where there is none."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        for value in list(frame.f_locals.values()):
            for position in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(position, Position) and position.condition is not None and position.ask().key == ask.key:
                    return position.condition
        frame = frame.f_back
    return None
