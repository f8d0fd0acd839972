"""A talk on the site: what a person says is on the disk before anybody is asked to answer, and replies are shown together."""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from ..envs.dialogue import Dialogue, Utterance
from ..envs.errors import DialogymError, InvalidAction
from ..envs.keys import MASK, mix
from ..envs.position import Position, check_text
from ..envs.scenario import Scenario
from .crisis import speaks_of_harm
from .people import key_of
from .project import Study
from .store.tables import answers, jobs, messages, notices, participants, talks, tasks
from .words import Site

PERSON, SYSTEM, OPERATOR = "person", "system", "operator"
NEW, TALK, HELD, RATE, DONE = "new", "talk", "held", "rate", "done"


class Refused(DialogymError, ValueError):
    """What a person sent cannot be taken; the message is a key of the site's words."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message as a page shows it: who ("you", "reply", "operator"), and the words."""

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    """What a page of a talk knows; nothing in it depends on which system is which.

    Attributes:
        task: the row of the task.
        lines: what was said, by side.
        waiting: whether replies are still to be shown.
        failed: whether a reply could not be made.
        said: messages of the person to each system.
        may_rate, must_rate: whether the talk is long enough, or at its end.
    """

    task: Any
    lines: Mapping[str, Sequence[Line]]
    waiting: bool
    failed: bool
    said: int
    may_rate: bool
    must_rate: bool


def task_of(connection: Connection, task: str, participant: str, lock: bool = False) -> Any:
    """A person's task. Raises Refused when it is not theirs."""
    wanted = select(tasks).where(tasks.c.id == task, tasks.c.participant == participant)
    found = connection.execute(wanted.with_for_update() if lock else wanted).one_or_none()
    if found is None:
        raise Refused("error.gone")
    return found


def begin(study: Study, task: str, participant: str) -> None:
    """Opens the talks of a task; where the systems speak first they are asked to. Raises Refused."""
    with study.store.write() as connection:
        found = task_of(connection, task, participant, lock=True)
        if found.stage != NEW:
            return
        now = study.now()
        connection.execute(update(tasks).where(tasks.c.id == task).values(stage=TALK, opened=now))
        who = connection.execute(select(participants).where(participants.c.id == participant)).one()
        scenario = study.scenario(who.language)
        for side, system in json.loads(found.sides).items():
            id = secrets.token_hex(16)
            seed = study.key("talk", who.number, found.part, found.place, side)
            connection.execute(insert(talks).values(id=id, task=task, side=side, system=system, seed=f"{seed:016x}"))
            if scenario.opener == scenario.interactive:
                connection.execute(insert(jobs).values(talk=id, number=0, status="waiting", tries=0, asked=now))


def say(study: Study, task: str, participant: str, texts: Mapping[str, str], beliefs: Mapping[str, int], key: str) -> None:
    """What the person says to each side. On the disk when this returns; saying it again under the same key changes nothing.

    Args:
        study: the study.
        task: which task.
        participant: whose.
        texts: the message by side.
        beliefs: how far they are won over, by side; where the study asks it.
        key: of the form that it came with.

    Raises Refused when there is nothing to say, too much of it, or it is not the time.
    """
    key = key_of(key)
    if not key:
        raise Refused("error.form")
    try:
        with study.store.write() as connection:
            _say(study, connection, (task, participant), texts, beliefs, key)
    except IntegrityError:  # the same form, twice at the same moment: the other one is on the disk
        return


def _say(study: Study, connection: Connection, whose: tuple[str, str], texts: Mapping[str, str], beliefs: Mapping[str, int],
         key: str) -> None:
    task, participant = whose
    found = task_of(connection, task, participant, lock=True)
    there = {row.side: row for row in connection.execute(select(talks).where(talks.c.task == task)).all()}
    if connection.scalar(select(messages.c.id).where(messages.c.talk.in_([t.id for t in there.values()]),
                                                     messages.c.key == key)):
        return
    if found.stage != TALK:
        raise Refused("error.stage")
    language = connection.scalar(select(participants.c.language).where(participants.c.id == participant)) or "en"
    scenario, now = study.scenario(language), study.now()
    asked = connection.execute(select(jobs.c.status).where(jobs.c.talk.in_([t.id for t in there.values()]),
                                                           jobs.c.status != "done")).all()
    said = _counted(connection, next(iter(there.values())).id, PERSON)
    if asked or said >= study.config.length(found.part)[1]:
        raise Refused("error.wait" if asked else "error.stage")
    cleaned = {side: cleaned_text(study, texts.get(side, "")) for side in there}
    harmed = any(speaks_of_harm(text) for text in cleaned.values())
    for side, talk in there.items():
        number = _counted(connection, talk.id)
        connection.execute(insert(messages).values(talk=talk.id, number=number, seat=scenario.user, text=cleaned[side],
                                                   private="", source=PERSON, key=key, at=now))
        if side in beliefs:
            connection.execute(insert(answers).values(task=task, side=side, turn=said, question="belief",
                                                      number=beliefs[side], at=now))
        if harmed:
            connection.execute(insert(messages).values(
                talk=talk.id, number=number + 1, seat=scenario.interactive, text=Site(study.config, language).crisis(),
                private="", source=OPERATOR, at=now))
        else:
            connection.execute(insert(jobs).values(talk=talk.id, number=number + 1, status="waiting", tries=0, asked=now))
    if harmed:
        connection.execute(update(tasks).where(tasks.c.id == task).values(stage=HELD))
        connection.execute(insert(notices).values(task=task, at=now))


