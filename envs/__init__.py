"""The game: dialogues, scenarios, positions, and the PettingZoo shell around them."""

from .conformance.checker import check_env
from .dialogue import Dialogue, Utterance
from .parts import Condition, Episode
from .position import Position
from .registry import EnvSpec, make, register, registry, spec
from .scenario import Ask, Engagement, Measure, Scenario, View
from .shells.dialogue_env import DialogueEnv
from .shells.seat_env import SeatEnv
from .shells.snapshots import Snapshot

__all__ = [
    "Ask", "Condition", "Dialogue", "DialogueEnv", "Engagement", "EnvSpec", "Episode", "Measure", "Position", "Scenario",
    "SeatEnv", "Snapshot", "Utterance", "View", "check_env", "make", "register", "registry", "spec",
]
