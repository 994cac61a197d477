"""The first tables: binding, runs, ledger, label history, observations, claims."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sf_lifecycle.state.types import JsonText, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UNSETTLED = sa.text("status IN ('intent', 'unknown')")


def upgrade() -> None:
    _binding_and_runs()
    _ledger()
    _labels()
    _memory()


def _binding_and_runs() -> None:
    op.create_table(
        "bindings",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("org_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("bound_at", UtcDateTime, nullable=False),
        sa.CheckConstraint("id = 1", name="one_binding"),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("org_id", sa.Text, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("mapping", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("rules_digest", sa.Text, nullable=False),
        sa.Column("plan_digest", sa.Text, nullable=False),
        sa.Column("started", UtcDateTime, nullable=False),
        sa.Column("ended", UtcDateTime),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("counts", JsonText, nullable=False),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
    )
    op.create_index("runs_by_job", "runs", ["job", "started"])


def _ledger() -> None:
    op.create_table(
        "writes",
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("record_id", sa.Text),
        sa.Column("before", JsonText, nullable=False),
        sa.Column("after", JsonText, nullable=False),
        sa.Column("read_back", JsonText),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("sent_at", UtcDateTime, nullable=False),
        sa.Column("settled_at", UtcDateTime),
    )
    op.create_index("writes_by_record", "writes", ["record_id"])
    op.create_index("writes_unsettled", "writes", ["run_id", "seq"], sqlite_where=UNSETTLED, postgresql_where=UNSETTLED)


def _labels() -> None:
    op.create_table(
        "label_history",
        sa.Column("org_id", sa.Text, primary_key=True),
        sa.Column("set", sa.Text, primary_key=True),
        sa.Column("label", sa.Text, primary_key=True),
        sa.Column("record_id", sa.Text, primary_key=True),
        sa.Column("entered", sa.Date, primary_key=True),
        sa.Column("left", sa.Date),
        sa.Column("word", sa.Text, nullable=False),
        sa.Column("previous", sa.Text),
        sa.Column("highest", sa.Text),
        sa.Column("why", sa.Text),
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id"), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("label_history_by_day", "label_history", ["org_id", "entered"])


def _memory() -> None:
    op.create_table(
        "observations",
        sa.Column("org_id", sa.Text, primary_key=True),
        sa.Column("job", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("value", JsonText, nullable=False),
    )
    op.create_table(
        "claims",
        sa.Column("org_id", sa.Text, primary_key=True),
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
    )