def cleaned_text(study: Study, text: str) -> str:
    """A message as it is kept. Raises Refused."""
    text = text.replace("\r\n", "\n").strip()
    if len(text) > study.config.longest:
        raise Refused("error.long")
    try:
        check_text(text)
    except InvalidAction:
        raise Refused("error.empty") from None
    return text


def _counted(connection: Connection, talk: str, source: str | None = None) -> int:
    found = select(messages.c.id).where(messages.c.talk == talk)
    return len(connection.execute(found if source is None else found.where(messages.c.source == source)).all())


def move(study: Study, task: str, participant: str, to: str) -> None:
    """Goes on after the operator's text (`to` is "talk"), or to the questions ("rate"). Raises Refused."""
    with study.store.write() as connection:
        found = task_of(connection, task, participant, lock=True)
        if found.stage == to or found.stage in (RATE, DONE):
            return
        here = moment_of(study, connection, found)
        if to == TALK and found.stage == HELD:
            connection.execute(update(tasks).where(tasks.c.id == task).values(stage=TALK))
        elif to == RATE and (found.stage == HELD or here.may_rate or here.must_rate):
            mine = [row.id for row in connection.execute(select(talks.c.id).where(talks.c.task == task)).all()]
            connection.execute(delete(jobs).where(jobs.c.talk.in_(mine), jobs.c.status != "done"))
            connection.execute(update(tasks).where(tasks.c.id == task).values(stage=RATE))
        else:
            raise Refused("error.wait" if here.waiting else "error.stage")


def retry(study: Study, task: str, participant: str) -> None:
    """Has replies that could not be made tried again."""
    with study.store.write() as connection:
        task_of(connection, task, participant, lock=True)
        mine = [row.id for row in connection.execute(select(talks.c.id).where(talks.c.task == task)).all()]
        connection.execute(update(jobs).where(jobs.c.talk.in_(mine), jobs.c.status == "failed").values(
            status="waiting", tries=0, asked=study.now()))


def moment(study: Study, task: str, participant: str) -> Moment:
    """What a page of a talk shows now. Raises Refused when it is not theirs."""
    with study.store.read() as connection:
        return moment_of(study, connection, task_of(connection, task, participant))


def moment_of(study: Study, connection: Connection, found: Any) -> Moment:
    """`moment` within a transaction."""
    rows = connection.execute(select(talks.c.side, messages.c.number, messages.c.source, messages.c.text).join(
        messages, messages.c.talk == talks.c.id).where(talks.c.task == found.id).order_by(
        talks.c.side, messages.c.number)).all()
    asked = connection.execute(select(jobs.c.number, jobs.c.status, jobs.c.asked, jobs.c.finished).join(
        talks, jobs.c.talk == talks.c.id).where(talks.c.task == found.id)).all()
    last = max((job.number for job in asked), default=-1)
    newest = [job for job in asked if job.number == last]
    shown = not newest or (all(job.status == "done" for job in newest) and study.now() >= release(
        newest[0].asked, max(job.finished or 0.0 for job in newest), study.config.reply_seconds))
    who = {PERSON: "you", SYSTEM: "reply", OPERATOR: "operator"}
    lines: dict[str, list[Line]] = {side: [] for side in json.loads(found.sides)}
    for row in rows:
        if shown or row.number < last or row.source == PERSON:
            lines[row.side].append(Line(who[row.source], row.text))
    said = max(sum(row.source == PERSON for row in rows if row.side == side) for side in lines) if lines else 0
    failed = any(job.status == "failed" for job in newest) and all(job.status in ("done", "failed") for job in newest)
    least, most = study.config.length(found.part)
    return Moment(found, lines, not shown and not failed, failed, said, shown and said >= least,
                  (shown and said >= most) or (failed and said > 0))


def release(asked: float, finished: float, step: float) -> float:
    """When replies are shown: at the first multiple of `step` seconds after the message at which all are there."""
    return asked + step * max(1, math.ceil((finished - asked) / step - 1e-9))


def position_of(scenario: Scenario, seed: str, said: Sequence[Any]) -> Position:
    """A talk as a position of its scenario, with nobody's condition: rows with seat, text and private, in order."""
    position = Position(scenario, None, Dialogue.EMPTY, mix(int(seed, 16) & MASK, 0))
    for row in said:
        position = position.say(Utterance(row.seat, row.text, row.private))
    return position
