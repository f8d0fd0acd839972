"""Personas: drawn like the corpus's people, put in words, kept in JSON."""

from __future__ import annotations

import random
from functools import cache
from math import sqrt
from pathlib import Path
from statistics import correlation, fmean, pstdev, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogym.envs.errors import InvalidConfig, InvalidCorpus
from dialogym.envs.persuasion import Persona, Persuasion
from dialogym.envs.persuasion.conditions import (
    ALWAYS,
    DEMOGRAPHICS,
    DRAWN,
    SCALES,
    SURVEY,
    Value,
    describe,
    draw,
    from_json,
    levels,
    personas,
    read_file,
    to_json,
    write_file,
)
from dialogym.envs.persuasion.persona_figures import CORRELATIONS, LEVELS, ORDER, STEPS

EVERY = (*SCALES, *DEMOGRAPHICS)
TRAITS = [name for name in SCALES if name != "mood"]
COUNT = 2000
KEYS = st.integers(0, 2**64 - 1)


@cache
def crowd() -> list[dict[str, Value]]:
    return [dict(persona.attributes) for persona in personas(COUNT, seed=1)]


def column(name: str) -> list[float]:
    return [float(person[name]) for person in crowd()]


def moments(name: str) -> tuple[float, float]:
    """Mean and deviation of the answers to a question, as committed."""
    values, shares = levels(name)
    mean = sum(value * share for value, share in zip(values, shares, strict=True)) / sum(shares)
    return mean, sqrt(sum(share * (value - mean) ** 2 for value, share in zip(values, shares, strict=True)) / sum(shares))


# -- how they are drawn ----------------------------------------------------------------------------


def test_the_figures_are_about_every_attribute_of_the_survey() -> None:
    assert {latent.partition(":")[0] for latent in ORDER} == set(SURVEY) == set(EVERY) - {"mood"}
    assert set(ORDER) == set(STEPS) | set(LEVELS)
    assert len(set(ORDER)) == len(ORDER) == len(CORRELATIONS)
    assert [len(row) for row in CORRELATIONS] == list(range(len(ORDER)))
    assert set(ORDER[:9]) == (set(DRAWN) | set(ALWAYS)) - {"mood"}  # a brief persona takes no others
    for latent in ORDER:
        values, shares = levels(latent)
        assert len(values) == len(shares)
        assert min(shares) > 0
        assert sum(shares) == pytest.approx(1000, abs=2)


@pytest.mark.parametrize("name", TRAITS)
def test_the_answers_have_the_moments_that_standard_scores_are_taken_by(name: str) -> None:
    mean, sd = moments(name)
    assert mean == pytest.approx(SCALES[name].mean, abs=0.015)  # a cent of rounding, and answers that were merged
    assert sd == pytest.approx(SCALES[name].sd, abs=0.015)


@pytest.mark.parametrize("name", STEPS)
def test_drawn_answers_have_the_committed_moments(name: str) -> None:
    values, _ = levels(name)
    drawn = column(name)
    mean, sd = moments(name)
    fourth = fmean(((value - mean) / sd) ** 4 for value in drawn)
    assert set(drawn) <= set(values)
    assert fmean(drawn) == pytest.approx(mean, abs=4 * sd / sqrt(COUNT))
    assert pstdev(drawn) == pytest.approx(sd, abs=4 * sd * sqrt((fourth - 1) / 4 / COUNT))


@pytest.mark.parametrize("name", TRAITS)
def test_drawn_answers_keep_to_the_scale(name: str) -> None:
    scale = SCALES[name]
    assert all(scale.low <= value <= scale.high for value in levels(name)[0])


@pytest.mark.parametrize("latent", LEVELS)
def test_drawn_words_have_the_committed_shares(latent: str) -> None:
    name = latent.partition(":")[0]
    words, shares = LEVELS[latent]
    earlier = {word for other in ORDER[:ORDER.index(latent)] if other.startswith(f"{name}:") for word in LEVELS[other][0]}
    asked = [person[name] for person in crowd() if person[name] not in earlier]
    for word, share in zip(words, shares, strict=True):
        if word is not None:
            p = share / sum(shares)
            assert asked.count(word) / len(asked) == pytest.approx(p, abs=4 * sqrt(p * (1 - p) / len(asked)))


