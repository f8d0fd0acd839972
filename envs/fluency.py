"""Whether a text is made of sentences: what every listener asks before they hear anything in it.

A text is cut into sentences and these into tokens: words, numbers, marks, single Chinese characters. Of each *joint*, the
place between two tokens, a small network says how well what stands before it goes with what stands after it: it adds up
hashed runs of tokens across the joint ("wide") and two layers of convolution over what is known of each token ("deep"). How
many joints of a sentence are how bad, and what else the second layer found in it, decides for its length whether it is one
(`score`). A text is fluent unless sentences that are none make half of its words.

The figures are fitted by `benchmarks/fit_fluency.py` to tell what people say from word salad. They are integers, and so is all
arithmetic: the same on every machine. Words are known by their hash alone.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from .position import MAX_TEXT

FEW = 2
"""Words up to which a text is let pass: "Yes.", "Ok, thanks!"."""
LISTED, SHORT = 4, {"en": 1, "zh": 3}
"""A sentence that is nothing but so many items or more, each of so many words or fewer, is a list and no sentence."""
AROUND = 3
"""Tokens on each side of a joint that are looked at by the first layer; the second looks at a joint on each side."""
PADS = 3
"""Empty tokens before and after a sentence."""
UNIT = 2048
"""What a joint's figure is that stands for a logit of 1."""
LEVELS = (-4, -3, -2, -1, 0, 1, 2, 4)
"""Logits below which the joints of a sentence are counted."""
LENGTHS = (3, 5, 8, 12, 18)
"""Joints from which on a sentence counts as of the next length: its figures are weighed by the weights of its length."""
TEMPLATES = ("001100", "011100", "001110", "011110", "010100", "001010", "111100", "001111", "010010")
"""Which of the three tokens before and after a joint make a hashed run."""

EMPTY, BEGIN, END, MARK = "<empty>", "<begin>", "<end>", "<mark>"
_TOKEN = re.compile(
    r"[\u3400-\u9fff]|(?:https?://|www\.)\S+|[\w.+-]{1,64}@[\w-]{1,64}\.\w+|[$€£¥]?\d[\d.,:/]*(?<=\d)[%a-z]{0,2}|[$€£¥]"
    r"|[^\W\d_\u3400-\u9fff]+(?:['’][^\W\d_\u3400-\u9fff]+)*|[.!?。！？…~～\n]+|[,;:，、；：]")
_BETWEEN = frozenset((",", ";", "、", "and", "or", "和", "与"))
_MARKS = {",": ",", "，": ",", ";": ";", "；": ";", ":": ":", "：": ":", "、": "、"}
_ENDS = {**dict.fromkeys(".。…~～\n", "<.>"), **dict.fromkeys("!！", "<!>"), **dict.fromkeys("?？", "<?>")}
_SUFFIXES = ("ings", "ing", "tion", "tions", "ment", "ness", "ity", "ies", "ied", "ed", "ly", "ous", "ful", "able", "ive", "al",
             "er", "ers", "est", "n't", "nt", "'s", "'re", "'ve", "'ll", "es", "s", "y", "e")
_TURN = np.uint64(0x9E3779B97F4A7C15)
_KEYS = [pow(0xBF58476D1CE4E5B9, 2 * at + 1, 1 << 64) for at in range(2 * AROUND)]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it is judged.

    Attributes:
        tokens: words in lower case, "0" for numbers, marks; without what ends it.
        shapes: for each token the shape it has if it is not known, such as "<ing>".
        end: what ends it: "<.>", "<?>", "<!>" or "<>".
        words: tokens that are no marks.
    """

    tokens: tuple[str, ...]
    shapes: tuple[str, ...]
    end: str
    words: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The fitted integers of one language.

    Attributes:
        rows: of a token's hash, its row in `deep`.
        deep: per row and token of the window what it adds to the first layer, (tokens, 6 * first).
        bias: of the first layer, (first,).
        second: (second, 3 * first + 1), the last for what the runs add; with its bias (second,).
        out: of the first and of the second layer, with a constant.
        wide: by hash of a run, what it adds to a joint, in 1/16.
        lengths: weights of a sentence's figures, (lengths, figures).
        exempt: hashes of sentences that are ones whatever they score: some of the phrase books'.
    """

    rows: dict[int, int]
    deep: np.ndarray[Any, Any]
    bias: np.ndarray[Any, Any]
    second: np.ndarray[Any, Any]
    second_bias: np.ndarray[Any, Any]
    out_first: np.ndarray[Any, Any]
    out_second: np.ndarray[Any, Any]
    constant: int
    wide: np.ndarray[Any, Any]
    lengths: tuple[tuple[int, ...], ...]
    exempt: frozenset[int]


