"""dialogym: dialogue environments you can rewind. Simulate, plan, train.

    import dialogym

    env = dialogym.make("PersuasionForGood-v0")
    env.reset(seed=7)
    env.step("Have you heard of Save the Children?")
    mark = env.snapshot()          # about a microsecond at any length
    env.step("I think so.")
    env.restore(mark)              # exactly as it was
"""

from .envs.agent import Agent, ScriptedAgent, converse
from .envs.conformance.checker import check_env
from .envs.dialogue import Dialogue, Utterance
from .envs.errors import DialogymError
from .envs.installed import register_installed
from .envs.keys import fresh_secret, pick, uniform
from .envs.parts import Annotator, Corpus, Episode, Speech, Telling
from .envs.position import Position
from .envs.registry import acts_id, make, register, register_acts, registry
from .envs.scenario import Acting, Ask, Engagement, Feature, Measure, Scenario, View
from .envs.shells.act_aec import ActAECEnv
from .envs.shells.act_env import ActEnv
from .envs.shells.act_state import ActState
from .envs.shells.dialogue_env import DialogueEnv
from .envs.shells.multi_episode import MultiEpisodeEnv
from .envs.shells.seat_env import SeatEnv
from .envs.shells.snapshots import Snapshot

__version__ = "0.1.0"
__all__ = [
    "ActAECEnv", "ActEnv", "ActState", "Acting", "Agent", "Annotator", "Ask", "Corpus", "Dialogue", "DialogueEnv",
    "DialogymError", "Engagement", "Episode", "Feature", "Measure", "MultiEpisodeEnv", "Position", "Scenario",
    "ScriptedAgent", "SeatEnv", "Snapshot", "Speech", "Telling", "Utterance", "View", "acts_id", "check_env", "converse",
    "fresh_secret", "make", "pick", "register", "register_acts", "registry", "uniform",
]

register_installed()  # what other packages announce, unseen; after ours
register_acts()  # the act-level twins, beside the environments that envs/registry.py announces