def test_the_known_bonds_are_there() -> None:
    """A few of the corpus's bonds by name, so that a matrix in another order could not pass."""
    assert correlation(column("care"), column("fairness")) > 0.6
    assert correlation(column("loyalty"), column("authority")) > 0.6
    assert correlation(column("agreeable"), column("neurotic")) < -0.1
    liberal = fmean(float(p["tradition"]) for p in crowd() if p["ideology"] == "Liberal")
    conservative = fmean(float(p["tradition"]) for p in crowd() if p["ideology"] == "Conservative")
    assert conservative - liberal > 1
    married = [float(p["age"]) for p in crowd() if p["marital"] == "Married"]
    assert fmean(married) - fmean(float(p["age"]) for p in crowd() if p["marital"] == "Unmarried") > 3


def test_mood_is_drawn_apart() -> None:
    mood, scale = column("mood"), SCALES["mood"]
    assert fmean(mood) == pytest.approx(scale.mean, abs=4 * scale.sd / sqrt(COUNT))
    assert 0.9 * scale.sd < stdev(mood) < 1.05 * scale.sd  # clipping narrows it a little
    assert all(scale.low <= value <= scale.high for value in mood)
    for name in STEPS:
        assert abs(correlation(mood, column(name))) < 4 / sqrt(COUNT)


@given(KEYS, st.lists(st.sampled_from(EVERY), unique=True))
def test_an_attribute_does_not_depend_on_what_else_is_drawn(key: int, names: list[str]) -> None:
    whole = draw(key, EVERY)
    assert [name for name, _ in whole.attributes] == list(EVERY)
    part = draw(key, names)
    assert part.attributes == tuple(pair for pair in whole.attributes if pair[0] in names or pair[0] in ALWAYS)
    assert part == draw(key, names[::-1])


def test_brief_and_survey_personas_carry_what_they_say() -> None:
    brief, survey = Persuasion(), Persuasion(personas="survey")
    assert {name for name, _ in brief.draw_condition(1).attributes} == set(DRAWN) | set(ALWAYS)
    assert {name for name, _ in survey.draw_condition(1).attributes} == set(SURVEY)
    assert brief.replace(**brief.corpus.options([])) == survey


def test_only_attributes_can_be_drawn() -> None:
    with pytest.raises(InvalidConfig, match="no attribute 'shoe size'"):
        draw(1, ["care", "shoe size"])


def test_the_population_of_the_paper() -> None:
    people = personas()
    assert len(people) == 700
    assert len(set(people)) >= 690
    assert len({describe(person) for person in people}) >= 690
    assert people == personas()
    assert people[:5] == personas(5)
    assert not set(people) & set(personas(seed=1))
    assert personas(0) == ()
    assert all([name for name, _ in person.attributes] == list(EVERY) for person in people)


# -- in words --------------------------------------------------------------------------------------


def test_the_words_name_what_stands_out() -> None:
    persona = Persona((("agreeable", 5.0), ("care", 4.6), ("rational", 1.0), ("freedom", 5.2), ("age", 41.0), ("sex", "Male"),
                       ("marital", "Unmarried"), ("employment", "Employed for wages"), ("ideology", "Moderate")))
    assert describe(persona) == (
        "You are a 41-year-old man, unmarried, working for wages. You are agreeable, protective of your freedom and not swayed "
        "by figures. Your politics are moderate.")
    assert describe(Persona((("rational", 5.0), ("neurotic", 5.0)))) == (
        "You are a person. You are very prone to worry and swayed by facts.")
    assert describe(Persona(())) == "You are a person."


def test_all_that_the_survey_knows_is_said() -> None:
    persona = Persona((("care", 6.0), ("age", 52.0), ("sex", "Female"), ("race", "Other"), ("edu", "Postgraduate"),
                       ("marital", "Married"), ("employment", "Other"), ("religion", "Catholic"), ("ideology", "Liberal"),
                       ("income", 11.0)))
    assert describe(persona) == (
        "You are a 52-year-old woman, not white, with a postgraduate degree, married, on a high income. You are very moved by "
        "the suffering of others. Your politics are liberal. Your faith is Catholic.")
    assert describe(Persona((("race", "Asian"), ("edu", "high school"), ("religion", "Atheist")))) == (
        "You are a person, asian, educated to high school. You are an atheist.")


