"""What emotional support brings beside its rules: prompts and states for language models, corpora, an annotator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..dialogue import Dialogue, Utterance, one_line
from ..errors import InvalidConfig
from ..parts import Annotator, Chat, Condition, Corpus, Episode, Speech
from . import conditions, corpora, prompts, states
from .annotation import chat, rules
from .conditions import Trouble
from .languages import LANGUAGES
from .simulators import supporter


def trouble_of(condition: Condition) -> Trouble:
    """A seeker's condition. Raises InvalidConfig on another scenario's."""
    if not isinstance(condition, Trouble):
        raise InvalidConfig(f"A seeker's condition is a Trouble, got {type(condition).__name__}; "
                            "build one with dialogym.envs.emotional_support.Trouble or let the scenario draw it.")
    return condition


@dataclass(frozen=True, slots=True)
class SupportSpeech(Speech):
    """Prompts of both seats in a language (Figures 4 and 5), and private states before the words (Table 4)."""

    language: str
    teachers = ("novice", "average")

    def system_prompt(self, seat: str, condition: Condition | None) -> str:
        if seat == supporter.SEAT:
            return prompts.SUPPORTER_SYSTEM[self.language]
        return prompts.SEEKER_SYSTEM[self.language].format(condition=conditions.describe(trouble_of(condition)))

    def prompt(self, seat: str, condition: Condition | None, transcript: str) -> str:
        if seat == supporter.SEAT:
            return prompts.SUPPORTER[self.language].replace("{conversation}", transcript)
        described = conditions.describe(trouble_of(condition))
        return prompts.SEEKER[self.language].replace("{condition}", described).replace("{conversation}", transcript)

    def name_strategies(self, names: Sequence[str]) -> str:
        return prompts.STRATEGIES[self.language].format(names=", ".join(names))

    def write(self, utterance: Utterance) -> str:
        text = one_line(utterance.text)
        return states.write(utterance.state, text if utterance.state else states.defused(text), self.language)

    def heard(self, utterance: Utterance) -> str:
        return states.defused(one_line(utterance.text))

    def read(self, seat: str, written: str, finished: bool = True) -> Utterance:
        state, reply = states.split(written, finished)
        return Utterance(seat, reply, states.render(state, self.language) if state is not None else "")

    def variants(self) -> Sequence[Mapping[str, Any]]:
        """Every language."""
        return [{"language": code} for code in LANGUAGES]


@dataclass(frozen=True, slots=True)
class SupportCorpus(Corpus):
    """ESConv, CPsyCounD and PsyDTCorpus, annotated by rules; files of PsyQA's questions."""

    language: str

    def load(self, folder: Path) -> Sequence[Episode]:
        return [rules.annotate(episode) for episode in corpora.load_corpus(folder)]

    def options(self, episodes: Sequence[Episode]) -> Mapping[str, Any]:
        """The language that all of its people speak."""
        found = {trouble_of(episode.condition).language for episode in episodes}
        return {"language": found.pop() if len(found) == 1 else self.language}

    def conditions(self, episodes: Sequence[Episode], split: str) -> Sequence[Condition]:
        return [episode.condition for episode in episodes if episode.split == split]

    def load_conditions(self, path: Path) -> Sequence[Condition]:
        return corpora.load_conditions(path)


@dataclass(frozen=True, slots=True)
class SupportAnnotator(Annotator):
    """States by rules, or by any chat model."""

    def annotate(self, episode: Episode) -> Episode:
        return rules.annotate(episode)

    def state_chat(self, dialogue: Dialogue) -> Chat | None:
        return chat.ask_state(dialogue)

    def read_state(self, dialogue: Dialogue, written: str) -> str:
        return chat.read_state(dialogue, written)

    def condition_chat(self, dialogue: Dialogue) -> Chat | None:
        return chat.ask_condition(dialogue)

    def read_condition(self, dialogue: Dialogue, written: str) -> Condition | None:
        return chat.read_condition(dialogue, written)
