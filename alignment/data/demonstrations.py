"""Conversations to learn from, made rather than read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...envs.agent import ScriptedAgent, converse
from ...envs.keys import mix, pick, text_key
from ...envs.position import Position
from ...envs.scenario import Scenario


def conversations(scenario: Scenario, count: int, seed: int, skills: Sequence[str] | None = None) -> Iterator[Position]:
    """Finished conversations of the scenario's scripted pair.

    `skills` names the interactive seat's policies (default: the scenario's teachers or, without any, its default speaker).
    """
    scenario = scenario.under(scenario.name)  # the same text under whatever id it is registered
    teachers = scenario.speech.teachers if scenario.speech else ()
    names: list[str | None] = [*(skills or teachers)] or [None]
    user = ScriptedAgent.of(scenario, scenario.user)
    for index in range(count):
        position = Position.start(scenario, mix(text_key("pretrain"), seed, index))
        lead = ScriptedAgent.of(scenario, scenario.interactive, pick(position.key, names, 3))
        yield converse(position, {scenario.interactive: lead, scenario.user: user})
