"""`ActState`, the act-level game as a value; the options of `ActEnv`; and its PettingZoo twin of one agent."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
import pettingzoo
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st
from pettingzoo.test import api_test, seed_test
from pettingzoo.utils.wrappers import AssertOutOfBoundsWrapper, OrderEnforcingWrapper, TerminateIllegalWrapper

import dialogym
from dialogym import ActAECEnv, ActEnv, ActState, Ask, Position, ScriptedAgent, Utterance, converse
from dialogym.envs.errors import InvalidAction, InvalidConfig, InvalidSnapshot
from dialogym.envs.registry import acts_id
from tests.third import ID as THIRD
from tests.toy import Guessing

IDS = sorted(id for id, known in dialogym.registry.items() if known.build().acting is not None)
EVERY = pytest.mark.parametrize("id", IDS)
STARTS = {id: ActState.start(dialogym.make(id).scenario, 7) for id in IDS}


def families() -> list[tuple[str, str]]:
    return [(id, name) for id in IDS for name in dialogym.make(id).scenario.scripted[dialogym.make(id).scenario.user]]


def walked(state: ActState, rng: np.random.Generator, luck: int = 0) -> list[ActState]:
    found = [state]
    while not found[-1].over:
        found.append(found[-1].step(rng.choice(found[-1].legal), luck))
    return found


class Silent:
    """A user who always says the same."""

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        return [Utterance(ask.view.seat, "I see.") for ask in asks]


class TestActState:
    @EVERY
    def test_the_environment_is_a_shell_around_it(self, id: str) -> None:
        env = ActEnv(id)
        for seed in (0, 7):
            seen, info = env.reset(seed=seed)
            assert env.state == ActState.start(env.scenario, seed)
            rng = np.random.default_rng(seed)
            while not env.state.over:
                state, action = env.state, rng.choice(env.state.legal)
                seen, reward, ended, cut, info = env.step(action)
                after = state.step(action)
                assert env.state == after
                assert seen.tolist() == after.features.tolist()
                assert info["action_mask"].astype(bool).tolist() == after.mask.tolist() == env.action_masks().tolist()
                assert (reward, ended or cut) == (after.value, after.over)
                assert after.legal == (() if after.over else tuple(np.flatnonzero(after.mask)))

    @EVERY
    @settings(max_examples=30, deadline=None)
    @given(luck=st.integers(0, 2**32), place=st.integers(0, 100))
    def test_a_step_is_pure(self, id: str, luck: int, place: int) -> None:
        start = STARTS[id]
        before, action = pickle.dumps(start.position.to_json()), start.legal[place % len(start.legal)]
        after = start.step(action, luck)
        start.step(start.legal[0], luck + 1)
        assert start.step(action, luck) == after
        assert hash(start.step(action, luck)) == hash(after)
        assert pickle.dumps(start.position.to_json()) == before
        assert len({start, after, start.step(action, luck)}) == 2
        for copied in (copy.deepcopy(after), pickle.loads(pickle.dumps(after))):
            assert copied.position == after.position
            assert copied.step(0, 3).position == after.step(0, 3).position

    @EVERY
    def test_nothing_in_it_can_be_changed(self, id: str) -> None:
        state = STARTS[id]
        with pytest.raises(AttributeError):
            state.position = state.position  # type: ignore[misc]
        before = state.features.tolist()
        state.features[:] = 9
        state.mask[:] = False
        assert state.features.tolist() == before
        assert state.legal

    @EVERY
    def test_luck_decides_the_wording_and_the_answer(self, id: str) -> None:
        state = STARTS[id]
        deals = [tuple(u.text for u in state.step(1, luck).position.dialogue) for luck in range(30)]
        assert len({deal[-2] for deal in deals}) > 3
        assert len({deal[-1] for deal in deals}) > 3
        assert state.step(1) == state.step(1, 0) == state.step(np.int64(1), np.int32(0))  # type: ignore[arg-type]
        assert state.step(1, 4).position.key == state.step(2, 4).position.key  # the same luck whatever is said

    @EVERY
    def test_a_planner_gains_by_looking_ahead(self, id: str) -> None:
        """A flat search over an expert's endings, as an adapter would write it, beats acts by chance by far."""
        scenario = dialogym.make(id, horizon=12).scenario
        agents = {scenario.interactive: ScriptedAgent.of(scenario, scenario.interactive, "expert"),
                  scenario.user: ScriptedAgent.of(scenario, scenario.user)}

        def ending(state: ActState) -> float:
            return converse(state.position, agents).outcome[2]

        planned, by_chance = 0.0, 0.0
        for seed in range(4):
            state = ActState.start(scenario, seed)
            by_chance += walked(state, np.random.default_rng(0), 0)[-1].value
            while not state.over:
                state = state.step(max(state.legal, key=lambda act: sum(
                    ending(state.step(act, luck)) for luck in (1, 2, 3))))
            planned += state.value
        assert planned > by_chance

    @EVERY
    def test_conditions_and_positions(self, id: str) -> None:
        scenario = dialogym.make(id).scenario
        condition = scenario.draw_condition(99)
        state = ActState.start(scenario, 7, condition=condition)
        assert state.position.condition == condition
        assert ActState.of(Position.start(scenario, 7)) == STARTS[id]
        assert state.position.seat == scenario.interactive

    @EVERY
    def test_the_end(self, id: str) -> None:
        *_, last = walked(STARTS[id], np.random.default_rng(0))
        assert last.legal == ()
        assert last.value == last.position.engagement.level
        with pytest.raises(InvalidAction, match="over"):
            last.step(0)

    def test_what_makes_no_sense_is_refused(self) -> None:
        state = STARTS[IDS[0]]
        for action in (-1, 10_000, 0.0, None, "greeting"):
            with pytest.raises(InvalidAction, match="whole number from 0"):
                state.step(action)  # type: ignore[arg-type]
        with pytest.raises(InvalidAction, match=r"Luck is a whole number, got 0\.5"):
            state.step(0, 0.5)  # type: ignore[arg-type]
        with pytest.raises(InvalidConfig, match="cannot be played by acts"):
            ActState.start(Guessing(), 0)
        with pytest.raises(InvalidConfig, match="'nobody'"):
            ActState.start(state.position.scenario, 0, partner="nobody")


