"""Persuasion for good (Wang et al. 2019): scenario, personas, reading donations, scripted seats, corpus."""

from .conditions import Persona, personas, write_file
from .scenario import Persuasion

__all__ = ["Persona", "Persuasion", "personas", "write_file"]
