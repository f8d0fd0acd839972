"""Emotional support: a supporter listens, and a seeker tells what weighs on them to someone who earns it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from ..dialogue import Dialogue, Utterance
from ..errors import InvalidConfig
from ..finite import check_whole
from ..parts import Condition, Worded
from ..scenario import Ask, Engagement, Scenario, ScriptedPolicy
from . import acts, conditions, pruning
from .acting import ACTING
from .bids import read_bid
from .conditions import Trouble
from .engagement import STATUSES, UNREAD, checked, engagement
from .languages import LANGUAGES
from .parts import SupportAnnotator, SupportCorpus, SupportSpeech, trouble_of
from .simulators import families, seeker, supporter
from .telling import TELLING


class EmotionalSupport(Scenario):
    """The rules of emotional support conversation (Liu et al. 2021; paper §3.1, §4.1).

    - Seats: the seeker (user, opens) has troubles, feelings and thoughts, which only they see; the supporter (interactive)
      helps them to say it all.
    - Action: the text to say, or an `Utterance` with a private state. Observation: the transcript and, for the seeker, their
      troubles in words.
    - Reward: 1 to the supporter at the end if the seeker closed with nothing negative left hidden, else 0; 0 before and to the
      seeker.
    - End: terminated when the seeker closes the conversation, truncated after `horizon` supporter turns.
    - Statuses: "relieved" (all was said), "unspoken" (some stayed hidden), "unread" (closed without a readable state), "open".

    Version history: v0: first. Rules 0: first; 1: acts heard in more wordings, three more seekers; 2: seekers are after
    something in every turn, and only what answers it opens them.

    Scripted seekers: "scripted" (the default), and `families` to test on what was tuned on it: "guarded", "drifting", "noisy".

    Both seats write a private state before their words (`states`): the seeker their own mind, the supporter their guess of it.

    Args:
        horizon: T, the most supporter turns (paper §4.6: 25).
        language: "en" or "zh" (the paper's).
        encoder: what compares states when a search prunes (eq. 4): "all-MiniLM-L6-v2" as in the paper, which needs the extra
            `encode`; "character-ngrams", built in; or a folder or hub id for sentence-transformers.
    """

    name = "emotional-support"
    version = 2
    interactive = supporter.SEAT
    user = seeker.SEAT
    opener = seeker.SEAT
    statuses, unreadable = STATUSES, (UNREAD,)
    acts = acts.HEARD
    unwelcome = ("topic-change", "judgement")
    acting = ACTING
    telling = TELLING
    presets = Path(__file__).with_name("presets.yaml")
    scripted: ClassVar[Mapping[str, Mapping[str, ScriptedPolicy]]] = {
        supporter.SEAT: supporter.POLICIES,
        seeker.SEAT: {**seeker.POLICIES, **families.POLICIES},
    }
    planned: ClassVar[Mapping[str, Callable[[Ask], Worded]]] = {**seeker.PLANNED, **families.PLANNED}

    def __init__(self, horizon: int = 25, language: str = "en", encoder: str = "all-MiniLM-L6-v2") -> None:
        check_whole("horizon", horizon, 1, "supporter turn")
        if language not in LANGUAGES:
            raise InvalidConfig(f"language must be one of {tuple(LANGUAGES)}, got {language!r}.")
        if not encoder:
            raise InvalidConfig(f"encoder must be the name of an encoder, got {encoder!r}.")
        self.horizon = horizon
        self.language = language
        self.encoder = encoder

    def draw_condition(self, key: int) -> Trouble:
        return conditions.draw(key, self.language)

    def describe_condition(self, condition: Condition) -> str:
        return conditions.describe(trouble_of(condition))

    def condition_to_json(self, condition: Condition) -> Any:
        return conditions.to_json(trouble_of(condition))

    def condition_from_json(self, value: Any) -> Trouble:
        return conditions.from_json(value)

    def engagement(self, dialogue: Dialogue) -> Engagement:
        return engagement(dialogue)

    def checked(self, engagement: Engagement, condition: Condition, dialogue: Dialogue) -> Engagement:
        return checked(engagement, condition, dialogue) if isinstance(condition, Trouble) else engagement

    def pruning_score(self, dialogue: Dialogue) -> float:
        return self.pruning_scores([dialogue])[0]

    def pruning_scores(self, dialogues: Sequence[Dialogue]) -> list[float]:
        return pruning.state_similarity(dialogues, self.interactive, self.encoder)

    def situation(self, dialogue: Dialogue) -> str:
        last = dialogue.last
        return "opening" if last is None or len(dialogue) < 2 else acts.read_mood(last.text)

    def moment(self, dialogue: Dialogue) -> str:
        last = dialogue.last
        return self.situation(dialogue) if last is None else f"{self.situation(dialogue)} {read_bid(last.text)}".strip()

    def telling_parts(self, text: str) -> Sequence[str]:
        return [item for _, item in acts.told_items(text)]

    def recognise(self, utterance: Utterance) -> tuple[str, ...]:
        return acts.recognise(utterance.text)

    @property
    def speech(self) -> SupportSpeech:
        return SupportSpeech(self.language)

    @property
    def corpus(self) -> SupportCorpus:
        return SupportCorpus(self.language)

    @property
    def annotator(self) -> SupportAnnotator:
        return SupportAnnotator()
