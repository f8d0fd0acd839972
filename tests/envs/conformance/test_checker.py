"""`check_env` passes what is sound, and names the law that a broken environment breaks."""

from __future__ import annotations

import pickle
import random
import warnings
from dataclasses import replace
from typing import Any

import gymnasium
import pytest
from gymnasium.envs.classic_control import CartPoleEnv
from pettingzoo.utils.wrappers import BaseWrapper, OrderEnforcingWrapper

import dialogym
from dialogym import DialogueEnv, Engagement, SeatEnv, Snapshot, Utterance
from dialogym.envs.errors import InvalidConfig, NonconformingEnvironment
from tests.third import ID as THIRD
from tests.toy import Guessing, Thinking

IDS = sorted({*dialogym.registry, THIRD})
EVERY = pytest.mark.parametrize("id", IDS)


@EVERY
@pytest.mark.parametrize("wrap", [lambda env: env, OrderEnforcingWrapper, lambda env: BaseWrapper(OrderEnforcingWrapper(env))])
def test_every_environment_keeps_the_laws(id: str, wrap: Any, capsys: pytest.CaptureFixture[str]) -> None:
    dialogym.check_env(wrap(dialogym.make(id, render_mode="ansi")), seed=7, episodes=2)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("scenario", [Guessing, Thinking])
def test_toys_with_states_keep_them_too(scenario: type[Guessing]) -> None:
    dialogym.check_env(DialogueEnv(scenario(), "Toy-v0"))
    dialogym.check_env(DialogueEnv(scenario(horizon=1), "Toy-v0", "human"))


@EVERY
def test_every_seat_keeps_the_laws_of_gymnasium(id: str) -> None:
    for seat in dialogym.make(id).possible_agents:
        dialogym.check_env(gymnasium.make(f"dialogym/{id}", seat=seat))
        dialogym.check_env(SeatEnv(id, seat=seat, horizon=3))


def test_a_foreign_gymnasium_environment_is_held_to_what_it_has() -> None:
    dialogym.check_env(CartPoleEnv())


@pytest.mark.parametrize("thing", [None, "PersuasionForGood-v0", Guessing(), DialogueEnv])
def test_what_is_no_environment_is_refused(thing: Any) -> None:
    with pytest.raises(InvalidConfig, match="takes a DialogueEnv"):
        dialogym.check_env(thing)


def test_no_episodes_check_nothing() -> None:
    with pytest.raises(InvalidConfig, match="episodes"):
        dialogym.check_env(DialogueEnv(Guessing(), "Toy-v0"), episodes=0)


class Unseeded(DialogueEnv):
    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        super().reset(seed=None if options is None or "snapshot" not in options else seed, options=options)


class Drifting(DialogueEnv):
    """What is said depends on a generator that reset does not seed."""

    def step(self, action: Any) -> None:
        super().step(f"{action.text} {random.random()}" if isinstance(action, Utterance) and len(action.text) > 1 and
                     action.seat == self.agent_selection else action)


class Forgetful(DialogueEnv):
    """A snapshot without the rewards."""

    def restore(self, snapshot: Snapshot | str) -> None:
        super().restore(snapshot)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)


class Vague(DialogueEnv):
    """One more number than the snapshot holds."""

    steps = 0

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        super().reset(seed, options)
        self.steps = 0

    def step(self, action: Any) -> None:
        super().step(action)
        self.steps += 1
        for info in self.infos.values():
            info["steps"] = self.steps


class Unwritten(Guessing):
    def condition_from_json(self, value: Any) -> str:
        return "red"


class Telling(DialogueEnv):
    def observe(self, agent: str) -> dict[str, str]:
        return {**super().observe(agent), "condition": self.scenario.describe_condition(self.position.condition)}


class Hinting(DialogueEnv):
    """No word of the condition, but something that follows from it."""

    def _write_infos(self, engagement: Engagement) -> None:
        super()._write_infos(engagement)
        for info in self.infos.values():
            info["mood"] = len(str(self.position.condition))


class Thoughtful(DialogueEnv):
    def observe(self, agent: str) -> dict[str, str]:
        transcript = "\n".join(f"{u.seat}: {u.text} {u.state}" for u in self.position.dialogue)
        return {**super().observe(agent), "transcript": transcript}