def fluent(text: str) -> bool:
    """Whether a text is made of sentences; of the first MAX_TEXT characters.

    Texts of a word or two pass, and those in neither English nor Chinese letters, of which nothing is known here.
    """
    return _fluent(text[:MAX_TEXT])


@lru_cache(maxsize=1 << 14)
def _fluent(text: str) -> bool:
    language = language_of(text)
    found = sentences(text)
    words = sum([one.words for one in found])
    if not language or words <= FEW:
        return True
    bad = sum([one.words for one in found if one.words and score(one, language) < 0])
    return 2 * bad < words


def language_of(text: str) -> str:
    """"zh" where a fifth of the letters are Chinese, else "en"; "" where most are neither Chinese nor Latin."""
    if text.isascii():
        return "en"
    letters = [letter for letter in text if letter.isalpha()]
    han = sum(["\u3400" <= letter <= "\u9fff" for letter in letters])
    latin = sum([letter < "\u0250" for letter in letters])
    if 2 * (han + latin) < len(letters):
        return ""
    return "zh" if han and 5 * han >= len(letters) else "en"


def sentences(text: str) -> list[Sentence]:
    """The sentences of a text; those without a word are left out, and those of a word or two in a row are one."""
    found: list[Sentence] = []
    seen: list[tuple[str, str]] = []
    words, short = 0, False  # whether the last sentence is of short ones
    for token, shape in [*map(read, _TOKEN.findall(text)), ("<>", END)]:
        if shape != END:
            seen.append((token, shape))
            words += shape != MARK
            continue
        if words:
            tokens, shapes = zip(*seen, strict=True)
            one = Sentence(tokens, shapes, token, words)
            if words <= FEW and short:
                last = found.pop()
                one = Sentence((*last.tokens, last.end, *tokens), (*last.shapes, END, *shapes), token, last.words + words)
            found.append(one)
            short = words <= FEW
        seen, words = [], 0
    return found


@lru_cache(maxsize=1 << 15)
def read(written: str) -> tuple[str, str]:
    """What a token stands for, and its shape."""
    first = written[0]
    if first in _ENDS:
        return _ENDS[first], END
    if first in _MARKS:
        return _MARKS[first], MARK
    if "\u3400" <= first <= "\u9fff":
        return first, "<han>"
    if "@" in written or written.startswith(("http://", "https://", "www.")):
        return "http", "<url>"
    if first.isdecimal() or first in "$€£¥":
        return "0", "<0>"
    return written.lower().replace("’", "'"), shape_of(written)


def shape_of(word: str) -> str:
    """What a word looks like that is not known: by its first letter and its ending."""
    if word[0].isupper() and not word.isupper():
        return "<Name>"
    return next((f"<{suffix}>" for suffix in _SUFFIXES if word.endswith(suffix) and len(word) > len(suffix) + 1), "<x>")


@lru_cache(maxsize=1 << 14)
def score(sentence: Sentence, language: str) -> int:
    """How far a sentence is one: below 0 it is none. In 1/2**16 of a logit."""
    if is_list(sentence, language):
        return -1
    given = figures(language)
    found = weighed(sentence, given)
    return 0 if found < 0 and named(sentence) in given.exempt else found


def is_list(sentence: Sentence, language: str) -> bool:
    """Whether a sentence only lists words: "sad, angry, afraid and lonely"."""
    items = size = 0
    for token in (*sentence.tokens, ","):
        if token not in _BETWEEN:
            size += 1
        elif size > SHORT[language]:
            return False
        else:
            items, size = items + bool(size), 0
    return items >= LISTED


def named(sentence: Sentence) -> int:
    """The stable hash of a sentence."""
    return zlib.crc32(" ".join((*sentence.tokens, sentence.end)).encode("utf-8", "surrogatepass"))


def weighed(sentence: Sentence, given: Figures) -> int:
    """The score of a sentence by some figures."""
    found = counts(sentence, given)
    length = sum([found[1] >= least for least in LENGTHS])
    return sum([weight * figure for weight, figure in zip(given.lengths[length], found, strict=True)])


