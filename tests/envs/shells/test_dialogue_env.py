"""The PettingZoo shell: conformance, the game's end, what it refuses; for every registered id."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from pettingzoo.test import api_test, seed_test

import dialogym
from dialogym import Utterance
from dialogym.envs.errors import InvalidAction, InvalidConfig
from dialogym.envs.position import MAX_TEXT
from tests.third import ID as THIRD
from tests.toy import Guessing, cast, speak, state_of, talk, texts, toy_env

IDS = sorted({*dialogym.registry, THIRD})
EVERY = pytest.mark.parametrize("id", IDS)
# What PettingZoo advises for arrays and numbered agents; text and named seats are meant.
ADVICE = [
    pytest.mark.filterwarnings(f"ignore:{message}:UserWarning:pettingzoo")
    for message in (
        "Observation is not a NumPy array",
        "Observation space for each agent probably should be",
        "Action space for each agent probably should be",
        "We recommend agents to be named in the format",
    )
]


class TestPettingZoo:
    pytestmark = ADVICE

    @EVERY
    def test_it_passes_the_api_test(self, id: str, capsys: pytest.CaptureFixture[str]) -> None:
        api_test(dialogym.make(id), num_cycles=200)
        assert "Passed API test" in capsys.readouterr().out

    @EVERY
    def test_it_passes_the_seed_test(self, id: str) -> None:
        seed_test(lambda: dialogym.make(id), num_cycles=60)

    def test_a_scenario_the_user_opens_passes_too(self) -> None:
        api_test(toy_env(), num_cycles=100)
        seed_test(toy_env, num_cycles=30)


@EVERY
def test_observations_belong_to_their_spaces_throughout(id: str) -> None:
    env = dialogym.make(id)
    assert env.observation_space(env.possible_agents[0]) is env.observation_space(env.possible_agents[0])
    for seed in range(5):
        env.reset(seed=seed)
        while env.agents:
            assert env.observation_space(env.agent_selection).contains(env.last()[0])
            speak(env, 1)


@EVERY
def test_a_longest_possible_dialogue_still_belongs_to_the_space(id: str) -> None:
    env = dialogym.make(id)
    env.reset(seed=0)
    while not env.position.over:
        env.step("x" * MAX_TEXT)
    assert all(env.observation_space(seat).contains(env.observe(seat)) for seat in env.possible_agents)


@EVERY
def test_the_interactive_seat_is_paid_the_engagement_once(id: str) -> None:
    env = dialogym.make(id)
    scenario = env.scenario
    paid = []
    for seed in range(40):
        env.reset(seed=seed)
        total = dict.fromkeys(env.possible_agents, 0.0)
        for seat in env.agent_iter():
            _, reward, terminated, truncated, info = env.last()
            total[seat] += reward
            assert terminated + truncated <= 1
            assert reward == 0 or terminated
            speak(env, 1)
        level = env.position.engagement.level
        assert total == {scenario.interactive: level, scenario.user: 0.0}
        assert info["engagement"] == level
        paid.append(level)
    assert len(set(paid)) > 1


def test_a_decision_terminates() -> None:
    env = toy_env()
    env.reset(seed=0, options={"condition": "red"})
    for text in ("Cold.", "Is it red?", "Yes."):
        env.step(text)
    assert env.terminations == dict.fromkeys(env.possible_agents, True)
    assert env.truncations == dict.fromkeys(env.possible_agents, False)
    assert env.rewards == {"guesser": 1.0, "thinker": 0.0}
    assert {info["status"] for info in env.infos.values()} == {"guessed"}


@EVERY
def test_a_user_who_never_decides_is_cut_off_at_the_horizon(id: str) -> None:
    env = dialogym.make(id, horizon=4)
    env.reset(seed=0)
    steps = 0
    while not any(env.truncations.values()):
        env.step("Hm, well." if env.agent_selection == env.scenario.user else "The weather is nice.")
        steps += 1
        assert not any(env.terminations.values())
    assert env.position.turns == env.scenario.horizon == 4
    assert steps == len(env.position.dialogue)
    assert env.position.dialogue.last.seat == env.scenario.user
    assert all(info["engagement"] == 0 and info["evidence"] for info in env.infos.values())
    assert set(env.rewards.values()) == {0.0}
    assert not env.position.engagement.over


def test_an_undecided_persuadee_is_called_undecided() -> None:
    env = dialogym.make("PersuasionForGood-v0", horizon=1)
    env.reset(seed=0)
    env.step("Would you donate?")
    env.step("I have to think.")
    assert env.infos["persuader"]["status"] == "undecided"
    assert env.truncations == {"persuader": True, "persuadee": True}


def test_a_decision_in_the_last_turn_counts_as_one() -> None:
    env = dialogym.make("PersuasionForGood-v0", horizon=1)
    env.reset(seed=0)
    env.step("Would you donate?")
    env.step("I will donate $1.")
    assert env.terminations == {"persuader": True, "persuadee": True}
    assert env.truncations == {"persuader": False, "persuadee": False}
    assert env.rewards["persuader"] == 0.5


WRONG = [None, 3, b"bytes", ["hello"], "", " \n", "x" * 1_000_000, "a \ud800", Utterance("persuadee", "Not my turn."),
         Utterance("persuader", ""), Utterance("nobody", "Hello.")]


@pytest.mark.parametrize("action", WRONG, ids=lambda a: repr(a)[:30])
def test_an_invalid_action_changes_nothing(action: Any) -> None:
    env = dialogym.make("PersuasionForGood-v0")
    env.reset(seed=3)
    speak(env, 4)
    before = state_of(env)
    with pytest.raises(InvalidAction) as caught:
        env.step(action)
    assert len(str(caught.value)) < 200
    assert state_of(env) == before
    speak(env)
    assert texts(env.position) == texts(talk(dialogym.Position.start(env.scenario, 3), cast(env.scenario)))


@EVERY
def test_after_the_end_only_dead_steps_are_taken(id: str) -> None:
    env = dialogym.make(id)
    env.reset(seed=3)
    speak(env, len(talk(env.position, cast(env.scenario)).dialogue))
    for left in (2, 1):
        before = state_of(env)
        with pytest.raises(InvalidAction, match=r"may only step\(None\)"):
            env.step("One more thing.")
        assert state_of(env) == before
        assert len(env.agents) == left
        env.step(None)
    before = state_of(env)
    for action in (None, "Hello?"):
        with pytest.raises(InvalidAction, match="call reset"):
            env.step(action)
    assert state_of(env) == before
    env.reset(seed=1)
    assert env.agents == env.possible_agents


@EVERY
def test_nothing_works_before_the_first_reset(id: str) -> None:
    env = dialogym.make(id)
    for call in (env.snapshot, env.ask, lambda: env.step("Hi."), lambda: env.observe(env.possible_agents[0])):
        with pytest.raises(InvalidAction, match="call reset"):
            call()


@pytest.mark.parametrize("seed", [np.int64(7), np.uint8(7), True + 6])
def test_integers_of_any_kind_are_seeds(seed: Any) -> None:
    env = dialogym.make(IDS[0])
    env.reset(seed=seed)
    assert env.position == dialogym.Position.start(env.scenario, 7)


@pytest.mark.parametrize("seed", ["7", 7.0, [7]])
def test_what_is_no_integer_is_no_seed(seed: Any) -> None:
    env = dialogym.make(IDS[0])
    env.reset(seed=1)
    before = state_of(env)
    with pytest.raises(TypeError):
        env.reset(seed=seed)
    assert state_of(env) == before


def test_a_condition_can_be_given_and_a_wrong_one_changes_nothing() -> None:
    env = dialogym.make("PersuasionForGood-v0")
    persona = env.scenario.draw_condition(99)
    env.reset(seed=1, options={"condition": persona})
    assert env.position.condition == persona
    before = state_of(env)
    with pytest.raises(InvalidConfig, match="Persona"):
        env.reset(seed=1, options={"condition": "grumpy"})
    assert state_of(env) == before


@EVERY
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_a_copied_environment_goes_on_alone(id: str, copied: Any) -> None:
    env = dialogym.make(id)
    env.reset(seed=2)
    speak(env, 3)
    before = state_of(env)
    twin = copied(env)
    assert state_of(twin) == before
    speak(twin)
    assert state_of(env) == before
    speak(env)
    assert state_of(env) == state_of(twin)


def test_rendering_shows_transcript_and_reading() -> None:
    env = toy_env()
    env.reset(seed=0)
    env.step("Cold.")
    env.step("Is it red?")
    assert env.render().splitlines() == ["     thinker: Cold.", "     guesser: Is it red?", "[open, engagement 0.00, turn 1/4]"]
    assert dialogym.make(IDS[0]).render() is None


@EVERY
def test_observations_are_the_dialogue_in_words_wherever_the_environment_goes(id: str) -> None:
    """What was observed last is remembered and grown: rewinds, other branches and new episodes must not show it."""
    env = dialogym.make(id)

    def check() -> None:
        said = "\n".join(f"{u.seat}: {' '.join(u.text.split())}" for u in env.position.dialogue)
        words = env.scenario.describe_condition(env.position.condition)
        for seat in (*env.possible_agents, *env.possible_agents[::-1]):
            assert env.observe(seat) == {"transcript": said, "condition": words if seat == env.scenario.user else ""}

    for seed in (1, 2):
        env.reset(seed=seed)
        check()
        speak(env, 1)
        check()
        marks = [env.snapshot()]
        for text in ("One.", "Two.\nseat: two", "Three."):
            env.step(text)
            marks.append(env.snapshot())
        check()
        for mark in (marks[0], marks[2], marks[1]):
            env.restore(mark)
            check()
            env.step("Another branch.")
            check()
        env.restore(marks[-1].to_json())
        check()


def test_an_engagement_that_cannot_be_read_leaves_the_environment_unharmed() -> None:
    class Broken(Guessing):
        def engagement(self, dialogue: dialogym.Dialogue) -> dialogym.Engagement:
            if len(dialogue) > 1:
                raise RuntimeError("no reading")
            return super().engagement(dialogue)

    env = dialogym.DialogueEnv(Broken(), "Broken-v0")
    env.reset(seed=0)
    env.step("Cold.")
    before = state_of(env)
    with pytest.raises(RuntimeError, match="no reading"):
        env.step("Is it red?")
    assert state_of(env) == before
