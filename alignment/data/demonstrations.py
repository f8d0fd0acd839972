"""What is learned from: conversations of the scripted pair, and dialogues as the chats that each seat learns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...agents.prompting import Layout, messages, written
from ...envs.agent import ScriptedAgent, converse
from ...envs.chat import Message
from ...envs.dialogue import turns
from ...envs.keys import mix, pick, text_key
from ...envs.parts import Episode
from ...envs.position import Position
from ...envs.scenario import Scenario, View, required
from .user_splits import condition_hash


def conversations(scenario: Scenario, count: int, seed: int, skills: Sequence[str] | None = None) -> Iterator[Position]:
    """Finished conversations of the scenario's scripted pair.

    `skills` names the interactive seat's policies (default: the scenario's teachers or, without any, its default speaker).
    """
    scenario = scenario.under(scenario.name)  # the same text under whatever id it is registered
    teachers = scenario.speech.teachers if scenario.speech else ()
    names: list[str | None] = [*(skills or teachers)] or [None]
    user = ScriptedAgent.of(scenario, scenario.user)
    for index in range(count):
        position = Position.start(scenario, mix(text_key("pretrain"), seed, index))
        lead = ScriptedAgent.of(scenario, scenario.interactive, pick(position.key, names, 3))
        yield converse(position, {scenario.interactive: lead, scenario.user: user})


def variants(scenario: Scenario) -> dict[str, Scenario]:
    """The variants of a scenario that the embedded base model learns from, by name: "emotional-support language=zh"."""
    options = required(scenario, "speech", scenario.speech).variants()
    return {" ".join([scenario.name, *(f"{name}={value}" for name, value in sorted(one.items()))]): scenario.replace(**one)
            for one in options}


def imitated(scenario: Scenario, speaker: str | None) -> str:
    """The scripted speaker that SFT learns from without a corpus: the one named, else the interactive seat's first."""
    return speaker or next(iter(scenario.scripted[scenario.interactive]))


def scripted_episodes(scenario: Scenario, count: int, seed: int, speaker: str | None = None) -> list[Episode]:
    """Conversations of a scripted speaker (default: the interactive seat's first) to fine-tune on, without a corpus."""
    played = conversations(scenario, count, mix(text_key("sft"), seed), [imitated(scenario, speaker)])
    return [Episode(p.condition, p.dialogue, "train", f"scripted-{i}") for i, p in enumerate(played)]


def chats(scenario: Scenario, episodes: Sequence[Episode], seats: Sequence[str], layout: Layout = "chat", *,
          corpus: bool = False) -> tuple[list[list[Message]], list[str]]:
    """Training chats as the seats see them (whole conversations, or one per turn in layout "figure"), with groups.

    A group is never split by validation: a corpus's person, known by the condition, or a conversation where conditions
    are drawn, of which two alike are no one person's.

    Args:
        scenario: whose episodes they are.
        episodes: those of the split "train" are learned from.
        seats: who learns.
        layout: of the prompts.
        corpus: whether a condition tells a person.
    """
    found: list[list[Message]] = []
    groups: list[str] = []
    people: dict[str, str] = {}
    for number, episode in enumerate(e for e in episodes if e.split == "train"):
        name = f"chat {number}"
        if corpus:
            name = people.setdefault(condition_hash(scenario, episode.condition), name)
        for seat in seats:
            rows = _rows(scenario, episode, seat, layout)
            found += rows
            groups += [name] * len(rows)
    return found, groups


def _rows(scenario: Scenario, episode: Episode, seat: str, layout: Layout) -> list[list[Message]]:
    """What a seat learns from one conversation."""
    condition = episode.condition if seat == scenario.user else None
    if layout != "figure":
        return [messages(View(scenario, seat, condition, episode.dialogue.seen_by(seat)), layout)]
    found = [(View(scenario, seat, condition, before.seen_by(seat)), said) for before, said in turns(episode.dialogue, seat)]
    return [[*messages(view, layout), written(view, said, layout)] for view, said in found]
