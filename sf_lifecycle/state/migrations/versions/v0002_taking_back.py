"""What taking back, failing rows, approval and undo need; and how long values are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sf_lifecycle.state.types import JsonText, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MADE = sa.text("operation = 'create' AND status = 'done'")
DONE = sa.text("status = 'done'")
EXPLAINED = sa.text('"left" IS NOT NULL AND why IS NOT NULL')


def upgrade() -> None:
    _runs_and_ledger()
    _rows_by_key()
    _what_the_org_taught()
    _decisions()


def _runs_and_ledger() -> None:
    op.add_column("runs", sa.Column("kind", sa.Text, nullable=False, server_default="run"))
    op.add_column("runs", sa.Column("undoes", sa.Text, nullable=False, server_default=""))
    op.add_column("runs", sa.Column("allowed", JsonText, nullable=False, server_default="{}"))
    op.add_column("runs", sa.Column("values_gone", UtcDateTime))
    op.add_column("claims", sa.Column("process", JsonText, nullable=False, server_default="{}"))
    op.create_index(
        "writes_made", "writes", ["object", "run_id", "record_id"], sqlite_where=MADE, postgresql_where=MADE
    )
    op.create_index(
        "writes_done", "writes", ["run_id", "record_id", "operation"], sqlite_where=DONE, postgresql_where=DONE
    )
    op.create_index(
        "label_history_explained",
        "label_history",
        ["org_id", "left"],
        sqlite_where=EXPLAINED,
        postgresql_where=EXPLAINED,
    )


def _rows_by_key() -> None:
    op.create_table(
        "tombstones",
        sa.Column("org_id", sa.Text, primary_key=True),
        sa.Column("object", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("on", sa.Date, nullable=False),
        sa.Column("record_id", sa.Text),
        sa.Column("account", sa.Text),
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "asides",
        sa.Column("org_id", sa.Text, primary_key=True),
        sa.Column("object", sa.Text, primary_key=True),
        sa.Column("operation", sa.Text, primary_key=True),
        sa.Column("ref", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("last", UtcDateTime, nullable=False),
        sqlite_with_rowid=False,
    )


def _what_the_org_taught() -> None:
    op.create_table(
        "batch_sizes",
        sa.Column("org_id", sa.Text, primary_key=True),
        sa.Column("object", sa.Text, primary_key=True),
        sa.Column("operation", sa.Text, primary_key=True),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
    )
    op.create_table(
        "merges",
        sa.Column("org_id", sa.Text, primary_key=True),
        sa.Column("loser", sa.Text, primary_key=True),
        sa.Column("survivor", sa.Text, nullable=False),
        sa.Column("seen", UtcDateTime, nullable=False),
    )


def _decisions() -> None:
    op.create_table(
        "holds",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("org_id", sa.Text, nullable=False),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("released", UtcDateTime),
        sa.Column("released_by", sa.Text, nullable=False),
        sa.Column("released_why", sa.Text, nullable=False),
    )
    op.create_index("holds_by_job", "holds", ["org_id", "job"])
    op.create_table(
        "saved_plans",
        sa.Column("org_id", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("made", UtcDateTime, nullable=False),
        sa.Column("decided", UtcDateTime),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id")),
    )
