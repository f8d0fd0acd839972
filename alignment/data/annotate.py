"""Gives a corpus the private states (and conditions) it lacks: by the scenario's rules, or by asking a language model.

Every finished episode is one line on disk before the next group is begun. A killed run goes on where it stopped, and its
file ends up the same as that of a run that was left alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...agents.by_name import AskModel
from ...envs.chat import Message
from ...envs.dialogue import Dialogue, Utterance
from ...envs.episodes import KIND, to_json
from ...envs.errors import InvalidAction, InvalidConfig, InvalidCorpus
from ...envs.parts import Annotator, Episode
from ...envs.position import check_text, options_of
from ...envs.scenario import Scenario, required
from ...envs.storage import Journal

GROUP = 8
"""Episodes asked about at once. Groups lie at fixed places of the corpus, so that a resumed run asks in the same batches."""
MAX_NEW_TOKENS = 512
_COUNTS = ("states", "states_unreadable", "conditions", "conditions_unreadable")


@dataclass(frozen=True, slots=True)
class AnnotateSettings:
    """What decides an annotated file, besides the corpus and the scenario.

    Attributes:
        model: name of the chat model (see `agents.loading`); None: the scenario's rules.
        conditions: whether the model is asked for each user's condition, too.
    """

    model: str | None = None
    conditions: bool = False

    def __post_init__(self) -> None:
        if self.conditions and self.model is None:
            raise InvalidConfig("Conditions are found by a language model; name one with --model.")


def annotate(scenario: Scenario, episodes: Sequence[Episode], out: Path, settings: AnnotateSettings | None = None,
             ask: AskModel | None = None, progress: Callable[[int], None] = lambda done: None) -> dict[str, int]:
    """Writes the episodes with states into a file, or goes on with one that was begun.

    Args:
        scenario: whose episodes they are.
        episodes: the corpus, always in the same order; a longer one goes on with the file of a shorter one.
        out: the file; what it holds already is kept, but for a last line that was cut off.
        settings: whom to ask for what.
        ask: the chat model; needed when the settings name one.
        progress: called with the number of finished episodes.

    Returns:
        Counts over the whole file: episodes, states and conditions the model was asked for, and how many of its answers
        could not be read (then the rules' state, or the corpus's condition, stands in).

    Raises:
        InvalidConfig: the file was written with other settings, there is no model to ask, or nothing to ask it.
        InvalidCorpus: the file holds other episodes, or is damaged before its end.
    """
    settings = settings or AnnotateSettings()
    if (settings.model is None) != (ask is None):
        raise InvalidConfig("Settings and chat model go together: give a chat model if and only if the settings name one.")
    if not episodes:
        raise InvalidCorpus("There are no episodes to annotate.")
    required(scenario, "annotator", scenario.annotator)
    check_asked(scenario, episodes, settings)
    with closing(Journal(out, KIND, fingerprint(scenario, episodes[0], settings), "dialogym annotate")) as journal:
        return _annotated(journal, scenario, episodes, settings, ask, progress)


def _annotated(journal: Journal, scenario: Scenario, episodes: Sequence[Episode], settings: AnnotateSettings,
               ask: AskModel | None, progress: Callable[[int], None]) -> dict[str, int]:
    """`annotate` in its file."""
    annotator = required(scenario, "annotator", scenario.annotator)
    done = list(_notes(journal, episodes))
    counts = {"episodes": len(episodes), **dict.fromkeys(_COUNTS, 0)}
    for note in done:
        _add(counts, note)
    progress(len(done))
    for start in range(len(done) // GROUP * GROUP, len(episodes), GROUP):
        group = episodes[start:start + GROUP]
        found = _by_rules(annotator, group) if ask is None else _by_model(annotator, group, settings, ask)
        for number, (episode, note) in enumerate(found, start):
            if number < len(done):
                continue  # asked again only to ask for its group's other episodes in the same batch
            journal.append({**to_json(scenario, episode), "annotation": note})
            _add(counts, note)
            progress(number + 1)
    return counts


def check_asked(scenario: Scenario, episodes: Sequence[Episode], settings: AnnotateSettings) -> None:
    """Raises InvalidConfig when a model would be asked for what the scenario asks nobody: to be called before it is loaded."""
    if settings.model is None:
        return
    annotator = required(scenario, "annotator", scenario.annotator)
    words = [_words(episode.dialogue) for episode in episodes]
    if settings.conditions and not any(map(annotator.condition_chat, words)):
        raise InvalidConfig(f"The scenario {scenario.name!r} has no question about a user's condition; leave out "
                            "--ask-conditions.")
    if not settings.conditions and not any(annotator.state_chat(prefix) for each in words for prefix in _prefixes(each)):
        raise InvalidConfig(f"The scenario {scenario.name!r} has no question about a speaker's state; leave out --model.")


def fingerprint(scenario: Scenario, first: Episode, settings: AnnotateSettings) -> dict[str, Any]:
    """What a file's first line says of how it was made; the prompts are told by what is asked about the first episode."""
    found: dict[str, Any] = {"scenario": scenario.name, "version": scenario.version, "options": options_of(scenario),
                             "model": settings.model, "conditions": settings.conditions}
    if settings.model is not None:
        annotator = required(scenario, "annotator", scenario.annotator)
        chats = [annotator.state_chat(prefix) for prefix in _prefixes(_words(first.dialogue))]
        chats.append(annotator.condition_chat(_words(first.dialogue)) if settings.conditions else None)
        found |= {"max_new_tokens": MAX_NEW_TOKENS,
                  "prompt": hashlib.sha256(json.dumps(chats, ensure_ascii=False).encode()).hexdigest()[:16]}
    return found


