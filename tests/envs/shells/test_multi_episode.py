"""Several episodes as one: the counter goes back with a snapshot, or the wrapper that cannot is refused."""

from __future__ import annotations

from typing import Any

import pytest
from pettingzoo.utils.wrappers import MultiEpisodeEnv as PettingZoos
from pettingzoo.utils.wrappers import OrderEnforcingWrapper

import dialogym
from dialogym.envs.errors import InvalidConfig, InvalidSnapshot
from dialogym.envs.shells.multi_episode import MultiEpisodeEnv
from tests.toy import cast

IDS = sorted(dialogym.registry)
EVERY = pytest.mark.parametrize("id", IDS)


def made(id: str, episodes: int = 3, *, wrapped: bool = False) -> Any:
    env = dialogym.make(id, horizon=2)
    return MultiEpisodeEnv(OrderEnforcingWrapper(env) if wrapped else env, episodes)


def step(env: Any) -> None:
    seat = env.agent_selection
    dead = env.terminations[seat] or env.truncations[seat]
    env.step(None if dead else cast(env.unwrapped.scenario)[seat].respond([env.unwrapped.ask()])[0])


def rest(env: Any) -> list[Any]:
    """Everything that is said until all episodes are over."""
    found = []
    while env.agents:
        step(env)
        found.append((list(env.unwrapped.position.dialogue), env.unwrapped.position.condition, list(env.agents)))
    return found


@EVERY
@pytest.mark.parametrize("seed", [4, None])
@pytest.mark.parametrize("wrapped", [False, True])
def test_every_moment_of_every_episode_can_be_restored(id: str, seed: int | None, wrapped: bool) -> None:
    env = made(id, wrapped=wrapped)
    env.reset(seed=seed)
    marks = []
    while env.agents:
        marks.append(env.snapshot())
        step(env)
    assert {mark.elapsed for mark in marks} == {1, 2, 3}
    for mark in (marks[0], marks[len(marks) // 2], marks[-3]):
        env.reset(options={"snapshot": mark})
        wanted = rest(env)
        fresh = made(id, wrapped=wrapped)
        fresh.reset(options={"snapshot": mark.to_json()})
        assert fresh.snapshot() == mark
        assert rest(fresh) == wanted
        assert sum(not agents for *_, agents in wanted) == 1


@EVERY
def test_a_given_condition_stays_for_all_episodes(id: str) -> None:
    env = made(id)
    condition = env.unwrapped.scenario.draw_condition(9)
    env.reset(seed=1, options={"condition": condition})
    mark = env.snapshot().to_json()
    fresh = made(id)
    fresh.reset(options={"snapshot": mark})
    found = rest(fresh)
    assert found == rest(env)
    assert {met for _, met, _ in found} == {condition}


def test_what_is_no_snapshot_of_it_is_refused() -> None:
    env = made(IDS[0])
    env.reset(seed=1)
    before = env.snapshot()
    few = made(IDS[0], 1)
    for other in (env.unwrapped.snapshot(), env.unwrapped.snapshot().to_json(), "{}", "[", 3, None):
        with pytest.raises(InvalidSnapshot, match="take it again, through the wrapper"):
            env.reset(options={"snapshot": other})
    with pytest.raises(InvalidSnapshot):
        few.reset(options={"snapshot": before.to_json().replace('"elapsed": 1', '"elapsed": 2')})
    with pytest.raises(InvalidSnapshot):
        made(IDS[1]).restore(before)
    assert env.snapshot() == before


@EVERY
def test_pettingzoos_own_is_refused_by_the_checker(id: str) -> None:
    for env in (PettingZoos(dialogym.make(id), 2), OrderEnforcingWrapper(PettingZoos(dialogym.make(id), 2))):
        with pytest.raises(InvalidConfig, match=r"counts episodes where no snapshot reaches.*dialogym\.MultiEpisodeEnv"):
            dialogym.check_env(env)
