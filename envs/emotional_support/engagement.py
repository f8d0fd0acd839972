"""Engagement in emotional support: everything that hurts was expressed, and the dialogue closed (paper §3.1).

Read off the seeker's last utterance: their words must take leave of the listener, and their private state must hold no negative
feeling or thought that is still hidden. What is hidden among the needs and requests does not count: the paper asks for
"negative feelings and thoughts". A hidden feeling counts as negative unless it names relief; a hidden observation, fact or
thought, always does.

It fails closed: a state that does not say what is hidden is "unread", and an item that nobody can place is a hidden one. Where
the condition is known, the state is `checked` against it: what the seeker has of negative feelings and thoughts and never told
nor showed is hidden, whatever the state says.
"""

from __future__ import annotations

from functools import lru_cache

from ..attention import content
from ..dialogue import Dialogue
from ..scenario import Engagement
from .acts import closes, named_feelings
from .conditions import Trouble
from .languages import LANGUAGES
from .simulators.seeker import SEAT
from .states import parse, whole

UNREAD = "unread"
STATUSES = ("relieved", "unspoken", UNREAD, "open")
_NEGATIONS = ("not ", "no ", "n't", "never", "hardly", "nobody", "without", "less", "un", "不", "没", "无")
_BRIEF = 3
"""The most words of a feeling that can name relief."""
_LIKE = 0.6
"""The share of a thought's content words that tells it."""


_UNSPOKEN = Engagement(0.0, True, "unspoken", "something was left unspoken")
"""What and how much, is hidden: the other seat reads this."""


@lru_cache(maxsize=16_384)
def unspoken(block: str) -> tuple[str, ...] | None:
    """The negative feelings and thoughts a seeker's state still hides; None when it does not say what it hides."""
    state = whole(block) if block else None
    if state is None:
        return None
    return (*(feeling for feeling in state.hidden.feelings if not _pleasant(feeling)), *state.hidden.observations)


def _pleasant(item: str) -> bool:
    """Whether a feeling is a word or two of relief: a sentence that speaks of it is none."""
    lowered = item.lower()
    short = len(lowered.split()) <= _BRIEF and len(lowered) <= _BRIEF * 8
    relief = any(word in lowered for lang in LANGUAGES.values() for word in lang.relief)
    return short and relief and not any(word in lowered for word in _NEGATIONS)


@lru_cache(maxsize=16_384)
def _read(text: str, state: str) -> Engagement:
    if not closes(text):
        return Engagement(0.0, False, "open", "the seeker goes on")
    found = unspoken(state)
    if found is None:
        return Engagement(0.0, True, UNREAD, "the seeker closed with no state that could be read")
    if found:
        return _UNSPOKEN
    return Engagement(1.0, True, "relieved", text)


def engagement(dialogue: Dialogue) -> Engagement:
    """1.0 when the seeker closes with nothing negative left hidden, else 0.0; over once they close."""
    node: Dialogue | None = dialogue
    while node is not None and node.last is not None and node.last.seat != SEAT:
        node = node.parent
    if node is None or node.last is None:
        return Engagement(0.0, False, "open", "the seeker has not spoken")
    return _read(node.last.text, node.last.state)


def checked(found: Engagement, trouble: Trouble, dialogue: Dialogue) -> Engagement:
    """The engagement with what the condition knows: nothing negative in it may be neither told in words nor shown in a state.

    Args:
        found: `engagement(dialogue)`.
        trouble: the seeker's condition.
        dialogue: with the seeker's own states.
    """
    if found.level <= 0 or dialogue.last is None:
        return found
    return _UNSPOKEN if untold(trouble, dialogue) else found


def untold(trouble: Trouble, dialogue: Dialogue) -> tuple[str, ...]:
    """The feelings and thoughts of a condition that its seeker never told in words nor showed in a state."""
    left = [*trouble.feelings, *trouble.thoughts]
    node: Dialogue | None = dialogue
    while left and node is not None and node.last is not None:
        if node.last.seat == SEAT:
            text, state = node.last.text, parse(node.last.state) if node.last.state else None
            shown = {item.lower() for _, item in state.shown} if state is not None else set()
            left = [item for item in left if item.lower() not in shown and not _tells(text, item)]
        node = node.parent
    return tuple(left)


def _tells(text: str, item: str) -> bool:
    """Whether words tell a feeling or a thought: by its own words, or most of what it says."""
    lowered = item.lower()
    if lowered in text.lower() or lowered in named_feelings(text):
        return True
    words = content(item)
    return len(words) > 1 and len(words & content(text)) >= _LIKE * len(words)
