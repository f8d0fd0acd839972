"""Who is asked what, in which order: seeded from the person and the problem, and recorded."""

from __future__ import annotations

import json
import secrets
from typing import Any

from sqlalchemy import Connection, func, insert, select

from ..envs.keys import mix, uniform
from .project import Study
from .store.store import pairs_of
from .store.tables import items, participants, tasks

SIDES = ("a", "b")


def problems(study: Study, language: str) -> list[str]:
    """What the talks of a comparison are about, in a language."""
    part = study.config.comparison
    if part is None:
        return []
    if not isinstance(part.problems, int):
        return list(part.problems[language])
    scenario = study.scenario(language)
    drawn = [scenario.draw_condition(mix(study.key("problem"), number)) for number in range(part.problems)]
    return [scenario.describe_condition(condition) for condition in drawn]


def make_tasks(study: Study, connection: Connection, id: str) -> None:
    """Makes what is asked of somebody who has agreed."""
    who = connection.execute(select(participants).where(participants.c.id == id)).one()
    if who.part == "comparison":
        count = len(problems(study, who.language))
        order = sorted(range(count), key=lambda problem: uniform(study.key("order of problems", who.number, problem)))
        for place, problem in enumerate(order):
            _add(connection, who, place, str(problem), sides_of(study, who.number, problem))
    elif who.part == "talks":
        add_talk(study, connection, who)
    else:
        _add_items(study, connection, who)


def sides_of(study: Study, number: int, problem: int) -> dict[str, str]:
    """Which system stands on which side, for a person and a problem."""
    first, second = study.config.comparison.systems if study.config.comparison is not None else ("", "")
    turned = study.key("sides", number, problem) >> 63
    return dict(zip(SIDES, (second, first) if turned else (first, second), strict=True))


def add_talk(study: Study, connection: Connection, who: Any) -> str:
    """One talk more of the user study; returns its task's id."""
    count = connection.scalar(select(func.count()).select_from(tasks).where(tasks.c.participant == who.id)) or 0
    return _add(connection, who, count, "", {"a": who.arm})


def _add(connection: Connection, who: Any, place: int, item: str, sides: dict[str, str]) -> str:
    id = secrets.token_hex(16)
    connection.execute(insert(tasks).values(id=id, participant=who.id, part=who.part, place=place, item=item,
                                            sides=json.dumps(sides), stage="new"))
    return id


def _add_items(study: Study, connection: Connection, who: Any) -> None:
    """Takes the items that the fewest people have; which reply stands first is drawn for each."""
    part = study.config.pairs if who.part == "pairs" else study.config.authorship
    if part is None:
        return
    taken = pairs_of(connection.execute(select(tasks.c.item, func.count()).join(
        participants, tasks.c.participant == participants.c.id).where(
        tasks.c.part == who.part, participants.c.left.is_(None), participants.c.revoked.is_(None)).group_by(
        tasks.c.item)).all())
    found = connection.scalars(select(items.c.id).where(items.c.part == who.part).order_by(items.c.place)).all()
    free = [id for id in found if taken.get(id, 0) < part.annotators]
    free.sort(key=lambda id: taken.get(id, 0))
    each = study.config.pairs.each if who.part == "pairs" and study.config.pairs is not None else len(free)
    chosen = sorted(free[:each], key=lambda id: uniform(study.key("order of items", who.number, id)))
    for place, id in enumerate(chosen):
        turned = study.key("first", who.number, id) >> 63
        sides = dict(zip(SIDES, ("rejected", "chosen") if turned else ("chosen", "rejected"), strict=True))
        _add(connection, who, place, id, sides if who.part == "pairs" else {})