def test_brief_personas_keep_the_words_that_models_were_trained_on() -> None:
    persona = Persona((("agreeable", 2.0), ("care", 5.8), ("neurotic", 4.6), ("rational", 4.0), ("intuitive", 1.5),
                       ("freedom", 2.5), ("mood", 1.4), ("age", 29.0), ("sex", "Male"), ("employment", "Other")))
    assert describe(persona) == (
        "You are a 29-year-old man. You are not easily won over, very prone to worry, moved by the suffering of others, "
        "not protective of your freedom, not led by feelings and in a hurry.")


@pytest.mark.parametrize("name", SCALES)
@given(key=KEYS)
def test_people_who_differ_in_what_stands_out_differ_in_words(name: str, key: int) -> None:
    scale, other = SCALES[name], dict(draw(key, EVERY).attributes)
    said = {describe(Persona(tuple({**other, name: scale.mean + z * scale.sd}.items()))) for z in (-1.0, 0.0, 1.0)}
    assert len(said) == 3


@pytest.mark.parametrize("name", [name for name in DEMOGRAPHICS if name != "age"])
@given(key=KEYS)
def test_people_who_differ_in_a_survey_word_differ_in_words(name: str, key: int) -> None:
    other = dict(draw(key, EVERY).attributes)
    words = [word for latent in LEVELS if latent.partition(":")[0] == name for word in LEVELS[latent][0] if word is not None]
    options: list[Value] = [*words] or [2.0, 6.0, 10.0]
    said = {describe(Persona(tuple({**other, name: option}.items()))) for option in options}
    assert len(said) == len(options) > 1


def test_words_hold_no_number_but_the_age() -> None:
    for person in personas(200):
        age = f"{dict(person.attributes)['age']:.0f}-year-old"
        assert age in describe(person)
        assert not any(character.isdigit() for character in describe(person).replace(age, ""))


def test_any_part_of_a_persona_has_words() -> None:
    chooser = random.Random(5)
    for person in personas(200):
        kept = tuple(pair for pair in person.attributes if chooser.random() < 0.5)
        assert describe(Persona(kept)).startswith("You are a ")
        assert describe(Persona(kept)).endswith(".")


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


# -- in files --------------------------------------------------------------------------------------


@given(KEYS, st.lists(st.sampled_from(EVERY), unique=True))
def test_json_round_trip(key: int, names: list[str]) -> None:
    persona = draw(key, names)
    assert from_json(to_json(persona)) == persona
    assert from_json({"age": 30}) == Persona((("age", 30.0),))


@pytest.mark.parametrize("value", [None, [], "care", {"care": None}, {"care": True}, {"care": [1]}, {"care": float("nan")},
                                   {"age": float("inf")}])
def test_what_is_no_persona_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError), match="must be"):
        from_json(value)


def test_files_give_back_what_was_written(tmp_path: Path) -> None:
    people = [*personas(20), Persona((("religion", "Ásatrú\u2028"), ("age", 30.0))), Persona(())]
    write_file(tmp_path / "personas.jsonl", people)
    assert read_file(tmp_path / "personas.jsonl") == people
    assert (tmp_path / "personas.jsonl").read_bytes().count(b"\n") == len(people)


def test_a_list_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(' [{"care": 5, "sex": "Male"},\n {}]', encoding="utf-8")
    assert read_file(tmp_path / "mine.json") == [Persona((("care", 5.0), ("sex", "Male"))), Persona(())]
    (tmp_path / "empty.jsonl").write_text("\n\n", encoding="utf-8")
    assert read_file(tmp_path / "empty.jsonl") == []


@pytest.mark.parametrize(("text", "message"), [
    ('{"care": 5}\n{"care": true}\n', r"p\.jsonl, line 2: not a persona"),
    ('{"care": 5}\n\n{"care"\n', r"p\.jsonl, line 3: not JSON"),
    ('[{"care": 5}, 7]', r"p\.jsonl, item 2: not a persona"),
    ("[1", r"p\.jsonl: not a JSON list"),
    ('{"care": NaN}', "line 1: not a persona"),
])
def test_a_damaged_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "p.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidCorpus, match=message):
        read_file(tmp_path / "p.jsonl")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidCorpus, match="Cannot read"):
        read_file(tmp_path / "absent.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b'{"religion": "\xe9"}')
    with pytest.raises(InvalidCorpus, match="Cannot read"):
        read_file(tmp_path / "latin.jsonl")


def test_a_run_takes_a_file_of_people(tmp_path: Path) -> None:
    people = personas(20)
    write_file(tmp_path / "people.jsonl", people)
    assert list(Persuasion(personas="survey").corpus.load_conditions(tmp_path / "people.jsonl")) == list(people)
