"""What a scenario may bring beside its rules: speech for language models, corpora, an annotator, words for who plays it.

A scenario that lacks a part plays all the same; what needs the part is refused with a sentence
(`scenario.required`). The fourth part, `Acting`, stands in `scenario.py`, since it speaks of views and asks.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .dialogue import Dialogue, Utterance, one_line
from .errors import InvalidConfig, InvalidCorpus

Condition = Hashable
"""𝒰 of the paper: what the user seat knows and the other seat cannot see. Immutable, JSON-able by its scenario."""

Chat = list[dict[str, str]]
"""Messages for a chat model: each has a "role" and a "content"."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A whole conversation to learn from: the user's condition, the dialogue, and the split it belongs to."""

    condition: Condition
    dialogue: Dialogue
    split: str = "train"
    source: str = "scripted"


class Speech(ABC):
    """How a language model speaks in either seat: its prompts, and how an utterance is written and read.

    Stateless: every method is a pure function of its arguments.

    Attributes:
        teachers: the scripted speakers of the interactive seat that the embedded base model learned from.
    """

    teachers: tuple[str, ...] = ()

    @abstractmethod
    def system_prompt(self, seat: str, condition: Condition | None) -> str:
        """The instructions a language model in this seat gets; `condition` is None but for the user seat."""

    def prompt(self, seat: str, condition: Condition | None, transcript: str) -> str:
        """The whole prompt as one message, the conversation written into it (layout "figure"; Figures 4 and 5)."""
        raise InvalidConfig(f"There is no single-message prompt for seat {seat!r} in this scenario; use layout 'chat'.")

    def name_strategies(self, names: Sequence[str]) -> str:
        """The end of the interactive seat's role prompt where it is to think before every reply (layout "strategy")."""
        return f"Begin every reply in brackets with what you heard and its strategy, one or more of: {', '.join(names)}.\n"

    def write(self, utterance: Utterance) -> str:
        """What a language model in the utterance's seat writes: its private state, if the scenario has states, and the words.

        It is what such a model learns to say, what a reward model judges, and what the model sees of its own past turns.
        The default has no states: the words alone, on one line.
        """
        return one_line(utterance.text)

    def heard(self, utterance: Utterance) -> str:
        """The other seat's words as a language model reads them: on one line, so that nobody can forge a turn.

        Override it where words could forge more, such as a private state.
        """
        return one_line(utterance.text)

    def read(self, seat: str, written: str, finished: bool = True) -> Utterance:
        """The utterance in what a language model in the seat wrote: the inverse of `write`. Never raises.

        Args:
            seat: whose model wrote it.
            written: the words as they came, with their newlines.
            finished: False when the model was cut off by its limit.

        Returns:
            The utterance; its text is "" when nothing was said (the caller puts a silence there).
        """
        return Utterance(seat, one_line(written))

    def variants(self) -> Sequence[Mapping[str, Any]]:
        """Options of the scenario's variants, such as languages, that the embedded base model learns from."""
        return [{}]


class Corpus:
    """The corpora and the files of people that a scenario reads. What it does not override, it refuses or leaves drawn."""

    def load(self, folder: Path) -> Sequence[Episode]:
        """Reads the scenario's corpus from a folder. Raises InvalidCorpus."""
        raise InvalidCorpus(f"This scenario reads no corpus in the folder {folder}; give a .jsonl file of episodes.")

    def options(self, episodes: Sequence[Episode]) -> Mapping[str, Any]:
        """Options under which the scenario draws conditions as the corpus describes its people (default: as it is)."""
        return {}

    def conditions(self, episodes: Sequence[Episode], split: str) -> Sequence[Condition]:
        """Conditions of a corpus's people that a run may search (split "valid") or evaluate on (split "test").

        Empty (the default): conditions are drawn.
        """
        return []

    def load_conditions(self, path: Path) -> Sequence[Condition]:
        """Reads a file of conditions to search and evaluate on. Raises InvalidCorpus."""
        raise InvalidCorpus(f"This scenario reads no file of conditions ({path}); let the run draw them.")


@dataclass(frozen=True, slots=True)
class Telling:
    """What a person who plays is told: before the talk what they are after, and after it what went on in the user.

    Attributes:
        goals: what each seat is after, a sentence addressed to who sits there, by seat.
        mind: the user's state of mind after a dialogue, in a few words, `(user, condition, dialogue) -> words`; `user` is the
            name of the scripted user. Nothing was said yet in an empty dialogue. "" where nobody can tell, as of a language
            model. It knows what is hidden, so nobody who plays may see it before the end.
    """

    goals: Mapping[str, str]
    mind: Callable[[str, Condition, Dialogue], str]


@dataclass(frozen=True, slots=True)
class Worded:
    """A scripted user's reply before somebody else puts it into words: the mind stays exact, the language becomes natural.

    Attributes:
        brief: what the reply does, an instruction to whoever words it, in the second person.
        own: the simulator's own words, with its private state; the state is kept whoever words the reply.
        reads: whether a listener would hear a text as the reply is meant: the same decision, the same call.
    """

    brief: str
    own: Utterance
    reads: Callable[[str], bool]


class Annotator(ABC):
    """Who fills in what a corpus does not hold: the speakers' private states, and the users' conditions."""

    @abstractmethod
    def annotate(self, episode: Episode) -> Episode:
        """Fills in the private states of an episode's speakers by rules, without a model."""

    def state_chat(self, dialogue: Dialogue) -> Chat | None:
        """The chat that asks a language model for the private state of the dialogue's last speaker.

        None (the default): that speaker has no state.
        """
        return None

    def read_state(self, dialogue: Dialogue, written: str) -> str:
        """The state in a language model's answer to `state_chat`; "" when it cannot be read. Never raises."""
        return ""

    def condition_chat(self, dialogue: Dialogue) -> Chat | None:
        """The chat that asks a language model for the user's condition in a whole dialogue (default: None, not to be asked)."""
        return None

    def read_condition(self, dialogue: Dialogue, written: str) -> Condition | None:
        """The condition in a language model's answer to `condition_chat`; None when it cannot be read. Never raises."""
        return None
