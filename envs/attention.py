"""What counts of what is said: the part of listening that all simulated people share (law 8).

A listener takes an utterance in (`Spoken`: its acts in order, its content words) and remembers a little of what was said before
(`Attention`, a part of a fold). `weigh` says what an utterance is worth against the call they have open, whatever the scenario:

- what is no sentence is noise;
- one act counts, a second one for a little, further ones for nothing; courtesies before it are not counted as an act;
- words said before, or nearly so, count for nothing; the same act again is worn;
- a second question in a row costs;
- what takes up no content word of what was just said could stand after any utterance, and counts for less.

None of it can be had without listening: the call is the person's own, and only their words tell it.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import lru_cache

from .position import MAX_TEXT

SHARES = (1.0, 0.3, 0.1)
"""What the first, second and third act of an utterance count; further ones count nothing."""
WORN = (1.0, 0.7, 0.4, 0.2)
"""What an act is still worth the first, second, third and later time."""
LOOSE = 0.6
"""What an answer counts that takes up no content word of what was just said."""
NEAR = 0.75
"""The share of content words two utterances have in common, of the shorter, from which on one is said again."""
MEMORY = 8
"""Utterances of the other side that are compared with a new one."""
RAMBLING = 4
"""Different acts in one utterance from which on it is too much at once."""

_SENTENCES = re.compile(r"[^.!?。！？]+")
_WORDS = re.compile(r"[a-z]+(?:'[a-z]+)?|[\u4e00-\u9fff]+")
_ENDINGS = ("ings", "ing", "edly", "ies", "ied", "ely", "ed", "es", "ly", "s")
_COMMON = frozenset("""
    a about above after again all almost also always am an and any anybody anyone anything are around as ask asked at away back
    be because been before being both but by came can cannot come could day did do does doing don't done down each else ever
    every everybody everyone everything feel feeling feels few for from gave get gets getting give go goes going gone good got
    had happy has have having he hear heard her here hers him his how i i'd i'll i'm i've if in into is it it's its just keep
    kind know known let like little look lot lots made make makes many may maybe me mean might mine more most much must my
    myself need never no nobody not nothing now of off often oh ok okay on once one only or other our out over own people please
    put quite rather really right said same say saying see seem seems seen she should since so some somebody someone something
    soon sorry sound sounds still such sure take takes talk tell than thank thanks that that's the their them then there there's
    these they thing things think this those though through time to today together told too took try two under until up us use
    very want wants was way we well went were what what's when where which while who whole why will wish with without won't word
    words would yes yet you you're your yours yourself
