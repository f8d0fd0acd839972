"""The tables of a study. What a person leaves hangs on their row of `participants`, so that deleting that one deletes it all.

Times are seconds since 1970. `system` and `sides` say who is who; no page reads them out. A change here is a new file in
`migrations/versions`, which a test compares with this one.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(naming_convention={
    "pk": "pk_%(table_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s", "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s", "ck": "ck_%(table_name)s_%(constraint_name)s",
})


def _whose(table: str) -> ForeignKey:
    return ForeignKey(f"{table}.id", ondelete="CASCADE")


settings = Table(
    "settings", metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)
"""What the whole study shares: its secret, the seal of its design, the operator's hashed password."""

participants = Table(
    "participants", metadata,
    Column("id", String(32), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("part", String(20), nullable=False),
    Column("arm", String(40)),
    Column("link", String(64), nullable=False, unique=True),
    Column("language", String(8), nullable=False),
    Column("created", Float, nullable=False),
    Column("consented", Float),
    Column("seen", Float),
    Column("left", Float),
    Column("revoked", Float),
)
"""`number` is what they are called; orders are seeded from it. `link` is a hash of their personal link, `arm` their system in
the user study."""

items = Table(
    "items", metadata,
    Column("id", String(64), primary_key=True),
    Column("part", String(20), nullable=False, index=True),
    Column("place", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("truth", Text, nullable=False),
)
"""What is annotated, as JSON, and what it truly is."""

tasks = Table(
    "tasks", metadata,
    Column("id", String(32), primary_key=True),
    Column("participant", String(32), _whose("participants"), nullable=False, index=True),
    Column("part", String(20), nullable=False),
    Column("place", Integer, nullable=False),
    Column("item", String(64), nullable=False, index=True),
    Column("sides", Text, nullable=False),
    Column("stage", String(12), nullable=False),
    Column("opened", Float),
    Column("done", Float),
    UniqueConstraint("participant", "part", "item", "place"),
)
"""One thing asked of one person. `stage` is "new", "talk", "held" (the operator's text stands there), "rate" or "done"."""

talks = Table(
    "talks", metadata,
    Column("id", String(32), primary_key=True),
    Column("task", String(32), _whose("tasks"), nullable=False),
    Column("side", String(1), nullable=False),
    Column("system", String(40), nullable=False),
    Column("seed", String(16), nullable=False),
    UniqueConstraint("task", "side"),
)

messages = Table(
    "messages", metadata,
    Column("id", Integer, primary_key=True),
    Column("talk", String(32), _whose("talks"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("seat", String(40), nullable=False),
    Column("text", Text, nullable=False),
    Column("private", Text, nullable=False),
    Column("source", String(10), nullable=False),
    Column("key", String(64)),
    Column("at", Float, nullable=False),
    UniqueConstraint("talk", "number"),
    UniqueConstraint("talk", "key", name="uq_messages_key"),
    CheckConstraint("source in ('person', 'system', 'operator')", name="source"),
)
"""`key` is the idempotency key of the form that it came with."""

jobs = Table(
    "jobs", metadata,
    Column("id", Integer, primary_key=True),
    Column("talk", String(32), _whose("talks"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("status", String(10), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("worker", String(40)),
    Column("asked", Float, nullable=False),
    Column("finished", Float),
    Column("error", Text),
    UniqueConstraint("talk", "number"),
    Index("ix_jobs_status", "status", "asked"),
    CheckConstraint("status in ('waiting', 'running', 'done', 'failed')", name="status"),
)
"""A reply that is to be made: the message of that number."""

answers = Table(
    "answers", metadata,
    Column("id", Integer, primary_key=True),
    Column("task", String(32), _whose("tasks"), nullable=False),
    Column("side", String(1), nullable=False),
    Column("turn", Integer, nullable=False),
    Column("question", String(40), nullable=False),
    Column("number", Float),
    Column("text", Text),
    Column("at", Float, nullable=False),
    UniqueConstraint("task", "side", "turn", "question"),
)
"""`side` is "" for what is about both, `turn` -1 for what is about the whole talk."""

notices = Table(
    "notices", metadata,
    Column("id", Integer, primary_key=True),
    Column("task", String(32), _whose("tasks"), nullable=False),
    Column("at", Float, nullable=False),
)
"""When the operator's text took over."""

departures = Table(
    "departures", metadata,
    Column("id", Integer, primary_key=True),
    Column("part", String(20), nullable=False),
    Column("arm", String(40)),
    Column("stage", String(12), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("done", Integer, nullable=False),
    Column("day", String(10), nullable=False),
    Column("erased", Boolean, nullable=False),
)
"""Who left, as a count: nothing in it leads to anybody."""
