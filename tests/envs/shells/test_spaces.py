"""The text space holds what people write and nothing a seat could not say."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Dict, Tuple, flatdim, flatten, flatten_space, unflatten
from gymnasium.spaces.utils import is_space_dtype_shape_equiv
from gymnasium.vector.utils import (
    batch_differing_spaces,
    batch_space,
    concatenate,
    create_empty_array,
    create_shared_memory,
    iterate,
    read_from_shared_memory,
    write_to_shared_memory,
)
from gymnasium.wrappers import DelayObservation, FlattenObservation, FrameStackObservation
from gymnasium.wrappers.utils import create_zero_array
from hypothesis import given
from hypothesis import strategies as st

import dialogym
from dialogym import Position, ScriptedAgent, Utterance
from dialogym.envs.errors import InvalidAction
from dialogym.envs.position import MAX_TEXT
from dialogym.envs.shells.spaces import Utterances
from tests.toy import Guessing


@pytest.mark.parametrize("text", ["ok", "日本語です。", "Ça va\u00a0?", "👩‍👩‍👧", "x" * MAX_TEXT])
def test_unicode_text_belongs(text: str) -> None:
    assert text in Utterances()


@pytest.mark.parametrize("thing", ["", " \n\t", "\u2003", "\ud800", "null\x00byte", "x" * (MAX_TEXT + 1), b"ok", None, 3,
                                   ["ok"]])
def test_what_cannot_be_said_does_not_belong(thing: object) -> None:
    assert thing not in Utterances()


@given(st.text(st.characters(), max_size=12))
def test_the_action_space_is_exactly_what_a_position_takes(text: str) -> None:
    position = Position.start(Guessing(), 0)
    try:
        position.say(text)
        taken = True
    except InvalidAction:
        taken = False
    assert (text in Utterances()) == taken


def test_observations_may_be_empty_and_long() -> None:
    space = Utterances(100_000, may_be_empty=True)
    assert "" in space
    assert "x" * 100_000 in space
    assert "x" * 100_001 not in space
    assert "x" * MAX_TEXT + "\ud800" not in space


def test_samples_belong_and_are_seeded() -> None:
    one, other = Utterances(seed=5), Utterances(seed=5)
    samples = [one.sample() for _ in range(50)]
    assert samples == [other.sample() for _ in range(50)]
    assert all(sample in one for sample in samples)
    assert len(set(samples)) > 20
    one.seed(5)
    assert [one.sample() for _ in range(50)] == samples
    assert Utterances(seed=6).sample() != samples[0]
    assert all(len(Utterances(4, seed=seed).sample()) <= 4 for seed in range(20))


def test_equal_limits_make_equal_spaces() -> None:
    assert Utterances(5) == Utterances(5, seed=1)
    assert hash(Utterances(5)) == hash(Utterances(5, seed=1))
    assert Utterances(5) != Utterances(6)
    assert Utterances(5) != Utterances(5, may_be_empty=True)
    assert Utterances(5) != "Utterances(5)"
    assert Utterances(seat="guesser") == Utterances(seat="guesser") != Utterances(seat="thinker")


IDS = sorted(dialogym.registry)
EVERY = pytest.mark.parametrize("id", IDS)
TEXTS = ("Hello.", "Ça va\u00a0?", "日本語です。", "👩‍👩‍👧", "x" * 50)


@EVERY
def test_what_our_own_speakers_say_is_in_the_action_space(id: str) -> None:
    env = dialogym.make(id)
    env.reset(seed=3)
    states = 0
    while not env.position.over:
        seat = env.agent_selection
        said = ScriptedAgent.of(env.scenario, seat).respond([env.ask()])[0]
        assert said in env.action_space(seat)
        assert said not in env.action_space(env.scenario.other(seat))
        states += said.state != ""
        env.step(said)
    assert states > 0 or not id.startswith("EmotionalSupport")


@pytest.mark.parametrize("wrong", [Utterance("thinker", "Hm."), Utterance("guesser", ""), Utterance("guesser", "ok", "\ud800"),
                                   Utterance("guesser", "ok", " "), Utterance("guesser", "ok", 3)])  # type: ignore[arg-type]
def test_an_utterance_that_cannot_be_said_does_not_belong(wrong: Utterance) -> None:
    space = Utterances(seat="guesser")
    assert Utterance("guesser", "ok", "thinks") in space
    assert wrong not in space
    with pytest.raises(InvalidAction):
        Position.start(Guessing(), 0).say("Warm.").say(wrong)
    assert Utterance("guesser", "ok") not in Utterances()


class TestGymnasiumsFunctions:
    """What Gymnasium and its wrappers ask of a space."""

    @pytest.mark.parametrize("text", [*TEXTS, ""])
    def test_a_text_goes_through_a_vector(self, text: str) -> None:
        space = Utterances(60, may_be_empty=True)
        flat = flatten(space, text)
        assert (flat.shape, flatdim(space)) == ((60,), 60)
        assert flat in flatten_space(space)
        assert unflatten(space, flat) == text
        both = Dict({"a": space, "b": Tuple([space])})
        assert flatten(both, {"a": text, "b": ("ok",)}) in flatten_space(both)
        assert unflatten(both, flatten(both, {"a": text, "b": ("ok",)})) == {"a": text, "b": ("ok",)}

    @pytest.mark.parametrize("wrong", ["x" * 61, 3, "\ud800", Utterance("guesser", "ok")])
    def test_what_is_no_text_of_the_space_has_no_vector(self, wrong: Any) -> None:
        with pytest.raises(InvalidAction, match="vector"):
            flatten(Utterances(60, may_be_empty=True, seat="guesser"), wrong)
        with pytest.raises(InvalidAction, match="code points"):
            unflatten(Utterances(60), np.full(60, 0xD800, np.int32))

    @pytest.mark.parametrize("empty", [True, False])
    def test_zeros_belong(self, empty: bool) -> None:
        space = Utterances(60, may_be_empty=empty)
        assert create_zero_array(space) in space
        assert create_empty_array(space, 3) in batch_space(space, 3)

    def test_batches(self) -> None:
        space = Dict({"said": Utterances(60), "n": gymnasium.spaces.Discrete(3)})
        items = [{"said": text, "n": 1} for text in TEXTS]
        batch = concatenate(space, items, create_empty_array(space, len(items)))
        many = batch_space(space, len(items))
        assert batch in many
        assert list(iterate(many, batch)) == items
        assert len({*batch_space(Utterances(), 5).sample()}) > 1
        alike = batch_differing_spaces([Utterances(60), Utterances(70)])
        assert ("x" * 60, "x" * 70) in alike
        assert ("x" * 70, "x" * 60) not in alike
        assert is_space_dtype_shape_equiv(Utterances(60), Utterances(60))
        assert not is_space_dtype_shape_equiv(Utterances(60), Utterances(70))

    def test_shared_memory(self) -> None:
        space = Utterances(60)
        memory = create_shared_memory(space, n=len(TEXTS))
        found = read_from_shared_memory(space, memory, n=len(TEXTS))
        for _ in range(2):  # a shorter text leaves nothing of a longer one
            for index, text in enumerate(TEXTS[::-1]):
                write_to_shared_memory(space, index, text, memory)
            for index, text in enumerate(TEXTS):
                write_to_shared_memory(space, index, text, memory)
        assert tuple(found) == copy.deepcopy(found) == TEXTS
        assert (found[1], found[-2:], len(found)) == (TEXTS[1], TEXTS[-2:], len(TEXTS))

    @EVERY
    def test_wrappers_of_observations(self, id: str) -> None:
        def play(*wraps: Any) -> list[Any]:
            env = gymnasium.make(f"dialogym/{id}", horizon=4)
            for wrap in wraps:
                env = wrap(env)
            found = [env.reset(seed=5)[0]]
            for text in TEXTS[:2]:
                found.append(env.step(text)[0])
                assert env.observation_space.contains(found[-1])
            return found

        plain = play()
        space = gymnasium.make(f"dialogym/{id}", horizon=4).observation_space
        assert [unflatten(space, flat) for flat in play(FlattenObservation)] == plain
        stacked = play(lambda env: FrameStackObservation(env, 2))
        assert [o["transcript"] for o in stacked[1:]] == [
            (a["transcript"], b["transcript"]) for a, b in pairwise(plain)]
        assert play(lambda env: DelayObservation(env, 1))[1:] == plain[:-1]
        play(lambda env: FrameStackObservation(env, 2), FlattenObservation)
