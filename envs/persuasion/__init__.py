"""Persuasion for good (Wang et al. 2019): scenario, personas, reading donations, scripted seats, corpus."""

from .conditions import Persona
from .scenario import Persuasion

__all__ = ["Persona", "Persuasion"]
