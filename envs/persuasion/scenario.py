"""Persuasion for good: a persuader asks a persuadee to give part of a $2 payment to Save the Children."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from ..dialogue import Dialogue, Utterance
from ..errors import InvalidConfig
from ..finite import check_share, check_whole
from ..parts import Condition, Worded
from ..scenario import Ask, Engagement, Measure, Scenario, ScriptedPolicy
from . import acts, conditions, paying, prompts, pruning
from .acting import ACTING
from .engagement import MAX_DONATION, engagement
from .parts import PersuasionCorpus, PersuasionSpeech, persona_of
from .reading.concerns import read_concern
from .simulators import calibrated, noisy, people, persuader, sceptical
from .simulators import scripted as scripted_persuadee
from .simulators.moods import read_mood
from .telling import TELLING


class Persuasion(Scenario):
    """The rules of PersuasionForGood (Wang et al. 2019; paper §3.1, §4.1).

    - Seats: the persuader (interactive, opens) asks for a donation to Save the Children; the persuadee (user) has a persona,
      which only they see, and a $2 payment.
    - Action: the text to say. Observation: the transcript and, for the persuadee, their persona in words.
    - Reward: the donation over $2, in [0, 1], to the persuader at the end; 0 before and to the persuadee.
    - Measures: what was pledged in words, by which the reward goes, and what a person of the corpus with this persona would pay
      of it (`paying`): about half keep their word.
    - End: terminated when the persuadee's latest words state a decision, truncated after `horizon` persuader turns.
    - Scripted persuadees: "scripted" (default), "calibrated" (replies, decisions and gifts as frequent as in the corpus),
      "sceptical" (wants facts and rapport first) and "noisy" (types as people do), so that a policy tuned on one can be
      tested on another. The persuader "crowd" makes the acts of the corpus's persuaders at the turns where they made them.
    - Statuses: "promised" (a sum), "unparsed" (a promise without a readable sum), "undecided", "declined".

    Version history: v0: first. Rules 0: first; 1: personas drawn jointly, acts heard in more wordings, three more persuadees;
    2: persuadees have concerns of their own, and only what answers the one they told moves them.

    Args:
        horizon: T, the most persuader turns (paper §4.6: 15). The paper's "#turn" counts utterances of both seats.
        gamma: the discount of eq. 5, which the paper leaves open.
        personas: what a drawn persona carries: "brief", the attributes our scripted persuadee acts on, or "survey", all
            that the corpus knows of a person.
        ask_at_end: whether a persuadee who is undecided after T turns is asked for their decision, as one turn more.
    """

    name = "persuasion"
    version = 2
    interactive = persuader.SEAT
    user = people.SEAT
    opener = persuader.SEAT
    measures = (Measure("pledged", "Pledged ($)", "$", MAX_DONATION),
                Measure("paid", "Paid ($)", "$", MAX_DONATION, "if the person keeps their word"))
    statuses = ("promised", "unparsed", "undecided", "declined")
    acts = acts.HEARD
    unwelcome = ("pressure",)
    acting = ACTING
    telling = TELLING
    presets = Path(__file__).with_name("presets.yaml")
    scripted: ClassVar[Mapping[str, Mapping[str, ScriptedPolicy]]] = {
        persuader.SEAT: persuader.POLICIES,
        people.SEAT: {**scripted_persuadee.POLICIES, **calibrated.POLICIES, **sceptical.POLICIES, **noisy.POLICIES},
    }

    planned: ClassVar[Mapping[str, Callable[[Ask], Worded]]] = {**scripted_persuadee.PLANNED, **sceptical.PLANNED}

    def __init__(self, horizon: int = 15, gamma: float = pruning.GAMMA, personas: str = "brief",
                 ask_at_end: bool = False) -> None:
        check_whole("horizon", horizon, 1, "persuader turn")
        check_share("gamma", gamma)
        self.horizon = horizon
        if personas not in ("brief", "survey"):
            raise InvalidConfig(f"personas must be 'brief' or 'survey', got {personas!r}.")
        self.gamma = gamma
        self.personas = personas
        self.ask_at_end = ask_at_end

    @property
    def closing_question(self) -> str:
        return prompts.CLOSING_QUESTION if self.ask_at_end else ""

    def draw_condition(self, key: int) -> conditions.Persona:
        return conditions.draw(key, conditions.DRAWN if self.personas == "brief" else conditions.SURVEY)

    def describe_condition(self, condition: Condition) -> str:
        return conditions.describe(persona_of(condition))

    def condition_to_json(self, condition: Condition) -> Any:
        return conditions.to_json(persona_of(condition))

    def condition_from_json(self, value: Any) -> conditions.Persona:
        return conditions.from_json(value)

    def engagement(self, dialogue: Dialogue) -> Engagement:
        return engagement(dialogue)

    def measured(self, measure: Measure, engagement: Engagement, condition: Condition | None) -> float:
        value = measure.scale * engagement.level
        return paying.paid(condition, value) if measure.name == "paid" and isinstance(condition, conditions.Persona) else value

    def pruning_score(self, dialogue: Dialogue) -> float:
        return pruning.sentiment(dialogue, self.user, self.gamma)

    def situation(self, dialogue: Dialogue) -> str:
        last = dialogue.last
        return "opening" if last is None else f"{read_mood(last.text)} {read_concern(last.text)}".strip()

    def recognise(self, utterance: Utterance) -> tuple[str, ...]:
        return acts.recognise(utterance.text)

    @property
    def speech(self) -> PersuasionSpeech:
        return PersuasionSpeech()

    @property
    def corpus(self) -> PersuasionCorpus:
        return PersuasionCorpus()
