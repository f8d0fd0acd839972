"""sotopia: its agents take a seat of every dialogue, beside its own environments in one process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

import dialogym
from dialogym import Ask, SeatEnv, Utterance
from tests.clients.common import EVERY, IDS

pytest.importorskip("sotopia", reason="sotopia is not installed: see tests/clients/run.py")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def talker() -> Any:
    """An agent of theirs that says what it heard last, and a word more."""
    from sotopia.agents import BaseAgent
    from sotopia.messages import AgentAction, Observation

    class Talker(BaseAgent):  # type: ignore[misc,type-arg]
        def act(self, obs: Any) -> Any:
            assert isinstance(obs, Observation)
            assert "speak" in obs.available_actions
            return AgentAction(action_type="speak", argument=f"{obs.last_turn[-200:]} Really?")

    return Talker(agent_name="Talker")


class Seated:
    """Their agent as one of ours."""

    def __init__(self, agent: Any) -> None:
        self.agent = agent

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        from sotopia.messages import Observation

        said = []
        for ask in asks:
            last = ask.view.dialogue.last
            seen = Observation(last_turn=last.text if last else "", turn_number=len(ask.view.dialogue),
                               available_actions=["speak", "leave"])
            said.append(Utterance(ask.view.seat, self.agent.act(seen).argument))
        return said


@EVERY
@pytest.mark.parametrize("who", ["interactive", "user"])
def test_its_agent_as_partner(id: str, who: str) -> None:
    scenario = dialogym.make(id).scenario
    env = SeatEnv(id, seat=getattr(scenario, who), partner=Seated(talker()), horizon=4)
    env.reset(seed=1)
    over = False
    while not over:
        _, _, ended, cut, _ = env.step("Hello there, how are you?")
        over = ended or cut
    assert "Really?" in env.observe()["transcript"]


def test_its_environment_stands_beside_ours() -> None:
    import gymnasium
    from sotopia.envs.parallel import ParallelSotopiaEnv

    assert ParallelSotopiaEnv is not None
    assert all(f"dialogym/{id}" in gymnasium.registry for id in IDS)