class Reading(Guessing):
    def engagement(self, dialogue: Any) -> Engagement:
        found = super().engagement(dialogue)
        return replace(found, evidence=found.evidence + "".join(u.state for u in dialogue))


class Tolerant(DialogueEnv):
    def step(self, action: Any) -> None:
        super().step("Hm." if action == "" else action)


class Untidy(DialogueEnv):
    def step(self, action: Any) -> None:
        self.rewards = dict.fromkeys(self.rewards, 0.5) if action == 3 else self.rewards
        super().step(action)


class Rude(DialogueEnv):
    def step(self, action: Any) -> None:
        super().step(action.strip() if not isinstance(action, Utterance | None) else action)


class Overpaid(Guessing):
    def engagement(self, dialogue: Any) -> Engagement:
        found = super().engagement(dialogue)
        return replace(found, level=2 * found.level)


class Nameless(Guessing):
    statuses = ("lost", "won")


class Greedy(DialogueEnv):
    def step(self, action: Any) -> None:
        super().step(action)
        for seat in self.rewards:
            self.rewards[seat] = self.position.engagement.level if self.position.over else 0.0


class Listed(DialogueEnv):
    """Infos that are no dictionaries break PettingZoo's own rules."""

    def action_space(self, agent: str) -> Any:
        return type(super().action_space(agent))()


BROKEN = [
    ("seeded", lambda: Unseeded(Guessing(), "Broken-v0")),
    ("seeded", lambda: Drifting(Guessing(), "Broken-v0")),
    ("snapshot", lambda: Forgetful(Guessing(), "Broken-v0")),
    ("snapshot", lambda: Vague(Guessing(), "Broken-v0")),
    ("snapshot", lambda: DialogueEnv(Unwritten(), "Broken-v0")),
    ("hidden", lambda: Telling(Guessing(), "Broken-v0")),
    ("hidden", lambda: Hinting(Guessing(), "Broken-v0")),
    ("hidden", lambda: Thoughtful(Guessing(), "Broken-v0")),
    ("hidden", lambda: DialogueEnv(Reading(), "Broken-v0")),
    ("refusal", lambda: Tolerant(Guessing(), "Broken-v0")),
    ("refusal", lambda: Untidy(Guessing(), "Broken-v0")),
    ("refusal", lambda: Rude(Guessing(), "Broken-v0")),
    ("engagement", lambda: DialogueEnv(Overpaid(), "Broken-v0")),
    ("engagement", lambda: DialogueEnv(Nameless(), "Broken-v0")),
    ("engagement", lambda: Greedy(Guessing(), "Broken-v0")),
    ("pettingzoo", lambda: Listed(Guessing(), "Broken-v0")),
]


@pytest.mark.parametrize(("law", "broken"), BROKEN)
def test_a_broken_environment_is_caught_by_the_law_it_breaks(law: str, broken: Any) -> None:
    env = broken()
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        with pytest.raises(NonconformingEnvironment, match=rf"Broken-v0 breaks the law '{law}': saw .*; wanted ") as caught:
            dialogym.check_env(env)
    assert caught.value.law == law
    assert len(str(caught.value)) < 1_000
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


class Lucky(SeatEnv):
    def step(self, action: Any) -> Any:
        observation, reward, *rest = super().step(action)
        return observation, reward + random.random(), *rest


class Worn(SeatEnv):
    """Counts what a snapshot does not hold."""

    steps = 0

    def reset(self, **kwargs: Any) -> Any:
        self.steps = 0
        return super().reset(**kwargs)

    def step(self, action: Any) -> Any:
        self.steps += 1
        *results, info = super().step(action)
        return *results, {**info, "steps": self.steps}


class Wordless(SeatEnv):
    def step(self, action: Any) -> Any:
        observation, *rest = super().step(action)
        return {**observation, "condition": 3}, *rest


@pytest.mark.parametrize(("law", "broken"), [("seeded", Lucky), ("snapshot", Worn), ("gymnasium", Wordless)])
def test_a_broken_seat_is_caught_by_the_law_it_breaks(law: str, broken: type[SeatEnv]) -> None:
    with pytest.raises(NonconformingEnvironment, match=f"'{law}'"):
        dialogym.check_env(broken(IDS[0]))
