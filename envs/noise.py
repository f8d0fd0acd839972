"""What people do to text when they type: the same words, roughened, in English and Chinese.

`roughen` is a pure function of a text and a 64-bit key. It drops capitals, apostrophes and punctuation, contracts and shortens
("I am" as "im", "because" as "bc"), slips on the keyboard, loses spaces and puts in fillers; in Chinese it drops punctuation,
writes homophones and puts in fillers and particles. Numbers and sums stay as they are. A simulated user that speaks through
it shows what a listener loses whose cues are rigid. The rates are chosen, not fitted to a corpus.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .keys import mix, pick, uniform

STRENGTH = 0.5
"""How rough a noisy user types, in [0, 1]."""
_NUMBER = (r"(?:(?:four|six|seven|eight|nine)(?:teen|ty)?|zero|one|two|three|five|ten|eleven|twelve|thirteen|fifteen|twenty"
           r"|thirty|forty|fifty|eighty|eighteen|hundred|thousand|million|half)")
_COUNT = rf"(?:{_NUMBER}|an?)"
AMOUNTS = re.compile(
    r"(?<![\d〇零一二两三四五六七八九十百千万亿半几])[\d〇零一二两三四五六七八九十百千万亿半几]++(?:[.点][\d〇零一二三四五六七八九]++)?"
    r"(?:元|块钱?|[毛角分](?!之)|岁|年|个?月|天|小时|分钟)"
    r"|[$€£¥]?\s?(?<![a-z\d.])\.?\d(?:[a-z\d.,:/]*[a-z\d])?(?:\s?%|[\s-](?:percent|cents?|dollars?|bucks?)\b)?"
    rf"|\b(?:{_COUNT}[\s-]){{1,4}}(?:percent|cents?|dollars?|bucks?)\b(?:\s(?:and\s)?(?:{_COUNT}[\s-]){{1,3}}cents?\b)?"
    rf"|\b{_NUMBER}\b", re.IGNORECASE)
"""Numbers and sums, which are typed with care: `roughen` never touches them."""

_SHORT = {
    "i am": ("im",), "i have": ("ive",), "i will": ("ill",), "i would": ("id",), "you are": ("youre", "ur", "u r"),
    "it is": ("its",), "that is": ("thats",), "there is": ("theres",), "what is": ("whats",), "they are": ("theyre",),
    "do not": ("dont",), "does not": ("doesnt",), "did not": ("didnt",), "is not": ("isnt",), "cannot": ("cant",),
    "could not": ("couldnt",), "would not": ("wouldnt",), "should not": ("shouldnt",), "will not": ("wont",),
    "have not": ("havent",), "was not": ("wasnt",), "are not": ("arent",),
}
"""Contractions, without the apostrophe."""
_ABBREVIATIONS = {
    "you": ("u",), "your": ("ur",), "because": ("bc", "cuz"), "to be honest": ("tbh",), "i do not know": ("idk", "dunno"),
    "honestly": ("tbh",), "people": ("ppl",), "please": ("pls", "plz"), "thank you": ("thx", "ty"), "thanks": ("thx",),
    "really": ("rly",), "about": ("abt",), "though": ("tho",), "something": ("smth",), "with": ("w/",), "okay": ("ok", "k"),
    "going to": ("gonna",), "want to": ("wanna",), "probably": ("prob",), "maybe": ("mayb", "idk maybe"), "are": ("r",),
    "tomorrow": ("tmrw",), "before": ("b4",), "and": ("n", "&"), "for": ("4",), "never mind": ("nvm",), "right now": ("rn",),
}
_ENGLISH_FILLERS = (("um ", "uh ", "well ", "hmm ", "so ", "ok so ", "like "),
                    (" lol", " haha", " idk", " tho", " ...", " i guess"))
_CHINESE_FILLERS = (("嗯", "就是", "那个", "唉", "额", "嗯嗯，", "怎么说呢"), (" 哈哈", " 唉", "吧", "呢", "啊", "……"))
"""What comes before the text, and after it; where a mark ends it, one of the first two."""
_HOMOPHONES = {
    "觉得": "觉的", "知道": "知到", "已经": "以经", "因为": "应为", "应该": "因该", "自己": "自已", "一直": "一只",
    "其实": "其是", "以前": "已前", "好像": "好象", "什么": "神马", "没有": "木有", "真的": "真得", "这样": "酱",
    "还是": "还事", "再": "在", "在": "再", "做": "作", "那": "哪", "他": "她", "得": "的", "想": "象", "坐": "座",
    "只": "之", "但": "单", "事": "是", "完": "玩", "别": "憋", "提": "题", "里": "理", "容易": "容意", "建议": "建意",
    "不知道": "bzd", "算了": "蒜了", "焦虑": "焦虐", "疲惫": "疲备", "孤独": "孤读", "难过": "南过", "害怕": "害伯",
    "崩溃": "蹦溃", "委屈": "委曲", "绝望": "绝忘", "内疚": "内究", "空虚": "空需", "愤怒": "奋怒", "无助": "无住",
    "羞愧": "羞亏", "自卑": "自悲",
}
"""What the pinyin keyboard offers in place of the word that was meant, or what is typed to be quick."""
_ENDS = ".!?~。！？，…"
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {letter: row[max(0, at - 1):at] + row[at + 1:at + 2] for row in _ROWS for at, letter in enumerate(row)}
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LETTER = re.compile(r"[A-Za-z]")
_WORD = re.compile(r"[A-Za-z]{4,}")
_GAP = re.compile(r"(?<=[A-Za-z]) (?=[A-Za-z])")
_MARK = re.compile(r"(?<![.,;:!?])[.,;:!?]++(?=\s|$)|[，。；：！？、]+")
_APOSTROPHE = re.compile("(?<=[A-Za-z])['\u2019](?=[A-Za-z])")
_LOST = re.compile(r"(?<=[\u4e00-\u9fff])[的了地得](?=[\u4e00-\u9fff])")
_AFTER_I = re.compile(r"(?<![他她你])我(?=[^们，。的])")
_PARTICLE = re.compile(r"[吧啊呢嘛呀哦嗯](?=[，。！？…\s]|$)")


def _table(words: dict[str, tuple[str, ...]]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'])(?:{'|'.join(sorted(words, key=len, reverse=True))})(?![\w'])", re.IGNORECASE)


_SHORT_CUE, _ABBREVIATION_CUE = _table(_SHORT), _table(_ABBREVIATIONS)
_HOMOPHONE_CUE = re.compile("|".join(sorted(_HOMOPHONES, key=len, reverse=True)))


@dataclass(frozen=True, slots=True)
class Hand:
    """How somebody types: habits that last a conversation, each True or False.

    Attributes:
        lower: writes no capitals.
        bare: leaves most punctuation out.
        contracts: contracts and drops apostrophes; in Chinese, loses a 的 or 了.
        shortens: abbreviates.
        fills: puts in fillers and particles.
    """

    lower: bool
    bare: bool
    contracts: bool
    shortens: bool
    fills: bool

    @classmethod
    def drawn(cls, key: int, strength: float) -> Hand:
        """The habits of a key: each is there with a chance of 1.2 times the strength, at most 1."""
        return cls(*(uniform(key, 900 + habit) < 1.2 * strength for habit in range(5)))


def roughen(text: str, key: int, strength: float = STRENGTH, *, protect: Sequence[re.Pattern[str]] = (),
            hand: int | None = None) -> str:
    """The text as somebody types it in haste.

    Args:
        text: English, Chinese or both; other letters only lose their punctuation.
        key: 64 bits that decide every slip.
        strength: in [0, 1]; 0 leaves the text as it is.
        protect: what stays letter for letter besides numbers and sums (`AMOUNTS`).
        hand: the key of the typist's habits, the same for all it says; by default `key`, a new typist for every text.

    Returns:
        The rough text, empty only if the text is. Protected spans are in it unchanged and in their order.

    Raises:
        ValueError: When the strength is outside [0, 1].
    """
    if not 0 <= strength <= 1:
        raise ValueError(f"strength must be in [0, 1], got {strength}")
    if not strength or not text.strip():
        return text
    habits = Hand.drawn(key if hand is None else hand, strength)
    parts = [piece if kept else _free(piece, mix(key, number), strength, habits)
             for number, (piece, kept) in enumerate(_pieces(text, (AMOUNTS, *protect)))]
    rough = "".join(parts)
    if habits.fills and uniform(key, 1) < strength:
        before, after = _CHINESE_FILLERS if _HAN.search(text) else _ENGLISH_FILLERS
        if uniform(key, 3) < 0.6:
            rough = f"{pick(key, before, 2)}{rough}"
        else:
            rough = f"{rough}{pick(key, after[:2] if rough[-1:] in _ENDS else after, 4)}"
    return rough if rough.strip() else text


def roughen_keeping(text: str, key: int, keeps: Callable[[str], bool], strength: float = STRENGTH, *,
                    hand: int | None = None) -> str:
    """The text as rough as it can be and still pass `keeps`: ever gentler tries, in the end the text itself.

    It is how somebody types who looks over what decides a matter before sending it.
    """
    for attempt in range(4):
        rough = roughen(text, mix(key, attempt), strength * (1 - attempt / 4), hand=key if hand is None else hand)
        if keeps(rough):
            return rough
    return text


def _pieces(text: str, protect: Sequence[re.Pattern[str]]) -> Iterator[tuple[str, bool]]:
    """The text cut into (piece, protected), overlapping spans merged."""
    spans = sorted(match.span() for pattern in protect for match in pattern.finditer(text) if match[0])
    last = 0
    at = 0
    while at < len(spans):
        start, end = spans[at]
        while at + 1 < len(spans) and spans[at + 1][0] < end:
            at += 1
            end = max(end, spans[at][1])
        if start > last:
            yield text[last:start], False
        yield text[start:end], True
        last = end
        at += 1
    if last < len(text):
        yield text[last:], False


def _free(text: str, key: int, strength: float, hand: Hand) -> str:
    """A piece without protected spans: letters first, then marks, so that a slip cannot make a mark."""
    if _HAN.search(text):
        text = _chinese(text, mix(key, 50), strength, hand)
    if _LETTER.search(text):
        text = _english(text, mix(key, 60), strength, hand)
    return _MARK.sub(lambda match: _mark(match, mix(key, 70, match.start()), strength, hand), text)


def _english(text: str, key: int, strength: float, hand: Hand) -> str:
    def from_table(table: dict[str, tuple[str, ...]], salt: int) -> Callable[[re.Match[str]], str]:
        def swap(match: re.Match[str]) -> str:
            child = mix(key, salt, match.start())
            if uniform(child) >= 0.4 + 0.6 * strength:
                return match[0]
            short = pick(child, table[match[0].lower()], 1)
            return short.capitalize() if match[0][0].isupper() else short

        return swap

    if hand.shortens:  # before the contractions: "i do not know" is "idk"
        text = _ABBREVIATION_CUE.sub(from_table(_ABBREVIATIONS, 1), text)
    if hand.contracts:
        text = _APOSTROPHE.sub("", _SHORT_CUE.sub(from_table(_SHORT, 2), text))
    text = _WORD.sub(lambda match: _slip(match[0], mix(key, 3, match.start()), strength), text)
    text = _GAP.sub(lambda match: "" if uniform(mix(key, 4, match.start())) < 0.05 * strength else " ", text)
    return text.lower() if hand.lower else text


def _slip(word: str, key: int, strength: float) -> str:
    """A word of four letters or more with a chance of one slip: a neighbour key, a doubled, swapped or lost letter."""
    if uniform(key) >= 0.2 * strength:
        return word
    at = 1 + int(uniform(key, 1) * (len(word) - 2))  # the first letter holds, and there is a next one
    return (
        f"{word[:at]}{pick(key, _NEIGHBOURS[word[at].lower()], 2)}{word[at + 1:]}",
        f"{word[:at]}{word[at]}{word[at:]}",
        f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2:]}",
        f"{word[:at]}{word[at + 1:]}",
    )[int(uniform(key, 3) * 4)]


def _chinese(text: str, key: int, strength: float, hand: Hand) -> str:
    text = _HOMOPHONE_CUE.sub(lambda match: _HOMOPHONES[match[0]] if uniform(mix(key, 1, match.start())) < 0.3 * strength
                              else match[0], text)
    if hand.contracts:
        text = _LOST.sub(lambda match: "" if uniform(mix(key, 3, match.start())) < 0.4 * strength else match[0], text)
    if hand.fills:
        text = _AFTER_I.sub(lambda match: pick(mix(key, 4, match.start()), ("我就是", "我那个", "我我", "我嗯"))
                            if uniform(mix(key, 5, match.start())) < 0.3 * strength else match[0], text)
        text = _PARTICLE.sub(lambda match: match[0] * 2 if uniform(mix(key, 2, match.start())) < 0.6 else match[0], text)
    return text


def _mark(match: re.Match[str], key: int, strength: float, hand: Hand) -> str:
    """A mark, left out, as it is or as another; a Chinese one inside the text leaves a space, or none."""
    if uniform(key) >= (0.8 if hand.bare else 0.2 * strength):
        return match[0]
    if uniform(key, 1) < 0.15:
        return "~" if match[0][0] in "。！？，" else "..."
    inside = match.end() < len(match.string)
    return pick(key, (" ", ""), 2) if inside and match[0][0] in "，。；：！？、" else ""
