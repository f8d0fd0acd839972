"""dialogym: dialogue environments you can rewind. Simulate, plan, train.

    import dialogym

    env = dialogym.make("PersuasionForGood-v0")
    env.reset(seed=7)
    env.step("Have you heard of Save the Children?")
    mark = env.snapshot()          # about a microsecond at any length
    env.step("I think so.")
    env.restore(mark)              # exactly as it was
"""

from .envs import (
    Ask,
    Dialogue,
    DialogueEnv,
    Engagement,
    Position,
    Scenario,
    SeatEnv,
    Snapshot,
    Utterance,
    View,
    check_env,
    make,
    register,
    registry,
)
from .envs.agent import Agent, ScriptedAgent
from .envs.errors import DialogymError
from .envs.registry import register_acts
from .envs.shells.act_aec import ActAECEnv
from .envs.shells.act_env import ActEnv
from .envs.shells.act_state import ActState
from .envs.shells.multi_episode import MultiEpisodeEnv

__version__ = "0.1.0"
__all__ = [
    "ActAECEnv", "ActEnv", "ActState", "Agent", "Ask", "Dialogue", "DialogueEnv", "DialogymError", "Engagement",
    "MultiEpisodeEnv", "Position", "Scenario", "ScriptedAgent", "SeatEnv", "Snapshot", "Utterance", "View", "check_env",
    "make", "register", "registry",
]

register_acts()  # the act-level twins, beside the environments that envs/registry.py announces
