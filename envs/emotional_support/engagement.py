"""Engagement in emotional support: everything that hurts was expressed, and the dialogue closed (paper §3.1).

Read off the seeker's last utterance: their words must close the conversation, and their private state must hold no negative
feeling or thought that is still hidden. What is hidden among the needs and requests does not count: the paper asks for
"negative feelings and thoughts". A hidden feeling counts as negative unless it names relief; a hidden observation, fact or
thought, always does.
"""

from __future__ import annotations

from functools import lru_cache

from ..dialogue import Dialogue
from ..scenario import Engagement
from .acts import closes
from .languages import LANGUAGES
from .simulators.seeker import SEAT
from .states import parse

STATUSES = ("relieved", "unspoken", "unread", "open")
_NEGATIONS = ("not ", "no ", "n't", "never", "hardly", "不", "没")


@lru_cache(maxsize=65_536)
def unspoken(block: str) -> tuple[str, ...] | None:
    """The negative feelings and thoughts a seeker's state still hides; None when the state cannot be read."""
    state = parse(block) if block else None
    if state is None:
        return None
    return (*(feeling for feeling in state.hidden.feelings if not _pleasant(feeling)), *state.hidden.observations)


def _pleasant(item: str) -> bool:
    lowered = item.lower()
    relief = any(word in lowered for lang in LANGUAGES.values() for word in lang.relief)
    return relief and not any(word in lowered for word in _NEGATIONS)


@lru_cache(maxsize=65_536)
def _read(text: str, state: str) -> Engagement:
    if not closes(text):
        return Engagement(0.0, False, "open", "the seeker goes on")
    found = unspoken(state)
    if found is None:
        return Engagement(0.0, True, "unread", "the seeker closed with no state that could be read")
    if found:
        return Engagement(0.0, True, "unspoken", f"{len(found)} left unspoken")  # what, is hidden: the other seat reads this
    return Engagement(1.0, True, "relieved", text)


def engagement(dialogue: Dialogue) -> Engagement:
    """1.0 when the seeker closes with nothing negative left hidden, else 0.0; over once they close."""
    node: Dialogue | None = dialogue
    while node is not None and node.last is not None and node.last.seat != SEAT:
        node = node.parent
    if node is None or node.last is None:
        return Engagement(0.0, False, "open", "the seeker has not spoken")
    return _read(node.last.text, node.last.state)
