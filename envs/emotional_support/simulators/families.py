"""Other families of scripted seekers, so that what was tuned on one can be tested on another.

- "guarded" seekers keep their distance: listening is worth half and a mistake twice as much until two good turns in a row have
  won their trust. Before that they test with short answers, which show little; a question right after one is worth little.
- "drifting" seekers cannot hold the thread: they tell things in any order, wander off after what they told, and come back when
  their own words are said back, in a restatement or a reflection of a feeling they told. What opens them most changes with
  what they have told.
- "noisy" seekers have the mind and the states of `seeker`, with words as people type them (`envs/noise`).

Each is `seeker`'s machinery: a fold of the dialogue, exact in (view, key), with a state in every utterance that is true.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import ClassVar

from ...dialogue import Utterance
from ...keys import mix, text_key
from ...noise import STRENGTH, roughen_keeping
from ...phrases import Phrases
from ...scenario import Ask
from ..acts import closes, named_feelings
from ..conditions import Trouble
from ..languages import code_of
from ..languages.language import LEANINGS
from . import seeker
from .seeker import OVER, QUESTIONS, Mind

GOOD = ("quiet", "told")
"""The events of a turn that did no harm."""
SHORT = {
    "en": Phrases("{Hm|I guess|Kind of|If you say so}.", "{Okay|Fine|Right|Sure}. {Go ahead|And|So what}.",
                  "{It is what it is|Something like that|Who knows}."),
    "zh": Phrases("{嗯|哦|可能|随便吧}。", "{好吧|行吧|也是}。{然后呢|你说吧|怎么了}。", "{就那样|差不多|谁知道呢}。"),
}
"""Answers that give nothing away, by language."""
WANDER = {
    "en": Phrases("{Anyway, the|The} {bus was late again today|neighbours are painting their fence|kettle hums again}.",
                  "{Oh, and I|I} {saw a fox in the garden|watched an old film yesterday|forgot to buy milk}.",
                  "{Funny, I just remembered|That reminds me of} {our old street|a song from the radio|the lake in summer}."),
    "zh": Phrases("{话说|哦}，{今天公交车又晚点了|邻居在刷围栏|水壶又在响了}。",
                  "{刚才|昨天}{在院子里看到一只猫|看了一部老电影|忘了买牛奶}。",
                  "{突然想起|这让我想起}{以前住的那条街|收音机里的一首歌|湖边的那个夏天}。"),
}
"""What a drifting seeker wanders off to: nothing of what they carry."""


@dataclass(frozen=True, slots=True)
class Guarded(Mind):
    """A mind that trusts nobody at first.

    Attributes:
        good: good turns in a row, a turn without any act of the supporter's not being one.
        trusts: whether their trust was won; lost again by anything that closes them.
    """

    harms: ClassVar[Mapping[str, tuple[float, int, str]]] = {
        **seeker.HARMS, "suggestion": (-0.8, 3, "advised"), "reassurance": (-0.6, 2, "brushed")}

    good: int = 0
    trusts: bool = False

    @property
    def short(self) -> bool:
        """Whether their last words were a short answer, to see what comes of it."""
        return self.event == "quiet" and not self.trusts and self.openness >= 0

    def worth(self, act: str, text: str) -> float:
        """Half before it trusts, and less for a question about a short answer."""
        if self.trusts:
            return 1.0
        return 0.25 if self.short and act in QUESTIONS else 0.5


@dataclass(frozen=True, slots=True)
class Drifting(Mind):
    """A mind that loses the thread.

    Attributes:
        adrift: whether its last words wandered off.
        order: the condition's items in the order it tells them.
    """

    adrift: bool = False
    order: tuple[tuple[str, str], ...] = ()

    @property
    def items(self) -> tuple[tuple[str, str], ...]:
        """(kind, text) of all they may tell after their opening, out of order."""
        return self.order

    @property
    def leaning(self) -> str:
        """The condition's leaning at first, then the next with every item told."""
        return LEANINGS[(LEANINGS.index(self.trouble.leaning) + self.told) % len(LEANINGS)]

    def called_back(self, act: str, text: str) -> bool:
        """Whether an act says the seeker's own words back."""
        told = {item for kind, item in self.items[:self.told] if kind == "feelings"}
        return act == "restatement" or (act == "reflection" and not told.isdisjoint(named_feelings(text)))

    def worth(self, act: str, text: str) -> float:
        """Half while they are adrift, for whatever does not bring them back."""
        if not self.adrift or self.called_back(act, text):
            return 1.0
        return 0.5


