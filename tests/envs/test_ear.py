"""The learned ear: whole numbers, the same everywhere, and nothing but figures."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files

import numpy as np
import pytest

from dialogym.envs.ear import ALONE, BITS, OTHER, Ear, ear, features, met, sentences
from dialogym.envs.emotional_support.languages.language import ACTS as SUPPORT
from dialogym.envs.persuasion.acts import ACTS as PERSUASION
from dialogym.envs.persuasion.simulators.moods import MOODS

EARS = {("dialogym.envs.persuasion", "listener.npz"): PERSUASION, ("dialogym.envs.persuasion", "moods.npz"): MOODS,
        ("dialogym.envs.emotional_support", "listener.en.npz"): SUPPORT,
        ("dialogym.envs.emotional_support", "listener.zh.npz"): SUPPORT}
each = pytest.mark.parametrize("place", EARS, ids="/".join)


@each
def test_an_ear_is_small_and_holds_whole_numbers_for_its_labels(place: tuple[str, str]) -> None:
    package, name = place
    learned = ear(package, name)
    assert learned.labels == (*EARS[place], OTHER)
    assert learned.weights.dtype == np.int8
    assert learned.weights.shape[0] & (learned.weights.shape[0] - 1) == 0
    assert len(learned.met) * 8 == BITS
    assert len(files(package).joinpath(name).read_bytes()) < 400_000


@each
def test_scores_are_sums_over_the_buckets_whatever_else_was_heard(place: tuple[str, str]) -> None:
    learned = ear(*place)
    for text in ("Would you give to the children?", "你觉得呢？", "I am so sorry that it hurts.", ""):
        rows = [learned.weights[bucket].astype(int) for bucket in features(text, len(learned.weights))]
        assert learned.scores(text) == tuple(sum(int(row[n]) for row in rows) for n in range(len(learned.labels)))


def test_another_process_hears_the_same() -> None:
    text = "hello there, would you like to give something to the children today"
    code = f"from dialogym.envs.ear import ear; print(ear('dialogym.envs.persuasion', 'listener.npz').scores({text!r}))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == str(ear("dialogym.envs.persuasion", "listener.npz").scores(text))


def test_the_features_of_a_text_grow_no_faster_than_it() -> None:
    short = "she said that it would be fine but it was not "
    assert len(features(short * 8, 1 << 30)) < 9 * len(features(short, 1 << 30))
    assert features("A b", 1 << 14).tolist() == features("a B", 1 << 14).tolist()
    assert features("a b", 1 << 14).tolist() != features("b a", 1 << 14).tolist()


@pytest.mark.parametrize(("text", "cut"), [
    ("Hi! How are you?", ("Hi!", "How are you?")), ("It is $1.50 a day. Yes.", ("It is $1.50 a day.", "Yes.")),
    ("no marks at all", ("no marks at all",)), ("你好。你怎么样？", ("你好。", "你怎么样？")), ("...", ()), ("", ())])
def test_sentences_are_cut_at_their_marks(text: str, cut: tuple[str, ...]) -> None:
    assert sentences(text) == cut


class TestAnEarOfOurOwn:
    """Two labels and what is other, learned from three words."""

    @staticmethod
    def ear() -> Ear:
        weights = np.zeros((1 << 10, 3), np.int8)
        for label, word in enumerate(("apple", "bread", "stone")):
            weights[features(f"{word} {word}", 1 << 10), label] = 5
        return Ear(("fruit", "food", OTHER), weights, met(["apple bread stone closing"]))

    def test_a_sentence_is_the_label_with_the_greatest_sum(self) -> None:
        assert self.ear().hear("apple apple") == "fruit"
        assert self.ear().acts("Apple apple. Bread bread. Apple apple.") == ("fruit", "food")

    def test_what_is_other_is_heard_where_there_is_nothing_else(self) -> None:
        assert self.ear().acts("Stone stone.") == (OTHER,)
        assert self.ear().acts("Stone stone. Bread bread.") == ("food",)

    def test_words_that_were_never_met_are_no_sentence(self) -> None:
        assert self.ear().acts("Pliff gronk.") == ()
        assert self.ear().hear("apple gronk") == "fruit"
        assert self.ear().gist("Pliff gronk.") == OTHER

    def test_a_word_alone_says_nothing_unless_it_is_a_courtesy(self) -> None:
        assert self.ear().hear("apple") == OTHER
        polite = Ear(("closing", OTHER), np.ones((1 << 10, 2), np.int8), met(["bye"]))
        assert "closing" in ALONE
        assert polite.hear("bye") == "closing"

    def test_a_text_as_a_whole_is_the_sum_of_its_sentences(self) -> None:
        assert self.ear().gist("Bread bread. Bread bread. Apple apple.") == "food"
