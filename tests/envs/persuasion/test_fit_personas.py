"""Fitting the personas' figures: the inverse of drawing, and what the committed figures are of the real corpus."""

from __future__ import annotations

import runpy
from functools import cache
from math import sqrt
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from dialogym.envs.persuasion import Persona
from dialogym.envs.persuasion.conditions import levels, personas
from dialogym.envs.persuasion.corpus import load_personas
from dialogym.envs.persuasion.persona_figures import CORRELATIONS, LEVELS, ORDER, STEPS
from tests.corpora import corpus_folder

bench = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[3] / "benchmarks" / "fit_personas.py")))
COUNT = 2000
NESTED = [i for i, latent in enumerate(ORDER) if ":" in latent]
"""The questions that are not put to everybody: their correlations are among fewer people."""


@cache
def crowd() -> tuple[Persona, ...]:
    return personas(COUNT, seed=1)


def expected() -> np.ndarray:
    """The correlations that drawn answers should have, by the committed figures alone."""
    series = [bench.hermite([float(v) if isinstance(v, float) else i for i, v in enumerate(levels(latent)[0])],
                            levels(latent)[1]) for latent in ORDER]
    found = np.eye(len(ORDER))
    for i, row in enumerate(CORRELATIONS):
        for j, hundredths in enumerate(row):
            found[i, j] = found[j, i] = (series[i] * series[j]) @ (hundredths / 100) ** np.arange(1, bench.TERMS + 1)
    return found


def test_drawn_answers_correlate_as_committed() -> None:
    gaps = abs(bench.pearson(crowd()) - expected())
    gaps = np.delete(np.delete(gaps, NESTED, 0), NESTED, 1)
    pairs = gaps[np.triu_indices(len(gaps), 1)]
    assert len(pairs) > 400
    assert pairs.max() < 4.5 / sqrt(COUNT)  # 4.5: the largest of so many
    assert sqrt((pairs**2).mean()) < 1.2 / sqrt(COUNT)


def test_the_questions_about_religion_correlate_about_as_committed() -> None:
    """The later ones are put to some only, whose other answers the earlier ones have moved: close, not equal."""
    gaps = abs(bench.pearson(crowd()) - expected())[NESTED]
    assert gaps.max() < 5 / sqrt(COUNT / 3)


def test_fitting_drawn_people_finds_the_figures_again() -> None:
    steps, words, rows = bench.joint(crowd(), [].append)
    assert set(steps) == set(STEPS)
    assert set(words) == set(LEVELS)
    gaps = [abs(a - b) for mine, row in zip(rows, CORRELATIONS, strict=True) for a, b in zip(mine, row, strict=True)]
    assert len(gaps) == len(ORDER) * (len(ORDER) - 1) // 2
    assert sqrt(np.mean(np.square(gaps))) < 6  # hundredths; sampling people gives 2 to 5, most for yes/no questions


@pytest.mark.parametrize("target", [-0.4, -0.2, 0.0, 0.3, 0.7])
def test_cutting_normals_blurs_their_correlation_as_computed(target: float) -> None:
    values, shares = [1.0, 2.0, 3.0, 5.0], [400.0, 300.0, 200.0, 100.0]
    series = bench.hermite(values, shares)
    assert (series**2).sum() == pytest.approx(1, abs=0.06)  # the rest is in higher terms
    yes = bench.hermite([0, 1], [700.0, 300.0])
    latent = bench.latent_correlation(target, series, yes)
    normals = np.random.default_rng(3).multivariate_normal([0, 0], [[1, latent], [latent, 1]], 200_000)
    first = np.array(values)[np.searchsorted([bench.NormalDist().inv_cdf(p) for p in (0.4, 0.7, 0.9)], normals[:, 0])]
    second = normals[:, 1] > bench.NormalDist().inv_cdf(0.7)
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(target, abs=0.01)


def test_a_matrix_that_no_people_could_have_is_repaired() -> None:
    fixed, smallest = bench.repaired(np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]))
    assert smallest < 0 < np.linalg.eigvalsh(fixed)[0]
    assert np.diag(fixed) == pytest.approx([1, 1, 1])
    good = np.array([[1, 0.5], [0.5, 1]])
    assert bench.repaired(good)[0] == pytest.approx(good)


def people(*answers: float) -> list[Persona]:
    """A person for each answer about stimulation; the income tells them apart."""
    return [Persona((("stimulation", answer), ("income", float(i)))) for i, answer in enumerate(answers)]


def test_a_rare_answer_is_merged_with_the_smaller_neighbour() -> None:
    common = [1.0] * 40 + [2.0] * 20 + [4.0] * 6 + [5.0] * 30
    first, steps, shares = bench.steps_of("stimulation", people(*common, 3.0, 3.0, 3.0, 3.0))
    assert (first, steps) == (1.0, 1)
    assert shares == (400, 200, 50, 50, 300)  # ten people at 3 or 4
    first, _, shares = bench.steps_of("stimulation", people(*common, 6.0))
    assert shares[:3] == pytest.approx((412.4, 206.2, 0), abs=0.1)
    assert shares[4] == pytest.approx(3 * shares[5], rel=0.01)  # most of that cell is at its lower end; not how many


def test_an_answer_often_given_by_one_person_is_still_rare() -> None:
    often = [Persona((("stimulation", 6.0), ("income", 1.0)))] * 30
    _, _, shares = bench.steps_of("stimulation", [*people(*[1.0] * 40, *[5.0] * 30), *often])
    assert shares == (400, 0, 0, 0, 300, 300)
    assert bench.levels_of("sex", [Persona((("sex", word),)) for word in ("Female", "Male", "Male", "Male", "Other")]) == (
        ("Female", "Male"), (250, 750))


@pytest.fixture(scope="module")
def real() -> Path:
    folder = corpus_folder("persuasionforgood")
    if folder is None:
        pytest.skip("no folder persuasionforgood under DIALOGYM_CORPORA or ../shared/data")
    if len(load_personas(folder)) != 818:
        pytest.skip("the figures were fitted on the 818 public dialogues")
    return folder


def test_the_committed_figures_are_the_real_corpus(real: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = tmp_path / "figures.py"
    assert bench.main(["--corpus", str(real), "--check", "--write", str(written), "--compare", "--scales"]) == 0
    assert runpy.run_path(str(written))["ORDER"] == ORDER
    assert "| agreeable |" in capsys.readouterr().out


def test_drawn_answers_correlate_as_real_ones(real: Path) -> None:
    gaps = abs(bench.pearson(load_personas(real)) - expected())
    gaps = np.delete(np.delete(gaps, NESTED, 0), NESTED, 1)
    assert gaps.max() < 0.02  # rounding, and answers that were merged


def test_a_check_fails_when_the_figures_are_off(real: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
                                                ) -> None:
    rows = [*CORRELATIONS[:-1], (*CORRELATIONS[-1][:-1], CORRELATIONS[-1][-1] + 2)]
    monkeypatch.setattr(bench.committed, "CORRELATIONS", tuple(rows))
    assert bench.main(["--corpus", str(real), "--check"]) == 1
    assert f"CORRELATIONS: {ORDER[-1]!r} differs" in capsys.readouterr().err


def test_what_cannot_be_fitted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["--corpus", str(tmp_path)]) == 2
    assert "full_info.csv" in capsys.readouterr().err
