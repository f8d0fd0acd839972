"""The gate before every listener: what people say passes, word salad does not, and the same everywhere."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogym import Position, ScriptedAgent, converse
from dialogym.envs import fluency
from dialogym.envs.book import book
from dialogym.envs.emotional_support.listening import taken_in as heard_in_support
from dialogym.envs.fluency import figures, fluent, language_of, sentences
from dialogym.envs.keys import mix
from dialogym.envs.noise import roughen
from dialogym.envs.persuasion.simulators.hearing import taken_in as heard_in_persuasion
from dialogym.envs.registry import registry
from tests.envs.fluency_texts import NATURAL, SALAD
from tests.third import ID as THIRD

LANGUAGES = ("en", "zh")
REFUSED, ROUGH, PASSED = {"en": 0.03, "zh": 0.04}, {"en": 0.03, "zh": 0.05}, {"en": 0.15, "zh": 0.37}
"""The most that may be refused of what people say, of wordings typed in haste, and that may pass of salad."""
SPOKEN = {"en": (("persuasion", "persuader.book"), ("emotional_support", "supporter.en.book")),
          "zh": (("emotional_support", "supporter.zh.book"),)}
"""The books of those who are listened to."""


def wordings(language: str) -> Iterator[str]:
    """Every option of every section, slots filled with something."""
    for folder, name in SPOKEN[language]:
        said = book(f"dialogym.envs.{folder}", name)
        for section in said:
            for text in said.every(section):
                yield text.replace("<sum>", "one dollar").replace("<their>", "the money").replace("<", "").replace(">", "")


def shuffled(text: str, seed: int) -> str:
    """The words, or Chinese characters, of a sentence in another order."""
    parts = list(text[:-1]) if language_of(text) == "zh" else text[:-1].split()
    random.Random(seed).shuffle(parts)
    return ("" if language_of(text) == "zh" else " ").join(parts) + text[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_people_say_passes(language: str) -> None:
    refused = [text for text in NATURAL[language] if not fluent(text)]
    assert len(NATURAL[language]) >= 60
    assert len(refused) <= REFUSED[language] * len(NATURAL[language]), refused


@pytest.mark.parametrize("language", LANGUAGES)
def test_salad_does_not(language: str) -> None:
    passed = [text for text in SALAD[language] if fluent(text)]
    assert len(SALAD[language]) >= 60
    assert len(passed) <= PASSED[language] * len(SALAD[language]), passed


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_wording_of_the_scripted_players_passes(language: str) -> None:
    assert [text for text in wordings(language) if not fluent(text)] == []


def talks(count: int) -> Iterator[tuple[str, str]]:
    """What the scripted players say to every family."""
    for known in [known for id, known in registry.items() if id != THIRD]:
        built = known.build()
        for options in built.speech.variants() if built.speech else [{}]:
            scenario = built.replace(**options)
            for user in scenario.scripted[scenario.user]:
                players = list(scenario.scripted[scenario.interactive])
                for seed in range(count):
                    player = players[seed % len(players)]
                    pair = {scenario.interactive: ScriptedAgent.of(scenario, scenario.interactive, player),
                            scenario.user: ScriptedAgent.of(scenario, scenario.user, user)}
                    end = converse(Position.start(scenario, mix(17, seed)), pair)
                    yield from ((scenario.name, u.text) for u in end.dialogue if u.seat == scenario.interactive)


@pytest.mark.parametrize("count", [10, pytest.param(300, marks=pytest.mark.slow)])
def test_whatever_a_scripted_player_says_passes(count: int) -> None:
    said = list(talks(count))
    refused = [text for _, text in said if not fluent(text)]
    assert len(refused) <= 0.01 * len(said), refused


@pytest.mark.parametrize("language", LANGUAGES)
def test_wordings_typed_in_haste_pass(language: str) -> None:
    texts = list(dict.fromkeys(wordings(language)))[::5]
    assert sum(not fluent(roughen(text, mix(3, number))) for number, text in enumerate(texts)) <= ROUGH[language] * len(texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_words_in_no_order_do_not_pass(language: str) -> None:
    texts = [text for text in NATURAL[language] if len(text) > (10 if language == "zh" else 40)]
    tossed = [shuffled(text, seed) for text in texts for seed in range(3)]
    assert sum(map(fluent, tossed)) <= 0.2 * len(tossed)


@pytest.mark.parametrize("text", [
    "Yes.", "ok thanks", "嗯。", "好的", "", " ", "👍", "12", "$1", "...", "Привет, как дела сегодня?",
    "今日はとてもいい天気ですね。ありがとう", "مرحبا كيف حالك اليوم", "https://example.org/a?b=c"])
def test_what_is_too_little_or_in_other_letters_passes(text: str) -> None:
    assert fluent(text)


def test_one_bad_sentence_among_good_ones_is_let_pass_and_one_good_among_bad_ones_is_not() -> None:
    good, bad = "I would rather walk than wait for the bus in this weather.", "Percent audited imagine donate hungry."
    assert fluent(f"{good} {bad} {good}")
    assert not fluent(f"{bad} Thank you so much. {bad}")


def test_salad_is_noise_to_every_listener() -> None:
    assert heard_in_persuasion("Percent audited imagine donate hungry.")[0].acts == ()
    assert heard_in_persuasion("Percent of audited donate 2 dollars imagine crying my founded.")[1] is None
    assert heard_in_support("Feel feel feel sad sad sad.").acts == ()
    assert heard_in_support("建议，理解，勇敢，研究，相信，陪伴。").acts == ()


@given(st.text(max_size=300))
def test_any_text_is_judged(text: str) -> None:
    assert fluent(text) is fluent(text)


@given(st.lists(st.sampled_from(["the", ",", ".", "我", "\ud800", "'", "donate", "0", "\n", "Да", "’s", "$", " "])))
def test_any_mixture_is_judged_the_same_again(parts: list[str]) -> None:
    text = "".join(parts)
    first = fluent(text)
    fluency._fluent.cache_clear()
    fluency.score.cache_clear()
    assert fluent(text) is first


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_figures_are_integers(language: str) -> None:
    found = figures(language)
    kept = (found.deep, found.bias, found.second, found.second_bias, found.out_first, found.out_second, found.wide)
    assert all(np.issubdtype(values.dtype, np.integer) for values in kept)
    one = sentences(NATURAL[language][0])[0]
    assert all(isinstance(figure, int) for figure in fluency.counts(one, found))
    assert isinstance(fluency.score(one, language), int)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sum_leaves_32_bits(language: str) -> None:
    """Of the largest values that the layers can take."""
    found = figures(language)
    size, window = len(found.bias), 2 * fluency.AROUND
    most = np.abs(found.deep).max(axis=0).astype(np.int64).reshape(window, size).sum(axis=0) + np.abs(found.bias)
    first, wide = most >> 4, 128 * len(fluency.TEMPLATES)
    beside = np.append(np.tile(first, 3), 4 * wide)
    second = np.abs(found.second).astype(np.int64) @ beside + np.abs(found.second_bias)
    out = (first @ np.abs(found.out_first).astype(np.int64) + (second >> 5) @ np.abs(found.out_second).astype(np.int64)
           + abs(found.constant) + 128 * wide)
    assert max(int(most.max()), int(second.max()), int(out)) < 1 << 31


def test_the_file_is_small() -> None:
    path = fluency.__file__.replace("fluency.py", "fluency.npz")
    with open(path, "rb") as file:
        assert len(file.read()) < 400_000


@pytest.mark.parametrize("piece", ["walk the dog ", "我想", "a, ", "don't.", "0,", "a@"])
def test_the_work_grows_with_the_text_and_no_faster(piece: str) -> None:
    """Counted in lines of this module that are executed."""
    def lines(text: str) -> int:
        count = 0

        def trace(frame: object, event: str, arg: object) -> object:
            nonlocal count
            if getattr(frame, "f_code").co_filename != fluency.__file__:  # noqa: B009 - a frame is untyped here
                return None
            count += event == "line"
            return trace

        fluency._fluent.cache_clear()
        fluency.score.cache_clear()
        sys.settrace(trace)
        try:
            fluent(text)
        finally:
            sys.settrace(None)
        return count

    short, long = lines(piece * 50), lines(piece * 400)
    assert long <= 9 * short
