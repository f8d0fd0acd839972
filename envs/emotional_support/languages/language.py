"""What a language brings to emotional support: the cues by which words are understood, and words of the rules' own.

`english.py` and `chinese.py` each fill one `Language`; what simulated people say stands in the phrase books. The rules (who
opens up when, what an act does) know no language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ACTS = (
    "greeting", "open-question", "closed-question", "reflection", "restatement", "validation", "encouragement",
    "self-disclosure", "reassurance", "suggestion", "information", "topic-change", "judgement", "closing",
)
"""The supporter's dialogue acts. The ESConv strategies (Liu et al. 2021) with questions told apart by openness, affirmation
(validation) from reassurance, and what the paper blames added: changes of topic, judgement, closing early."""
MOODS = ("closed", "wary", "opening", "done")
"""How the seeker sounds, from withdrawn to having said everything."""
LEANINGS = ("reflection", "validation", "open-question")
"""The act that opens a seeker most."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    Attributes:
        code: "en" or "zh".
        relief: words for feelings that are not negative, by which a state shows that nothing presses any more.
        companions: for a feeling, another that often hides behind it.
        longings: for a feeling, what somebody who has it often needs.
        hear: by field, patterns that find the item again (group 1), in any speaker's natural words.
        cues: by act, the pattern that recognises it in lower-cased text; the order is that of ACTS.
        mood_cues: by mood, the pattern that hears it, tried in this order.
        closes: the pattern of words that end a conversation.
        second_person: turns a first-person clause into the second person.
        garbled: whether a text is broken as text.
        describe: the condition in words; slots by name.
    """

    code: str
    relief: tuple[str, ...]
    companions: Mapping[str, str]
    longings: Mapping[str, str]
    hear: Mapping[str, re.Pattern[str]]
    cues: Mapping[str, re.Pattern[str]]
    mood_cues: Mapping[str, re.Pattern[str]]
    closes: re.Pattern[str]
    second_person: Callable[[str], str]
    garbled: Callable[[str], bool]
    describe: Mapping[str, str]
