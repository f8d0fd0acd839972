"""The report finds a difference that was planted, and none where there is none."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from dialogym.study.analysis.findings import comparison_found
from dialogym.study.analysis.records import Done, Records
from dialogym.study.analysis.report import write_report
from dialogym.study.bots.local import local_site
from tests.study.site import COMPARISON, NAMES, opened, rater

PROBLEMS = 4


def reflective(talk, chance) -> float:
    """A judge who likes replies that take up the words of the person: what the expert does more than the novice."""
    replies = [text for who, text in talk if who == "reply"]
    taken_up = sum('"' in text or "feel" in text for text in replies) / max(1, len(replies))
    return 3.5 + 5 * taken_up + chance.gauss(0, 1)


def walked(folder: Path, raters: int, judge, systems=None, messages: int = 3) -> dict:
    study = opened(folder, comparison={**COMPARISON, "problems": PROBLEMS, "least": 2, "most": 6}, reply_seconds=0.01,
                   **({"systems": systems} if systems else {}))
    with local_site(study) as address:
        for seed in range(raters):
            rater(address, study, seed, judge, messages=messages, patience=0.02).take_part()
    return write_report(study, folder / "report")["comparison"]


@pytest.mark.slow
def test_thirty_raters_find_what_was_planted(tmp_path: Path) -> None:
    found = walked(tmp_path, 30, reflective)
    assert (found["pairs"], found["raters"]) == (30 * PROBLEMS, 30)
    assert found["verdict"] == f"{NAMES[1]} is better"
    assert all(row["holm"] < 0.05 for row in found["questions"])


@pytest.mark.slow
def test_thirty_raters_find_nothing_between_a_system_and_itself(tmp_path: Path) -> None:
    found = walked(tmp_path, 30, reflective, {name: {"agent": "average"} for name in NAMES})
    assert found["verdict"] == "no difference found"


def done(seed: int, raters: int, effect: float, spread: float = 1.0) -> Records:
    """What raters who differ in whom they like, and problems that differ, would leave; the walk left out."""
    chance, rows = np.random.default_rng(seed), []
    likes = chance.normal(effect, spread, raters)  # a rater's own leaning, the same over all of their pairs
    means, hard = chance.normal(5.5, 1, raters), chance.normal(0, 0.7, PROBLEMS)
    for number in range(raters):
        for problem in range(PROBLEMS):
            order = NAMES if chance.random() < 0.5 else NAMES[::-1]
            given = {name: means[number] + hard[problem] + likes[number] * (name == NAMES[1]) + chance.normal(0, 1)
                     for name in NAMES}
            scales = {(question, side): float(np.clip(round(given[name] + chance.normal(0, 0.5)), 1, 10))
                      for question in ("supportiveness", "willingness") for side, name in zip("ab", order, strict=True)}
            gap = given[order[0]] - given[order[1]]
            texts = {"better": "tie" if abs(gap) < 0.5 else "a" if gap > 0 else "b"}
            rows.append(Done(number, "comparison", str(problem), problem, dict(zip("ab", order, strict=True)), scales, texts,
                             {"a": [], "b": []}, 3, 300.0, {}, False, False))
    return Records(rows, [], [], {}, {})


def verdicts(tmp_path: Path, seeds: range, effect: float) -> list[str]:
    config = opened(tmp_path, comparison={**COMPARISON, "problems": PROBLEMS}).config
    found = [comparison_found(config, done(seed, 30, effect), seed) for seed in seeds]
    # "finds a difference": in any of the three questions, corrected for there being three, and its interval leaves out 0
    return ["found" if any(p < 0.05 and each.interval[0] * each.interval[1] > 0 for p, each in [
        (one["won_holm"], one["won"]), *((row["holm"], row["difference"]) for row in one["questions"])]) else "none"
            for one in found]


@pytest.mark.slow
def test_at_no_effect_it_finds_none_in_95_of_100_seeds(tmp_path: Path) -> None:
    found = verdicts(tmp_path, range(100), 0.0)
    print(f"{found.count('none')} of 100 seeds without a difference find none")
    assert found.count("none") >= 95


@pytest.mark.slow
def test_a_planted_effect_is_found_in_most_seeds(tmp_path: Path) -> None:
    found = verdicts(tmp_path, range(100, 120), 1.0)
    print(f"{found.count('found')} of 20 seeds with a difference of one deviation find it")
    assert found.count("found") >= 18


def test_few_seeds_of_either(tmp_path: Path) -> None:
    assert verdicts(tmp_path, range(200, 203), 0.0).count("none") >= 2
    assert verdicts(tmp_path, range(300, 302), 1.2) == ["found"] * 2


def test_ignoring_who_rated_would_find_what_is_not_there() -> None:
    """Why clusters: with 3 strongly leaning raters the pairs alone look like much."""
    from dialogym.study.analysis.comparison import plain_interval, preference

    alarms = 0
    for seed in range(40):
        chance = random.Random(seed)
        leanings = [chance.gauss(0, 1) for _ in range(3)]
        gaps = [lean + chance.gauss(0, 0.5) for lean in leanings for _ in range(12)]
        low, high = plain_interval(gaps) or (0, 0)
        alarms += low * high > 0
    assert alarms > 20
    assert preference([1]).p == 1
