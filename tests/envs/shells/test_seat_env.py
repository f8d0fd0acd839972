"""One seat as a Gymnasium environment, and every id in PettingZoo's and Gymnasium's registries."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
import pettingzoo
import pytest
from gymnasium.utils.env_checker import check_env

import dialogym
from dialogym import Ask, DialogueEnv, Position, ScriptedAgent, SeatEnv, Utterance
from dialogym.envs.errors import DialogymError, InvalidAction, InvalidConfig, InvalidSnapshot
from tests.third import ID as THIRD
from tests.toy import Guessing, cast, talk, texts

IDS = sorted({*dialogym.registry, THIRD})
EVERY = pytest.mark.parametrize("id", IDS)
SEATS = pytest.mark.parametrize("who", ["interactive", "user"])


@pytest.fixture(autouse=True, scope="module")
def toy_is_known() -> Any:
    dialogym.register("Toy-v7", Guessing, horizon=3)
    yield
    del dialogym.registry["Toy-v7"]


class TestRegistries:
    @EVERY
    def test_pettingzoo_makes_the_same(self, id: str) -> None:
        env = pettingzoo.make("aec", id, horizon=3, render_mode="ansi")
        assert isinstance(env, DialogueEnv)
        assert (env.id, env.scenario.horizon, env.render_mode) == (id, 3, "ansi")
        assert pettingzoo.spec("aec", id).make().scenario == dialogym.make(id).scenario

    @EVERY
    @SEATS
    def test_gymnasium_makes_a_seat(self, id: str, who: str) -> None:
        seat = getattr(dialogym.make(id).scenario, who)
        env = gymnasium.make(f"dialogym/{id}", seat=seat, horizon=4)
        assert isinstance(env.unwrapped, SeatEnv)
        assert (env.unwrapped.seat, env.unwrapped.scenario.horizon) == (seat, 4)
        check_env(env.unwrapped)

    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_options_go_through(self, language: str) -> None:
        for env in (pettingzoo.make("aec", "EmotionalSupport-v0", language=language),
                    gymnasium.make("dialogym/EmotionalSupport-v0", language=language).unwrapped):
            assert env.scenario.language == language

    @EVERY
    @pytest.mark.parametrize(("mode", "options"), [("sync", {}), ("async", {}), ("async", {"copy": False}),
                                                   ("async", {"shared_memory": False})])
    def test_a_vector_of_them(self, id: str, mode: str, options: dict[str, Any]) -> None:
        envs = gymnasium.make_vec(f"dialogym/{id}", num_envs=3, vectorization_mode=mode, vector_kwargs=options, horizon=3)
        alone = [SeatEnv(id, horizon=3) for _ in range(3)]
        observations, _ = envs.reset(seed=[4, 5, 6])
        assert list(observations["transcript"]) == [env.reset(seed=4 + i)[0]["transcript"] for i, env in enumerate(alone)]
        observations, rewards, ended, cut, infos = envs.step(("Hello.", "How are you?", "I see."))
        for i, (env, text) in enumerate(zip(alone, ("Hello.", "How are you?", "I see."), strict=True)):
            observation, reward, over, late, info = env.step(text)
            assert (observations["transcript"][i], rewards[i], ended[i], cut[i], infos["status"][i]) == (
                observation["transcript"], reward, over, late, info["status"])
        for _ in range(8):
            envs.step(envs.action_space.sample())
        envs.close()

    def test_a_partner_is_passed_on_as_it_is(self) -> None:
        agent = ScriptedAgent.of(dialogym.make(IDS[0]).scenario, dialogym.make(IDS[0]).scenario.user)
        envs = gymnasium.make_vec(f"dialogym/{IDS[0]}", num_envs=2, vectorization_mode="sync", partner=agent)
        assert all(env.unwrapped.partner is agent for env in envs.envs)
        assert gymnasium.make(f"dialogym/{IDS[0]}", partner=agent).unwrapped.partner is agent

    def test_what_a_user_registers_is_there_too(self) -> None:
        assert pettingzoo.make("aec", "Toy-v7").scenario == Guessing(3).under("Toy-v7")
        assert gymnasium.make("dialogym/Toy-v7").unwrapped.scenario == Guessing(3).under("Toy-v7")
        assert gymnasium.make("dialogym/Toy-v7", horizon=2).unwrapped.scenario == Guessing(2).under("Toy-v7")

    @pytest.mark.parametrize("id", ["Sla/sh-v0", "Spa ce-v0", "Naïve-v0", "Two-v²", None])
    def test_ids_they_could_not_take_are_refused(self, id: Any) -> None:
        with pytest.raises(InvalidConfig, match="looks like"):
            dialogym.register(id, Guessing)

    def test_another_packages_id_is_left_alone(self) -> None:
        gymnasium.register("dialogym/Foreign-v0", entry_point="nowhere:Nothing")
        try:
            with pytest.raises(InvalidConfig, match="another package"):
                dialogym.register("Foreign-v0", Guessing)
            assert "Foreign-v0" not in dialogym.registry
            assert "Foreign-v0" not in pettingzoo.aec_registry
        finally:
            del gymnasium.registry["dialogym/Foreign-v0"]


def finish(env: SeatEnv) -> tuple[list[float], dict[str, Any]]:
    """Plays the scripted default of the seat to the end."""
    agent = ScriptedAgent.of(env.scenario, env.seat)
    rewards = []
    over = env.position.over
    info: dict[str, Any] = {}
    while not over:
        observation, reward, ended, cut, info = env.step(agent.respond([env.ask()])[0])
        assert env.observation_space.contains(observation)
        assert ended + cut <= 1
        rewards.append(reward)
        over = ended or cut
    return rewards, info


@EVERY
@SEATS
def test_an_episode_is_the_dialogue_environments(id: str, who: str) -> None:
    scenario = dialogym.make(id).scenario
    for seed in range(8):
        env = SeatEnv(id, seat=getattr(scenario, who))
        observation, info = env.reset(seed=seed)
        assert info["turns"] == env.position.turns
        assert (observation["condition"] != "") == (who == "user")
        rewards, info = finish(env)
        assert env.position == talk(Position.start(scenario, seed), cast(scenario))
        assert rewards == [*[0.0] * (len(rewards) - 1), env.position.engagement.level]
        assert info["engagement"] == env.position.engagement.level


@EVERY
@SEATS
def test_it_rewinds_exactly(id: str, who: str) -> None:
    env = SeatEnv(id, seat=getattr(dialogym.make(id).scenario, who))
    env.reset(seed=3)
    agent = ScriptedAgent.of(env.scenario, env.seat)
    mark = env.snapshot()
    while not env.position.over:
        if len(env.position.dialogue) < 6:
            mark = env.snapshot()
        env.step(agent.respond([env.ask()])[0])
    end = env.position
    for again in (env, SeatEnv(id, seat=env.seat), copy.deepcopy(env), pickle.loads(pickle.dumps(env))):
        for snapshot in (mark, mark.to_json()):
            again.restore(snapshot)
            assert again.snapshot() == mark
            finish(again)
            assert again.position == end
            observation, _ = again.reset(options={"snapshot": snapshot})
            assert (observation, again.position) == (again.observe(), mark.position)


@EVERY
def test_the_two_seats_and_the_dialogue_environment_take_each_others_snapshots(id: str) -> None:
    whole = dialogym.make(id)
    whole.reset(seed=1)
    whole.step("Hello.")
    for seat in whole.possible_agents:
        env = SeatEnv(id, seat=seat)
        env.restore(whole.snapshot())
        assert env.position.seat == seat or env.position.over
        whole.restore(env.snapshot())


class Fixed:
    """An agent of somebody else's: anything with respond."""

    def __init__(self, *replies: Any) -> None:
        self.replies = list(replies)

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply(asks[0]) if callable(reply) else reply


