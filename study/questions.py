"""What is asked after a talk, and taking the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, delete, insert, select, update

from .config import StudyConfig
from .crisis import speaks_of_harm
from .design import SIDES
from .project import Study
from .store.tables import answers, notices, tasks
from .talking import DONE, NEW, RATE, Refused, task_of

Kind = Literal["scale", "choice", "text", "amount"]


@dataclass(frozen=True, slots=True)
class Question:
    """One question; its words are `q.<name>` of the site.

    Attributes:
        name: short id.
        kind: a whole number from `low` to `high`, one of `options`, a text, or an amount from `low` to `high`.
        sides: whether it is asked of each talk on its own.
        required: whether it must be answered.
    """

    name: str
    kind: Kind
    sides: bool = False
    low: float = 1
    high: float = 10
    options: tuple[str, ...] = ()
    required: bool = True


SCALES = ("supportiveness", "willingness")
"""The paper's two (§5.4), each from 1 to 10."""
BELIEF = Question("belief", "scale", sides=True, high=7)
SURVEY = ("understood", "at_ease", "told_more", "natural", "relevant", "pushed", "trusted", "relieved")
"""The eight questions after a talk of the user study, each from 1 to 7."""
TRUTHS = ("human", "simulator", "unknown")
PREFERRED = ("a", "b", "tie")


def questions(config: StudyConfig, part: str) -> list[Question]:
    """What a part asks when its talk, pair or conversation was seen."""
    if part == "pairs":
        return [Question("preferred", "choice", options=PREFERRED)]
    if part == "authorship":
        return [Question("author", "choice", options=TRUTHS)]
    each = [Question(name, "scale", sides=True) for name in SCALES]
    real = [Question("amount", "amount", sides=True, low=0, high=2)] if config.choice else []
    if part == "comparison":
        return [*each, *real, Question("better", "choice", options=PREFERRED), Question("reason", "text"),
                Question("comment", "text", required=False)]
    return [*each, *real, Question("strengths", "text", required=False), Question("weaknesses", "text", required=False),
            *(Question(name, "scale", high=7) for name in SURVEY)]


def fields_of(config: StudyConfig, part: str, sides: tuple[str, ...] = SIDES) -> list[tuple[str, str, Question]]:
    """(name of the form's field, side or "", question), in the order of the page."""
    found = []
    for question in questions(config, part):
        whose = sides if question.sides else ("",)
        found += [(f"{question.name}_{side}" if side else question.name, side, question) for side in whose]
    return found


def read_answer(study: Study, question: Question, given: str) -> tuple[float | None, str | None]:
    """(number, text) of an answer; both None where nothing was answered. Raises Refused."""
    given = given.strip()
    if not given:
        if question.required:
            raise Refused("error.answer")
        return None, None
    if question.kind == "text":
        if len(given) > study.config.longest or "\x00" in given:
            raise Refused("error.long")
        return None, given
    if question.kind == "choice":
        if given not in question.options:
            raise Refused("error.answer")
        return None, given
    try:
        number = float(given.replace(",", ".")) if question.kind == "amount" else float(int(given))
    except ValueError:
        raise Refused("error.answer") from None
    if not question.low <= number <= question.high:
        raise Refused("error.answer")
    return number, None


def rate(study: Study, task: str, participant: str, form: Mapping[str, str]) -> bool:
    """Takes the answers to a task and ends it; once is enough, a second time changes nothing.

    Returns whether something in them calls for the operator's text. Raises Refused where one is missing or out of range.
    """
    with study.store.write() as connection:
        found = task_of(connection, task, participant, lock=True)
        if found.stage == DONE:
            return False
        if found.stage != RATE and not (found.part in ("pairs", "authorship") and found.stage == NEW):
            raise Refused("error.stage")
        sides = SIDES if found.part == "comparison" else ("a",)
        rows: list[dict[str, Any]] = []
        for name, side, question in fields_of(study.config, found.part, sides):
            number, text = read_answer(study, question, form.get(name, ""))
            if number is not None or text is not None:
                rows.append({"task": task, "side": side, "turn": -1, "question": question.name, "number": number, "text": text,
                             "at": study.now()})
        connection.execute(delete(answers).where(answers.c.task == task, answers.c.turn == -1))
        connection.execute(insert(answers), rows)
        connection.execute(update(tasks).where(tasks.c.id == task).values(
            stage=DONE, done=study.now(), opened=found.opened or study.now()))
        harmed = any(row["text"] is not None and speaks_of_harm(row["text"]) for row in rows)
        if harmed:
            connection.execute(insert(notices).values(task=task, at=study.now()))
        return harmed


def undo(study: Study, task: str, participant: str) -> None:
    """Takes an annotation back, so that it can be given anew."""
    with study.store.write() as connection:
        found = task_of(connection, task, participant, lock=True)
        if found.part in ("pairs", "authorship") and found.stage == DONE:
            connection.execute(delete(answers).where(answers.c.task == task))
            connection.execute(update(tasks).where(tasks.c.id == task).values(stage=NEW, done=None))


def remaining(connection: Connection, participant: str) -> list[Any]:
    """A person's tasks that are not done, in order."""
    return list(connection.execute(select(tasks).where(tasks.c.participant == participant, tasks.c.stage != DONE).order_by(
        tasks.c.place)).all())
