"""Simulated endings of unfinished dialogues: what a search may value a node by before anything is below it."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from ..envs.dialogue import Utterance
from ..envs.position import Position
from ..envs.scenario import Ask

POLICY = "policy"
"""The name that asks the policy itself to play the ending."""
SCRIPTED = "scripted"
"""The name of the interactive seat's default scripted speaker, whoever that is: its endings cost no generations."""
_FIRST = 1_000_003  # an index no candidate has: an ending is no copy of what the search finds below the node


def roll_out(positions: Sequence[Position], player: str) -> Generator[list[Ask], list[Utterance], list[Position]]:
    """Plays every position to its end, all in lockstep, one reply a turn.

    Args:
        positions: where to begin; finished ones come back as they are.
        player: who speaks in the interactive seat: "policy" (asked for, like the user), "scripted" (the scenario's default
            scripted speaker) or the scripted speaker of that name.
    """
    found = list(positions)
    first = [True] * len(found)
    while waiting := [i for i, position in enumerate(found) if not position.over]:
        scripted = {i: _scripted(found[i], player, first[i]) for i in waiting
                    if player != POLICY and found[i].seat == found[i].scenario.interactive}
        asked = [i for i in waiting if i not in scripted]
        replies = (yield [found[i].ask(_FIRST if first[i] else 0) for i in asked]) if asked else []
        for i, reply in [*scripted.items(), *zip(asked, replies, strict=True)]:
            found[i] = found[i].say(reply, _FIRST if first[i] else 0)
            first[i] = False
    return found


def _scripted(position: Position, player: str, first: bool) -> Utterance:
    speak = position.scenario.scripted_policy(position.scenario.interactive, None if player == SCRIPTED else player)
    return speak(position.ask(_FIRST if first else 0))


def user_answers(positions: Sequence[Position], answer: int = 0) -> Generator[list[Ask], list[Utterance], list[Position]]:
    """The positions after the user has said its `answer`-th answer, and whatever else before the model's next turn."""
    found = list(positions)
    while waiting := [i for i, p in enumerate(found) if not p.over and p.seat == p.scenario.user]:
        replies = yield [found[i].ask(answer) for i in waiting]
        for i, reply in zip(waiting, replies, strict=True):
            found[i] = found[i].say(reply, answer)
    return found
