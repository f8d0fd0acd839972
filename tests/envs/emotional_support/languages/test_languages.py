"""Every wording of both languages is understood as what it was meant to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from dialogym.envs.emotional_support.acts import closes, named_feelings, read_mood, recognise, recognise_by_cues, told_items
from dialogym.envs.emotional_support.conditions import describe, draw
from dialogym.envs.emotional_support.engagement import unspoken
from dialogym.envs.emotional_support.languages import LANGUAGES
from dialogym.envs.emotional_support.languages.chinese import CHINESE
from dialogym.envs.emotional_support.languages.english import ENGLISH
from dialogym.envs.emotional_support.languages.language import ACTS, LEANINGS, MOODS, Language, Topic
from dialogym.envs.emotional_support.states import Facet, State, clean, render
from dialogym.envs.phrases import Phrases

HARMFUL = {"suggestion", "information", "topic-change", "judgement", "closing", "reassurance", "greeting"}
TELLS = {"troubles": "observations", "thoughts": "thoughts", "feelings": "feelings", "needs": "needs", "requests": "requests"}
FIELD = {**TELLS, "thoughts": "observations"}
MOOD_OF = {"told": "opening", "advised": "closed", "grilled": "closed", "judged": "closed", "done": "done"}
NEUTRAL = ("quiet", "brushed", "diverted", "informed", "lost", "misread")
DRAWS = 400

both = pytest.mark.parametrize("lang", [pytest.param(ENGLISH, id="en"), pytest.param(CHINESE, id="zh")])


def every(phrases: Phrases) -> list[str]:
    """Each option once, and many of the combinations."""
    return sorted({*phrases.every(), *(phrases.say(key * 7919) for key in range(DRAWS))})


def items(lang: Language, kind: str) -> list[str]:
    if kind == "feelings":
        return list(lang.feelings)
    extra = lang.longings.values() if kind == "needs" else ()
    return [*dict.fromkeys([*(item for topic in lang.topics.values() for item in getattr(topic, kind)), *extra])]


def told(lang: Language) -> Iterator[tuple[str, str, str]]:
    """(kind, item, sentence) for every item in every wording."""
    for kind, table in TELLS.items():
        for wording in every(lang.tell[table]):
            for item in items(lang, kind):
                yield kind, item, wording.replace("<item>", item)


def filled(lang: Language, wording: str) -> list[str]:
    """A supporter's wording with every value that its slot may have."""
    facts = [lang.second_person(item) for kind in ("troubles", "thoughts") for item in items(lang, kind)]
    values = {"<feeling>": lang.feelings, "<item>": facts, "<topic>": [topic.noun for topic in lang.topics.values()]}
    slot = next((name for name in values if name in wording), None)
    return [wording.replace(slot, value) for value in values[slot]] if slot else [wording]


def said(lang: Language) -> Iterator[tuple[str, str]]:
    for act, phrases in lang.say.items():
        for wording in every(phrases):
            yield from ((act, text) for text in filled(lang, wording))


def joined(lang: Language, *parts: str) -> str:
    return ("" if lang.code == "zh" else " ").join(parts)


def endings(lang: Language) -> list[str]:
    return [*every(lang.relieved), *every(lang.left)]


def wordings(lang: Language) -> Iterator[str]:
    """Everything either of the two may say."""
    yield from (text for _, _, text in told(lang))
    yield from (wording.replace("<item>", item) for wording in every(lang.open) for item in items(lang, "troubles"))
    yield from (text for _, text in said(lang))
    for table in (lang.heads, lang.tails, lang.hints):
        for phrases in table.values():
            yield from every(phrases)
    yield from endings(lang)


class TestTables:
    @both
    def test_every_table_has_an_entry_for_everything(self, lang: Language) -> None:
        assert set(lang.say) == set(lang.cues) == set(ACTS)
        assert set(lang.heads) == {"opening", *MOOD_OF, *NEUTRAL}
        assert set(lang.tails) == set(MOODS)
        assert tuple(lang.mood_cues) == ("done", "closed", "opening", "wary")
        assert set(lang.hints) == set(LEANINGS)
        assert set(lang.tell) == set(TELLS.values())
        assert set(lang.hear) == set(FIELD.values())
        assert len(set(lang.feelings)) == len(lang.feelings)
        assert set(lang.companions) == set(lang.longings) == set(lang.feelings)
        assert set(lang.companions.values()) <= set(lang.feelings)
        assert all(feeling != other for feeling, other in lang.companions.items())
        assert LANGUAGES[lang.code] is lang

    @both
    def test_what_is_longed_for_is_something_that_can_be_needed(self, lang: Language) -> None:
        assert set(lang.longings.values()) <= {need for topic in lang.topics.values() for need in topic.needs}

    def test_both_have_the_same_tables(self) -> None:
        assert set(CHINESE.topics) == set(ENGLISH.topics)
        assert set(CHINESE.describe) == set(ENGLISH.describe)
        assert len(CHINESE.feelings) == len(ENGLISH.feelings)
        for name, topic in CHINESE.topics.items():
            assert shape(topic) == shape(ENGLISH.topics[name])

    @both
    def test_an_item_is_one_clause_that_a_state_can_hold(self, lang: Language) -> None:
        listed = [(kind, item) for kind in FIELD for item in items(lang, kind)]
        assert not [item for kind, item in listed if clean(item, FIELD[kind]) != item]
        assert not [item for _, item in listed if any(mark in item for mark in ".!?。！？，,；;：:、")]

    @both
    def test_no_trouble_is_told_twice(self, lang: Language) -> None:
        for kind in ("troubles", "thoughts"):
            listed = [item for topic in lang.topics.values() for item in getattr(topic, kind)]
            assert len(set(listed)) == len(listed)

    @both
    def test_nothing_that_hurts_reads_as_relief(self, lang: Language) -> None:
        hurting = [(item, Facet(**{FIELD[kind]: (item,)})) for kind in ("troubles", "thoughts", "feelings")
                   for item in items(lang, kind)]
        assert not [item for item, hidden in hurting if unspoken(render(State(Facet(), hidden), lang.code)) != (item,)]

    @both
    def test_a_condition_is_described(self, lang: Language) -> None:
        for key in range(50):
            trouble = draw(key, lang.code)
            text = describe(trouble)
            assert "{" not in text
            assert all(item in text for item in (*trouble.troubles, *trouble.feelings, *trouble.thoughts, *trouble.needs))


