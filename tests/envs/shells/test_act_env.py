"""The act-level twins: Gymnasium environments whose actions are dialogue acts, for every scenario that has them."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
import pettingzoo
import pytest
from gymnasium.utils.env_checker import check_env

import dialogym
from dialogym import Dialogue, Position, Utterance
from dialogym.envs.errors import InvalidAction, InvalidArgument, InvalidConfig, InvalidSnapshot
from dialogym.envs.registry import acts_id, register_acts
from dialogym.envs.scenario import Acting
from dialogym.envs.shells.act_env import ActEnv
from tests.third import ID as THIRD
from tests.third import Haggling

IDS = sorted(id for id, known in dialogym.registry.items() if known.build().acting is not None)
EVERY = pytest.mark.parametrize("id", IDS)
MADE = {**{id: (id, {}) for id in IDS}, "chinese": ("EmotionalSupport-v0", {"language": "zh"})}
EVERY_LANGUAGE = pytest.mark.parametrize("made", MADE.values(), ids=MADE)

register_acts()


def acting_of(env: Any) -> Acting:
    acting = env.scenario.acting
    assert acting is not None
    return acting


def moments(env: ActEnv, seeds: range, sensible: bool = True) -> Iterator[tuple[np.ndarray, dict[str, Any]]]:
    """Every moment of episodes of random acts: those that make sense, or any."""
    rng = np.random.default_rng(0)
    for seed in seeds:
        seen, info = env.reset(seed=seed)
        over = False
        yield seen, info
        while not over:
            choice = np.flatnonzero(info["action_mask"]) if sensible else np.arange(env.action_space.n)
            seen, _, ended, cut, info = env.step(rng.choice(choice))
            over = ended or cut
            yield seen, info


def play(env: ActEnv, seed: int) -> list[Any]:
    """The rest of an episode of random acts, as comparable values."""
    rng, found, over = np.random.default_rng(seed), [], env.position.over
    while not over:
        seen, reward, ended, cut, info = env.step(rng.choice(np.flatnonzero(env.action_masks())))
        over = ended or cut
        found.append((seen.tolist(), reward, ended, cut, info["action_mask"].tolist(), info["engagement"], info["status"]))
    return found


def test_the_built_in_scenarios_can_be_played_by_acts() -> None:
    assert {"PersuasionForGood-v0", "EmotionalSupport-v0"} <= set(IDS)
    assert acts_id("PersuasionForGood-v0") == "PersuasionForGoodActs-v0"


class TestGymnasium:
    @EVERY
    def test_the_checker_finds_nothing(self, id: str) -> None:
        env = gymnasium.make(f"dialogym/{acts_id(id)}", render_mode="ansi")
        check_env(env.unwrapped)

    @EVERY
    def test_options_reach_the_scenario(self, id: str) -> None:
        env = gymnasium.make(f"dialogym/{acts_id(id)}", horizon=2)
        assert env.unwrapped.scenario.horizon == 2
        assert env.get_wrapper_attr("action_masks")
        env.reset(seed=0)
        mask = env.get_wrapper_attr("action_masks")()
        assert mask.dtype == bool
        assert mask.shape == (env.action_space.n,)

    @EVERY
    def test_many_at_once(self, id: str) -> None:
        envs = gymnasium.make_vec(f"dialogym/{acts_id(id)}", 3, vectorization_mode="sync", horizon=2)
        seen, _ = envs.reset(seed=0)
        for _ in range(6):
            seen, reward, *_ = envs.step(envs.action_space.sample())
        assert seen.shape == (3, len(envs.envs[0].unwrapped.acting.features))
        assert reward.shape == (3,)
        envs.close()

    def test_registering_twice_changes_nothing(self) -> None:
        before = dict(gymnasium.registry)
        register_acts()
        assert before == gymnasium.registry

    def test_a_scenario_without_acts_is_refused(self) -> None:
        assert f"dialogym/{acts_id(THIRD)}" not in gymnasium.registry
        with pytest.raises(InvalidConfig, match="cannot be played by acts"):
            ActEnv(THIRD)

    def test_a_scenario_of_ones_own_is_registered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        acting = Acting(("offer",), (), lambda ask, action: Utterance("seller", "For you, 30 coins."),
                        lambda view: np.zeros(0, np.float32), lambda view: np.ones(1, bool))
        monkeypatch.setattr(Haggling, "acting", acting)
        monkeypatch.setattr(gymnasium.envs.registration, "registry", dict(gymnasium.registry))
        monkeypatch.setattr(gymnasium, "registry", gymnasium.envs.registration.registry)
        monkeypatch.setitem(pettingzoo.aec_registry, acts_id(THIRD), None)  # gone again at the end
        del pettingzoo.aec_registry[acts_id(THIRD)]
        register_acts()
        env = gymnasium.make(f"dialogym/{acts_id(THIRD)}")
        env.reset(seed=1)
        assert env.step(0)[1] in (0.0, 0.3)
        assert pettingzoo.make("aec", acts_id(THIRD)).possible_agents == ["seller"]


class TestActing:
    @EVERY_LANGUAGE
    def test_names_are_unique_and_explained(self, made: tuple[str, dict[str, Any]]) -> None:
        acting = acting_of(ActEnv(made[0], **made[1]))
        assert len(set(acting.actions)) == len(acting.actions)
        assert set(acting.actions) <= set(dialogym.make(made[0], **made[1]).scenario.acts)
        assert len({f.name for f in acting.features}) == len(acting.features)
        assert all(f.name and f.meaning and f.values for f in acting.features)
        assert sum(f.name.startswith("mood: ") for f in acting.features) > 1

    @EVERY_LANGUAGE
    @pytest.mark.parametrize("sensible", [True, False])
    def test_masks_and_observations_are_in_range(self, made: tuple[str, dict[str, Any]], sensible: bool) -> None:
        env = ActEnv(made[0], **made[1])
        low, high = np.ones(env.observation_space.shape), np.zeros(env.observation_space.shape)
        offered = np.zeros(env.action_space.n, bool)
        for seen, info in moments(env, range(60), sensible):
            assert env.observation_space.contains(seen)
            assert info["action_mask"].any()
            assert info["action_mask"].astype(bool).tolist() == env.action_masks().tolist()
            low, high = np.minimum(low, seen), np.maximum(high, seen)
            offered |= info["action_mask"].astype(bool)
        assert offered.all()
        assert (high > low).mean() > 0.8  # the rest needs a talk that random acts hardly ever have

    @EVERY_LANGUAGE
    def test_a_voiced_act_is_heard_as_the_act(self, made: tuple[str, dict[str, Any]]) -> None:
        env = ActEnv(made[0], **made[1])
        acting = acting_of(env)
        for _, info in moments(env, range(25)):
            if env.position.over:
                continue
            for action in np.flatnonzero(info["action_mask"]):
                said = acting.voice(env.position.ask(), int(action))
                assert acting.actions[action] in env.scenario.recognise(said), said.text

    @EVERY_LANGUAGE
    def test_only_what_was_heard_counts(self, made: tuple[str, dict[str, Any]]) -> None:
        """Another condition and other private states of the user, the same words: the same for the seat."""
        env = ActEnv(made[0], **made[1])
        acting, own = acting_of(env), env.scenario.interactive
        for number, _ in enumerate(moments(env, range(12))):
            true = env.position
            masked = Dialogue.EMPTY
            for u in true.dialogue:
                masked = masked.say(Utterance(u.seat, u.text, f"hidden {number}") if u.seat == env.scenario.user else u)
            other = replace(true, condition=env.scenario.draw_condition(10_000 + number), dialogue=masked)
            assert other.condition != true.condition
            views = [position.view(own) for position in (true, other)]
            assert views[0].condition is views[1].condition is None
            assert acting.observe(views[0]).tolist() == acting.observe(views[1]).tolist()
            assert acting.mask(views[0]).tolist() == acting.mask(views[1]).tolist()
            if not true.over:
                assert [acting.voice(p.ask(), 3) for p in (true, other)] == [acting.voice(true.ask(), 3)] * 2

    @EVERY
    def test_the_wording_follows_the_key(self, id: str) -> None:
        env = ActEnv(id)
        env.reset(seed=0)
        acting, position = acting_of(env), env.position
        texts = [acting.voice(position.ask(index), 1).text for index in range(20)]
        assert texts == [acting.voice(position.ask(index), 1).text for index in range(20)]
        assert len(set(texts)) > 3


def named(env: ActEnv, seen: np.ndarray) -> dict[str, float]:
    return {f.name: round(float(x), 3) for f, x in zip(acting_of(env).features, seen, strict=True) if x}


def test_what_a_persuader_hears() -> None:
    env = ActEnv("PersuasionForGood-v0")
    seen, _ = env.reset(seed=0)
    assert named(env, seen) == {}
    actions = acting_of(env).actions
    masks = dict(zip(actions, env.action_masks(), strict=True))
    assert masks["greeting"]
    assert not masks["closing"]
    seen, *_ = env.step(actions.index("personal-inquiry"))
    found = named(env, seen)
    assert found["turn"] == round(1 / 15, 3)
    assert found["made: personal-inquiry"] == round(1 / 3, 3)
    assert sum(value for name, value in found.items() if name.startswith("mood: ")) == 1
    masks = dict(zip(actions, env.action_masks(), strict=True))
    assert not masks["greeting"]
    assert masks["personal-inquiry"] == bool(found.get("concern: self"))  # not a second time, unless it was asked for
    assert masks["closing"]


def test_what_a_supporter_hears() -> None:
    env = ActEnv("EmotionalSupport-v0")
    seen, _ = env.reset(seed=0)
    assert named(env, seen)["told: observations"] == 0.2
    actions = acting_of(env).actions
    masks = dict(zip(actions, env.action_masks(), strict=True))
    assert masks["greeting"]
    assert masks["restatement"]
    assert not masks["closing"]
    for turn in (1, 2):
        seen, *_ = env.step(actions.index("open-question"))
        found = named(env, seen)
        assert found["questions"] == round(turn / 3, 3)
        assert found["before: open-question"] == 1
    position = Position.start(env.scenario, 0).say("Hello?")
    view = position.view("supporter")
    assert not dict(zip(actions, acting_of(env).mask(view), strict=True))["restatement"]


class TestPlay:
    @EVERY
    def test_episodes_are_those_of_the_dialogue_environment(self, id: str) -> None:
        env, words = ActEnv(id, render_mode="ansi"), dialogym.make(id)
        agent = dialogym.ScriptedAgent.of(words.scenario, words.scenario.user)
        env.reset(seed=7)
        words.reset(seed=7)
        rng, last = np.random.default_rng(0), (0.0, False, False)
        while not words.position.over:
            if words.agent_selection == words.scenario.user:
                words.step(agent.respond([words.ask()])[0])
                continue
            action = int(rng.choice(np.flatnonzero(env.action_masks())))
            words.step(acting_of(env).voice(words.ask(), action))
            last = env.step(action)[1:4]
        assert env.position == words.position
        text = env.render() or ""
        assert [line.lstrip() for line in text.splitlines()[:-1]] == [f"{u.seat}: {u.text}" for u in words.position.dialogue]
        assert f"turn {words.position.turns}/{words.scenario.horizon}" in text.splitlines()[-1]
        own = words.scenario.interactive
        assert last == (words.rewards[own], words.terminations[own], words.truncations[own])

    @EVERY
    def test_the_reward_is_the_engagement_at_the_end(self, id: str) -> None:
        env = ActEnv(id)
        for seed in range(40):
            env.reset(seed=seed)
            *before, last = play(env, seed)
            assert {step[1] for step in before} <= {0.0}
            assert last[1] == env.position.engagement.level
            assert last[2] is env.position.engagement.over

    @EVERY
    def test_seeds_and_conditions(self, id: str) -> None:
        env = ActEnv(id)
        condition = env.scenario.draw_condition(99)
        env.reset(seed=3, options={"condition": condition})
        assert env.position.condition == condition
        env.reset(seed=3)
        first = env.position
        env.reset()
        follow = env.position
        other = ActEnv(id)
        other.reset(seed=np.int64(3))
        assert other.position == first
        other.reset()
        assert other.position == follow != first

    @EVERY
    def test_the_horizon_truncates(self, id: str) -> None:
        env = ActEnv(id, horizon=1)
        env.reset(seed=0)
        *_, ended, cut, info = env.step(1)
        assert cut is not ended
        assert info["turns"] == 1

    @EVERY
    def test_a_masked_act_is_said_all_the_same(self, id: str) -> None:
        env = ActEnv(id)
        env.reset(seed=0)
        barred = int(np.flatnonzero(~env.action_masks())[0])
        before = len(env.position.dialogue)
        env.step(barred)
        assert len(env.position.dialogue) == before + 2

    @EVERY
    @pytest.mark.parametrize("action", [-1, 10_000, 0.0, None, "greeting", np.array([0, 1])], ids=repr)
    def test_what_is_no_act_is_refused(self, id: str, action: Any) -> None:
        env = ActEnv(id)
        with pytest.raises(InvalidAction, match="no episode"):
            env.step(0)
        env.reset(seed=0)
        before = env.position
        with pytest.raises(InvalidAction, match="whole number"):
            env.step(action)
        assert env.position is before

    @EVERY
    def test_after_the_end_nothing_is_said(self, id: str) -> None:
        env = ActEnv(id)
        env.reset(seed=0)
        play(env, 0)
        with pytest.raises(InvalidAction, match="over"):
            env.step(0)


class TestSnapshot:
    @EVERY
    @pytest.mark.parametrize("through", ["object", "json", "pickle"])
    def test_every_moment_can_be_restored(self, id: str, through: str) -> None:
        env = ActEnv(id)
        for seen, info in moments(env, range(3)):
            mark = env.snapshot()
            mark = {"object": mark, "json": mark.to_json(), "pickle": pickle.loads(pickle.dumps(mark))}[through]
            fresh, copy = ActEnv(id), ActEnv(id)
            copy.restore(env.snapshot())
            again, known = fresh.reset(options={"snapshot": mark})
            assert again.tolist() == seen.tolist()
            assert known["action_mask"].tolist() == info["action_mask"].tolist()
            assert play(fresh, 1) == play(copy, 1)
            assert fresh.position == copy.position
            fresh.reset()
            copy.reset()
            assert fresh.position == copy.position

    @EVERY
    def test_serialising_is_a_fixed_point(self, id: str) -> None:
        env = ActEnv(id)
        env.reset(seed=1)
        env.step(1)
        text = env.snapshot().to_json()
        env.restore(text)
        assert env.snapshot().to_json() == text

    @EVERY
    def test_a_foreign_or_damaged_one_is_refused(self, id: str) -> None:
        env, words, short = ActEnv(id), dialogym.make(id), ActEnv(id, horizon=2)
        for one in (env, words, short):
            one.reset(seed=0)
        before = env.position
        mark = env.snapshot().to_json()
        bad = [words.snapshot(), words.snapshot().to_json(), short.snapshot(), short.snapshot().to_json(), "", "{}", "null", 3,
               mark.replace('"episode": "', '"episode": "x'), mark.replace('"snapshot": ', '"snapshot": 9'),
               mark.replace('"text', '"x')[:-9] + '"}', mark.replace(".", "!", 1)]
        for snapshot in bad:
            with pytest.raises(InvalidSnapshot):
                env.restore(snapshot)
            assert env.position is before
        with pytest.raises(InvalidAction, match="alone"):
            env.reset(seed=1, options={"snapshot": mark})

    def test_a_user_who_has_not_answered_is_no_moment_of_the_seat(self) -> None:
        env = ActEnv("PersuasionForGood-v0")
        env.reset(seed=0)
        half = replace(env.snapshot(), position=env.position.say("Hello there."))
        with pytest.raises(InvalidSnapshot, match="not answered"):
            env.restore(half.to_json())


def test_an_unknown_render_mode_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="render_mode"):
        ActEnv(IDS[0], render_mode="human")
    with pytest.raises(TypeError, match="unexpected keyword argument 'frameskip'"):
        gymnasium.make(f"dialogym/{acts_id(IDS[0])}", frameskip=4)
    env = ActEnv(IDS[0])
    env.reset(seed=0)
    assert env.render() is None
