"""What a study found, read off its database for the report: nobody's name, no link, pseudonyms by number."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from ..project import Study
from ..store.tables import answers, departures, items, jobs, messages, notices, participants, talks, tasks

_SELF = re.compile(
    r"\b(?:as an? (?:ai|artificial|(?:large )?language model|machine|chatbot)\b|"
    r"i(?:'m| am) (?:just |only )?(?:an? )?(?:ai\b|artificial|(?:large )?language model|chatbot|bot\b|virtual assistant|"
    r"computer program)|i was (?:trained|developed|created) by|my (?:training data|creators|developers))|"
    r"作为(?:一个|一名)?(?:人工智能|AI|语言模型|机器人)|我(?:只)?是(?:一个|一名)?(?:人工智能|AI|大?语言模型|机器人|智能助手)|"
    r"我是由.{1,12}(?:开发|训练)", re.IGNORECASE)
"""What says what the speaker is; the names of the study file are looked for, too."""


@dataclass(frozen=True, slots=True)
class Done:
    """One task that was done.

    Attributes:
        rater: the participant's number.
        part: of the study.
        item: the problem, pair or conversation.
        place: which task of theirs it was, from 0.
        systems: by side.
        scales: numbers by question, and by side for what is asked of each.
        texts: words by question.
        beliefs: by side, in order of the turns.
        turns: messages of the person to each system.
        seconds: from its opening to its end.
        replies: what the systems said, by side.
        held: whether the operator's text took over.
        identified: whether a system said what it is, or a name of the study file.
    """

    rater: int
    part: str
    item: str
    place: int
    systems: Mapping[str, str]
    scales: Mapping[tuple[str, str], float]
    texts: Mapping[str, str]
    beliefs: Mapping[str, Sequence[float]]
    turns: int
    seconds: float
    replies: Mapping[str, Sequence[str]]
    held: bool
    identified: bool

    def side_of(self, system: str) -> str:
        """Where a system stood; "" where it did not."""
        return next((side for side, name in self.systems.items() if name == system), "")

    def scale(self, question: str, system: str) -> float | None:
        """What a system was given; None where it was not asked."""
        return self.scales.get((question, self.side_of(system)))


@dataclass(frozen=True, slots=True)
class Records:
    """All that a report is made of.

    Attributes:
        done: the tasks that were done.
        people: rows of the participants there are.
        gone: rows of the departures.
        begun: tasks that were begun and are not done, by part.
        items: content and truth by item.
        slow: by system, replies, and how many took longer than one step to show.
        failed: replies that could not be made, by system.
    """

    done: Sequence[Done]
    people: Sequence[Any]
    gone: Sequence[Any]
    begun: Mapping[str, int]
    items: Mapping[str, tuple[dict[str, Any], dict[str, Any]]]
    slow: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)


def read_records(study: Study) -> Records:
    """Reads a study's database."""
    with study.store.read() as connection:
        people = connection.execute(select(*(participants.c[name] for name in (
            "number", "part", "arm", "consented", "left", "language")))).all()
        gone = connection.execute(select(departures)).all()
        found = {row.id: (json.loads(row.content), json.loads(row.truth)) for row in connection.execute(select(items)).all()}
        open_tasks: dict[str, int] = {}
        for part in connection.scalars(select(tasks.c.part).where(tasks.c.stage.in_(("talk", "held", "rate")))).all():
            open_tasks[part] = open_tasks.get(part, 0) + 1
        slow, failed = _speeds(connection, study.config.reply_seconds)
        return Records(_done(connection, _names(study)), people, gone, open_tasks, found, slow, failed)


def _names(study: Study) -> re.Pattern[str]:
    """The systems' names, and those of their models but for scripted speakers, whose names are words."""
    scenario = study.scenario(study.config.languages[0])
    found = [*study.config.systems, *(Path(system.agent.rpartition(":")[2]).name for system in study.config.systems.values()
                                      if system.agent and system.agent not in scenario.scripted[scenario.interactive])]
    return re.compile("|".join(rf"\b{re.escape(name)}\b" for name in found), re.IGNORECASE)


def _done(connection: Connection, names: re.Pattern[str]) -> list[Done]:
    given: dict[str, list[Any]] = {}
    for row in connection.execute(select(answers).order_by(answers.c.turn)).all():
        given.setdefault(row.task, []).append(row)
    said: dict[str, list[Any]] = {}
    for row in connection.execute(select(talks.c.task, talks.c.side, messages.c.source, messages.c.text).join(
            messages, messages.c.talk == talks.c.id).order_by(messages.c.number)).all():
        said.setdefault(row.task, []).append(row)
    held = set(connection.scalars(select(notices.c.task)).all())
    rows = connection.execute(select(tasks, participants.c.number).join(
        participants, tasks.c.participant == participants.c.id).where(tasks.c.stage == "done").order_by(
        participants.c.number, tasks.c.place)).all()
    return [_one(row, given.get(row.id, []), said.get(row.id, []), row.id in held, names) for row in rows]


def _one(row: Any, given: Sequence[Any], said: Sequence[Any], held: bool, names: re.Pattern[str]) -> Done:
    sides = json.loads(row.sides)
    whole = [a for a in given if a.turn < 0]
    return Done(
        rater=row.number, part=row.part, item=row.item, place=row.place, systems=sides,
        scales={(a.question, a.side): a.number for a in whole if a.number is not None},
        texts={a.question: a.text for a in whole if a.text is not None},
        beliefs={side: [a.number for a in given if a.turn >= 0 and a.side == side] for side in sides},
        turns=max((sum(m.source == "person" and m.side == side for m in said) for side in sides), default=0),
        seconds=(row.done or 0.0) - (row.opened or row.done or 0.0),
        replies={side: [m.text for m in said if m.side == side and m.source == "system"] for side in sides}, held=held,
        identified=any(m.source == "system" and (_SELF.search(m.text) or names.search(m.text)) for m in said))


def _speeds(connection: Connection, step: float) -> tuple[dict[str, tuple[int, int]], dict[str, int]]:
    slow: dict[str, tuple[int, int]] = {}
    failed: dict[str, int] = {}
    for row in connection.execute(select(talks.c.system, jobs.c.status, jobs.c.asked, jobs.c.finished).join(
            talks, jobs.c.talk == talks.c.id)).all():
        if row.status == "failed":
            failed[row.system] = failed.get(row.system, 0) + 1
        elif row.status == "done":
            count, late = slow.get(row.system, (0, 0))
            slow[row.system] = count + 1, late + (row.finished - row.asked > step)
    return slow, failed
