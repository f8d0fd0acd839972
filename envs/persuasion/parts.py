"""What persuasion brings beside its rules: prompts for language models, and the corpus PersuasionForGood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InvalidConfig
from ..parts import Condition, Corpus, Episode, Speech
from . import conditions, corpus, prompts
from .engagement import MAX_DONATION
from .simulators import persuader


def persona_of(condition: Condition) -> conditions.Persona:
    """A persuadee's condition. Raises InvalidConfig on another scenario's."""
    if not isinstance(condition, conditions.Persona):
        raise InvalidConfig(f"A persuadee's condition is a Persona, got {type(condition).__name__}; "
                            "build one with dialogym.envs.persuasion.Persona or let the scenario draw it.")
    return condition


@dataclass(frozen=True, slots=True)
class PersuasionSpeech(Speech):
    """The role prompts of both seats (Figure 5 and ours); no private states."""

    teachers = ("novice", "average")

    def system_prompt(self, seat: str, condition: Condition | None) -> str:
        if seat == persuader.SEAT:
            return prompts.PERSUADER_SYSTEM
        return prompts.PERSUADEE_SYSTEM.format(persona=conditions.describe(persona_of(condition)))

    def prompt(self, seat: str, condition: Condition | None, transcript: str) -> str:
        if seat == persuader.SEAT:
            return prompts.PERSUADER.replace("{conversation}", transcript)
        persona = conditions.describe(persona_of(condition))
        return prompts.PERSUADEE.replace("{persona}", persona).replace("{conversation}", transcript)


@dataclass(frozen=True, slots=True)
class PersuasionCorpus(Corpus):
    """PersuasionForGood (Wang et al. 2019) in its original CSV format, and files of personas."""

    def load(self, folder: Path) -> Sequence[Episode]:
        return corpus.load_corpus(folder, max_donation=MAX_DONATION)

    def options(self, episodes: Sequence[Episode]) -> Mapping[str, Any]:
        """Personas carry all that the corpus knows of a person."""
        return {"personas": "survey"}

    def load_conditions(self, path: Path) -> Sequence[Condition]:
        return conditions.read_file(path)
