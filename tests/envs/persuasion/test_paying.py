"""What comes of a promise: as often kept as in the corpus, by the person alone, and never part of the reward."""

from __future__ import annotations

from statistics import fmean

from dialogym import Position
from dialogym.envs.persuasion import paying
from dialogym.envs.persuasion.conditions import DRAWN, SCALES, Persona, draw
from dialogym.envs.persuasion.scenario import Persuasion
from dialogym.envs.persuasion.simulators import corpus_figures as figures

PEOPLE = [draw(key, DRAWN) for key in range(4_000)]


def test_as_many_keep_their_word_as_in_the_corpus() -> None:
    kept = fmean(paying.paid(who, 1.0) > 0 for who in PEOPLE)
    assert abs(kept - figures.KEPT) < 0.03


def test_it_is_all_or_nothing_and_the_same_whatever_was_pledged() -> None:
    for who in PEOPLE[:200]:
        assert {paying.paid(who, sum_) / sum_ for sum_ in (0.1, 0.5, 2.0)} in ({0.0}, {1.0})
        assert paying.paid(who, 0.0) == 0.0


def test_those_who_care_keep_it_more_often() -> None:
    scale = SCALES["care"]
    low, high = ([paying.paid(Persona((("care", scale.mean + z * scale.sd), ("age", 20 + i / 100))), 1.0) for i in range(2_000)]
                 for z in (-1.0, 1.0))
    assert fmean(high) - fmean(low) > 0.05


def test_a_position_tells_both_and_pays_by_the_promise() -> None:
    scenario = Persuasion()
    found = set()
    for seed in range(40):
        start = Position.start(scenario, seed)
        end = start.say("Would you give $1?").say("Yes, I will donate $1.00.")
        assert end.outcome == (True, False, 0.5)
        assert end.measured["pledged"] == 1.0
        assert end.measured["paid"] == paying.paid(start.condition, 1.0)
        assert "paid" not in end.reading  # it would tell of the hidden condition
        found.add(end.measured["paid"])
    assert found == {0.0, 1.0}
