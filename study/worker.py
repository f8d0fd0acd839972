"""Makes the replies of a study: in batches, in a process of its own, and again after a crash."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from ..envs.agent import Agent
from ..envs.dialogue import Utterance
from ..envs.errors import InvalidAction
from ..envs.position import Position
from .project import Study
from .store.tables import jobs, messages, participants, talks, tasks
from .systems import system_agent
from .talking import SYSTEM, position_of

TRIES = 3
"""Times that a reply is tried before the person is told that it could not be made."""
BATCH = 64
"""Most replies made together."""
_log = logging.getLogger("dialogym.study")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A reply to make: its job, by whom, and where the talk stands."""

    job: int
    talk: str
    number: int
    system: str
    language: str
    position: Position


class Worker:
    """Makes replies as they are asked for.

    One worker of a name at a time: what one of that name had begun when it died is begun again by the next.
    """

    def __init__(self, study: Study, name: str = "main") -> None:
        self.study = study
        self.name = name
        self._agents: dict[tuple[str, str], Agent] = {}

    def recover(self) -> int:
        """Puts back what a worker of this name had begun and not finished; returns how many replies that were."""
        with self.study.store.write() as connection:
            return connection.execute(update(jobs).where(jobs.c.status == "running", jobs.c.worker == self.name).values(
                status="waiting", worker=None)).rowcount

    def load(self) -> None:
        """Makes the agents of all systems, so that what is wrong with one is known at once. Raises as `agent_for`."""
        config = self.study.config
        named = [*(config.comparison.systems if config.comparison else ()), *(config.talks.quotas if config.talks else ())]
        for name in dict.fromkeys(named):
            for language in config.languages:
                self._agent(name, language)

    def run(self, stop: Callable[[], bool], pause: float = 0.05) -> None:
        """Works until `stop` says so, looking for something to do every `pause` seconds."""
        self.recover()
        while not stop():
            try:
                idle = not self.step()
            except SQLAlchemyError:
                _log.exception("The worker could not reach the database; it tries again.")
                idle = True
                time.sleep(1.0)
            if idle:
                time.sleep(pause)

    def step(self) -> int:
        """Makes the replies that are waiting; returns how many were tried."""
        wanted = self._claim()
        groups: dict[tuple[str, str], list[_Wanted]] = {}
        for each in wanted:
            groups.setdefault((each.system, each.language), []).append(each)
        for (system, language), group in groups.items():
            self._make(group, system, language)
        return len(wanted)

    def _agent(self, system: str, language: str) -> Agent:
        key = system, language
        if key not in self._agents:
            self._agents[key] = system_agent(self.study.config, system, self.study.scenario(language), language)
        return self._agents[key]

    def _claim(self) -> list[_Wanted]:
        store = self.study.store
        if store.lite:  # a look that takes nobody's turn
            with store.read() as connection:
                if connection.scalar(select(jobs.c.id).where(jobs.c.status == "waiting").limit(1)) is None:
                    return []
        with store.write() as connection:
            waiting = select(jobs, talks.c.system, talks.c.seed, participants.c.language).join(
                talks, jobs.c.talk == talks.c.id).join(tasks, talks.c.task == tasks.c.id).join(
                participants, tasks.c.participant == participants.c.id).where(jobs.c.status == "waiting").order_by(
                jobs.c.asked, jobs.c.id).limit(BATCH)
            rows = connection.execute(waiting.with_for_update(of=jobs, skip_locked=True)).all()
            if rows:
                connection.execute(update(jobs).where(jobs.c.id.in_([row.id for row in rows])).values(
                    status="running", worker=self.name, tries=jobs.c.tries + 1))
            return [_Wanted(row.id, row.talk, row.number, row.system, row.language, self._position(connection, row))
                    for row in rows]

    def _position(self, connection: Connection, row: Any) -> Position:
        said = connection.execute(select(messages.c.seat, messages.c.text, messages.c.private).where(
            messages.c.talk == row.talk, messages.c.number < row.number).order_by(messages.c.number)).all()
        return position_of(self.study.scenario(row.language), row.seed, said)

    def _make(self, group: Sequence[_Wanted], system: str, language: str) -> None:
        """Asks a system for the replies of a group; where the batch fails, one by one."""
        try:
            replies = self._answers(group, system, language)
        except Exception as error:  # noqa: BLE001 - whatever a system raises is that system's, and the site goes on
            if len(group) > 1:
                for each in group:
                    self._make([each], system, language)
                return
            _log.warning("A system could not reply: %s: %s", type(error).__name__, error)
            self._failed(group[0], f"{type(error).__name__}: {error}"[:500])
            return
        for each, reply in zip(group, replies, strict=True):
            self._finish(each, reply)

    def _answers(self, group: Sequence[_Wanted], system: str, language: str) -> list[Utterance]:
        replies = self._agent(system, language).respond([each.position.ask() for each in group])
        if len(replies) != len(group):
            raise InvalidAction(f"The system was asked {len(group)} times and answered {len(replies)} times.")
        for each, reply in zip(group, replies, strict=True):
            each.position.say(reply)  # refuses what cannot be said
        return replies

    def _finish(self, each: _Wanted, reply: Utterance) -> None:
        now = self.study.now()
        try:
            with self.study.store.write() as connection:
                done = connection.execute(update(jobs).where(
                    jobs.c.id == each.job, jobs.c.status == "running", jobs.c.worker == self.name).values(
                    status="done", finished=now, worker=None, error=None))
                if done.rowcount:  # else the person has gone meanwhile
                    connection.execute(insert(messages).values(
                        talk=each.talk, number=each.number, seat=reply.seat, text=reply.text, private=reply.state,
                        source=SYSTEM, at=now))
        except IntegrityError:
            _log.warning("A reply was there already; the second one is dropped.")

    def _failed(self, each: _Wanted, error: str) -> None:
        with self.study.store.write() as connection:
            tries = connection.scalar(select(jobs.c.tries).where(jobs.c.id == each.job))
            connection.execute(update(jobs).where(jobs.c.id == each.job).values(
                status="failed" if (tries or TRIES) >= TRIES else "waiting", worker=None, error=error,
                finished=self.study.now() if (tries or TRIES) >= TRIES else None))