def test_a_partner_may_be_a_name_or_anybodys_agent() -> None:
    env = SeatEnv("Toy-v7", partner="endless")
    env.reset(seed=0)
    assert finish(env)[1]["status"] == "open"
    says = [Utterance("thinker", "Warm.", "thinker-secret")], [Utterance("thinker", "Yes.")]
    env = SeatEnv("Toy-v7", partner=Fixed(*says), render_mode="ansi")
    assert env.reset(seed=0)[0]["transcript"] == "thinker: Warm."
    assert "secret" not in env.render() + repr(env.view())
    assert env.step("Is it red?")[1:4] == (1.0, True, False)
    assert env.render().splitlines() == ["     thinker: Warm.", "     guesser: Is it red?", "     thinker: Yes.",
                                         "[guessed, engagement 1.00, turn 1/3]"]


@pytest.mark.parametrize("wrong", [RuntimeError("no weights"), None, [], ["Warm."], [Utterance("guesser", "Mine?")],
                                   [Utterance("thinker", "")], [Utterance("thinker", "a"), Utterance("thinker", "b")]])
def test_a_partner_that_fails_does_no_harm(wrong: Any) -> None:
    env = SeatEnv("Toy-v7", partner=Fixed([Utterance("thinker", "Warm.")], wrong, [Utterance("thinker", "Cold.")]))
    env.reset(seed=0)
    before = env.snapshot()
    with pytest.raises(RuntimeError if isinstance(wrong, RuntimeError) else InvalidAction):
        env.step("Is it red?")
    assert env.snapshot() == before
    env.step("Is it red?")
    assert texts(env.position) == ["Warm.", "Is it red?", "Cold."]
    fresh = SeatEnv("Toy-v7", partner=Fixed(wrong))
    with pytest.raises((RuntimeError, InvalidAction)):
        fresh.reset(seed=0)
    with pytest.raises(InvalidAction, match="call reset"):
        fresh.step("Hello?")


