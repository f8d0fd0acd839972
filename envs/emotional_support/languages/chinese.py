"""Chinese: words; the cues stand in `chinese_cues`. See `Language` for what each table is."""

from __future__ import annotations

import re

from .chinese_cues import CLOSES, CUES, HEAR, MOOD_CUES
from .language import Language

RELIEF = ("轻松", "平静", "踏实", "释然", "安心", "好受", "有希望", "温暖", "感激", "舒服", "放松", "开心", "被理解", "安稳", "好多了")
COMPANIONS = {"焦虑": "害怕", "疲惫": "崩溃", "孤独": "难过", "羞愧": "自卑", "无助": "绝望", "愤怒": "委屈", "绝望": "空虚", "自卑": "羞愧",
    "内疚": "羞愧", "难过": "孤独", "害怕": "无助", "空虚": "孤独", "崩溃": "疲惫", "委屈": "愤怒"}
LONGINGS = {"焦虑": "一点安全感", "疲惫": "好好休息一下", "孤独": "有个归属的地方", "羞愧": "被允许失败一次", "无助": "看到一点希望", "愤怒": "得到一点尊重",
    "绝望": "看到一点希望", "自卑": "有人看到我的付出", "内疚": "内心的平静", "难过": "有人抱抱我", "害怕": "一点安全感", "空虚": "找到家的感觉", "崩溃": "喘一口气",
    "委屈": "被认真对待"}

DESCRIBE = {
    "condition": "你是一位来访者。你的困扰: {troubles}。你的感受: {feelings}。你的想法: {thoughts}。{needs}{requests}{temper}",
    "needs": "你需要: {items}。",
    "requests": "你希望: {items}。",
    "gap": "；",
    "none": "无",
    "easy": "你很容易敞开心扉",
    "slow": "你会慢慢敞开心扉",
    "guarded": "你只对值得信任的人敞开心扉",
    "reflection": ", 尤其是有人看到你的感受时。",
    "validation": ", 尤其是有人说你的感受合情合理时。",
    "open-question": ", 尤其是有人真心想了解时。",
}


def second_person(clause: str) -> str:
    """"领导批评我" as "领导批评你", "我们" as "你们"."""
    return clause.replace("我", "你")


_WORD = re.compile(r"[\u4e00-\u9fffA-Za-z]")
_RUN = 8
# A longer stutter has a run twice.
_STUTTER = re.compile(rf"([^\W\d_]{{2,{_RUN}}}?)\1\1|(?!没关系|没事的|没问题|对不起)([\u4e00-\u9fff]{{3,{_RUN}}}?)\2")


def garbled(text: str) -> bool:
    """No letter, a letter alone, a stutter, or a run of eight characters twice."""
    kept = text.strip()
    if len(kept) < 2 or not _WORD.search(kept) or _STUTTER.search(kept):
        return True
    runs = [kept[i:i + _RUN] for i in range(len(kept) - _RUN + 1)]
    return len(runs) != len(set(runs))


CHINESE = Language(
    code="zh", relief=RELIEF, companions=COMPANIONS, longings=LONGINGS, hear=HEAR, cues=CUES, mood_cues=MOOD_CUES, closes=CLOSES,
    second_person=second_person, garbled=garbled, describe=DESCRIBE,
)
