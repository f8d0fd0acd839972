"""The game: dialogues, scenarios, positions, and the PettingZoo shell around them."""

from .dialogue import Dialogue, Utterance
from .env import DialogueEnv, Snapshot
from .position import Ask, Position, View
from .registry import EnvSpec, make, register, registry, spec
from .scenario import Condition, Engagement, Episode, Measure, Scenario

__all__ = [
    "Ask", "Condition", "Dialogue", "DialogueEnv", "Engagement", "EnvSpec", "Episode", "Measure", "Position", "Scenario",
    "Snapshot", "Utterance", "View", "make", "register", "registry", "spec",
]
