"""What a seeker takes in of a supporter's words, beyond the rules that all people share (`envs/attention.py`).

- A reflection says something only if it names a feeling of theirs, or takes up what they said.
- A restatement says their content in other words: without it, it is empty, and copied whole it is an echo.
- Feelings that are not theirs are a misreading, the more the worse; so, a little, are people they never spoke of.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ..attention import LOOSE, Spoken, content, takes_up
from ..fluency import fluent
from .acts import named_feelings, recognise
from .bids import ANSWERS
from .languages import sentences

QUESTIONS = ("open-question", "closed-question")
UNNAMED = 0.8
"""What a reflection is worth that takes up their words and names no feeling."""
_OWN_STORY = ("self-disclosure", "information")
_BEARABLE = 1
"""Feelings that are not theirs in the supporter's own story, or in what is said of people, before it sounds like them."""

_PEOPLE = {
    "parents": "mother mum mom mommy father dad daddy parents 妈妈 爸爸 爸妈 父母 父亲 母亲",
    "family": "family aunt uncle cousin 家人 家里 亲戚 表哥",
    "siblings": "sister brother sibling 妹妹 姐姐 弟弟 哥哥",
    "partner": "husband wife boyfriend girlfriend partner fiance ex 丈夫 老公 妻子 老婆 男友 女友 朋友 前任",
    "children": "son daughter baby child children kids 儿子 女儿 孩子 宝宝",
    "work": "boss manager colleague coworker team company 领导 老板 同事 公司",
    "school": "teacher professor supervisor classmate exam 老师 导师 同学 考试",
    "friends": "friend friends 朋友 闺蜜",
    "doctors": "doctor hospital nurse 医生 医院",
    "elders": "grandmother grandfather grandma grandpa 奶奶 爷爷 外婆",
    "pets": "dog cat 小狗 老狗",
}
PEOPLE: dict[str, str] = {word: group for group, words in _PEOPLE.items() for one in words.split() for word in content(one)}
"""People and places by the content word that names them, each with what it is one of."""
_NAMED = frozenset(PEOPLE)

_WORDS = re.compile(r"[a-z']+|[\u4e00-\u9fff]")
_SELF = frozenset(("i", "i'm", "i've", "me", "my", "myself", "we", "our", "us", "我"))
_RUN = {"en": 4, "zh": 7}


@lru_cache(maxsize=1 << 14)
def taken_in(text: str) -> Spoken:
    """What a listener takes in of a text: its acts, none where it is no sentence (`envs/fluency.py`), and its content words."""
    return Spoken(recognise(text) if fluent(text) else (), content(text))


def people_in(words: frozenset[str]) -> frozenset[str]:
    """Which people the content words of a text name, by group."""
    named = words & _NAMED
    return frozenset([PEOPLE[word] for word in named]) if named else named


@lru_cache(maxsize=1 << 14)
def _plain(sentence: str) -> str:
    """A sentence as words and spaces alone."""
    return f" {' '.join(_WORDS.findall(sentence.lower()))} "


@lru_cache(maxsize=1 << 14)
def _own_runs(sentence: str, run: int) -> tuple[str, ...]:
    """Every `run` words in a row of a sentence in which its speaker names themselves."""
    words = _plain(sentence).split()
    runs = (words[at:at + run] for at in range(len(words) - run + 1))
    return tuple([f" {' '.join(one)} " for one in runs if not _SELF.isdisjoint(one)])


def echoes(text: str, heard: str, language: str) -> bool:
    """Whether a text copies words that somebody said of themselves, the "I" left as it was."""
    said = [_plain(sentence) for sentence in sentences(text)]
    size = _RUN[language]
    return any(run in one for sentence in sentences(heard) for run in _own_runs(sentence, size) for one in said)


def misread(text: str, spoken: Spoken, feelings: frozenset[str], own: frozenset[str]) -> int:
    """How many feelings a text names that are not theirs: not among `feelings`, not in their own words."""
    named = named_feelings(text)
    if not named:
        return 0
    wrong = sum(feeling not in feelings and content(feeling).isdisjoint(own) for feeling in named)
    wrong = max(wrong, len(named) - 3)  # whoever lists feelings has heard none
    if wrong and spoken.acts and spoken.acts[0] in _OWN_STORY:
        wrong = max(0, wrong - _BEARABLE)
    return wrong


def substance(call: str, text: str, spoken: Spoken, feelings: frozenset[str], own: frozenset[str]) -> float:
    """What an answer to a bid says beyond its act: 1.0 where the act is enough, 0.0 for an empty reflection or restatement.

    A feeling of theirs that is named counts in full whether or not their words are taken up.
    """
    act = ANSWERS.get(call)
    if act == "reflection":
        if not feelings.isdisjoint(named_feelings(text)):
            return 1.0 if takes_up(spoken.words, own) else 1 / LOOSE
        return UNNAMED if takes_up(spoken.words, own) else 0.0
    if act == "restatement":
        return 1.0 if takes_up(spoken.words, own) else 0.0
    return 1.0
