"""From a seeker's mind to words: a plan of what a reply is to do, and words that are read as it.

Whoever words a plan, the phrase book here or a language model, is held to it: `reads_as` says whether a supporter would hear
the same bid, the same items, the same mood where one is shown, and a farewell only where one is meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...attention import content
from ..acts import closes, read_mood, told_items
from ..bids import read_bid
from ..languages import LANGUAGES, code_of
from .person import Person

OVER = ("relieved", "left")
"""The sections, and events, that end a talk."""


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence or two of a reply, before it has words.

    Attributes:
        section: of the phrase book.
        key: decides the book's wording.
        item: what it tells, "" for nothing.
    """

    section: str
    key: int
    item: str = ""


def words(person: Person, parts: Sequence[Part]) -> str:
    """A plan in the words of the phrase book, as one text of the person's language."""
    said = [person.book.say(part.section, part.key, person.key, {"item": part.item} if part.item else None) for part in parts]
    return ("" if person.trouble.language == "zh" else " ").join(said)


def reads_as(own: str, parts: Sequence[Part], language: str, text: str) -> bool:
    """Whether a text does what a plan does.

    Args:
        own: the plan in the phrase book's words.
        parts: the plan.
        language: the seeker's.
        text: the plan in somebody else's words.
    """
    if code_of(text) != language or LANGUAGES[language].garbled(text):
        return False
    if (closes(text, language), read_bid(text)) != (closes(own, language), read_bid(own)):
        return False
    mood, meant = read_mood(text), read_mood(own)
    shown = any(part.section.startswith("mood.") for part in parts)
    if mood != meant and (shown or mood != "wary"):
        return False
    return _same(told_items(own), told_items(text))


def _same(meant: Sequence[tuple[str, str]], heard: Sequence[tuple[str, str]]) -> bool:
    """Whether all that was to be told is told, each item by most of its words, and nothing besides."""
    return (all(any(_alike(item, other) for other in heard) for item in meant)
            and all(any(_alike(item, other) for item in meant) for other in heard))


def _alike(item: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether what was heard is an item: of its field, by at least half of its content words."""
    if item[0] != other[0]:
        return False
    wanted = content(item[1])
    return item[1] == other[1] if not wanted else 2 * len(wanted & content(other[1])) >= len(wanted)


_BRIEFS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "open": "Greet them and say what happened, in these words: \"{item}\".",
        "relieved": "Say that you feel lighter now, thank them and say goodbye.",
        "left": "Say that you have to go, and say goodbye.",
        "quiet": "Acknowledge quietly what they said.", "told": "Show that it does you good to tell them.",
        "misread": "Say that this is not what you feel.", "advised": "Say that advice does not help you now.",
        "diverted": "Say that you did not come to talk of other things.", "judged": "Say that this hurt you.",
        "informed": "Say that facts do not help you now.", "brushed": "Say that this is easily said.",
        "grilled": "Say that they ask one question after another.", "lost": "Say that you could not follow.",
        "unanswered": "Say that this did not take up what you said.", "parroted": "Say that they only repeat your words.",
        "rambling": "Say that this was too much at once.", "wrong": "Say that this is not your story.",
        "short": "Answer very shortly.", "wander": "Wander off to something small that has nothing to do with it.",
        "detail": "Add a small thing of your day.",
        "tell.observations": "Tell that \"{item}\", in these words.",
        "tell.thoughts": "Say that you think \"{item}\", in these words.",
        "tell.feelings": "Say \"I feel {item}\".", "tell.needs": "Say that you need this, in these words: \"{item}\".",
        "tell.requests": "Ask for this, in these words: \"{item}\".",
        "mood.closed": "You sound closed.", "mood.wary": "You sound careful.",
        "mood.opening": "You sound as if you began to trust.",
        "mood.done": "Say that this was everything.",
        "bid.seen": "Say that nobody sees how it is for you.", "bid.normal": "Ask whether it is normal to feel like that.",
        "bid.time": "Say that the words do not come, that you need time.",
        "bid.thread": "Say that there is more to it that you have not said.",
        "bid.order": "Say that everything is a muddle in your head.",
        "bid.alone": "Ask whether anybody else has been through this.", "bid.advice": "Ask what you should do.",
        "bid.facts": "Ask what is known about it, whether it is common.",
    },
    "zh": {
        "open": "先打招呼，再用这句原话说发生了什么：“{item}”。",
        "relieved": "说你现在轻松多了，谢谢对方，并说再见。", "left": "说你得走了，并说再见。",
        "quiet": "轻轻地回应对方刚才的话。", "told": "表示说出来让你好受一些。", "misread": "说这并不是你的感受。",
        "advised": "说建议现在帮不了你。", "diverted": "说你不是来聊别的事的。", "judged": "说这话伤到了你。",
        "informed": "说这些知识现在帮不了你。", "brushed": "说这话说起来容易。", "grilled": "说对方问题一个接一个。",
        "lost": "说你没听懂。", "unanswered": "说对方没有接住你刚才的话。", "parroted": "说对方只是在重复你的话。",
        "rambling": "说一下子太多了。", "wrong": "说这不是你的故事。", "short": "只用很短的话回答。",
        "wander": "说着说着跑到一件不相干的小事上。", "detail": "补一件今天的小事。",
        "tell.observations": "用这句原话说出：“{item}”。", "tell.thoughts": "用这句原话说出你的想法：“{item}”。",
        "tell.feelings": "说“我感到{item}”。", "tell.needs": "用这句原话说出你的需要：“{item}”。",
        "tell.requests": "用这句原话提出请求：“{item}”。",
        "mood.closed": "语气是封闭的。", "mood.wary": "语气是小心的。", "mood.opening": "语气像是开始信任对方。",
        "mood.done": "说要说的都说完了。",
        "bid.seen": "说没有人看到你有多难受。", "bid.normal": "问有这种感受是不是正常。",
        "bid.time": "说话说不出来，需要慢慢来。", "bid.thread": "说这里头还有没讲出来的事。", "bid.order": "说脑子里乱成一团。",
        "bid.alone": "问是不是只有你一个人这样。",
        "bid.advice": "问你该怎么办。", "bid.facts": "问这种情况常见不常见，有什么说法。",
    },
}
_ONLY = {"en": "Tell nothing else of yourself{bye}.", "zh": "不要说别的心事{bye}。请用中文说。"}
_STAY = {"en": ", and do not say goodbye", "zh": "，也不要告别"}


def brief(parts: Sequence[Part], language: str) -> str:
    """A plan as an instruction to whoever words it, in the seeker's language."""
    said = [_BRIEFS[language][part.section.removesuffix(".again")].format(item=part.item) for part in parts]
    bye = "" if any(part.section in OVER for part in parts) else _STAY[language]
    return ("" if language == "zh" else " ").join([*said, _ONLY[language].format(bye=bye)])
