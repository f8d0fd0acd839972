"""What a scenario is: the pure rules of one kind of dialogue, with everything that is peculiar to it.

Nothing outside a scenario's folder and the registry knows its seats, acts, prompts or units: the shells, agents,
planners and the alignment pipeline talk to the types of this module. A new scenario is one folder and one
line in the registry.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from .dialogue import Dialogue, Utterance
from .errors import InvalidArgument, InvalidConfig
from .keys import mix
from .parts import Annotator, Condition, Corpus, Speech, Telling, Worded

ScriptedPolicy = Callable[["Ask"], Utterance]
"""A scripted speaker: a pure function of what they see and of the key of their reply."""


@dataclass(frozen=True, slots=True)
class Engagement:
    """How engaged the user is (paper §3.1), with the words it was read from.

    Attributes:
        level: in [0, 1].
        over: whether the dialogue has come to its own end.
        status: one word for how the level was reached; the scenario lists its words.
        evidence: the words (or the reason) the level was read from.
    """

    level: float
    over: bool
    status: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure reported per episode, such as dollars given.

    Attributes:
        name: short id, a word.
        label: for the head of a column.
        unit: "" without one.
        scale: its value is `scale * engagement.level`, or what the scenario makes of it (`Scenario.measured`): at most that.
        note: what else decides it, in words; "" where the level alone does.
    """

    name: str
    label: str
    unit: str
    scale: float
    note: str = ""


