"""States and conditions by rules: what words tell, and that a supporter's state knows no more than they heard."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym import Dialogue, Utterance
from dialogym.envs.emotional_support import EmotionalSupport, Facet, Trouble
from dialogym.envs.emotional_support.acts import closes
from dialogym.envs.emotional_support.annotation.extraction import CHARACTERS, WORDS, shorten, told
from dialogym.envs.emotional_support.annotation.lexicon import EMOTIONS, FEELING_WORDS, INTRODUCED_WORDS
from dialogym.envs.emotional_support.annotation.rules import (
    GOODBYES,
    MOST,
    annotate,
    condition_of,
    feelings_in,
    needs_in,
    observations_in,
    requests_in,
    say_goodbye,
    trouble_in,
)
from dialogym.envs.emotional_support.languages import LANGUAGES
from dialogym.envs.emotional_support.states import State, parse, render
from dialogym.envs.parts import Episode

SAID = [
    "Hello. My landlord raised the rent and I cannot pay it.", "What is that like for you?",
    "I feel so anxious. I want to be safe.", "It sounds hard.",
    "I am lonely too, and my sister stopped calling me.", "Have you told anybody?",
    "No. What should I do?", "Take your time.", "Thank you. Goodbye.",
]
SENTENCES = {
    "en": [
        "I feel so anxious.", "My cat died last week.", "I want to be heard.", "How can I stop worrying?", "Yes.",
        "I am not sad.", "Nobody ever calls me; I am sick of it.", "Thanks, that helped.", "I was left out, and it hurts.",
    ],
    "zh": [
        "我觉得很焦虑。", "我和丈夫总是吵架，谁也不让谁。", "我希望能睡个好觉。", "我该怎么办呢？", "嗯。", "我不难过。",
        "没有人愿意听我说话：我很孤独。", "好的，谢谢你。",
    ],
}


def talk(said: list[str]) -> Dialogue:
    dialogue = Dialogue.EMPTY
    for number, text in enumerate(said):
        dialogue = dialogue.say(Utterance("supporter" if number % 2 else "seeker", text))
    return dialogue


def episode(said: list[str], language: str = "en") -> Episode:
    return Episode(Trouble(language, "", ("x",)), talk(said), "valid", "somewhere/1")


def states(found: Episode) -> list[State]:
    read = [parse(utterance.state) for utterance in found.dialogue]
    assert None not in read
    return [state for state in read if state is not None]


class TestFeelings:
    @pytest.mark.parametrize(("text", "found"), [
        ("I feel sad.", ["sad"]), ("I'm so worried and EXHAUSTED", ["anxious", "exhausted"]), ("I am not sad.", []),
        ("I don't feel so lonely anymore", []), ("I dont feel lonely", []), ("I'm no longer anxious", []),
        ("I'm not only sad but angry", ["sad", "angry"]), ("my mother is sad", []), ("He makes me angry", ["angry"]),
        ("My mom is sad and I am afraid", ["afraid"]), ("he got mad at me", []), ("I get mad at him", ["angry"]),
        ("I live alone", []), ("I feel so alone", ["lonely"]), ("I used to run", []), ("I feel used", ["hurt"]),
        ("I am afraid to go", ["afraid"]), ("I’m not sad", []), ("All is well.", []), ("", []),
    ])
    def test_in_english(self, text: str, found: list[str]) -> None:
        assert list(feelings_in(text, "en")) == found

    @pytest.mark.parametrize(("text", "found"), [
        ("我很难过。", ["难过"]), ("我担心失业，也很疲倦", ["焦虑", "疲惫"]), ("我不难过", []), ("我没有那么害怕", []),
        ("别难过", []),
        ("我特别焦虑", ["焦虑"]), ("我忍不住难过", ["难过"]), ("妈妈很难过", []), ("他让我很生气", ["愤怒"]), ("恐怕不行", []),
        ("我心里很不安", ["焦虑"]), ("今天天气好", []),
    ])
    def test_in_chinese(self, text: str, found: list[str]) -> None:
        assert list(feelings_in(text, "zh")) == found

    def test_the_lexicon_is_of_the_feelings_of_the_language(self) -> None:
        for language, lang in LANGUAGES.items():
            assert set(FEELING_WORDS[language]) == set(lang.companions)
            assert set(INTRODUCED_WORDS[language]) <= set(lang.companions)
            words = [word.strip() for listed in FEELING_WORDS[language].values() for word in listed.split(",")]
            assert len(words) == len(set(words)) >= 100
            assert all(feeling in words for feeling in lang.companions if feeling != "hurt")
        assert set(EMOTIONS.values()) <= set(LANGUAGES["en"].companions)


class TestTheRest:
    @pytest.mark.parametrize(("text", "language", "found"), [
        ("I lost my job. The sun is out.", "en", ["I lost my job"]),
        ("Well, I can't sleep because my neighbour plays the drums all night long in the flat below.", "en", ["I can't sleep"]),
        ("They raised the rent and I cannot pay it.", "en", ["They raised the rent and I cannot pay it"]),
        ("I am so tired and I cannot sleep.", "en", ["I cannot sleep"]),
        ("I failed. I lost it all. I hate myself so much.", "en", ["I lost it all", "I hate myself so much"]),
        ("I feel sad.", "en", []), ("Did you ever fail?", "en", []), ("Thanks, that helped.", "en", []),
        ("I don't know", "en", []),
        ("我和丈夫总是吵架，压力很大。", "zh", ["我和丈夫总是吵架，压力很大"]), ("没关系，不用谢。", "zh", []),
        ("我很难过。", "zh", []), ("我会努力，不再害怕失败。", "zh", []), ("你不觉得难吗？", "zh", []),
    ])
    def test_observations(self, text: str, language: str, found: list[str]) -> None:
        assert list(observations_in(text, language)) == found

    @pytest.mark.parametrize(("text", "language", "needs", "requests"), [
        ("I need a hug. How can I stop crying?", "en", ["a hug"], ["How can I stop crying"]),
        ("I wish he would call", "en", ["I wish he would call"], []), ("I want to thank you", "en", [], []),
        ("I need some advice on this", "en", [], ["some advice on this"]), ("I hope you are well", "en", [], []),
        ("What should I do", "en", [], ["What should I do"]), ("I don't want to go", "en", [], []),
        ("我希望他能理解我。那我该怎么办呢？", "zh", ["他能理解我"], ["我该怎么办"]),
        ("我希望你能帮帮我", "zh", [], ["我希望你能帮帮我"]),
        ("我不需要休息", "zh", [], []), ("接下来我们如何进行呢？", "zh", [], []),
    ])
    def test_needs_and_requests(self, text: str, language: str, needs: list[str], requests: list[str]) -> None:
        assert list(needs_in(text, language)) == needs
        assert list(requests_in(text, language)) == requests

    @given(st.text(max_size=200), st.sampled_from(["en", "zh"]))
    @settings(max_examples=200, deadline=None)
    def test_any_text_gives_short_items_that_a_state_holds(self, text: str, language: str) -> None:
        found = told(text, language)
        assert set(Facet.of(found)) == set(found)
        for _, item in found:
            assert item
            assert len(item.split()) <= WORDS if language == "en" else len(item) <= CHARACTERS
        state = State(Facet.of(found))
        assert parse(render(state, language)) == state

    def test_shorten_cuts_between_clauses(self) -> None:
        long = "my brother took the car, so I walked home for two hours in the rain at night"
        assert shorten(long, "en") == "my brother took the car"
        assert shorten("one two three", "en") == "one two three"
        assert len(shorten("word " * 40, "en").split()) == WORDS
        assert shorten("弟弟把车开走了，所以我在雨里走了整整两个小时才到家", "zh") == "弟弟把车开走了"
        assert len(shorten("啊" * 50, "zh")) == CHARACTERS


class TestAnnotate:
    def test_the_seeker_knows_what_it_told_and_will_tell(self) -> None:
        first, *_, last = states(annotate(episode(SAID)))
        assert first.shown == Facet(("My landlord raised the rent and I cannot pay it",))
        assert first.hidden == Facet(("my sister stopped calling me",), ("anxious", "lonely"), ("to be safe",),
                                     ("What should I do",))
        assert last.shown.feelings == ("anxious", "lonely")
        assert not last.hidden

    def test_the_supporter_knows_what_it_heard_and_guesses_from_it(self) -> None:
        one, two, three, four = states(annotate(episode(SAID)))[1::2]
        assert (one.shown.observations, one.hidden) == (("My landlord raised the rent and I cannot pay it",), Facet())
        lang = LANGUAGES["en"]
        assert two.hidden == Facet((), (lang.companions["anxious"],), (lang.longings["anxious"],))
        assert three.hidden == Facet((), (lang.companions["lonely"],), (lang.longings["lonely"],))
        assert three.shown.feelings == ("anxious", "lonely")
        assert four.shown.requests == ("What should I do",)

    def test_words_split_source_and_condition_stay(self) -> None:
        before = episode(SAID)
        after = annotate(before)
        assert [u.text for u in after.dialogue] == SAID
        assert (after.condition, after.split, after.source) == (before.condition, before.split, before.source)
        assert annotate(after) == after

    def test_a_few_items_of_a_field_at_most(self) -> None:
        said = [text for number in range(7) for text in (f"My cat number {number} died. My dog {number} is sick.", "I see.")]
        found = states(annotate(episode([*said, "Bye."])))
        assert max(len(half.observations) for state in found for half in (state.shown, state.hidden)) == MOST
        assert found[-2].shown.observations[-1] == "My dog 6 is sick"
        assert found[0].hidden.observations[0] == "My cat number 1 died"

    @given(st.data(), st.sampled_from(["en", "zh"]))
    @settings(max_examples=150, deadline=None)
    def test_a_supporters_state_does_not_depend_on_what_comes_later(self, data: st.DataObject, language: str) -> None:
        pick = st.lists(st.sampled_from(SENTENCES[language]), min_size=1, max_size=3).map(" ".join)
        said = data.draw(st.lists(pick, min_size=3, max_size=11))
        cut = data.draw(st.integers(1, len(said)))
        whole, part = annotate(episode(said, language)), annotate(episode(said[:cut], language))
        pairs = list(zip(whole.dialogue, part.dialogue, strict=False))
        assert all(one == other for one, other in pairs if one.seat == "supporter")
        lang = LANGUAGES[language]
        heard: set[tuple[str, str]] = set()
        for utterance, state in zip(whole.dialogue, states(whole), strict=True):
            if utterance.seat == "seeker":
                heard |= set(told(utterance.text, language))
            else:
                assert set(state.shown) <= heard
                assert {item for _, item in state.hidden} <= {*lang.companions.values(), *lang.longings.values()}

    def test_it_reads_as_a_game_in_which_everything_was_said(self) -> None:
        found = EmotionalSupport().engagement(annotate(episode(SAID)).dialogue)
        assert (found.level, found.over) == (1.0, True)


class TestConditions:
    def test_of_a_dialogue(self) -> None:
        trouble = condition_of(talk(SAID), "en", "My rent was raised twice", ("sad",))
        assert trouble.troubles[0] == "My rent was raised twice"
        assert trouble.feelings == ("sad", "anxious", "lonely")
        assert (trouble.needs, trouble.requests) == (("to be safe",), ("What should I do",))
        assert (trouble.guard, trouble.language) == (0.5, "en")
        assert condition_of(talk(SAID), "en", "My rent was raised twice", ("sad",)) == trouble

    def test_thoughts_are_told_from_facts(self) -> None:
        trouble = trouble_in(["My dog died.", "I think nobody will ever love me again."], "en")
        assert (trouble.troubles, trouble.thoughts) == (("My dog died",), ("nobody will ever love me again",))
        trouble = trouble_in(["我和同事吵架了。", "我觉得没有人喜欢我。"], "zh")
        assert (trouble.troubles, trouble.thoughts) == (("我和同事吵架了",), ("没有人喜欢我",))

    def test_never_more_than_a_conversation_bears(self) -> None:
        texts = [f"My friend number {number} left me. I want {number} apples. How can I live {number} days?"
                 for number in range(9)]
        texts.append("I feel sad, angry, lonely, guilty and ashamed.")
        trouble = trouble_in([*texts, *(f"I think I'll never be number {number}." for number in range(9))], "en")
        sizes = [len(getattr(trouble, name)) for name in ("troubles", "feelings", "thoughts", "needs", "requests")]
        assert sizes == [4, 3, 3, 2, 2]

    def test_without_a_trouble_the_first_words_stand_for_it(self) -> None:
        assert trouble_in(["Hello there", "We went to see the sea"], "en").troubles == ("We went to see the sea",)
        assert trouble_in(["Hi"], "en").troubles == ("Hi",)
        with pytest.raises(ValueError, match="troubles"):
            trouble_in(["...", "none"], "en")

    def test_leanings_vary(self) -> None:
        assert len({trouble_in([f"I lost {number} keys"], "en").leaning for number in range(30)}) == 3


class TestGoodbye:
    @pytest.mark.parametrize(("text", "language"), [
        ("I will try that", "en"), ("Thank you", "en"), ("我试试", "zh"), ("谢谢你", "zh")])
    def test_it_closes(self, text: str, language: str) -> None:
        said = say_goodbye(text, language)
        assert said.startswith(text)
        assert closes(said)
        assert closes(said, language)
        assert say_goodbye(said, language) == said
        assert say_goodbye(text, language) == said

    @pytest.mark.parametrize("text", ["Bye now!", "You take care", "See you"])
    def test_words_that_close_stay_as_they_are(self, text: str) -> None:
        assert say_goodbye(text, "en") == text

    def test_taking_care_of_somebody_is_no_farewell(self) -> None:
        assert not closes("I take care of my aunt.", "en")
        assert say_goodbye("I take care of my aunt.", "en") != "I take care of my aunt."

    def test_no_closing_words_tell_anything(self) -> None:
        for language, books in GOODBYES.items():
            for text in (text for book in books for text in book.every()):
                assert closes(text, language)
                assert told(text, language) == ()
