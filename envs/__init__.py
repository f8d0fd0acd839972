"""The game: dialogues, scenarios, positions, and the PettingZoo shell around them."""

from .checker import check_env
from .dialogue import Dialogue, Utterance
from .env import DialogueEnv
from .position import Ask, Position, View
from .registry import EnvSpec, make, register, registry, spec
from .scenario import Condition, Engagement, Episode, Measure, Scenario
from .shell import Snapshot
from .single import SeatEnv

__all__ = [
    "Ask", "Condition", "Dialogue", "DialogueEnv", "Engagement", "EnvSpec", "Episode", "Measure", "Position", "Scenario",
    "SeatEnv", "Snapshot", "Utterance", "View", "check_env", "make", "register", "registry", "spec",
]
