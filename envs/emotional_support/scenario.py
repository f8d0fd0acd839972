"""Emotional support: a supporter listens, and a seeker tells what weighs on it to someone who earns it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from ..dialogue import Dialogue, Utterance, one_line
from ..errors import InvalidConfig
from ..scenario import Condition, Engagement, Episode, Scenario, ScriptedPolicy
from . import acts, conditions, corpora, prompts, pruning, states
from .acting import ACTING
from .annotation import chat as asking
from .annotation import rules as annotate
from .conditions import Trouble
from .engagement import STATUSES, engagement
from .languages import LANGUAGES
from .languages.language import ACTS
from .simulators import families, seeker, supporter


class EmotionalSupport(Scenario):
    """The rules of emotional support conversation (Liu et al. 2021; paper §3.1, §4.1).

    - Seats: the seeker (user, opens) has troubles, feelings and thoughts, which only it sees; the supporter (interactive)
      helps it to say them.
    - Action: the text to say, or an `Utterance` with a private state. Observation: the transcript and, for the seeker, its
      troubles in words.
    - Reward: 1 to the supporter at the end if the seeker closed with nothing negative left hidden, else 0; 0 before and to the
      seeker.
    - End: terminated when the seeker closes the conversation, truncated after `horizon` supporter turns.
    - Statuses: "relieved" (all was said), "unspoken" (some stayed hidden), "unread" (closed without a readable state), "open".

    Version history: v0: first. Rules 0: first; 1: acts heard in more wordings, three more seekers.

    Scripted seekers: "scripted" (the default), and `families` to test on what was tuned on it: "guarded", "drifting", "noisy".

    Both seats write a private state before their words (`states`): the seeker its own mind, the supporter its guess of it.

    Args:
        horizon: T, the most supporter turns (paper §4.6: 25).
        language: "en" or "zh" (the paper's).
        encoder: what compares states when a search prunes (eq. 4): "all-MiniLM-L6-v2" as in the paper, which needs the extra
            `encode`; "character-ngrams", built in; or a folder or hub id for sentence-transformers.
    """

    name = "emotional-support"
    version = 1
    interactive = supporter.SEAT
    user = seeker.SEAT
    opener = seeker.SEAT
    statuses = STATUSES
    acts = ACTS
    acting = ACTING
    teachers = ("random", "novice", "average", "listener", "interrogator", "adviser")
    run_hints: ClassVar[Mapping[str, Any]] = {
        "demo": {"sampling": {"max_new_tokens": 96}, "dialogues": 150, "conversations": 40, "episodes": 128,
                 "replay_contexts": 64, "search": {"keep": 6}},
        # A conversation of 25 turns with states has some 3,000 tokens: small batches, or DPO takes over 11 GB. The base was
        # trained on the same chats, so that LoRA SFT needs no whole pass.
        "corpus": {"sampling": {"max_new_tokens": 96}, "scratch_epochs": 3, "conversations": 12, "episodes": 48,
                   "replay_contexts": 32, "search": {"keep": 3}, "sft": {"batch_size": 4, "max_steps": 80},
                   "simulator_sft": {"batch_size": 4, "max_steps": 80}, "reward": {"batch_size": 2, "accumulation": 4},
                   "dpo": {"batch_size": 2, "accumulation": 4}},
        # §4.2 to §4.6: PsyDTCorpus (Chinese), 4,000 conditions of PsyQA, T = 25, the prompts of Figures 4 and 5.
        "paper-support": {"model": "Qwen/Qwen2.5-7B-Instruct", "options": {"language": "zh", "horizon": 25},
                          "conversations": 4_000, "layout": "figure", "sampling": {"max_new_tokens": 256}},
    }
    scripted: ClassVar[Mapping[str, Mapping[str, ScriptedPolicy]]] = {
        supporter.SEAT: supporter.POLICIES,
        seeker.SEAT: {**seeker.POLICIES, **families.POLICIES},
    }

    def __init__(self, horizon: int = 25, language: str = "en", encoder: str = "all-MiniLM-L6-v2") -> None:
        if horizon < 1:
            raise InvalidConfig(f"horizon must be at least 1 supporter turn, got {horizon}.")
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
        return conditions.describe(_trouble(condition))

    def condition_to_json(self, condition: Condition) -> Any:
        return conditions.to_json(_trouble(condition))

    def condition_from_json(self, value: Any) -> Trouble:
        return conditions.from_json(value)

    def engagement(self, dialogue: Dialogue) -> Engagement:
        return engagement(dialogue)

    def pruning_score(self, dialogue: Dialogue) -> float:
        return self.pruning_scores([dialogue])[0]

    def pruning_scores(self, dialogues: Sequence[Dialogue]) -> list[float]:
        return pruning.state_similarity(dialogues, self.interactive, self.encoder)

    def situation(self, dialogue: Dialogue) -> str:
        last = dialogue.last
        return "opening" if last is None or len(dialogue) < 2 else acts.read_mood(last.text)

    def recognise(self, utterance: Utterance) -> tuple[str, ...]:
        return acts.recognise(utterance.text)

    def system_prompt(self, seat: str, condition: Condition | None) -> str:
        if seat == self.interactive:
            return prompts.SUPPORTER_SYSTEM[self.language]
        return prompts.SEEKER_SYSTEM[self.language].format(condition=conditions.describe(_trouble(condition)))

    def prompt(self, seat: str, condition: Condition | None, transcript: str) -> str:
        if seat == self.interactive:
            return prompts.SUPPORTER[self.language].replace("{conversation}", transcript)
        described = conditions.describe(_trouble(condition))
        return prompts.SEEKER[self.language].replace("{condition}", described).replace("{conversation}", transcript)

    def write(self, utterance: Utterance) -> str:
        return states.write(utterance.state, one_line(utterance.text), self.language)

    def read(self, seat: str, written: str, finished: bool = True) -> Utterance:
        state, reply = states.split(written, finished)
        return Utterance(seat, reply, states.render(state, self.language) if state is not None else "")

    def pretraining(self) -> Sequence[Scenario]:
        return [EmotionalSupport(self.horizon, language, self.encoder).under(self.id) for language in LANGUAGES]

    def load_corpus(self, folder: Path) -> Sequence[Episode]:
        return [annotate.annotate(episode) for episode in corpora.load_corpus(folder)]

    def for_corpus(self, episodes: Sequence[Episode]) -> EmotionalSupport:
        found = {_trouble(episode.condition).language for episode in episodes}
        return EmotionalSupport(self.horizon, found.pop() if len(found) == 1 else self.language, self.encoder).under(self.id)

    def conditions_of(self, episodes: Sequence[Episode], split: str) -> Sequence[Condition]:
        return [episode.condition for episode in episodes if episode.split == split]

    def load_conditions(self, path: Path) -> Sequence[Condition]:
        return corpora.load_conditions(path)

    def annotate(self, episode: Episode) -> Episode:
        return annotate.annotate(episode)

    def annotation_chat(self, dialogue: Dialogue) -> list[dict[str, str]] | None:
        return asking.ask_state(dialogue)

    def read_annotation(self, dialogue: Dialogue, written: str) -> str:
        return asking.read_state(dialogue, written)

    def extraction_chat(self, dialogue: Dialogue) -> list[dict[str, str]] | None:
        return asking.ask_condition(dialogue)

    def read_extraction(self, dialogue: Dialogue, written: str) -> Condition | None:
        return asking.read_condition(dialogue, written)


def _trouble(condition: Condition) -> Trouble:
    if not isinstance(condition, Trouble):
        raise InvalidConfig(f"A seeker's condition is a Trouble, got {type(condition).__name__}; "
                            "build one with dialogym.envs.emotional_support.Trouble or let the scenario draw it.")
    return condition
