"""Personas: drawn like the corpus's people, put in words, kept in JSON."""

from __future__ import annotations

from statistics import fmean, stdev

import pytest

from dialogym.envs.persuasion import Persona, Persuasion
from dialogym.envs.persuasion.conditions import DRAWN, SCALES, SURVEY, describe, draw, from_json, to_json


@pytest.mark.parametrize("name", SURVEY)
def test_drawn_attributes_have_the_fitted_moments(name: str) -> None:
    scale = SCALES[name]
    values = [dict(draw(key, [name]).attributes)[name] for key in range(3000)]
    assert all(scale.low <= value <= scale.high for value in values)
    assert abs(fmean(values) - scale.mean) < 0.25 * scale.sd  # clipping pulls a little
    assert 0.7 * scale.sd < stdev(values) < 1.05 * scale.sd


def test_attributes_are_drawn_independently() -> None:
    people = [dict(draw(key).attributes) for key in range(3000)]
    rational, intuitive = ([p[name] for p in people] for name in ("rational", "intuitive"))
    covariance = fmean(a * b for a, b in zip(rational, intuitive, strict=True)) - fmean(rational) * fmean(intuitive)
    assert abs(covariance / stdev(rational) / stdev(intuitive)) < 0.06


def test_brief_and_survey_personas_carry_what_they_say() -> None:
    brief, survey = Persuasion(), Persuasion(personas="survey")
    demographics = {"age", "sex", "employment"}
    assert {name for name, _ in brief.draw_condition(1).attributes} == set(DRAWN) | demographics
    assert {name for name, _ in survey.draw_condition(1).attributes} == set(SURVEY) | demographics
    assert brief.for_corpus([]) == survey


def test_the_words_name_what_stands_out() -> None:
    persona = Persona((("agreeable", 5.0), ("care", 4.6), ("rational", 1.0), ("freedom", 5.2), ("age", 41.0), ("sex", "Male"),
                       ("marital", "Unmarried"), ("employment", "Employed for wages"), ("ideology", "Moderate")))
    assert describe(persona) == (
        "You are a 41-year-old man, unmarried, working for wages. You are agreeable, protective of your freedom and not swayed "
        "by figures. Your politics are moderate.")
    assert describe(Persona((("rational", 5.0), ("neurotic", 5.0)))) == (
        "You are a person. You are very prone to worry and swayed by facts.")
    assert describe(Persona(())) == "You are a person."


def test_whole_numbers_read_like_fractions() -> None:
    """Equal personas have equal words, however their numbers are written."""
    whole, fraction = Persona((("age", 30), ("care", 6))), Persona((("age", 30.0), ("care", 6.0)))
    assert whole == fraction
    assert describe(whole) == describe(fraction)
    assert describe(whole) == "You are a 30-year-old person. You are very moved by the suffering of others."
    assert describe.__wrapped__(whole) == describe.__wrapped__(fraction)


def test_standard_scores() -> None:
    scale = SCALES["care"]
    persona = Persona((("care", scale.mean + 2 * scale.sd), ("mood", "gloomy")))
    assert persona.z("care") == pytest.approx(2)
    assert persona.z("mood") == persona.z("open") == 0.0
    with pytest.raises(KeyError):
        persona.z("shoe size")


def test_json_round_trip() -> None:
    persona = draw(7, SURVEY)
    assert from_json(to_json(persona)) == persona
    assert from_json({"age": 30}) == Persona((("age", 30.0),))


@pytest.mark.parametrize("value", [None, [], "care", {"care": None}, {"care": True}, {"care": [1]}, {"care": float("nan")},
                                   {"age": float("inf")}])
def test_what_is_no_persona_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError), match="must be"):
        from_json(value)
