"""What a planner decides: candidate replies at a position with what they are worth, and the best of them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Protocol

from ..envs.dialogue import Utterance
from ..envs.errors import InvalidConfig
from ..envs.position import Position
from ..envs.scenario import Ask
from .driver import Plan, Planner, ScoreRequest
from .tree import ROOT, Tree

Wants = list[Ask] | ScoreRequest


@dataclass(frozen=True, slots=True)
class Choice:
    """Candidate replies of the seat to speak, in the order they were asked for.

    Attributes:
        replies: the candidates.
        values: what each is worth (for most planners the expected engagement in [0, 1]); None where nothing is known.
        counts: how many trajectories each value rests on.
    """

    replies: tuple[Utterance, ...]
    values: tuple[float | None, ...]
    counts: tuple[int, ...]

    @property
    def best(self) -> int:
        """The place of the candidate with the highest value; an unknown value is the lowest, the first of equals wins."""
        return max(range(len(self.replies)), key=lambda i: (-inf if self.values[i] is None else self.values[i], -i))


class Decider(Protocol):
    """A planner that can act: its plan returns a `Choice` among its own candidates at the position.

    The candidates must not depend on the position's condition, only on what the seat to speak may see: then the plan may
    be run for several imagined conditions and its choices merged (`belief.Imagining`).
    """

    def __call__(self, position: Position) -> Plan[Choice]:
        """The generator that decides at `position`, where it is the interactive seat's turn."""
        ...


@dataclass(frozen=True, slots=True)
class ByTree:
    """A tree planner that acts: the candidate at the root with the highest mean reward of completed trajectories."""

    planner: Planner[Tree]

    def __call__(self, position: Position) -> Plan[Choice]:
        """See `Decider`."""
        tree = yield from self.planner(position)
        return choice_of(tree)


def choice_of(tree: Tree) -> Choice:
    """The root's candidates by the value of their trajectories. Raises InvalidConfig when the root was not expanded."""
    choices = tree.choices(ROOT)
    if not choices:
        raise InvalidConfig("The tree has no candidate at its root: the dialogue was over, or the search had no iteration.")
    replies = [tree.reply[choice[0]] for choice in choices]
    return Choice(tuple(reply for reply in replies if reply is not None), tuple(map(tree.choice_value, choices)),
                  tuple(sum(tree.completions[node] for node in choice) for choice in choices))


def merged(choices: Sequence[Choice]) -> Choice:
    """The choices of one seat's equally likely worlds as one: values and counts are averaged and added up.

    A candidate's value is the mean over the worlds that know one. Raises InvalidConfig when the candidates differ.
    """
    first = choices[0]
    if any(choice.replies != first.replies for choice in choices):
        raise InvalidConfig("A planner's candidates differ between imagined users: it looked at the hidden condition to make "
                            "them; make candidates from the position's view alone.")
    values: list[float | None] = []
    for found in zip(*(choice.values for choice in choices), strict=True):
        known = [value for value in found if value is not None]
        values.append(sum(known) / len(known) if known else None)
    return Choice(first.replies, tuple(values), tuple(map(sum, zip(*(choice.counts for choice in choices), strict=True))))


@dataclass(frozen=True, slots=True)
class Talk:
    """A whole conversation in which a decider speaks for the interactive seat: `run(Talk(decider), starts, agents)`.

    The decider plans from the true position, hidden condition included: wrap it in `Imagining` unless an oracle is meant
    (law 5). Everybody else, and whatever the decider imagines, is asked for from the agents.
    """

    decide: Decider

    def __call__(self, position: Position) -> Generator[Wants, Any, Position]:
        """Talks to the end and returns the final position."""
        while not position.over:
            if position.seat == position.scenario.interactive:
                choice: object = yield from self.decide(position)
                if not isinstance(choice, Choice):
                    raise InvalidConfig(f"The planner {self.decide!r} ended with {type(choice).__name__}; it ends with the "
                                        "Choice that it returns.")
                position = position.say(choice.replies[choice.best])
            else:
                position = position.say((yield [position.ask()])[0])
        return position


def at_least_one(**counts: int) -> None:
    """Refuses an option below 1. Raises InvalidConfig."""
    for name, value in counts.items():
        if value < 1:
            raise InvalidConfig(f"{name} must be at least 1, got {value}.")