class TestOptions:
    @pytest.mark.parametrize(("id", "name"), families())
    def test_a_partner_by_name(self, id: str, name: str) -> None:
        env = gymnasium.make(f"dialogym/{acts_id(id)}", partner=name).unwrapped
        env.reset(seed=3)
        env.step(1)
        agent = ScriptedAgent.of(env.scenario, env.scenario.user, name)
        assert env.state == ActState.start(env.scenario, 3, partner=agent).step(1)
        said = [u for u in env.position.dialogue if u.seat == env.scenario.user]
        plain = ActState.start(env.scenario, 3).step(1).position.dialogue
        assert (said == [u for u in plain if u.seat == env.scenario.user]) is (
            name == next(iter(env.scenario.scripted[env.scenario.user])) or said[-1] == plain.last)

    @EVERY
    def test_a_partner_that_is_an_agent(self, id: str) -> None:
        env = ActEnv(id, partner=Silent(), horizon=2)
        env.reset(seed=0)
        env.step(1)
        env.step(1)
        assert {u.text for u in env.position.dialogue if u.seat == env.scenario.user} == {"I see."}

    def test_a_partner_that_fails_changes_nothing(self) -> None:
        class Broken:
            def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
                return []

        env = ActEnv("PersuasionForGood-v0", partner=Broken())
        env.reset(seed=0)
        before = env.state
        with pytest.raises(InvalidAction, match="list of one Utterance"):
            env.step(0)
        assert env.state is before
        opened = ActEnv("EmotionalSupport-v0")
        opened.reset(seed=1)
        opened.partner = Broken()
        before = opened.state
        with pytest.raises(InvalidAction, match="list of one Utterance"):
            opened.reset()
        assert opened.state is before
        for nobody in ("nobody", 3):
            with pytest.raises(InvalidConfig):
                ActEnv("PersuasionForGood-v0", partner=nobody)  # type: ignore[arg-type]

    @EVERY
    def test_the_mask_in_the_observation(self, id: str) -> None:
        env, plain = ActEnv(id, mask_in_observation=True), ActEnv(id)
        seen, info = env.reset(seed=2)
        same, _ = plain.reset(seed=2)
        while not env.state.over:
            assert env.observation_space.contains(seen)
            assert seen["observation"].tolist() == same.tolist()
            assert seen["action_mask"].tolist() == info["action_mask"].tolist()
            act = int(np.flatnonzero(seen["action_mask"])[-1])
            seen, info = env.step(act)[0::4]
            same = plain.step(act)[0]
        check_env(gymnasium.make(f"dialogym/{acts_id(id)}", mask_in_observation=True, render_mode="ansi").unwrapped)
        envs = gymnasium.make_vec(f"dialogym/{acts_id(id)}", 2, vectorization_mode="sync", mask_in_observation=True)
        assert envs.reset(seed=0)[0]["action_mask"].shape == (2, env.action_space.n)
        envs.close()

    @EVERY
    def test_an_info_of_numbers(self, id: str) -> None:
        env, words = ActEnv(id, numeric_info=True), ActEnv(id)
        for seed in range(10):
            infos = [env.reset(seed=seed)[1], words.reset(seed=seed)[1]]
            while True:
                assert all(isinstance(value, int | float | np.ndarray) for value in infos[0].values())
                assert env.scenario.statuses[infos[0]["status"]] == infos[1]["status"]
                if env.state.over:
                    break
                infos = [one.step(1)[-1] for one in (env, words)]

    @EVERY
    def test_an_environment_or_a_scenario_instead_of_an_id(self, id: str) -> None:
        made, named = dialogym.make(id, horizon=2), ActEnv(id, horizon=2)
        named.reset(seed=5)
        for one in (made, made.scenario, OrderEnforcingWrapper(made)):
            for env in (ActEnv(one), ActAECEnv(one)):
                env.reset(seed=5)
                assert env.position == named.position
                assert env.id == acts_id(id)
        with pytest.raises(InvalidConfig, match="belong to an environment's id"):
            ActEnv(made.scenario, horizon=2)
        with pytest.raises(InvalidConfig, match="cannot be played by acts"):
            ActEnv(Guessing())

    def test_a_scenario_built_by_hand(self) -> None:
        scenario = dialogym.make(IDS[0]).scenario
        env = ActEnv(scenario.under(scenario.name))
        env.reset(seed=0)
        mark = env.snapshot().to_json()
        env.restore(mark)
        assert env.id == f"{scenario.name}Acts"


