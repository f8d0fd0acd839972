"""The scripted seeker: they carry troubles, feelings and thoughts and tell them one by one to someone who earns it.

Their mind is a fold of the dialogue (no memory elsewhere). Reflection, validation and a good open question open them; a third
question in a row, premature advice, a change of topic, a judgement close them (paper §1, §5.4 and its case study name these).
Their words show how open they are and now and then what would help; their private state says what is told and what is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, TypeVar

from ...dialogue import Utterance
from ...keys import mix, uniform
from ...scenario import Ask
from ..acts import named_feelings, recognise
from ..conditions import Trouble, facet, field_of
from ..languages.language import Language
from ..states import State, render

SEAT = "seeker"
QUESTIONS = ("open-question", "closed-question")
GAINS = {
    "reflection": 0.55, "restatement": 0.4, "validation": 0.45, "open-question": 0.5, "closed-question": 0.15,
    "encouragement": 0.3, "self-disclosure": 0.2, "greeting": 0.1,
}
"""What an act adds to openness, for a seeker of no leaning; an item is told for every 1.0."""
HARMS = {
    "suggestion": (-0.5, 2, "advised"), "topic-change": (-0.6, 2, "diverted"), "judgement": (-0.8, 3, "judged"),
    "information": (-0.25, 1, "informed"), "reassurance": (-0.2, 1, "brushed"),
}
"""What closes them while something is untold: change of openness, patience lost, the event."""
_REPEAT = 0.5
"""What an act is still worth in the very next turn."""
_STREAK = (1.0, 0.5, -0.8)
"""What a question is worth as the first, second, third one in a row."""
OVER = ("relieved", "left")


@dataclass(frozen=True, slots=True)
class Mind:
    """The seeker's inner state after a dialogue. Other families of seekers (`families`) are subclasses.

    Attributes:
        gains, harms: of the class: `GAINS` and `HARMS` or a family's own.
        trouble: their condition.
        openness: below 0 withdrawn; at 1 they tell their next item.
        patience: supporter turns they will still bear.
        told: how many of `items` they have told.
        questions: turns in a row that asked something.
        before: acts of the supporter's last turn.
        event: what that turn did to them.
        new: how many items they tell in their next words.
    """

    gains: ClassVar[Mapping[str, float]] = GAINS
    harms: ClassVar[Mapping[str, tuple[float, int, str]]] = HARMS

    trouble: Trouble
    openness: float
    patience: int
    told: int = 0
    questions: int = 0
    before: tuple[str, ...] = ()
    event: str = "opening"
    new: int = 0

    @property
    def items(self) -> tuple[tuple[str, str], ...]:
        """(kind, text) of all they may tell after their opening, in the order they will."""
        return _items(self.trouble)

    @property
    def leaning(self) -> str:
        """The act that opens them most now, one of LEANINGS."""
        return self.trouble.leaning

    @property
    def mood(self) -> str:
        """One of MOODS."""
        if self.told == len(self.items):
            return "done"
        return "closed" if self.openness < 0 else "wary" if self.openness < 0.45 else "opening"

    def worth(self, act: str, text: str) -> float:
        """A family's factor on what an act of the supporter's next words adds to openness; this one takes it as it is."""
        return 1.0

    @property
    def state(self) -> State:
        """What they have shown and what they hide."""
        items = self.items
        return State(facet((("troubles", self.trouble.troubles[0]), *items[:self.told])), facet(items[self.told:]))


@lru_cache(maxsize=4096)
def _items(trouble: Trouble) -> tuple[tuple[str, str], ...]:
    """Asked for several times a turn: remembered."""
    return trouble.items


M = TypeVar("M", bound=Mind)


@lru_cache(maxsize=4096)
def start(trouble: Trouble) -> Mind:
    """The mind before anybody spoke."""
    return Mind(trouble, openness=0.4 - 0.4 * trouble.guard, patience=round(11 - 3 * trouble.guard))


def hear(mind: M, utterance: Utterance) -> M:
    """One step of the fold: what a supporter's utterance does to the mind. Their own words leave it as it is."""
    if utterance.seat == SEAT or mind.event in OVER:
        return mind
    acts = recognise(utterance.text)[:3]
    left = len(mind.items) - mind.told
    asked = any(act in QUESTIONS for act in acts)
    after = replace(mind, patience=mind.patience - 1, questions=mind.questions + 1 if asked else 0, before=acts,
                    event="quiet", new=0)
    if not left:
        return replace(after, event="relieved")
    if "closing" in acts:
        return replace(after, event="left")
    if not acts:
        after = replace(after, openness=after.openness - 0.2, patience=after.patience - 1, event="lost")
    for act in acts:
        after = _feel(after, act, mind, utterance.text)
    if after.openness >= 1 and after.event == "quiet":
        new = min(left, 2 if after.openness >= 1.7 else 1)
        return replace(after, openness=min(0.5, after.openness - new), told=mind.told + new, event="told", new=new,
                       patience=after.patience + 1)
    return replace(after, event="left") if after.patience <= 0 else after


