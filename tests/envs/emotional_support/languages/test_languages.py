"""The tables of both languages: complete, in step with the phrase books, and deaf to broken text."""

from __future__ import annotations

import pytest

from dialogym.envs.emotional_support.acts import recognise_by_cues
from dialogym.envs.emotional_support.conditions import describe, draw, seeker_book, topics
from dialogym.envs.emotional_support.engagement import unspoken
from dialogym.envs.emotional_support.languages import LANGUAGES
from dialogym.envs.emotional_support.languages.chinese import CHINESE
from dialogym.envs.emotional_support.languages.english import ENGLISH
from dialogym.envs.emotional_support.languages.language import ACTS, Language
from dialogym.envs.emotional_support.states import Facet, State, render

FIELD = {"troubles": "observations", "thoughts": "observations", "feelings": "feelings"}

both = pytest.mark.parametrize("lang", [pytest.param(ENGLISH, id="en"), pytest.param(CHINESE, id="zh")])


def items(lang: Language, kind: str) -> list[str]:
    """What seekers of a language may carry, each wording of the phrase book once."""
    book = seeker_book(lang.code)
    if kind == "feelings":
        return list(book.lexicon("feelings"))
    return [item for topic in topics(lang.code) for item in book.every(f"topic.{topic}.{kind}")]


class TestTables:
    @both
    def test_every_table_has_an_entry_for_everything(self, lang: Language) -> None:
        assert set(lang.cues) == set(ACTS)
        assert tuple(lang.mood_cues) == ("done", "closed", "opening", "wary")
        assert set(lang.hear) == {"observations", "feelings", "needs", "requests"}
        assert set(lang.companions) == set(lang.longings) <= set(items(lang, "feelings"))
        assert set(lang.companions.values()) <= set(lang.companions)
        assert all(feeling != other for feeling, other in lang.companions.items())
        assert LANGUAGES[lang.code] is lang

    def test_both_have_the_same_tables(self) -> None:
        assert set(CHINESE.describe) == set(ENGLISH.describe)
        assert len(CHINESE.companions) == len(ENGLISH.companions)

    @both
    def test_nothing_that_hurts_reads_as_relief(self, lang: Language) -> None:
        hurting = [(item, Facet(**{FIELD[kind]: (item,)})) for kind in FIELD for item in items(lang, kind)]
        assert not [item for item, hidden in hurting if unspoken(render(State(Facet(), hidden), lang.code)) != (item,)]

    @both
    def test_a_condition_is_described(self, lang: Language) -> None:
        for key in range(50):
            trouble = draw(key, lang.code)
            text = describe(trouble)
            assert "{" not in text
            assert all(item in text for item in (*trouble.troubles, *trouble.feelings, *trouble.thoughts, *trouble.needs))


class TestTheSupporter:
    @pytest.mark.parametrize(("text", "acts"), [
        ("听上去你最近心里挺委屈的。", {"reflection"}),
        ("看得出来，这件事让你很内疚。", {"reflection"}),
        ("你刚刚提到和室友闹翻了，能仔细讲讲当时的情形吗？", {"restatement", "open-question"}),
        ("我很能理解你的心情。", {"validation"}),
        ("遇到这种事会生气，是正常的。", {"validation"}),
        ("别着急，我会一直陪着你。", {"encouragement"}),
        ("这样的日子持续多久了？", {"closed-question"}),
        ("你跟家里人提过吗？", {"closed-question"}),
        ("晚上睡不着的时候你一般怎么办？", {"open-question"}),
        ("你可以先给自己列一张清单。", {"suggestion"}),
        ("要不试试睡前不看手机？", {"suggestion"}),
        ("你有没有试过跟她写封信？", {"suggestion"}),
        ("从心理学的角度看，人都需要归属感。", {"information"}),
        ("不用担心，慢慢会好起来的。", {"reassurance"}),
        ("你这个人就是想太多了。", {"judgement"}),
        ("今天我们就先聊到这里吧，下次见。", {"closing"}),
        ("我几年前也有过一段这样的日子。", {"self-disclosure"}),
        ("换个轻松一点的话题吧。", {"topic-change"}),
        ("你好像一夜没睡。", {"reflection"}),
        ("你可以多说一点。", {"open-question"}),
        ("窗外的树叶黄了。", set()),
    ])
    def test_cues_find_other_words_for_an_act(self, text: str, acts: set[str]) -> None:
        assert set(recognise_by_cues(text)) == acts


class TestBrokenText:
    @pytest.mark.parametrize("text", [
        "", "。", "嗯", "我觉得我觉得很累。", "难过难过难过。", "我我我我我我很累。",
        "今天我又和妈妈吵架了，今天我又和妈妈吵架了。",
    ])
    def test_broken_chinese_is_noticed(self, text: str) -> None:
        assert CHINESE.garbled(text)

    @pytest.mark.parametrize("text", [
        "慢慢说，不着急。", "谢谢你，谢谢。", "我们一步一步来。", "试试看，想想办法。", "没关系没关系，你慢慢讲。",
        "哈哈哈，好的。", "嗯嗯，我在听……", "来日方长，高高兴兴地过每一天。", "我欠了他100000000元。",
    ])
    def test_natural_repetition_passes(self, text: str) -> None:
        assert not CHINESE.garbled(text)

    def test_a_clause_is_turned_to_the_other(self) -> None:
        assert CHINESE.second_person("我们一起住了五年") == "你们一起住了五年"
        assert CHINESE.second_person("领导总批评我的方案") == "领导总批评你的方案"