class TestTheSeeker:
    @both
    def test_what_is_told_is_heard_again(self, lang: Language) -> None:
        wrong = [(text, told_items(text)) for kind, item, text in told(lang) if told_items(text) != ((FIELD[kind], item),)]
        assert not wrong

    @both
    def test_a_dialogue_opens_with_its_trouble(self, lang: Language) -> None:
        texts = [(item, wording.replace("<item>", item)) for wording in every(lang.open)
                 for item in items(lang, "troubles")]
        assert not [(text, told_items(text)) for item, text in texts if told_items(text) != (("observations", item),)]

    @both
    def test_its_mood_is_heard(self, lang: Language) -> None:
        meant = [*lang.tails.items(), *((mood, lang.heads[event]) for event, mood in MOOD_OF.items())]
        texts = [(mood, text) for mood, phrases in meant for text in every(phrases)]
        texts = [(mood, text) for mood, text in texts if text not in ("Yes.", "Well.")]  # alone they say nothing of the mood
        assert not [(text, mood, read_mood(text)) for mood, text in texts if read_mood(text) != mood]

    @both
    def test_a_head_that_shows_no_mood_leaves_it_to_the_tail(self, lang: Language) -> None:
        assert not self.disturbed(lang, [head for event in NEUTRAL for head in every(lang.heads[event])])

    @both
    def test_a_hint_leaves_the_mood(self, lang: Language) -> None:
        wrong = []
        for hint in (hint for phrases in lang.hints.values() for hint in every(phrases)):
            texts = [(mood, joined(lang, tail, hint)) for mood, phrases in lang.tails.items() for tail in every(phrases)]
            wrong += [(text, mood, read_mood(text)) for mood, text in texts if read_mood(text) != mood]
        assert not wrong

    @both
    def test_what_it_tells_leaves_the_mood(self, lang: Language) -> None:
        assert not self.disturbed(lang, sorted({text for _, _, text in told(lang)}))

    @both
    def test_only_its_last_words_close(self, lang: Language) -> None:
        assert all(closes(text) for text in (*endings(lang), *every(lang.say["closing"])))
        others = [text for _, _, text in told(lang)]
        for table in (lang.heads, lang.tails, lang.hints):
            others += [text for phrases in table.values() for text in every(phrases)]
        assert not [text for text in others if closes(text)]

    @staticmethod
    def disturbed(lang: Language, heads: list[str]) -> list[tuple[str, str, str]]:
        """(text, mood of the tail, mood heard) where a head makes another mood of the tail's."""
        tails = [(mood, next(phrases.every())) for mood, phrases in lang.tails.items()]
        texts = [(mood, joined(lang, head, tail)) for head in heads for mood, tail in tails]
        return [(text, mood, read_mood(text)) for mood, text in texts if read_mood(text) != mood]


class TestTheSupporter:
    @both
    def test_every_wording_is_recognised_as_its_act_and_does_no_other_harm(self, lang: Language) -> None:
        wrong = []
        for act, text in said(lang):
            heard = recognise(text)
            if act not in heard or not HARMFUL.isdisjoint({*heard} - {act}):
                wrong.append((text, act, heard))
        assert not wrong

    def test_in_chinese_every_wording_is_that_act_and_no_other(self) -> None:
        assert not [(text, act, recognise(text)) for act, text in said(CHINESE) if recognise(text) != (act,)]

    @both
    def test_it_names_the_feeling_that_it_was_given_and_no_other(self, lang: Language) -> None:
        wrong = [(text, named_feelings(text)) for act, phrases in lang.say.items() for text in every(phrases)
                 if act != "restatement" and named_feelings(text)]
        wrong += [(text, named_feelings(text)) for wording in every(lang.say["reflection"]) if "<feeling>" in wording
                  for feeling in lang.feelings
                  if named_feelings(text := wording.replace("<feeling>", feeling)) != (feeling,)]
        assert not wrong

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
    @both
    def test_nothing_that_is_said_is_broken(self, lang: Language) -> None:
        assert not [text for text in wordings(lang) if lang.garbled(text)]

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


def shape(topic: Topic) -> Mapping[str, int]:
    return {kind: len(getattr(topic, kind)) for kind in ("troubles", "thoughts", "needs", "requests")}
