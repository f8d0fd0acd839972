"""What a language brings to emotional support: troubles, words for every move, and the cues by which words are understood.

`english.py` and `chinese.py` each fill one `Language`. The rules (who opens up when, what an act does) know no language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...phrases import Phrases

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
class Topic:
    """Raw material of one kind of trouble; every text is a clause in the first person without final punctuation.

    Attributes:
        noun: how a supporter may name it.
        troubles: facts; the first drawn is what the seeker opens with.
        thoughts: negative thoughts.
        needs: what the seeker longs for.
        requests: what they ask of the listener.
    """

    noun: str
    troubles: tuple[str, ...]
    thoughts: tuple[str, ...]
    needs: tuple[str, ...]
    requests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    Attributes:
        code: "en" or "zh".
        topics: by name, the same names in every language.
        feelings: negative feelings a seeker may carry, as said after "I feel".
        relief: words for feelings that are not negative, by which a state shows that nothing presses any more.
        companions: for a feeling, another that often hides behind it.
        longings: for a feeling, what somebody who has it often needs.
        tell: by field of the state, how the seeker says an item `<item>`.
        hear: by field, patterns that find the item again (group 1), in any speaker's natural words.
        heads: by event, how the seeker reacts.
        tails: by mood, how the seeker sounds.
        hints: by leaning, what the seeker lets slip about what would help them.
        open: first words, with `<item>`.
        relieved, left: last words, everything said or not; `left_cues` and `relieved_cues` find them.
        say: by act, the supporter's words; slots `<feeling>`, `<item>` (in the second person), `<topic>`.
        cues: by act, the pattern that recognises it in lower-cased text; the order is that of ACTS.
        mood_cues: by mood, the pattern that hears it, tried in this order.
        closes: the pattern of words that end a conversation.
        second_person: turns a first-person clause into the second person.
        garbled: whether a text is broken as text.
        describe: the condition in words; slots by name.
    """

    code: str
    topics: Mapping[str, Topic]
    feelings: tuple[str, ...]
    relief: tuple[str, ...]
    companions: Mapping[str, str]
    longings: Mapping[str, str]
    tell: Mapping[str, Phrases]
    hear: Mapping[str, re.Pattern[str]]
    heads: Mapping[str, Phrases]
    tails: Mapping[str, Phrases]
    hints: Mapping[str, Phrases]
    open: Phrases
    relieved: Phrases
    left: Phrases
    say: Mapping[str, Phrases]
    cues: Mapping[str, re.Pattern[str]]
    mood_cues: Mapping[str, re.Pattern[str]]
    closes: re.Pattern[str]
    second_person: Callable[[str], str]
    garbled: Callable[[str], bool]
    describe: Mapping[str, str]