@pytest.mark.parametrize(("options", "says"), [({"seat": "nobody"}, "has the seats"), ({"partner": "nobody"}, "choose one of"),
                                               ({"partner": 3}, "respond"), ({"render_mode": "video"}, "'video'"),
                                               ({"colour": 3}, "colour")])
def test_odd_arguments_are_named(options: dict[str, Any], says: str) -> None:
    with pytest.raises(DialogymError, match=says) as found:
        SeatEnv("Toy-v7", **options)
    assert isinstance(found.value, TypeError), "other libraries catch nothing else where an argument is not known"
    if "render_mode" not in options:  # there Gymnasium has a warning of its own
        with pytest.raises(TypeError, match=says):
            gymnasium.make("dialogym/Toy-v7", **options)


def test_after_the_end_and_before_the_beginning_nothing_is_said() -> None:
    env = SeatEnv(IDS[0])
    for call in (lambda: env.step("Hello."), env.snapshot, env.ask):
        with pytest.raises(InvalidAction, match="call reset"):
            call()
    env.reset(seed=1)
    finish(env)
    before = env.snapshot()
    for action in ("Hello?", None):
        with pytest.raises(InvalidAction, match="is over"):
            env.step(action)
    with pytest.raises(InvalidSnapshot):
        env.restore("{}")
    assert env.snapshot() == before


@pytest.mark.parametrize("seed", [np.int64(7), -3, 2**70])
def test_integers_of_any_kind_are_seeds(seed: Any) -> None:
    env = SeatEnv(IDS[0])
    assert env.reset(seed=seed)[0] == SeatEnv(IDS[0]).reset(seed=int(seed))[0]
    with pytest.raises(TypeError):
        env.reset(seed="7")  # type: ignore[arg-type]


def test_resets_without_a_seed_follow_from_the_first() -> None:
    chains = []
    for _ in range(2):
        env = SeatEnv(IDS[0])
        env.reset(seed=5)
        chains.append([env.reset() and env.position for _ in range(3)])
    assert chains[0] == chains[1]
    assert len({position.key for position in chains[0]}) == 3
