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
    """How open a scripted seeker is and how much they have told; "" for one that is not known."""
    if not isinstance(condition, Trouble):
        return ""
    if user == "guarded":
        found: seeker.Mind = dialogue.fold(families.hear_guarded, families.guarded(condition))
    elif user == "drifting":
        found = dialogue.fold(families.hear_drifting, families.drifting(condition))
    elif user in ("scripted", "noisy"):
        found = dialogue.fold(seeker.hear, seeker.start(condition))
    else:
        return ""
    at = f"{found.mood}, openness {found.openness:+.2f}, told {found.told} of {len(found.items)}"
    return at if len(dialogue) else f"{at}; opened most by {found.leaning}"


TELLING = Telling(GOALS, mind)
