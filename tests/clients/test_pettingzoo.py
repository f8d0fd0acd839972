"""PettingZoo's tests and wrappers around every id, also of the versions that had no registry."""

from __future__ import annotations

from typing import Any

import pettingzoo
import pytest
from pettingzoo.utils import wrappers

import dialogym
from dialogym import ScriptedAgent
from tests.clients.common import EVERY

pytestmark = pytest.mark.slow
WRAPPERS: dict[str, Any] = {
    "none": lambda env: env, "order": wrappers.OrderEnforcingWrapper, "base": wrappers.BaseWrapper,
    "bounds": wrappers.AssertOutOfBoundsWrapper, "episodes": lambda env: wrappers.MultiEpisodeEnv(env, 2),
}


@EVERY
def test_the_laws_and_the_librarys_own_tests(id: str) -> None:
    dialogym.check_env(dialogym.make(id), episodes=1)


@EVERY
@pytest.mark.parametrize("name", WRAPPERS)
def test_our_speakers_talk_through_a_wrapper(id: str, name: str) -> None:
    env = WRAPPERS[name](dialogym.make(id))
    env.reset(seed=4)
    speakers = {seat: ScriptedAgent.of(env.unwrapped.scenario, seat) for seat in env.possible_agents}
    said = 0
    for seat in env.agent_iter(200):
        _, _, ended, cut, _ = env.last()
        env.step(None if ended or cut else speakers[seat].respond([env.unwrapped.ask()])[0])
        said += not (ended or cut)
    assert not env.agents
    assert said >= 2


@EVERY
def test_the_registry_where_there_is_one(id: str) -> None:
    if not hasattr(pettingzoo, "make"):
        pytest.skip(f"PettingZoo {pettingzoo.__version__} has no registry")
    assert pettingzoo.make("aec", id).unwrapped.id == id
