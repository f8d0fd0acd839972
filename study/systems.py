"""The systems of a study as agents: by their names in the study file, which nobody else sees."""

from __future__ import annotations

from collections.abc import Sequence

from ..agents.by_name import agent_for
from ..envs.agent import Agent, ScriptedAgent
from ..envs.dialogue import Utterance
from ..envs.scenario import Ask, Scenario
from ..search.belief import PlanningAgent
from ..search.planners import blind
from .config import StudyConfig

CONTROL = {
    "en": ("Hello! Let us talk about everyday things. What did you have for breakfast today?",
           "I see. And what is the weather like where you are?",
           "Thank you. Which way do you usually go to work or to your classes?",
           "Good to know. What is the last thing you bought?",
           "I see. What colour is the wall in front of you?",
           "Thank you. Do you prefer tea or coffee?",
           "Good to know. Which day of the week do you like best?"),
    "zh": ("你好！我们聊聊日常的事吧。你今天早餐吃了什么？",
           "知道了。你那里今天天气怎么样？",
           "谢谢。你平时怎么去上班或者上课？",
           "明白。你最近一次买的东西是什么？",
           "知道了。你面前的墙是什么颜色的？",
           "谢谢。你更喜欢茶还是咖啡？",
           "明白。一周里你最喜欢哪一天？"),
}
"""What the control talk asks, in turn: nothing that persuades or comforts."""


class ControlAgent:
    """A talk about nothing of the sort: the same questions for everybody, whatever they say."""

    def __init__(self, language: str) -> None:
        self._lines = CONTROL["zh" if language == "zh" else "en"]

    def respond(self, asks: Sequence[Ask]) -> list[Utterance]:
        """See `Agent.respond`."""
        return [Utterance(ask.view.seat, self._lines[
            sum(said.seat == ask.view.seat for said in ask.view.dialogue) % len(self._lines)]) for ask in asks]


def system_agent(config: StudyConfig, name: str, scenario: Scenario, language: str) -> Agent:
    """The agent of a system in the scenario's interactive seat. Raises as `agent_for` and `planner`."""
    system = config.systems[name]
    if system.control:
        return ControlAgent(language)
    speaker = agent_for(scenario, scenario.interactive, system.agent)
    if system.planner is None:
        return speaker
    partners = {scenario.interactive: speaker, scenario.user: ScriptedAgent.of(scenario, scenario.user)}
    return PlanningAgent(blind(system.planner, system.budget, system.worlds), partners)