class Scenario(ABC):
    """The rules of one kind of dialogue. Stateless: every method is a pure function of its arguments.

    A scenario has options, its plain attributes, and the `id` of the environment it belongs to, which enters every random
    choice. Two scenarios are equal when they are of one class with the same options and the same id.

    Class attributes:
        name: short id, such as "persuasion".
        version: raised whenever a rule, text or number changes that can change a transcript.
        interactive, user: the two seat names; `interactive` is π_θ's, `user` has the hidden condition.
        opener: the seat that speaks first.
        horizon: T, the most turns the interactive seat may take.
        measures: figures reported per episode, besides engagement itself.
        statuses: the words `Engagement.status` can be, the best outcome first.
        unreadable: those of them that say that a user who is a language model could not be read: its failure, and no policy's.
        acts: names of the dialogue acts `recognise` can return, in display order.
        unwelcome: those of them that nobody should learn, even where they pay; an evaluation says how often they come.
        scripted: named policies per seat; the first of each seat is its default.
        planned: what scripted users of these names are about to say, before it has words, so that a language model may word it
            (`agents.worded`).
        presets: a YAML file of run settings that suit this scenario's talk: "demo" and "corpus" are put over the defaults,
            each a nested mapping of the run's option names. Under any other key: settings published for it, a preset by that
            name (`dialogym run --preset`). None without one.

    Parts, each None where the scenario has none (`required` refuses what needs it):
        acting: the interactive seat as a player of acts, for classic reinforcement learning.
        speech: how language models speak in it.
        corpus: the corpora and files of people it reads.
        annotator: who fills in private states and conditions.
        telling: what a person who plays it is told, before and after.
    """

    __slots__ = ("_id",)  # beside the options, which are what `vars` lists

    name: ClassVar[str]
    version: ClassVar[int]
    interactive: ClassVar[str]
    user: ClassVar[str]
    opener: ClassVar[str]
    measures: ClassVar[tuple[Measure, ...]] = ()
    statuses: ClassVar[tuple[str, ...]] = ()
    unreadable: ClassVar[tuple[str, ...]] = ()
    acts: ClassVar[tuple[str, ...]] = ()
    unwelcome: ClassVar[tuple[str, ...]] = ()
    scripted: ClassVar[Mapping[str, Mapping[str, ScriptedPolicy]]] = {}
    planned: ClassVar[Mapping[str, Callable[[Ask], Worded]]] = {}
    presets: ClassVar[Path | None] = None
    acting: ClassVar[Acting | None] = None
    telling: ClassVar[Telling | None] = None
    horizon: int

    @property
    def id(self) -> str:
        """The environment's id, as the registry gave it; the name of a scenario that was built by hand."""
        return str(getattr(self, "_id", self.name))

    def under(self, id: str) -> Self:
        """The same rules under another environment id: other conversations for the same seeds."""
        found = copy.copy(self)
        object.__setattr__(found, "_id", id)  # a frozen dataclass's, too
        return found

    @property
    def speech(self) -> Speech | None:
        """How language models speak in it; None when they cannot."""
        return None

    @property
    def corpus(self) -> Corpus | None:
        """The corpora and files of people it reads; None without any."""
        return None

    @property
    def annotator(self) -> Annotator | None:
        """Who fills in private states and conditions; None when nobody does."""
        return None

    @property
    def seats(self) -> tuple[str, str]:
        """The two seat names, interactive first."""
        return (self.interactive, self.user)

    @property
    def closing_question(self) -> str:
        """What an undecided user is asked when the turns are over, "" (default) for nothing.

        The environment asks it in the interactive seat's name, as one turn more, and the user has the last word.
        """
        return ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scenario) and type(other) is type(self) and other.id == self.id and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash((self.id, self.version, self.horizon))

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({options})" + (f".under({self.id!r})" if self.id != self.name else "")

    def replace(self, **options: Any) -> Self:
        """The same scenario with other options."""
        return type(self)(**{**vars(self), **options}).under(self.id)

    def other(self, seat: str) -> str:
        """The seat across the table."""
        return self.user if seat == self.interactive else self.interactive

    def scripted_policy(self, seat: str, name: str | None = None) -> ScriptedPolicy:
        """A scripted speaker of a seat by name (default: the seat's first). Raises InvalidConfig."""
        found = self.scripted.get(seat)
        if not found:
            raise InvalidConfig(f"Scenario {self.name!r} has no scripted speaker for seat {seat!r}; "
                                f"seats with one: {sorted(self.scripted)}.")
        if name is None:
            return next(iter(found.values()))
        if name not in found:
            raise InvalidArgument(f"No scripted {seat} is called {name!r}; choose one of {sorted(found)}.")
        return found[name]

    # -- the user's condition -------------------------------------------------------------------

    @abstractmethod
    def draw_condition(self, key: int) -> Condition:
        """A condition drawn by the key alone."""

    @abstractmethod
    def describe_condition(self, condition: Condition) -> str:
        """The condition in words, addressed to the user seat ("You are ...")."""

    @abstractmethod
    def condition_to_json(self, condition: Condition) -> Any:
        """A JSON value that `condition_from_json` turns back into an equal condition."""

    @abstractmethod
    def condition_from_json(self, value: Any) -> Condition:
        """The inverse of `condition_to_json`. Raises ValueError, TypeError or KeyError on anything else."""

    # -- the game ------------------------------------------------------------------------------

    @abstractmethod
    def engagement(self, dialogue: Dialogue) -> Engagement:
        """Reads the user's engagement off a dialogue (paper §3.1). Amortised O(1) per utterance."""

    def checked(self, engagement: Engagement, condition: Condition, dialogue: Dialogue) -> Engagement:
        """The engagement of a dialogue checked against the user's condition, where that is known; by default as it was read.

        It says what a user's own words and states cannot be trusted with: a user that is a language model may claim to have
        told what it never told.
        """
        return engagement

    def measured(self, measure: Measure, engagement: Engagement, condition: Condition | None) -> float:
        """The value of one of `measures` at an engagement, in its unit; by default the level, scaled.

        A measure may depend on the condition, such as on whether somebody keeps their word. It is for who evaluates: the
        interactive seat is not paid by it and never sees it.
        """
        return measure.scale * engagement.level

    @abstractmethod
    def pruning_score(self, dialogue: Dialogue) -> float:
        """How much a search wants to keep a node that ends in this dialogue; higher is kept (paper §4.5)."""

    def pruning_scores(self, dialogues: Sequence[Dialogue]) -> list[float]:
        """`pruning_score` of each dialogue; a search asks for those of all its conversations at once.

        Override it where many together are cheaper than one by one. A score may depend on its own dialogue alone.
        """
        return [self.pruning_score(dialogue) for dialogue in dialogues]

    @abstractmethod
    def recognise(self, utterance: Utterance) -> tuple[str, ...]:
        """The dialogue acts in an utterance; empty when a listener could not make sense of it."""

    def situation(self, dialogue: Dialogue) -> str:
        """A coarse name of the moment the interactive seat answers to, such as how the user last sounded.

        Imagined users are weighed by it. It may use only what the interactive seat has heard.
        """
        return ""

    def moment(self, dialogue: Dialogue) -> str:
        """What decides which act is right now, where that is more than the `situation`, such as what the user asks for.

        By default the situation. Preference pairs are spread evenly over moments. It may use only what the interactive
        seat has heard.
        """
        return self.situation(dialogue)

    def telling_parts(self, text: str) -> Sequence[str]:
        """Those parts of the user's words that tell something of them, which stays worth taking up: by default all of it.

        A language model that takes a word up points at one of these, or of the last utterance (`agents.pointing`).
        """
        return (text,)