def played(env: Any) -> list[Any]:
    """The rest of an episode by the first act that makes sense, dead step included."""
    found = []
    while env.agents:
        seen, reward, ended, cut, info = env.last()
        found.append((seen["observation"].tolist(), seen["action_mask"].tolist(), reward, ended, cut, info["turns"],
                      dict(env.rewards), list(env.agents)))
        env.step(None if ended or cut else int(np.flatnonzero(seen["action_mask"])[0]))
    return found


class TestPettingZoo:
    @EVERY
    def test_its_own_checks_pass(self, id: str) -> None:
        with warnings.catch_warnings():
            for advice in ("We recommend agents to be named", "Observation space for each agent probably should",
                           "Observation numpy array is all zeros", "Observation is not a NumPy array"):
                # PettingZoo gives it to its own classic games, too
                warnings.filterwarnings("ignore", advice, UserWarning)
            api_test(pettingzoo.make("aec", acts_id(id)), num_cycles=100)
            seed_test(lambda: pettingzoo.make("aec", acts_id(id)), num_cycles=30)

    @EVERY
    def test_it_plays_the_episodes_of_the_act_environment(self, id: str) -> None:
        env, acts = pettingzoo.make("aec", acts_id(id), horizon=4), ActEnv(id, horizon=4, mask_in_observation=True)
        own = env.unwrapped.scenario.interactive
        assert env.possible_agents == [own]
        for seed in range(5):
            env.reset(seed=seed)
            acts.reset(seed=seed)
            paid, rng = 0.0, np.random.default_rng(seed)
            for _ in env.agent_iter():
                seen, reward, ended, cut, _ = env.last()
                paid += reward
                assert env.observation_space(own).contains(seen)
                assert seen["action_mask"].tolist() == acts.observe()["action_mask"].tolist()
                assert seen["observation"].tolist() == acts.observe()["observation"].tolist()
                act = None if ended or cut else int(rng.choice(np.flatnonzero(seen["action_mask"])))
                env.step(act)
                if act is not None:
                    acts.step(act)
            assert (env.unwrapped.position, paid) == (acts.position, acts.position.engagement.level)

    @EVERY
    def test_the_classic_wrappers_fit(self, id: str) -> None:
        env = OrderEnforcingWrapper(AssertOutOfBoundsWrapper(TerminateIllegalWrapper(ActAECEnv(id), illegal_reward=-1)))
        env.reset(seed=0)
        barred = int(np.flatnonzero(env.observe(env.agent_selection)["action_mask"] == 0)[0])
        env.step(barred)
        assert env.last()[1:3] == (-1, True)

    @EVERY
    @pytest.mark.parametrize("through", ["object", "json"])
    def test_every_moment_can_be_restored(self, id: str, through: str) -> None:
        env, acts = ActAECEnv(id, horizon=3), ActEnv(id, horizon=3)
        env.reset(seed=4)
        marks = [env.snapshot()]
        while env.agents:
            over = any(env.terminations.values()) or any(env.truncations.values())
            env.step(None if over else 1)
            marks.append(env.snapshot())
        for place, found in enumerate(marks):
            mark = found if through == "object" else found.to_json()
            plain, by_reset = ActAECEnv(id, horizon=3), OrderEnforcingWrapper(ActAECEnv(id, horizon=3))
            plain.restore(mark)
            by_reset.reset(options={"snapshot": mark})
            acts.restore(mark)
            assert plain.snapshot() == found
            assert acts.position == plain.position == by_reset.position
            assert bool(plain.agents) is (place < len(marks) - 1)
            assert played(plain) == played(by_reset)

    @EVERY
    def test_of_the_act_environment_too(self, id: str) -> None:
        env, acts = ActAECEnv(id), ActEnv(id)
        acts.reset(seed=4)
        acts.step(1)
        env.restore(acts.snapshot())
        assert (env.position, env.act_state) == (acts.position, acts.state)

    @EVERY
    def test_what_cannot_be_is_refused_and_changes_nothing(self, id: str) -> None:
        env = ActAECEnv(id, horizon=1)
        with pytest.raises(InvalidAction, match="no episode"):
            env.snapshot()
        env.reset(seed=0)
        before = env.snapshot()
        for action in (None, -1, 10_000, "greeting"):
            with pytest.raises(InvalidAction):
                env.step(action)  # type: ignore[arg-type]
        for snapshot in (dialogym.make(id), None, "{}", before.to_json().replace("[]", '["left"]')):
            with pytest.raises(InvalidSnapshot):
                env.restore(snapshot)  # type: ignore[arg-type]
        with pytest.raises(InvalidAction, match="alone"):
            env.reset(seed=1, options={"snapshot": before})
        assert env.snapshot() == before
        env.step(1)
        with pytest.raises(InvalidAction, match="may only step"):
            env.step(1)
        env.step(None)
        with pytest.raises(InvalidAction, match="reset"):
            env.step(None)

    def test_a_partner(self) -> None:
        env = pettingzoo.make("aec", "PersuasionForGoodActs-v0", partner="sceptical", render_mode="ansi")
        env.reset(seed=3)
        env.step(1)
        assert env.unwrapped.act_state == ActState.start(env.unwrapped.scenario, 3, partner="sceptical").step(1)
        assert str(env.render()).count("persuadee: ") == 1

    def test_a_scenario_without_acts_has_no_twin(self) -> None:
        assert acts_id(THIRD) not in pettingzoo.aec_registry
        with pytest.raises(InvalidConfig, match="cannot be played by acts"):
            ActAECEnv(THIRD)
