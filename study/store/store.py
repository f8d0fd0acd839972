"""Connections to a study's database: SQLite that loses nothing, or PostgreSQL by URL, at the newest version of the tables."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, delete, event, insert, make_url, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from ...envs.errors import InvalidConfig
from .tables import metadata, settings

MIGRATIONS = Path(__file__).with_name("migrations")
_PATIENCE = 20_000
"""Milliseconds that a writer of SQLite waits for another."""


class Store:
    """A study's database.

    What was written is on the disk when `write` returns: SQLite runs with a write-ahead log and synchronous=FULL, and
    overwrites with zeros what it deletes.
    """

    def __init__(self, url: str) -> None:
        """Raises InvalidConfig for what is no URL of a database, or one that nobody answers at."""
        try:
            self.url = make_url(url)
            self.lite = self.url.get_backend_name() == "sqlite"
            pool: dict[str, Any] = {} if self.lite else {"pool_size": 20, "max_overflow": 20, "pool_pre_ping": True}
            self.engine: Engine = create_engine(self.url, **pool)
        except (SQLAlchemyError, ModuleNotFoundError) as error:
            raise InvalidConfig(f"The database cannot be used ({error}); give sqlite:///FILE or postgresql://USER@HOST/NAME "
                                "(the extra 'postgres').") from error
        if self.lite:
            _keep_private(self.url.database)
            _prepare(self.engine)

    def migrate(self) -> None:
        """Brings the tables to the newest version; makes them where there are none. Raises InvalidConfig."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        try:
            with self.engine.connect().execution_options(writing=True) as connection, connection.begin():
                if not self.lite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(7317)"))
                config.attributes.update(connection=connection, metadata=metadata)
                command.upgrade(config, "head")
        except OperationalError as error:
            raise InvalidConfig(f"The database {self.url.render_as_string()} does not answer ({error.orig}); see to it that it "
                                "is there, and that its folder may be written.") from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one moment of the database."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is on the disk, whole, when the block is left; what raises inside leaves nothing of it."""
        with self.engine.connect().execution_options(writing=True) as connection, connection.begin():
            yield connection

    def setting(self, name: str, make: Callable[[], str] | None = None) -> str | None:
        """A setting of the study; made and kept where there is none yet and `make` is given."""
        with self.read() as connection:
            found = connection.scalar(select(settings.c.value).where(settings.c.name == name))
        if found is not None or make is None:
            return found
        try:
            with self.write() as connection:
                connection.execute(insert(settings).values(name=name, value=make()))
        except IntegrityError:
            pass  # another process was quicker: theirs holds
        return self.setting(name)

    def put(self, name: str, value: str) -> None:
        """Keeps a setting, over the one there was."""
        with self.write() as connection:
            if not connection.execute(update(settings).where(settings.c.name == name).values(value=value)).rowcount:
                connection.execute(insert(settings).values(name=name, value=value))

    def drop(self, name: str) -> None:
        """Forgets a setting."""
        with self.write() as connection:
            connection.execute(delete(settings).where(settings.c.name == name))

    def scour(self) -> None:
        """Empties SQLite's log into its file, so that what was deleted is in neither; waits for readers for a second."""
        if not self.lite:
            return
        for _ in range(20):
            with self.engine.connect() as connection:
                busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy is None or busy[0] == 0:
                return
            time.sleep(0.05)

    def close(self) -> None:
        """Lets all connections go."""
        self.engine.dispose()


def pairs_of(rows: Sequence[Any]) -> dict[str, int]:
    """Rows of a name and a count as a mapping."""
    return {str(name): int(count) for name, count in rows}


def _keep_private(file: str | None) -> None:
    """Makes a new file of SQLite's the owner's alone; its log takes the same rights. Raises InvalidConfig."""
    if file and file != ":memory:":
        try:
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise InvalidConfig(f"The database {file} cannot be used ({error.strerror}); see to it that its folder is "
                                "there and may be written.") from error


def _prepare(engine: Engine) -> None:
    """SQLite's settings for every connection, and transactions that begin where SQLAlchemy says so."""
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        for pragma in (f"busy_timeout={_PATIENCE}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON",
                       "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes its turn at the start: one that had read first could not wait for another's end.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writing") else "BEGIN")
