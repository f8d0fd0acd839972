"""Recipes of word salad: what sounds of sentences and is none.

A recipe is a pure function of a generator and a `Pantry`. It returns *pieces*, runs of tokens taken whole from one sentence:
inside a piece the joints are people's, between two pieces they are not. `RECIPES` train the gate of `envs/fluency.py`;
`HELD_OUT` are never trained on and count what it misses.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Taken = tuple[int, int, str]
"""A token with the number of its sentence (-1: of none) and its place in it."""
Recipe = Callable[[random.Random, "Pantry"], list[Taken]]
MARKS = frozenset(",;:、，；：")
_SMALL = {
    "en": """
        a about am an and are as at be because been but by can could did do does for from had has have he her him his how i
        if in is it may me might must my no not of on or our out she should so than that the their them then there these
        they this those to up us was we were what when where which who will with would you your
    """,
    "zh": "不与且为么也了从他以们会但你到去可向吗吧呢和啊因在地她如它对就很得我所把是有果的着给而能被要让这那都",
}
_CUES = {
    "en": """
        percent audited imagine studies founded rated watchdogs transparent hungry crying suffering selfish ashamed
        appreciate donate donating contribute welcome hello goodbye familiar research average decades trusted awards
        frightened scared heartbreaking donated giving deducted understandable feel sounds normal hopeless lonely
        overwhelmed understand suggest maybe try talk journal breathe tell proud strength brave exhausted angry afraid
        ashamed guilty listening experts counselling brighter valid friend mother myself once
    """,
    "zh": """
        听起来 感觉 难过 焦虑 孤独 理解 明白 正常 建议 试试 深呼吸 日记 运动 告诉 多说 为什么 怎么样 勇敢
        坚强 相信 一定 会好 研究 表明 专家 朋友 妈妈 我也 经历 委屈 崩溃 害怕 无助 陪着 谢谢 你好 再见
        加油 不容易 换个话题 天气 意思是 换句话说 自责 压力 疲惫 失望
    """,
}
_PHRASES = {
    "en": """
        my sister said | any amount | familiar with | how about donating | would you be willing to | for every dollar |
        studies show | when i was a child | i am giving | even a few cents | taken out of your payment | thank you for |
        you seem kind | how can you refuse | have you heard of | what matters to you | do you have children |
        imagine a little girl | a hundred years | trusted by many | it sounds like | you feel | that makes sense |
        it is normal to | have you tried | i went through | how do you feel about | tell me more | in other words |
        so what you mean is | you are strong | it will get better | research suggests | one step at a time |
        i am proud of you | you should not | what happened | do you want to | let us talk about | i hear that
    """,
    "zh": """
        听起来你 | 你感到 | 我能理解 | 这很正常 | 你可以试试 | 我也经历过 | 你觉得怎么样 | 多说一点 |
        换句话说 | 你的意思是 | 你很坚强 | 会好起来的 | 研究表明 | 专家建议 | 慢慢来 | 为你骄傲 |
        你不应该 | 发生了什么 | 你想不想 | 我们聊聊 | 谢谢你告诉我 | 深呼吸 | 写日记 | 一定很难受 |
        很多人都会 | 我朋友也 | 你有没有 | 什么时候开始 | 你的感受是 | 没有人会怪你
    """,
}
_FEELINGS = {
    "en": """
        sad | angry | afraid | lonely | hopeless | hurt | tired | ashamed | guilty | anxious | worried | empty |
        overwhelmed | numb | jealous | bitter | scared | frustrated | helpless | betrayed | nervous | exhausted | lost |
        desperate | humiliated | stressed
    """,
    "zh": """
        难过 | 愤怒 | 害怕 | 孤独 | 绝望 | 受伤 | 疲惫 | 羞愧 | 内疚 | 焦虑 | 担心 |
        空虚 | 崩溃 | 麻木 | 嫉妒 | 委屈 | 恐惧 | 沮丧 | 无助 | 失望 | 紧张 | 自卑 |
        迷茫 | 压抑 | 烦躁
    """,
}
SMALL = {"en": frozenset(_SMALL["en"].split()), "zh": frozenset(_SMALL["zh"])}
"""Function words."""
CUES = {language: words.split() for language, words in _CUES.items()}
"""Words that carry a dialogue act of one of the games."""


def phrases(language: str) -> list[tuple[str, ...]]:
    """Some words in a row that carry a dialogue act."""
    return _told(_PHRASES[language], language)


def feelings(language: str) -> list[tuple[str, ...]]:
    """Words for feelings, as tokens."""
    return _told(_FEELINGS[language], language)


def _told(listed: str, language: str) -> list[tuple[str, ...]]:
    return [tuple(one.strip() if language == "zh" else one.split()) for one in listed.split("|")]


@dataclass(frozen=True, slots=True)
class Pantry:
    """What salad is made of.

    Attributes:
        sentences: of people, as tokens without what ends them.
        words: the words of them, as often as they stand there.
        small: function words.
        cues: words that carry a dialogue act.
        phrases: some words in a row that do.
        feelings: words for feelings.
        han: whether it is Chinese.
    """

    sentences: Sequence[tuple[str, ...]]
    words: Sequence[str]
    small: frozenset[str]
    cues: Sequence[str]
    phrases: Sequence[tuple[str, ...]]
    feelings: Sequence[tuple[str, ...]]
    han: bool


def whole(taken: Sequence[Taken]) -> list[Taken]:
    """The same with loose words of several Chinese characters as pieces of single ones."""
    found: list[Taken] = []
    for place, (number, at, word) in enumerate(taken):
        if number >= 0 or len(word) == 1 or not "\u3400" <= word[0] <= "\u9fff":
            found.append((number, at, word) if number >= 0 else (-1 - place, 0, word))
        else:
            found += [(-1 - place, where, letter) for where, letter in enumerate(word)]
    return found


def written(words: Sequence[str], han: bool, end: str = ".") -> str:
    """Tokens as a text."""
    if han:
        text = "".join(words).replace(",", "，").replace(".", "。").replace("0", "3")
        return text + {".": "。", "?": "？", "!": "！"}.get(end, end)
    text = " ".join(words)
    for mark in ",.;:":
        text = text.replace(f" {mark}", mark)
    return text[:1].upper() + text[1:] + end


def loose(words: Sequence[str]) -> list[Taken]:
    """Words that belong to no sentence."""
    return [(-1, 0, word) for word in words]


def run(number: int, tokens: Sequence[str], first: int, last: int) -> list[Taken]:
    """The tokens of a sentence from `first` up to `last`."""
    return [(number, at, tokens[at]) for at in range(max(0, first), min(len(tokens), last))]


def some(rng: random.Random, pantry: Pantry, least: int = 4) -> tuple[int, tuple[str, ...]]:
    """A sentence of that many tokens or more, with its number."""
    while True:
        number = rng.randrange(len(pantry.sentences))
        if len(pantry.sentences[number]) >= least:
            return number, pantry.sentences[number]


def shuffled(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """The words of a sentence in no order."""
    number, tokens = some(rng, pantry)
    order = list(range(len(tokens)))
    rng.shuffle(order)
    return [(number, at, tokens[at]) for at in order]


def stirred(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """A sentence in pieces of a few words, in no order."""
    number, tokens = some(rng, pantry, 6)
    pieces, at = [], 0
    while at < len(tokens):
        size = rng.randint(1, 6 if pantry.han else 4)
        pieces.append(run(number, tokens, at, at + size))
        at += size
    rng.shuffle(pieces)
    return [one for piece in pieces for one in piece]


def fragment(rng: random.Random, pantry: Pantry, least: int, most: int) -> list[Taken]:
    """Some tokens in a row of any sentence."""
    number, tokens = some(rng, pantry, 3)
    size = min(rng.randint(least, most), len(tokens) - 1)
    first = rng.randint(0, len(tokens) - size)
    return run(number, tokens, first, first + size)


def glued(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """Fragments of different sentences, glued."""
    most = rng.choice((2, 3, 4, 5))
    found: list[Taken] = []
    for _ in range(rng.randint(2, 6)):
        found += fragment(rng, pantry, 1, 2 * most if pantry.han else most)
        if rng.random() < 0.15:
            found += loose(",")
    return found


def replaced(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """A sentence with some of its words, one in two to four, replaced by others."""
    number, tokens = some(rng, pantry, 5)
    share = rng.uniform(0.2, 0.5)
    return [(-1, 0, rng.choice(pantry.words)) if rng.random() < share else (number, at, token)
            for at, token in enumerate(tokens)]


def bagged(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """Words as often as people say them."""
    return loose([rng.choice(pantry.words) for _ in range(rng.randint(3, 14))])


def dropped(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """A sentence that lost words here and there, small ones above all."""
    number, tokens = some(rng, pantry, 6)
    share = rng.uniform(0.3, 0.8)
    return [(number, at, token) for at, token in enumerate(tokens)
            if rng.random() > (share if token in pantry.small else share / 4)]


def stuttered(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """A sentence in which words or runs of them come twice."""
    number, tokens = some(rng, pantry, 4)
    found: list[Taken] = []
    at = 0
    while at < len(tokens):
        size = rng.randint(1, 3)
        found += run(number, tokens, at, at + size) * (rng.randint(2, 3) if rng.random() < 0.5 else 1)
        at += size
    return found


def listed(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """Words one after the other, with commas, "and" or nothing between them."""
    between = rng.choice((",", "", "、" if pantry.han else "and", ","))
    words = [rng.choice(pantry.words) for _ in range(rng.randint(3, 10))]
    return loose([part for word in words for part in (word, between) if part][:-1 if between else None])


def blended(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """The begin of one sentence and the end of others."""
    found: list[Taken] = []
    for _ in range(rng.randint(2, 3)):
        number, tokens = some(rng, pantry, 6)
        cut = rng.randint(2, len(tokens) - 2)
        found += run(number, tokens, 0, cut) if rng.random() < 0.5 else run(number, tokens, cut, len(tokens))
    return found


def crumbs(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """A word or two that are no answer, or some of them, each a sentence."""
    words = [word for word in rng.choices(pantry.words, k=40) if word not in pantry.small and word not in MARKS]
    if rng.random() < 0.3:
        return loose(words[:rng.randint(1, 2)])
    return loose([part for word in words[:rng.randint(3, 7)] for part in ((word, ".") if rng.random() < 0.8 else (word,))])


RECIPES: dict[str, Recipe] = {
    "crumbs": crumbs, "shuffled": shuffled, "stirred": stirred, "glued": glued, "replaced": replaced, "bagged": bagged,
    "dropped": dropped, "stuttered": stuttered, "listed": listed, "blended": blended,
}
"""What the gate is trained to refuse."""


def cue_words(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """Cue words one after the other: "Percent audited imagine"."""
    return loose(rng.sample(list(pantry.cues), rng.randint(3, 6)))


def cue_list(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """Cue words with commas."""
    return _between(rng, pantry.cues, ",")


def cue_and(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """Cue words with "and"."""
    return _between(rng, pantry.cues, "和" if pantry.han else "and")


def cue_stops(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """Cue words, each a sentence of its own."""
    return _between(rng, pantry.cues, ".")


def cue_phrases(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """Cue phrases strung together, with or without commas."""
    found: list[Taken] = []
    comma = rng.random() < 0.5
    for phrase in rng.sample(list(pantry.phrases), rng.randint(3, 5)):
        found += loose([*phrase, ","] if comma else phrase)
    return found[:-1] if comma else found


def small_glue(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """Fragments of two to four words (of Chinese, characters) of different sentences."""
    return [one for _ in range(rng.randint(3, 5)) for one in fragment(rng, pantry, 2, 4)]


def comma_glue(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """The same with commas between them."""
    return [one for _ in range(rng.randint(3, 5)) for one in (*fragment(rng, pantry, 2, 4), *loose(","))][:-1]


def repeated(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """A few words over and over."""
    return fragment(rng, pantry, 1, 4 if pantry.han else 2) * rng.randint(3, 5)


def salted(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """A sentence with every second or third word another one, of the cues among them."""
    number, tokens = some(rng, pantry, 6)
    step, words = rng.choice((2, 3)), pantry.words
    return [(-1, 0, rng.choice(pantry.cues if rng.random() < 0.5 else words)) if at % step == 1 else (number, at, token)
            for at, token in enumerate(tokens)]


def swapped(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """The second half of a sentence before its first one."""
    number, tokens = some(rng, pantry, 8)
    half = len(tokens) // 2
    return run(number, tokens, half, len(tokens)) + run(number, tokens, 0, half)


def halves(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """The first half of one sentence and the second half of another: now and then English."""
    (one, first), (other, second) = some(rng, pantry, 6), some(rng, pantry, 6)
    return run(one, first, 0, len(first) // 2) + run(other, second, len(second) // 2, len(second))


def wordy(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """Words of people, content words alone, with "and"."""
    return _between(rng, [word for word in rng.choices(pantry.words, k=60) if word not in pantry.small and word not in MARKS],
                    "和" if pantry.han else "and")


def bare(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """A sentence without its small words."""
    number, tokens = some(rng, pantry, 9)
    return [(number, at, token) for at, token in enumerate(tokens) if token not in pantry.small and token not in MARKS]


def moods(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """Feelings, one after the other."""
    picked = rng.sample(list(pantry.feelings), min(len(pantry.feelings), rng.randint(4, 8)))
    comma = "、" if pantry.han else ","
    return loose([part for feeling in picked for part in (*feeling, comma)][:-1])


def runs(rng: random.Random, pantry: Pantry) -> list[Taken]:
    """One to three words of every sentence, words of cues between them, as the exploit search tosses them."""
    found: list[Taken] = []
    for _ in range(rng.randint(3, 9)):
        found += loose([rng.choice(pantry.cues)]) if rng.random() < 0.2 else fragment(rng, pantry, 1, 3)
    return found


def _between(rng: random.Random, words: Sequence[str], between: str) -> list[Taken]:
    picked = [rng.choice(words) for _ in range(rng.randint(3, 7))]
    return loose([part for word in picked for part in (word, between)][:-1])


HELD_OUT: dict[str, Recipe] = {
    "words of sentences shuffled": shuffled, "cue words": cue_words, "cue words, commas": cue_list, "cue words, and": cue_and,
    "cue words, stops": cue_stops, "cue phrases": cue_phrases, "glued fragments": small_glue, "glued, commas": comma_glue,
    "repeated words": repeated, "words replaced": salted, "own halves swapped": swapped, "halves of two": halves,
    "word lists, and": wordy, "small words dropped": bare, "feelings listed": moods, "exploit salad": runs,
}
"""What counts how much salad passes."""


def climbed(rng: random.Random, pantry: Pantry, passes: Callable[[list[str]], int], steps: int = 60) -> list[str]:
    """Cue phrases whose joints are filled and changed, by hill climbing, until they pass (`passes` is 0 or above) or not."""
    best = [word for _, _, word in cue_phrases(rng, pantry)]
    level = passes(best)
    for _ in range(steps):
        if level >= 0:
            break
        tried, at, chance = list(best), rng.randrange(len(best)), rng.random()
        if chance < 0.4:
            tried.insert(at, rng.choice(pantry.words))
        elif chance < 0.6:
            tried[at] = rng.choice(pantry.words)
        elif chance < 0.75:
            to = rng.randrange(len(best))
            tried[at], tried[to] = tried[to], tried[at]
        elif chance < 0.9:
            tried[at:at] = rng.choice(pantry.phrases)
        elif len(tried) > 4:
            del tried[at]
        reached = passes(tried)
        if reached > level:
            best, level = tried, reached
    return best
