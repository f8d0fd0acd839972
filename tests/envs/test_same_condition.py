"""One condition is one value, however its numbers and its order were written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogym import Position, ScriptedAgent, Utterance
from dialogym.envs.agent import converse
from dialogym.envs.emotional_support import EmotionalSupport
from dialogym.envs.persuasion import Persuasion
from dialogym.envs.persuasion.conditions import SCALES, Persona

PERSUASION, SUPPORT = Persuasion(), EmotionalSupport()
NUMBERED = [*SCALES, "age", "income"]
PERSONAS = st.dictionaries(st.sampled_from(NUMBERED), st.integers(-3, 60), min_size=1, max_size=6)
ODD = ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400]


def talked(scenario: Any, condition: Any) -> list[Utterance]:
    pair = {seat: ScriptedAgent.of(scenario, seat) for seat in scenario.seats}
    return list(converse(Position.start(scenario, 5, condition=condition), pair).dialogue)


@settings(max_examples=25, deadline=None)
@given(PERSONAS, st.randoms(use_true_random=False))
def test_a_persona_is_one_however_it_is_spelled(values: dict[str, int], chance: Any) -> None:
    names = list(values)
    chance.shuffle(names)
    other = {name: -0.0 if values[name] == 0 else float(values[name]) for name in names}
    one, two = PERSUASION.condition_from_json(values), PERSUASION.condition_from_json(other)
    three = Persona(tuple(values.items()))
    assert one == two == three
    assert hash(one) == hash(two) == hash(three)
    assert repr(one) == repr(two) == repr(three)
    assert len({json.dumps(PERSUASION.condition_to_json(c)) for c in (one, two, three)}) == 1
    assert PERSUASION.describe_condition(one) == PERSUASION.describe_condition(two)
    assert talked(PERSUASION, one) == talked(PERSUASION, two) == talked(PERSUASION, three)


@pytest.mark.parametrize(("whole", "point"), [(0, 0.0), (0, -0.0), (1, 1.0)])
def test_a_seeker_is_one_however_they_are_spelled(whole: int, point: float) -> None:
    value = SUPPORT.condition_to_json(SUPPORT.draw_condition(3))
    one, two = (SUPPORT.condition_from_json({**value, "guard": guard}) for guard in (whole, point))
    assert (one, hash(one), repr(one)) == (two, hash(two), repr(two))
    assert json.dumps(SUPPORT.condition_to_json(one)) == json.dumps(SUPPORT.condition_to_json(two))
    assert talked(SUPPORT, one) == talked(SUPPORT, two)


@pytest.mark.parametrize("written", ODD)
def test_what_is_no_number_is_refused(written: str) -> None:
    number = json.loads(written)
    with pytest.raises(ValueError, match="finite"):
        PERSUASION.condition_from_json({"extrovert": number})
    with pytest.raises(ValueError, match="finite"):
        Persona((("extrovert", number),))
    value = SUPPORT.condition_to_json(SUPPORT.draw_condition(3))
    with pytest.raises(ValueError, match="guard"):
        SUPPORT.condition_from_json({**value, "guard": number})


@pytest.mark.parametrize("guard", [True, False, "1", None, [1]])
def test_a_guard_is_a_number(guard: Any) -> None:
    value = SUPPORT.condition_to_json(SUPPORT.draw_condition(3))
    with pytest.raises(ValueError, match="guard"):
        SUPPORT.condition_from_json({**value, "guard": guard})
