"""Who speaks: the `Agent` protocol and the scripted agent, which the environments seat too."""

from ..envs.speaker import Agent, ScriptedAgent

__all__ = ["Agent", "ScriptedAgent"]