@lru_cache(maxsize=4096)
def guarded(trouble: Trouble) -> Guarded:
    """The guarded mind before anybody spoke: more closed than `seeker`'s, with the patience that two tests take."""
    plain = seeker.start(trouble)
    return Guarded(trouble, openness=plain.openness - 0.1, patience=plain.patience + 2)


def hear_guarded(mind: Guarded, utterance: Utterance) -> Guarded:
    """One step of the fold."""
    after = seeker.hear(mind, utterance)
    if after is mind or after.event in OVER:
        return after
    good = mind.good + 1 if after.event in GOOD else 0
    return replace(after, good=good, trusts=good >= 2)


def say_guarded(mind: Guarded, key: int) -> str:
    """Their words: a short answer while they wait to be won."""
    return SHORT[mind.trouble.language].say(mix(key, 61)) if mind.short else seeker.words(mind, key)


@lru_cache(maxsize=4096)
def drifting(trouble: Trouble) -> Drifting:
    """The drifting mind before anybody spoke; the order of its items follows from the condition alone."""
    plain = seeker.start(trouble)
    key = text_key(repr(trouble))
    items = trouble.items
    order = tuple(sorted(items, key=lambda item: mix(key, items.index(item))))
    return Drifting(trouble, openness=plain.openness, patience=plain.patience + 2, order=order)


def hear_drifting(mind: Drifting, utterance: Utterance) -> Drifting:
    """One step of the fold."""
    after = seeker.hear(mind, utterance)
    if after is mind or after.event in OVER:
        return after
    back = any(mind.called_back(act, utterance.text) for act in after.before)
    return replace(after, adrift=after.told < len(after.items) and (after.new > 0 or (mind.adrift and not back)))


def say_drifting(mind: Drifting, key: int) -> str:
    """Their words, and while they are adrift what they wandered off to."""
    said = seeker.words(mind, key)
    if not mind.adrift or mind.event in OVER:
        return said
    gap = "" if mind.trouble.language == "zh" else " "
    return f"{said}{gap}{WANDER[mind.trouble.language].say(mix(key, 62))}"


@lru_cache(maxsize=4096)
def _hand(trouble: Trouble) -> int:
    """The key of a person's typing habits: the same person types the same way."""
    return text_key(repr(trouble))


def noisy(ask: Ask, *, policy: Callable[[Ask], Utterance] = seeker.speak, strength: float = STRENGTH) -> Utterance:
    """A seeker's reply, the words roughened and the state as it was.

    The words stay in their language, and they close the conversation if and only if the clean ones do, so that the
    engagement of a noisy dialogue is that of the clean one.

    Args:
        ask: what the seeker sees, and the key.
        policy: who speaks, by default the scripted seeker.
        strength: in [0, 1], as in `envs/noise`.

    Raises:
        TypeError: When the condition is no Trouble.
    """
    clean = policy(ask)
    meant = closes(clean.text), code_of(clean.text)
    text = roughen_keeping(clean.text, mix(ask.key, 71), lambda rough: (closes(rough), code_of(rough)) == meant, strength,
                           hand=_hand(ask.view.condition))
    return replace(clean, text=text)


POLICIES: dict[str, Callable[[Ask], Utterance]] = {
    "guarded": partial(seeker.reply, start=guarded, hear=hear_guarded, words=say_guarded),
    "drifting": partial(seeker.reply, start=drifting, hear=hear_drifting, words=say_drifting),
    "noisy": noisy,
}
"""The families by name, `seeker.POLICIES` apart."""