@dataclass(frozen=True, slots=True)
class View:
    """All that one seat may see of a position: its own condition and states, never the other seat's.

    Attributes:
        scenario: the rules, known to both.
        seat: whose view it is.
        condition: the seat's own hidden condition; None for the interactive seat.
        dialogue: the history without the other seat's private states, and with no memory but this seat's own.
    """

    scenario: Scenario
    seat: str
    condition: Condition | None
    dialogue: Dialogue


_CANDIDATE = 0x63616E6469646174


@dataclass(frozen=True, slots=True)
class Ask:
    """A request for one reply: what the speaker sees and the 64-bit key that decides their random choices.

    Attributes:
        view: what the speaker may see.
        place: 64 bits of which the keys of all candidates of this place derive; no way leads from it to the position's own key.
        index: which candidate reply of its place this is; 0 is the one that is said where nobody chooses.
        key: of this candidate.
    """

    view: View
    place: int
    index: int = 0
    key: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", mix(self.place ^ _CANDIDATE, self.index))

    def candidate(self, index: int) -> Ask:
        """The request for another candidate of the same place: `position.ask(i).candidate(j) == position.ask(j)`."""
        return Ask(self.view, self.place, index)


Observation = NDArray[np.float32]
"""One number in [0, 1] per feature: (features,) float32."""


Mask = NDArray[np.bool_]
"""Which acts make sense now: (actions,) bool, at least one True."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One number of an observation.

    Attributes:
        name: short and unique in its scenario; a value of a group is "group: value", as in "mood: warm".
        meaning: what it says, in words.
        values: which numbers in [0, 1] it takes, in words.
    """

    name: str
    meaning: str
    values: str = "0 or 1"


@dataclass(frozen=True, slots=True)
class Acting:
    """A scenario's interactive seat as a player of acts.

    All three functions use only what the seat has seen: no condition, and no private state of the other seat.

    Attributes:
        actions: names of the acts; an action is an index into them.
        features: what the numbers of an observation mean, in order. The values of the group "mood", where there is one,
            stand from the worst to the best.
        voice: the utterance that says an act: `(ask, action) -> utterance`, its wording chosen by the ask's key. An act that
            cannot be said yet is put into the nearest words there are.
        observe: what the seat knows, `(view) -> (features,) float32`, all in [0, 1]. The view is the interactive seat's.
        mask: which acts make sense, `(view) -> (actions,) bool`, at least one of them.
    """

    actions: tuple[str, ...]
    features: tuple[Feature, ...]
    voice: Callable[[Ask, int], Utterance]
    observe: Callable[[View], Observation]
    mask: Callable[[View], Mask]


P = TypeVar("P")
_PURPOSES = {
    "speech": "no language model can speak in it",
    "corpus": "it reads no corpus and no file of conditions",
    "annotator": "nobody can fill in its speakers' private states",
    "acting": "it cannot be played by acts",
}


def required(scenario: Scenario, name: str, part: P | None) -> P:
    """A part of the scenario, which something needs. Raises InvalidConfig when the scenario lacks it.

    Args:
        scenario: whose part.
        name: "speech", "corpus", "annotator" or "acting".
        part: `scenario.<name>`.
    """
    if part is None:
        raise InvalidConfig(f"Scenario {scenario.name!r} has no {name}, so {_PURPOSES[name]}; give its class the part "
                            f"`{name}`, or use another scenario.")
    return part
