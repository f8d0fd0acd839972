"""Emotional support: seats `supporter` and `seeker`, with private states, in English and Chinese."""

from .conditions import Trouble
from .scenario import EmotionalSupport
from .states import Facet, State

__all__ = ["EmotionalSupport", "Facet", "State", "Trouble"]