def _feel(after: M, act: str, before: M, text: str) -> M:
    """What one act does, given the mind before the turn."""
    if act in before.harms:
        change, cost, event = before.harms[act]
        return replace(after, openness=min(after.openness, 0.6) + change, patience=after.patience - cost, event=event)
    gain = before.gains.get(act, 0.0) * (1.15 - 0.4 * before.trouble.guard)
    gain *= 1.35 if act == before.leaning else 0.9
    gain *= before.worth(act, text)
    if act in before.before and act not in QUESTIONS:
        gain *= _REPEAT
    if act == "greeting" and before.told:
        gain = 0.0
    if act in QUESTIONS:
        worth = _STREAK[min(before.questions, 2)]
        if worth < 0:
            return replace(after, openness=after.openness - 0.4, patience=after.patience - 1, event="grilled")
        gain *= worth
    if act == "reflection":
        gain, misread = _reflected(gain, before, text)
        if misread:
            return replace(after, openness=after.openness - 0.1, event="misread")
    return replace(after, openness=after.openness + gain)


def _reflected(gain: float, before: Mind, text: str) -> tuple[float, bool]:
    """A reflection is worth most when it names a feeling not said yet, less for one that was said, little when vague."""
    named = named_feelings(text)
    if not named:
        return 0.6 * gain, False
    told = {item for kind, item in before.items[:before.told] if kind == "feelings"}
    if not set(named) & set(before.trouble.feelings):
        return 0.0, True
    return (gain if set(named) & told else gain + 0.4), False


def speak(ask: Ask) -> Utterance:
    """The seeker's reply to a dialogue, given their condition, with their state."""
    return reply(ask, start, hear, words)


def reply(ask: Ask, start: Callable[[Trouble], M], hear: Callable[[M, Utterance], M],
          words: Callable[[M, int], str]) -> Utterance:
    """The reply of any family of seekers.

    Args:
        ask: what the seeker sees, and the key of the wording.
        start: the mind before anybody spoke; the same for an equal condition.
        hear: one step of the fold.
        words: what a mind says, by a key.

    Raises:
        TypeError: When the condition is no Trouble.
    """
    trouble = ask.view.condition
    if not isinstance(trouble, Trouble):
        raise TypeError(f"the scripted seeker needs a Trouble as condition, got {type(trouble).__name__}")
    mind = ask.view.dialogue.fold(hear, start(trouble))
    return Utterance(SEAT, words(mind, ask.key), render(mind.state, trouble.language))


def words(mind: Mind, key: int) -> str:
    """What a mind says, the wording chosen by the key."""
    lang = mind.trouble.lang
    join = "" if lang.code == "zh" else " "
    if mind.event == "opening":
        return lang.open.say(key, item=mind.trouble.troubles[0])
    if mind.event in OVER:
        return (lang.relieved if mind.event == "relieved" else lang.left).say(key)
    parts = [lang.heads[mind.event].say(key)]
    if mind.new:
        parts += [_tell(lang, kind, item, mix(key, 20, number))
                  for number, (kind, item) in enumerate(mind.items[mind.told - mind.new:mind.told])]
    if mind.mood == "done":
        parts.append(lang.tails["done"].say(mix(key, 7)))
    elif not mind.new or uniform(key, 8) < 0.5:
        parts.append(lang.tails[mind.mood].say(mix(key, 7)))
    if mind.event in ("quiet", "misread", "brushed", "lost") and uniform(key, 9) < 0.4:
        parts.append(lang.hints[mind.leaning].say(mix(key, 6)))
    return join.join(parts)


def _tell(lang: Language, kind: str, item: str, key: int) -> str:
    """One item in a sentence of its kind."""
    return lang.tell["thoughts" if kind == "thoughts" else field_of(kind)].say(key, item=item)


POLICIES = {"scripted": speak}
"""Scripted seekers by name, the default first."""
