"""What a trainer of language models needs of an environment: the role prompt, a chat, and what a model wrote as an action."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import gymnasium
import numpy as np
import pytest
from pettingzoo.utils.wrappers import OrderEnforcingWrapper

import dialogym
from dialogym import DialogueEnv, SeatEnv, Utterance
from dialogym.agents.prompting import messages
from dialogym.envs.chat import OPENING, SILENCE, Chats
from dialogym.envs.errors import InvalidConfig
from dialogym.envs.position import MAX_TEXT
from tests.third import ID as THIRD
from tests.toy import Guessing, Thinking, cast, speak

IDS = sorted({*dialogym.registry, THIRD})
EVERY = pytest.mark.parametrize("id", IDS)
SEATS = pytest.mark.parametrize(("id", "seat"), [(id, seat) for id in IDS for seat in dialogym.make(id).possible_agents])


class TestRolePrompt:
    @SEATS
    def test_it_stands_in_the_info_of_its_seat(self, id: str, seat: str) -> None:
        env = SeatEnv(id, seat=seat)
        _, info = env.reset(seed=3)
        view = env.view()
        assert info["role_prompt"] == env.scenario.speech.system_prompt(seat, view.condition)
        assert env.step("I see.")[-1]["role_prompt"] == info["role_prompt"]
        own = env.scenario.describe_condition(env.position.condition)
        assert (own in info["role_prompt"]) is (seat == env.scenario.user)

    @EVERY
    def test_each_agent_has_its_own(self, id: str) -> None:
        env = dialogym.make(id)
        env.reset(seed=3)
        mark = env.snapshot()
        for seed in (3, 4):
            env.reset(seed=seed)
            for seat in env.possible_agents:
                condition = env.position.condition if seat == env.scenario.user else None
                assert env.infos[seat]["role_prompt"] == env.scenario.speech.system_prompt(seat, condition)
            before = {seat: env.infos[seat]["role_prompt"] for seat in env.possible_agents}
            speak(env, 3)
            assert {seat: info["role_prompt"] for seat, info in env.infos.items()} == before
        env.restore(mark)
        user = env.scenario.user
        assert env.infos[user]["role_prompt"] == env.scenario.speech.system_prompt(user, env.position.condition)

    @EVERY
    def test_the_interactive_seats_tells_nothing_of_the_condition(self, id: str) -> None:
        env = SeatEnv(id)
        people = [{"condition": env.scenario.draw_condition(key)} for key in range(20)]
        assert len({env.reset(seed=3, options=one)[1]["role_prompt"] for one in people}) == 1


class TestRead:
    @SEATS
    def test_what_a_scripted_speaker_would_have_written_is_what_it_says(self, id: str, seat: str) -> None:
        env, agents = dialogym.make(id), cast(dialogym.make(id).scenario)
        env.reset(seed=5)
        while not env.position.over:
            said = agents[env.agent_selection].respond([env.ask()])[0]
            found = env.read(env.scenario.speech.write(said))
            assert (found.seat, found.text) == (said.seat, " ".join(said.text.split()))
            assert bool(found.state) is bool(said.state)
            env.step(found)

    def test_state_and_words_are_apart(self) -> None:
        env = SeatEnv(Thinking())
        env.reset(seed=0)
        written = "Mood: low\nPlan: ask\nResponse: Is it\nred?"
        assert env.read(written) == Utterance("guesser", "Is it red?", "Mood: low\nPlan: ask")
        env.step(env.read("Mood: low\nResponse: Is it red?"))
        assert [u.state for u in env.view().dialogue] == ["Mood: low", ""]
        assert env.read("Mood: low", finished=False) == Utterance("guesser", SILENCE, "Mood: low")

    @pytest.mark.parametrize("text", ["", " \n", "\x00"])
    def test_a_model_that_said_nothing_is_silent(self, text: str) -> None:
        env = dialogym.make(IDS[0])
        env.reset(seed=0)
        assert env.read(text).text == SILENCE
        env.step(env.read(text))


class TestMessages:
    @SEATS
    def test_they_are_what_our_own_agents_read(self, id: str, seat: str) -> None:
        env = SeatEnv(id, seat=seat, messages=True)
        plain = SeatEnv(id, seat=seat)
        seen, _ = env.reset(seed=3)
        same, _ = plain.reset(seed=3)
        while True:
            assert seen["messages"] == messages(env.view())
            role = env.scenario.speech.system_prompt(seat, env.view().condition)
            assert seen["messages"][0] == {"role": "system", "content": role}
            assert {k: v for k, v in seen.items() if k != "messages"} == same
            assert env.observation_space.contains(seen)
            assert not plain.observation_space.contains(seen)
            said = [m["content"] for m in seen["messages"][1:]]
            assert [m["role"] for m in seen["messages"][1:]] == [("user", "assistant")[i % 2] for i in range(len(said))]
            if env.position.over:
                break
            seen, same = env.step("I\nsee.")[0], plain.step("I\nsee.")[0]

    @EVERY
    def test_the_longest_talk_is_in_the_space(self, id: str) -> None:
        env = dialogym.make(id, messages=True, horizon=2)
        env.reset(seed=0)
        while not env.position.over:
            env.step(Utterance(env.agent_selection, "x" * MAX_TEXT, "y" * MAX_TEXT))
        for seat in env.possible_agents:
            assert env.observation_space(seat).contains(env.observe(seat))

    @EVERY
    def test_such_environments_keep_all_laws(self, id: str) -> None:
        dialogym.check_env(dialogym.make(id, messages=True, horizon=4))
        dialogym.check_env(gymnasium.make(f"dialogym/{id}", messages=True, horizon=4))

    def test_many_at_once(self) -> None:
        envs = gymnasium.make_vec("dialogym/PersuasionForGood-v0", 2, vectorization_mode="sync", messages=True)
        seen, info = envs.reset(seed=[1, 2])
        assert [chat[-1]["content"] for chat in seen["messages"]] == [OPENING] * 2
        assert len(info["role_prompt"]) == 2
        envs.close()

    def test_the_space(self) -> None:
        space = Chats(4, 10)
        space.seed(3)
        assert all(space.contains(space.sample()) for _ in range(50))
        turn = {"role": "user", "content": "Hello."}
        assert space.contains([{"role": "system", "content": "x" * 1_000}, turn])
        assert space == Chats(4, 10) != Chats(4, 11)
        assert hash(space) == hash(Chats(4, 10))
        bad: list[Any] = [None, "Hello.", [turn] * 5, [turn, turn | {"content": "x" * 11}], [turn | {"role": "persuader"}],
                          [turn | {"state": ""}], [{"role": "user"}], [turn | {"content": 3}], [3], np.zeros(2)]
        assert not any(space.contains(one) for one in bad)


class TestObjects:
    """An environment or a scenario instead of an id."""

    @EVERY
    def test_a_scenario(self, id: str) -> None:
        named, given = SeatEnv(id, horizon=3), SeatEnv(dialogym.make(id, horizon=3).scenario)
        assert (given.id, given.scenario) == (id, named.scenario)
        assert given.reset(seed=7) == named.reset(seed=7)
        assert given.step("I see.") == named.step("I see.")
        assert SeatEnv(Guessing()).id == "guessing"

    @EVERY
    @pytest.mark.parametrize("wrapped", [False, True])
    def test_an_environment_is_copied(self, id: str, wrapped: bool) -> None:
        env = dialogym.make(id, horizon=3, messages=True, render_mode="human")
        env.reset(seed=1)
        speak(env, 1)
        before = env.snapshot()
        seat = SeatEnv(OrderEnforcingWrapper(env) if wrapped else env)
        with pytest.raises(dialogym.DialogymError, match="no episode"):
            seat.observe()
        assert seat.reset(seed=7) == SeatEnv(id, horizon=3, messages=True).reset(seed=7)
        assert env.snapshot() == before
        assert seat.scenario is env.scenario

    def test_a_subclass_stays_one(self) -> None:
        class Shouting(DialogueEnv):
            def observe(self, agent: str) -> dict[str, Any]:
                return {k: v.upper() for k, v in super().observe(agent).items()}

        seat = SeatEnv(Shouting(Guessing()))
        assert seat.reset(seed=0)[0]["transcript"].startswith("THINKER: ")

    def test_what_cannot_be_is_refused_in_words(self) -> None:
        env = dialogym.make(IDS[0])
        for given in (env, env.scenario):
            with pytest.raises(InvalidConfig, match=r"\['horizon'\] belong to an environment's id"):
                SeatEnv(given, horizon=3)
        with pytest.raises(InvalidConfig, match="got int"):
            SeatEnv(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("made", ["make('dialogym:dialogym/PersuasionForGood-v0').reset(seed=7)",
                                  "make('dialogym:dialogym/PersuasionForGoodActs-v0').reset(seed=7)",
                                  "make_vec('dialogym:dialogym/EmotionalSupportActs-v0', 2).reset(seed=7)"])
def test_gymnasium_finds_them_without_an_import(made: str, tmp_path: Any) -> None:
    """In a fresh process: the id names the module, which is how Gymnasium has found other packages since its version 1."""
    code = f"import gymnasium, sys; assert 'dialogym' not in sys.modules; gymnasium.{made}; assert 'dialogym' in sys.modules"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, cwd=tmp_path)