@lru_cache(maxsize=1 << 15)
def coded(token: str) -> int:
    """The stable hash of a token."""
    return zlib.crc32(token.encode("utf-8", "surrogatepass"))


def counts(sentence: Sentence, given: Figures) -> list[int]:
    """A sentence's figures, its begin and its end included.

    A constant, its joints, their sum, the worst three, how many are below each level, and of the second layer's channels the
    highest and the sums.
    """
    codes = [code if (code := coded(token)) in given.rows else coded(shape)
             for token, shape in zip(sentence.tokens, sentence.shapes, strict=True)]
    pads = [coded(EMPTY)] * PADS
    padded = [*pads, coded(BEGIN), *codes, coded(sentence.end), *pads]
    count, size = len(codes) + 1, len(given.bias)
    deep: np.ndarray[Any, Any] = given.deep.take([given.rows.get(code, 0) for code in padded], axis=0)
    first = given.bias + deep[:count + 2, :size]
    for at in range(1, 2 * AROUND):
        first += deep[at:at + count + 2, at * size:(at + 1) * size]
    first = np.maximum(first >> 4, 0)
    wide = given.wide[hashed(np.array(padded[1:-1], dtype=np.uint64), len(given.wide))].sum(axis=1, dtype=np.int32)
    beside = np.concatenate((first[:-2], first[1:-1], first[2:], wide[:, None] << 2), axis=1)
    second = np.maximum((np.einsum("ij,kj->ik", beside, given.second) + given.second_bias) >> 5, 0)
    figure = first[1:-1] @ given.out_first + second @ given.out_second + given.constant + (wide << 7)
    worth: list[int] = np.clip(figure, -8 * UNIT, 8 * UNIT).tolist()
    low = [*sorted(worth)[:3], 4 * UNIT, 4 * UNIT][:3]
    return [64, count, sum(worth) >> 5, *[one >> 5 for one in low],
            *[sum([one < level * UNIT for one in worth]) << 6 for level in LEVELS],
            *second.max(axis=0).tolist(), *second.sum(axis=0).tolist()]


def hashed(codes: np.ndarray[Any, Any], size: int) -> np.ndarray[Any, Any]:
    """The hashed runs across each joint, (tokens - 5, TEMPLATES); `codes` begin two tokens before the first joint's left."""
    window = 2 * AROUND
    beside = np.stack([codes[at:len(codes) - window + 1 + at] for at in range(window)], axis=1)
    mixed = beside @ _run_keys()
    mixed = (mixed ^ (mixed >> np.uint64(29))) * _TURN
    found: np.ndarray[Any, Any] = (mixed >> np.uint64(65 - size.bit_length())).astype(np.int64)
    return found


@cache
def _run_keys() -> np.ndarray[Any, Any]:
    """What each token of the window is multiplied by for each run, (6, TEMPLATES)."""
    keys = [[(key + 2 * number * 0x632BE59BD9B4E019) % (1 << 64) if run[at] == "1" else 0
             for number, run in enumerate(TEMPLATES)] for at, key in enumerate(_KEYS)]
    found: np.ndarray[Any, Any] = np.array(keys, dtype=np.uint64)
    return found


@cache
def figures(language: str) -> Figures:
    """The figures of a language, read once."""
    with files(__package__).joinpath("fluency.npz").open("rb") as file, np.load(file) as kept:
        return unpacked({name.removeprefix(f"{language}_"): kept[name] for name in kept.files if name.startswith(language)})


def unpacked(kept: dict[str, np.ndarray[Any, Any]]) -> Figures:
    """The figures as they are used, of those that are kept."""
    embedded: np.ndarray[Any, Any] = kept["embedding"].astype(np.int32)
    return Figures(
        rows={int(code): row for row, code in enumerate(kept["codes"])},
        deep=embedded @ kept["first"].astype(np.int32),
        bias=kept["first_bias"].astype(np.int32), second=kept["second"].astype(np.int32),
        second_bias=kept["second_bias"].astype(np.int32), out_first=kept["out_first"].astype(np.int32),
        out_second=kept["out_second"].astype(np.int32), constant=int(kept["constant"]), wide=kept["wide"],
        lengths=tuple(tuple(row) for row in kept["lengths"].tolist()), exempt=frozenset(kept["exempt"].tolist()))
