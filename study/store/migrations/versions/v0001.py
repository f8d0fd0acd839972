"""The first version of the tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _whose(table: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{table}.id", ondelete="CASCADE")


def upgrade() -> None:
    """To this version."""
    _people()
    _work()
    _answers()


def _people() -> None:
    op.create_table(
        "settings",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "participants",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False, unique=True),
        sa.Column("part", sa.String(20), nullable=False),
        sa.Column("arm", sa.String(40)),
        sa.Column("link", sa.String(64), nullable=False, unique=True),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("consented", sa.Float),
        sa.Column("seen", sa.Float),
        sa.Column("left", sa.Float),
        sa.Column("revoked", sa.Float),
    )
    op.create_table(
        "items",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("part", sa.String(20), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("truth", sa.Text, nullable=False),
    )
    op.create_index("ix_items_part", "items", ["part"])
    op.create_table(
        "departures",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("part", sa.String(20), nullable=False),
        sa.Column("arm", sa.String(40)),
        sa.Column("stage", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("erased", sa.Boolean, nullable=False),
    )


def _work() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("participant", sa.String(32), _whose("participants"), nullable=False),
        sa.Column("part", sa.String(20), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("item", sa.String(64), nullable=False),
        sa.Column("sides", sa.Text, nullable=False),
        sa.Column("stage", sa.String(12), nullable=False),
        sa.Column("opened", sa.Float),
        sa.Column("done", sa.Float),
        sa.UniqueConstraint("participant", "part", "item", "place"),
    )
    op.create_index("ix_tasks_participant", "tasks", ["participant"])
    op.create_index("ix_tasks_item", "tasks", ["item"])
    op.create_table(
        "talks",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("task", sa.String(32), _whose("tasks"), nullable=False),
        sa.Column("side", sa.String(1), nullable=False),
        sa.Column("system", sa.String(40), nullable=False),
        sa.Column("seed", sa.String(16), nullable=False),
        sa.UniqueConstraint("task", "side"),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("talk", sa.String(32), _whose("talks"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("seat", sa.String(40), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("private", sa.Text, nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("key", sa.String(64)),
        sa.Column("at", sa.Float, nullable=False),
        sa.UniqueConstraint("talk", "number"),
        sa.UniqueConstraint("talk", "key", name="uq_messages_key"),
        sa.CheckConstraint("source in ('person', 'system', 'operator')", name="source"),
    )


def _answers() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("talk", sa.String(32), _whose("talks"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("worker", sa.String(40)),
        sa.Column("asked", sa.Float, nullable=False),
        sa.Column("finished", sa.Float),
        sa.Column("error", sa.Text),
        sa.UniqueConstraint("talk", "number"),
        sa.CheckConstraint("status in ('waiting', 'running', 'done', 'failed')", name="status"),
    )
    op.create_index("ix_jobs_status", "jobs", ["status", "asked"])
    op.create_table(
        "answers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("task", sa.String(32), _whose("tasks"), nullable=False),
        sa.Column("side", sa.String(1), nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("question", sa.String(40), nullable=False),
        sa.Column("number", sa.Float),
        sa.Column("text", sa.Text),
        sa.Column("at", sa.Float, nullable=False),
        sa.UniqueConstraint("task", "side", "turn", "question"),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("task", sa.String(32), _whose("tasks"), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )


def downgrade() -> None:
    """To nothing."""
    for table in ("notices", "answers", "jobs", "messages", "talks", "tasks", "departures", "items", "participants",
                  "settings"):
        op.drop_table(table)