# -- the file --------------------------------------------------------------------------------------


def _notes(journal: Journal, episodes: Sequence[Episode]) -> Iterator[dict[str, int]]:
    """The notes of the episodes a file holds already. Raises InvalidCorpus when they are not the corpus's first."""
    for number, value in enumerate(journal.values()):
        expected = episodes[number].source if number < len(episodes) else None
        if not isinstance(value, dict) or value.get("source") != expected:
            source = value.get("source") if isinstance(value, dict) else value
            raise InvalidCorpus(f"{journal.path}, line {number + 2}: holds episode {source!r} where the corpus has "
                                f"{expected!r}; go on with the corpus it was begun with and no lower limit, or choose another "
                                "--out.")
        yield _note(value)


def _note(value: Mapping[str, Any]) -> dict[str, int]:
    note = value.get("annotation")
    return {name: int(note.get(name, 0)) for name in _COUNTS} if isinstance(note, Mapping) else {}


def _add(counts: dict[str, int], note: Mapping[str, int]) -> None:
    for name, count in note.items():
        counts[name] += count


# -- the states ------------------------------------------------------------------------------------


def _by_rules(annotator: Annotator, group: Sequence[Episode]) -> list[tuple[Episode, dict[str, int]]]:
    return [(annotator.annotate(episode), {}) for episode in group]


def _by_model(annotator: Annotator, group: Sequence[Episode], settings: AnnotateSettings,
              ask: AskModel) -> list[tuple[Episode, dict[str, int]]]:
    """Each episode with the model's states and condition, and what could not be read, filled in and counted."""
    plans = []
    chats: list[list[Message]] = []
    for episode in group:
        words = _words(episode.dialogue)
        whole = [(words, annotator.condition_chat(words))] if settings.conditions else [(words, None)]
        asked = whole + [(prefix, annotator.state_chat(prefix)) for prefix in _prefixes(words)]
        plans.append((episode, asked))
        chats += [chat for _, chat in asked if chat is not None]
    answers = iter(ask(chats) if chats else ())
    found = []
    for episode, asked in plans:
        given = [(dialogue, None if chat is None else next(answers)) for dialogue, chat in asked]
        found.append(_filled(annotator, episode, given))
    return found


def _filled(annotator: Annotator, episode: Episode,
            given: Sequence[tuple[Dialogue, str | None]]) -> tuple[Episode, dict[str, int]]:
    """An episode with what the model answered: about the whole dialogue, then about the speaker of every prefix."""
    counts = dict.fromkeys(_COUNTS, 0)
    words, answer = given[0]
    if answer is not None:
        condition = annotator.read_condition(words, answer)
        counts["conditions"] += 1
        counts["conditions_unreadable"] += condition is None
        if condition is not None:
            episode = replace(episode, condition=condition)
    ruled = annotator.annotate(episode)
    dialogue = Dialogue.EMPTY
    for (prefix, answer), utterance in zip(given[1:], ruled.dialogue, strict=True):
        if answer is not None:
            state = _sound(annotator.read_state(prefix, answer))
            counts["states"] += 1
            counts["states_unreadable"] += not state
            utterance = replace(utterance, state=state or utterance.state)  # noqa: PLW2901 - the same one, annotated
        dialogue = dialogue.say(utterance)
    return replace(ruled, dialogue=dialogue), counts


def _sound(state: str) -> str:
    """The state if an utterance may carry it, else ""."""
    try:
        check_text(state)
    except InvalidAction:
        return ""
    return state


def _words(dialogue: Dialogue) -> Dialogue:
    """The dialogue without states: a model is to read the speakers' minds, not what the rules made of them."""
    return dialogue.fold(_add_words, Dialogue.EMPTY)


def _add_words(words: Dialogue, utterance: Utterance) -> Dialogue:
    return words.say(Utterance(utterance.seat, utterance.text))


def _prefixes(dialogue: Dialogue) -> list[Dialogue]:
    """The dialogue after its first utterance, its second, and so on."""
    found = []
    node: Dialogue | None = dialogue
    while node is not None and node.last is not None:
        found.append(node)
        node = node.parent
    return found[::-1]
