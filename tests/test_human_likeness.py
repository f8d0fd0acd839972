"""The cards that set simulated speakers beside people: their statistics on planted data, and a small table of all families."""

from __future__ import annotations

import json
from math import isnan
from pathlib import Path

import human_likeness as bench
import numpy as np
import pytest
from likeness import auc, chained, coverage, duplicates, lengths, separability, tokens, words

from dialogym.envs.emotional_support import EmotionalSupport
from dialogym.envs.keys import mix, uniform

WORDS = [f"word{number}" for number in range(60)]


def talks(seed: int, count: int = 60, vocabulary: list[str] = WORDS) -> list[list[list[str]]]:
    """`count` talks of five utterances of eight words, drawn alike."""
    drawn = np.random.default_rng(seed).integers(0, len(vocabulary), (count, 5, 8))
    return [[[vocabulary[at] for at in said] for said in talk] for talk in drawn]


class TestTheDiscriminator:
    def test_two_draws_from_one_distribution_are_told_apart_by_chance_alone(self) -> None:
        found = [separability(talks(2 * seed), talks(2 * seed + 1)) for seed in range(8)]
        assert all(0.4 < one < 0.6 for one in found)
        assert abs(sum(found) / len(found) - 0.5) < 0.03

    def test_speakers_without_a_word_in_common_are_told_apart_always(self) -> None:
        others = [f"other{number}" for number in range(60)]
        assert separability(talks(1), talks(2, vocabulary=others)) == 1.0

    def test_a_word_that_one_side_says_more_often_shows_by_as_much(self) -> None:
        marked = [[[*said, "um"] if uniform(mix(3, number, at)) < 0.6 else said for at, said in enumerate(talk)]
                  for number, talk in enumerate(talks(1))]
        assert 0.7 < separability(marked, talks(2)) < 0.9

    def test_a_longer_talk_of_the_same_words_is_no_clue_when_scores_are_means(self) -> None:
        longer = [[[word for said in talk for word in said]] for talk in talks(1)]
        shorter = [[[word for said in talk for word in said][:20]] for talk in talks(2)]
        assert 0.3 < separability(longer, shorter, mean=True) < 0.7

    def test_no_talk_is_judged_by_itself(self) -> None:
        """Each talk has a word of its own: whoever learnt from it would know it again."""
        own = [[[[f"{side}{number}"] * 2] for number in range(40)] for side in ("a", "b")]
        assert separability(*own) == 0.5

    @pytest.mark.parametrize(("positive", "negative", "value"), [([2, 3], [0, 1], 1.0), ([0, 1], [2, 3], 0.0),
                                                                 ([1, 1], [1, 1], 0.5), ([1, 3], [2], 0.5)])
    def test_the_area_is_the_share_of_pairs_in_order(self, positive: list[float], negative: list[float], value: float) -> None:
        assert auc(positive, negative) == value
        assert isnan(auc([], negative))


class TestCounts:
    def test_a_text_counts_as_said_twice_from_its_second_time_on(self) -> None:
        assert duplicates(["Yes.", "No.", "Yes.", "yes.", "Yes."]) == pytest.approx(2 / 5)
        assert duplicates([]) == 0.0

    def test_a_word_is_a_word_in_english_and_a_character_in_chinese(self) -> None:
        assert words("I don't know, 5 of them!", "en") == ["i", "don't", "know", "5", "of", "them"]
        assert words("我很累,真的。", "zh") == ["我", "很", "累", "真", "的"]
        assert tokens("好累。", "zh") == ["好", "累", "。", "好累", "累。"]

    def test_coverage_counts_words_as_often_as_they_are_said(self) -> None:
        assert coverage({"a", "b"}, ["a", "a", "c", "b"]) == 0.75

    def test_lengths_and_chains(self) -> None:
        assert lengths([1, 2, 3])["mean"] == 2.0
        assert lengths([1, 2, 3])["p50"] == 2.0
        assert chained([["a", "b"], [], ["c"]]) == ["a>none", "b>none", "none>c"]


class TestLeaks:
    def test_what_is_planted_is_found_and_nothing_else(self) -> None:
        gave = [number % 2 == 0 for number in range(120)]
        plain = talks(4, len(gave))
        told = [[*talk, ["sold"]] if one else talk for talk, one in zip(plain, gave, strict=True)]
        assert bench.leak(told, gave) > 0.95
        assert 0.35 < bench.leak(plain, gave) < 0.65
        assert isnan(bench.leak(plain, []))


def test_last_words_do_not_count() -> None:
    scenario = EmotionalSupport()
    (end,) = bench.simulated(scenario, "scripted", 1)
    found = bench.group(scenario, "seeker", [end.dialogue])
    assert [list(talk) for talk in found.texts] == [[one.text for one in end.dialogue if one.seat == "seeker"][:-1]]
    assert len(found.classes[0]) == len(found.texts[0])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_supporters_of_the_ladder_hardly_say_a_sentence_twice(language: str) -> None:
    scenario = EmotionalSupport(language=language)
    ends = bench.simulated(scenario, "scripted", 200)
    assert duplicates([one.text for end in ends for one in end.dialogue if one.seat == "supporter"]) < 0.1


def test_every_family_gets_a_card_without_a_corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cards.json"
    assert bench.main(["--talks", "6", "--json", str(path)]) == 0
    found = json.loads(path.read_text(encoding="utf-8"))
    names = [(one["speakers"], one["language"]) for one in found["cards"]]
    seekers = ["scripted", "supporters", "guarded", "drifting", "noisy"]
    assert names[:10] == [(name, code) for code in ("en", "zh") for name in seekers]
    assert {name for name, _ in names[10:]} == {"scripted", "persuaders", "calibrated", "sceptical", "noisy"}
    assert all(one["talks"] == 6 and one["vocabulary"] > 50 and isnan(one["word_auc"]) for one in found["cards"])
    assert set(found["effects"]) == {"scripted", "calibrated", "sceptical", "noisy"}
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("| calibrated | en |") for line in lines) == 1
    assert len({line.count("|") for line in lines[:len(names) + 2]}) == 1


def test_a_folder_without_a_corpus_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["--corpus", str(tmp_path), "--talks", "2"]) == 2
    assert capsys.readouterr().err
