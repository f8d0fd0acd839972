"""Who takes part: links, consent, leaving, and everything of theirs deleted or handed to them."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, text, update

from ..envs.errors import DialogymError, InvalidConfig
from ..envs.keys import uniform
from .design import make_tasks
from .project import Study
from .store.store import pairs_of
from .store.tables import answers, departures, jobs, messages, notices, participants, settings, talks, tasks

DAY = 86_400.0


class Closed(DialogymError, ValueError):
    """Nobody can join: the link is no more, or all places are taken. The message is a key of the site's words."""


def hashed(token: str) -> str:
    """What the database keeps of a link."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def alone(study: Study, connection: Connection) -> None:
    """Lets one transaction at a time count people; SQLite's writers are alone anyway."""
    if not study.store.lite:
        connection.execute(text("SELECT pg_advisory_xact_lock(7318)"))


def invite(study: Study, part: str, language: str | None = None, arm: str | None = None) -> str:
    """A new participant of a part; returns the secret of their personal link, which is kept nowhere.

    Raises:
        InvalidConfig: the study has no such part, language or arm.
        Closed: all places are taken.
    """
    if part not in study.config.parts:
        raise InvalidConfig(f"This study has no part {part!r}; it has {', '.join(study.config.parts)}.")
    language = language or study.config.languages[0]
    if language not in study.config.languages:
        raise InvalidConfig(f"This study is not in {language!r}; it is in {', '.join(study.config.languages)}.")
    token = secrets.token_urlsafe(24)
    with study.store.write() as connection:
        alone(study, connection)
        number = _next_number(connection)
        if part == "talks":
            arm = _free_arm(study, connection, number, arm)
        connection.execute(insert(participants).values(
            id=secrets.token_hex(16), number=number, part=part, arm=arm, link=hashed(token), language=language,
            created=study.now()))
    return token


def _next_number(connection: Connection) -> int:
    """Numbers are never given twice, not even when their owner has gone."""
    found = connection.scalar(select(settings.c.value).where(settings.c.name == "people"))
    number = int(found or 0) + 1
    if found is None:
        connection.execute(insert(settings).values(name="people", value=str(number)))
    else:
        connection.execute(update(settings).where(settings.c.name == "people").values(value=str(number)))
    return number


def _free_arm(study: Study, connection: Connection, number: int, wanted: str | None) -> str:
    """The system with the largest share of its quota free; chance decides between equals."""
    quotas = study.config.talks.quotas if study.config.talks is not None else {}
    if wanted is not None and wanted not in quotas:
        raise InvalidConfig(f"talks has no quota for {wanted!r}; it has {sorted(quotas)}.")
    taken = pairs_of(connection.execute(select(participants.c.arm, func.count()).where(
        participants.c.part == "talks", participants.c.left.is_(None), participants.c.revoked.is_(None)
    ).group_by(participants.c.arm)).all())
    free = {arm: 1 - taken.get(arm, 0) / quota for arm, quota in quotas.items() if taken.get(arm, 0) < quota}
    if wanted is not None:
        free = {wanted: free[wanted]} if wanted in free else {}
    if not free:
        raise Closed("closed.full")
    return max(free, key=lambda arm: (round(free[arm], 9), uniform(study.key("arm", number, arm))))


def by_link(study: Study, token: str) -> str | None:
    """The id of whose link it is; None when it is nobody's, or was revoked."""
    with study.store.read() as connection:
        return connection.scalar(select(participants.c.id).where(
            participants.c.link == hashed(token), participants.c.revoked.is_(None)))


def person(study: Study, id: str) -> Any | None:
    """A participant's row; None when there is no such one, or the link was revoked."""
    with study.store.read() as connection:
        return connection.execute(select(participants).where(
            participants.c.id == id, participants.c.revoked.is_(None))).one_or_none()


def past(study: Study, who: Any) -> bool:
    """Whether the days of somebody's user study are over; their data stays theirs to see and to delete."""
    if who.part != "talks" or study.config.talks is None or who.consented is None:
        return False
    return study.now() >= float(who.consented) + study.config.talks.days * DAY


def consent(study: Study, id: str) -> None:
    """They have agreed; what is asked of them is made ready."""
    with study.store.write() as connection:
        alone(study, connection)
        done = connection.execute(update(participants).where(
            participants.c.id == id, participants.c.consented.is_(None)).values(consented=study.now()))
        if done.rowcount:
            make_tasks(study, connection, id)


