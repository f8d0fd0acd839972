"""Reading PersuasionForGood: the real corpus, on machines that have it."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path
from statistics import fmean, median, stdev

import pytest

from dialogym.envs.persuasion.conditions import SCALES
from dialogym.envs.persuasion.corpus import closing, load_corpus, load_personas
from tests.corpora import corpus_folder

TRAITS = [name for name in SCALES if name != "mood"]
Survey = dict[tuple[str, str], dict[str, str]]
"""Rows of full_info.csv by (B2, B4)."""


@pytest.fixture(scope="module")
def real() -> Path:
    folder = corpus_folder("persuasionforgood")
    if folder is None:
        pytest.skip("no folder persuasionforgood under DIALOGYM_CORPORA or ../shared/data")
    return folder


@pytest.fixture(scope="module")
def survey(real: Path) -> Survey:
    with (real / "full_info.csv").open(encoding="utf-8", newline="") as file:
        return {(row["B2"], row["B4"]): row for row in csv.DictReader(file)}


def test_the_real_dialogues(real: Path, survey: Survey) -> None:
    episodes = load_corpus(real)
    sources = {source for source, _ in survey}
    assert (len(sources), len(sources) - len(episodes)) in {(818, 26), (1017, 27)}  # all, of them BAD_
    assert not any(episode.source.startswith("BAD_") for episode in episodes)
    assert median(len(episode.dialogue) for episode in episodes) == 20
    for episode in episodes:
        seats = [utterance.seat for utterance in episode.dialogue]
        assert seats == ["persuader", "persuadee"] * (len(seats) // 2)
        last = episode.dialogue.last
        gift = min(2.0, float(survey[episode.source, "1"]["B6"]))
        assert last is not None
        assert any(last.text.endswith(closing(gift, key)) for key in range(40))


def test_the_real_people_are_in_one_split(real: Path, survey: Survey) -> None:
    episodes = load_corpus(real)
    splits = defaultdict(set)
    for episode in episodes:
        for role in "01":
            splits[survey[episode.source, role]["B3"]].add(episode.split)
    assert all(len(found) == 1 for found in splits.values())
    sizes = Counter(episode.split for episode in episodes)
    for split, share in (("train", 0.8), ("valid", 0.1), ("test", 0.1)):
        assert sizes[split] == pytest.approx(share * len(episodes), rel=0.1)


def test_the_real_personas_are_what_scales_says(real: Path) -> None:
    values = defaultdict(list)
    personas = load_personas(real)
    near = 0.01 if len(personas) == 818 else 0.1  # SCALES was fitted on the 818 public dialogues
    for persona in personas:
        for name, value in persona.attributes:
            values[name].append(value)
    assert min(value for value in values["age"] if isinstance(value, float)) >= 16
    for name in TRAITS:
        answers = [value for value in values[name] if isinstance(value, float)]
        assert fmean(answers) == pytest.approx(SCALES[name].mean, abs=near)
        assert stdev(answers) == pytest.approx(SCALES[name].sd, abs=near)
