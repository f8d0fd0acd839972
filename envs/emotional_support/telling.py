"""What a person who plays emotional support is told: what they are after, and afterwards how the seeker's mind moved."""

from __future__ import annotations

from ..dialogue import Dialogue
from ..parts import Condition, Telling
from .conditions import Trouble
from .simulators import families, seeker, supporter

GOALS = {
    supporter.SEAT: "Listen so well that the seeker tells you everything that weighs on them, and then closes the talk. You "
                    "cannot see what they carry. It counts only if nothing that hurts is left unsaid.",
    seeker.SEAT: "You carry what is described below and tell it, bit by bit, to someone who earns it. Close the talk when you "
                 "have said enough, or have had enough.",
}


def mind(user: str, condition: Condition, dialogue: Dialogue) -> str:
    """What goes on in a scripted seeker, as their family reports it; "" for one that is not known."""
    found = families.MINDS.get(user)
    if found is None or not isinstance(condition, Trouble):
        return ""
    start, hear = found
    report = dialogue.fold(hear, start(condition)).report()
    return ", ".join(f"{name} {value}" for name, value in report.items())


TELLING = Telling(GOALS, mind)