""".split())  # noqa: SIM905 - a list of 300 words
"""Words that stand in any talk and say nothing of this one."""
_COMMON_CHARACTERS = frozenset(
    "的了是我你他她它们在有和就不人都一个上也很到说要去会着没看好自己这那么吗呢吧啊呀哦嗯什为因所以但可能还是能对把被让给从向跟与或而且如果虽然只才又再想觉得知道时候"
    "些样里来过下多少太真更最已经一直现在今天事情东西怎谁哪几")


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a listener takes in of an utterance.

    Attributes:
        acts: the acts heard, in order; () when it is no sentence or nothing could be made of it.
        words: its content words, see `content`.
    """

    acts: tuple[str, ...]
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Attention:
    """What a listener remembers of what was said: a part of a fold of the dialogue.

    Attributes:
        said: content words of the other side's last `MEMORY` utterances.
        counts: (act, how often it was the one that counted).
        before: the acts of the other side's last utterance.
        questions: utterances in a row of the other side that asked something.
        own: content words of the listener's own last utterance.
    """

    said: tuple[frozenset[str], ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    before: tuple[str, ...] = ()
    questions: int = 0
    own: frozenset[str] = frozenset()

    def count(self, act: str) -> int:
        """How often an act was the one that counted."""
        for name, times in self.counts:
            if name == act:
                return times
        return 0


@dataclass(frozen=True, slots=True)
class Manners:
    """What a scenario's acts are to a listener.

    Attributes:
        answers: the act that answers each call.
        courtesies: acts that do not count as one where another follows.
        questions: acts that ask something.
    """

    answers: Mapping[str, str]
    courtesies: Container[str] = ()
    questions: Container[str] = ()


@dataclass(frozen=True, slots=True)
class Credit:
    """What an utterance is worth.

    Attributes:
        act: the act that counts; "" for noise.
        event: "noise", "again" (said before), "rambling", "double" (one question too many in a row), "answered" (the open call,
            with the first act), "partly" (it too, with a later one), "unanswered" (another act), "free" (no call was open).
        worth: of the answer to the open call, in [0, 1]; 0.0 without one.
    """

    act: str
    event: str
    worth: float = 0.0


def weigh(attention: Attention, spoken: Spoken, call: str, manners: Manners) -> tuple[Credit, Attention]:
    """What an utterance of the other side is worth to a listener with an open call ("": none), and what they remember then."""
    acts = spoken.acts
    asked = any(act in manners.questions for act in acts)
    questions = attention.questions + 1 if asked else 0
    counted = tuple([act for act in acts if act not in manners.courtesies]) or acts[:1]
    after = Attention((*attention.said, spoken.words)[-MEMORY:], attention.counts, acts, questions, attention.own)
    if not counted:
        return Credit("", "noise"), after
    act = counted[0]
    times = attention.count(act)
    counts = (*[pair for pair in attention.counts if pair[0] != act], (act, times + 1))
    after = Attention(after.said, counts, acts, questions, attention.own)
    if any(repeats(spoken.words, words) for words in attention.said):
        return Credit(act, "again"), after
    if len(counted) >= RAMBLING:
        return Credit(act, "rambling"), after
    if asked and attention.questions and manners.answers.get(call) != act:
        return Credit(act, "double"), after
    if not call:
        return Credit(act, "free"), after
    answer = manners.answers[call]
    if answer not in counted[:len(SHARES)]:
        return Credit(act, "unanswered"), after
    place = counted.index(answer)
    worth = SHARES[place] * WORN[min(attention.count(answer), len(WORN) - 1)]
    worth *= 1.0 if takes_up(spoken.words, attention.own) else LOOSE
    return Credit(act, "partly" if place else "answered", worth), after


def remember_own(attention: Attention, words: frozenset[str]) -> Attention:
    """What they remember after they spoke themselves."""
    return Attention(attention.said, attention.counts, attention.before, attention.questions, words)


def takes_up(words: frozenset[str], heard: frozenset[str]) -> bool:
    """Whether words take up what was heard: at least one content word, and one in twelve of their own, so that no list does."""
    both = len(words & heard)
    return both > 0 and both * 12 >= len(words)


def repeats(words: frozenset[str], earlier: frozenset[str]) -> bool:
    """Whether an utterance says nearly what an earlier one said; with fewer than two content words only the same do."""
    least = min(len(words), len(earlier))
    if least < 2:
        return words == earlier
    return len(words & earlier) >= NEAR * least


@lru_cache(maxsize=1 << 14)
def content(text: str) -> frozenset[str]:
    """The content words of a text, their endings cut off; of Chinese, neighbouring characters that are not both common.

    The first `MAX_TEXT` characters are read. A text without any is its own only word, so that two such texts can be told apart.
    """
    found = frozenset[str]().union(*[_content_of(sentence) for sentence in _SENTENCES.findall(text[:MAX_TEXT])])
    return found or frozenset((text.strip().lower(),))


@lru_cache(maxsize=1 << 14)
def _content_of(sentence: str) -> frozenset[str]:
    """The content words of a sentence: people repeat sentences rather than texts."""
    words = _WORDS.findall(sentence.lower())
    if sentence.isascii():
        return frozenset(map(_stem, words)) - {""}
    found: set[str] = set()
    for word in words:
        if word[0] >= "\u4e00":
            found.update([word[i:i + 2] for i in range(len(word) - 1)
                          if word[i] not in _COMMON_CHARACTERS or word[i + 1] not in _COMMON_CHARACTERS])
        else:
            found.add(_stem(word))
    return frozenset(found) - {""}


@lru_cache(maxsize=1 << 14)
def content_words(text: str) -> tuple[str, ...]:
    """The words of a text that make its `content`, as they stand there and in their order, each once.

    Of Chinese, two characters where something that is not common begins: a word, as a rule.
    """
    found: dict[str, None] = {}
    for word in _WORDS.findall(text[:MAX_TEXT].lower()):
        if word[0] >= "\u4e00":
            begins = [i for i in range(len(word) - 1) if _COMMON_CHARACTERS.isdisjoint(word[i:i + 2])
                      and (i == 0 or word[i - 1] in _COMMON_CHARACTERS)]
            found.update(dict.fromkeys([word[i:i + 2] for i in begins]))
        elif word not in _COMMON and len(word) > 3:
            found[word] = None
    return tuple(found)


@lru_cache(maxsize=1 << 14)
def _stem(word: str) -> str:
    """A word without its ending; "" for one that is common or short."""
    if word in _COMMON or len(word) < 3:
        return ""
    word = word.partition("'")[0]
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[:-len(ending)]
            break
    return word.removesuffix("e") if len(word) > 4 else word