def speak(study: Study, id: str, language: str) -> None:
    """They want the site in another language, as long as nothing was said in the first."""
    if language in study.config.languages:
        with study.store.write() as connection:
            connection.execute(update(participants).where(participants.c.id == id).values(language=language))


def _note_departure(study: Study, connection: Connection, id: str, kind: str, erased: bool) -> None:
    found = connection.execute(select(participants).where(participants.c.id == id)).one()
    done = connection.scalar(select(func.count()).select_from(tasks).where(tasks.c.participant == id, tasks.c.stage == "done"))
    stage = "invited" if found.consented is None else "at work"
    open_tasks = connection.scalar(select(func.count()).select_from(tasks).where(
        tasks.c.participant == id, tasks.c.stage != "done"))
    if found.consented is not None and not open_tasks:
        stage = "finished"
    connection.execute(insert(departures).values(
        part=found.part, arm=found.arm, stage=stage, kind=kind, done=int(done or 0), erased=erased,
        day=datetime.fromtimestamp(study.now(), UTC).strftime("%Y-%m-%d")))


def leave(study: Study, id: str) -> None:
    """They go; what they said so far stays. Jobs of theirs are not made any more."""
    with study.store.write() as connection:
        done = connection.execute(update(participants).where(
            participants.c.id == id, participants.c.left.is_(None)).values(left=study.now()))
        if done.rowcount:
            _note_departure(study, connection, id, "left", False)
        mine = select(talks.c.id).join(tasks, talks.c.task == tasks.c.id).where(tasks.c.participant == id)
        connection.execute(delete(jobs).where(jobs.c.talk.in_(mine), jobs.c.status != "done"))


def erase(study: Study, id: str, kind: str = "deleted") -> None:
    """Everything of theirs is deleted, on the disk too; what is left is a count that leads to nobody."""
    with study.store.write() as connection:
        if connection.scalar(select(participants.c.id).where(participants.c.id == id)) is None:
            return
        _note_departure(study, connection, id, kind, True)
        connection.execute(delete(participants).where(participants.c.id == id))
    study.store.scour()


def revoke(study: Study, number: int) -> bool:
    """A personal link opens nothing any more; what was said stays. Whether there was one."""
    with study.store.write() as connection:
        return bool(connection.execute(update(participants).where(
            participants.c.number == number, participants.c.revoked.is_(None)).values(revoked=study.now())).rowcount)


def purge(study: Study) -> int:
    """Deletes what is older than the study keeps it; returns how many people that were."""
    limit = study.now() - study.config.retention_days * DAY
    last = func.coalesce(participants.c.seen, participants.c.consented, participants.c.created)
    with study.store.read() as connection:
        old = connection.scalars(select(participants.c.id).where(last < limit)).all()
    for id in old:
        erase(study, id, "expired")
    return len(old)


def touch(study: Study, id: str) -> None:
    """Notes, once an hour at most, that they were here: from when on their data is kept."""
    now = study.now()
    with study.store.write() as connection:
        connection.execute(update(participants).where(and_(
            participants.c.id == id, or_(participants.c.seen.is_(None), participants.c.seen < now - 3_600))).values(seen=now))


def own_data(study: Study, id: str) -> dict[str, Any]:
    """All that is kept of somebody, as JSON, but for what would tell them which system is which."""
    with study.store.read() as connection:
        who = connection.execute(select(participants).where(participants.c.id == id)).one()
        found: dict[str, Any] = {"person": {"number": who.number, "language": who.language, "joined": who.created,
                                            "consented": who.consented, "left": who.left}, "tasks": []}
        for task in connection.execute(select(tasks).where(tasks.c.participant == id).order_by(tasks.c.place)).all():
            said = connection.execute(select(talks.c.side, messages).join(messages, messages.c.talk == talks.c.id).where(
                talks.c.task == task.id).order_by(talks.c.side, messages.c.number)).all()
            given = connection.execute(select(answers).where(answers.c.task == task.id).order_by(answers.c.id)).all()
            noted = connection.scalars(select(notices.c.at).where(notices.c.task == task.id)).all()
            found["tasks"].append({
                "part": task.part, "stage": task.stage, "notices": list(noted),
                "messages": [{"talk": m.side, "who": "you" if m.source == "person" else "reply", "text": m.text,
                              "at": m.at if m.source == "person" else None} for m in said],
                "answers": [{"talk": a.side, "turn": a.turn, "question": a.question, "number": a.number, "text": a.text}
                            for a in given]})
    return found


def key_of(text: str) -> str:
    """An idempotency key as it is kept: at most 64 harmless characters."""
    return re.sub(r"[^\w-]", "", text)[:64]
