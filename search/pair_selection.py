"""Which siblings of a search tree make a preference pair (paper §3.2, §3.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot, sqrt
from statistics import fmean
from typing import Literal, get_args

from ..envs.dialogue import Utterance
from ..envs.errors import InvalidConfig
from ..envs.finite import check_finite
from .tree import Tree

Valued = Literal["completed", "literal", "turn"]


@dataclass(frozen=True, slots=True)
class PairSettings:
    """Which siblings make a pair.

    Attributes:
        min_gap: the least difference of the two values, in engagement (0 to 1).
        min_completions: the fewest finished trajectories behind a value; a reply that ended the dialogue is known exactly
            and needs only its own.
        min_visits: the fewest visits (N of eq. 2) of either reply.
        standard_errors: the gap must exceed this many standard errors of the difference (0: not asked).
        value: what a reply is worth: "completed", the mean over the completed trajectories below it (over the user's answers
            to it, where it has several); "literal", Q/N as eq. 2 prints it, which counts unfinished nodes as failures; "turn",
            the engagement right after the user has answered it (the mean over the answers), whatever came later: the reward of
            a turn, to compare the future's with.
        limit: the most pairs kept, spread over situations (see `balanced`); 0: all.
        all_pairs: every pair of siblings that qualifies, or only best against worst.
    """

    min_gap: float = 0.1
    min_completions: int = 3
    min_visits: int = 1
    standard_errors: float = 0.0
    value: Valued = "completed"
    limit: int = 0
    all_pairs: bool = False

    def __post_init__(self) -> None:
        check_finite(self)
        if not 0 <= self.min_gap <= 1 or min(self.min_completions, self.min_visits) < 1 or self.limit < 0:
            raise InvalidConfig("Pairs need 0 <= min_gap <= 1, min_completions >= 1, min_visits >= 1 and limit >= 0, got "
                                f"{self}.")
        if self.value not in get_args(Valued):
            raise InvalidConfig(f"A reply's value must be one of {get_args(Valued)}, got {self.value!r}.")


@dataclass(frozen=True, slots=True)
class Sibling:
    """One of a pair: a candidate, as the tree's entries of the user's answers to it, and what it is worth."""

    choice: list[int]
    value: float


def sibling_pairs(tree: Tree, settings: PairSettings) -> Iterator[tuple[int, Sibling, Sibling]]:
    """(parent, better, worse) of every pair that qualifies, by what the search found below each."""
    for parent, _ in tree.sibling_groups():
        known = [Sibling(choice, value) for choice in tree.choices(parent)
                 if (value := _value(tree, choice, settings)) is not None]
        known.sort(key=lambda sibling: (-sibling.value, sibling.choice))
        if settings.all_pairs:
            couples = [(a, b) for i, a in enumerate(known) for b in known[i + 1:]]
        else:
            couples = [(known[0], known[-1])] if len(known) > 1 else []
        for better, worse in couples:
            gap = better.value - worse.value
            noise = settings.standard_errors * hypot(_bound(tree, better, settings), _bound(tree, worse, settings))
            # the other seat hears the words alone: equal words in two states are one reply
            different = reply_of(tree, better.choice).text != reply_of(tree, worse.choice).text
            if different and gap >= settings.min_gap and gap > noise:
                yield parent, better, worse


def reply_of(tree: Tree, choice: Sequence[int]) -> Utterance:
    """The words of a candidate. Raises InvalidConfig for the root, which is none."""
    reply = tree.reply[choice[0]]
    if reply is None:
        raise InvalidConfig("The root of a tree is no reply.")
    return reply


def _value(tree: Tree, choice: Sequence[int], settings: PairSettings) -> float | None:
    """What a candidate is worth; None when too little is known."""
    if sum(tree.visits[node] for node in choice) < settings.min_visits:
        return None
    if settings.value == "literal":
        return sum(tree.total_reward[node] for node in choice) / sum(tree.visits[node] for node in choice)
    if settings.value == "turn":
        heard = _heard(tree, choice)
        return fmean(tree.position[node].engagement.level for node in heard) if heard else None
    if all(tree.over[node] for node in choice) or sum(tree.completions[node] for node in choice) >= settings.min_completions:
        return tree.choice_value(choice)
    return None


def _heard(tree: Tree, choice: Sequence[int]) -> list[int]:
    """A candidate's answers that were given."""
    return [node for node in choice if tree.answer[node] >= 0]


def _bound(tree: Tree, sibling: Sibling, settings: PairSettings) -> float:
    """The most the standard error of a candidate's value can be: rewards in [0, 1] of mean v vary by at most v(1-v)."""
    choice = sibling.choice
    if settings.value == "turn":
        return sqrt(sibling.value * (1 - sibling.value) / len(_heard(tree, choice)))
    open_ = [node for node in choice if tree.completions[node] and not tree.over[node]]
    variances = [(value := tree.value(node) or 0.0) * (1 - value) / tree.completions[node] for node in open_]
    return sqrt(sum(variances)) / len(choice)
