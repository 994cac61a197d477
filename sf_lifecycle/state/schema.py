"""The tables of state. Changed only together with a migration; a test compares the two."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, Integer, MetaData, Table, Text, text

from sf_lifecycle.state.types import JsonText, UtcDateTime

metadata = MetaData()

# One row: state is of one org.
bindings = Table(
    "bindings",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_binding"), primary_key=True, autoincrement=False),
    Column("org_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("bound_at", UtcDateTime, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("job", Text, nullable=False),
    Column("org_id", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("mapping", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("rules_digest", Text, nullable=False),
    Column("plan_digest", Text, nullable=False),
    Column("started", UtcDateTime, nullable=False),
    Column("ended", UtcDateTime),
    Column("status", Text, nullable=False),
    Column("counts", JsonText, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("message", Text, nullable=False),
    Index("runs_by_job", "job", "started"),
)

UNSETTLED = text("status IN ('intent', 'unknown')")

writes = Table(
    "writes",
    metadata,
    Column("run_id", Text, ForeignKey("runs.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("object", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("record_id", Text),
    Column("before", JsonText, nullable=False),
    Column("after", JsonText, nullable=False),
    Column("read_back", JsonText),
    Column("status", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("sent_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Index("writes_by_record", "record_id"),
    Index("writes_unsettled", "run_id", "seq", sqlite_where=UNSETTLED, postgresql_where=UNSETTLED),
)

# Clustered by its key in SQLite: a million rows are read in the order in which they are wanted.
label_history = Table(
    "label_history",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("set", Text, primary_key=True),
    Column("label", Text, primary_key=True),
    Column("record_id", Text, primary_key=True),
    Column("entered", Date, primary_key=True),
    Column("left", Date),
    Column("word", Text, nullable=False),
    Column("previous", Text),
    Column("highest", Text),
    Column("why", Text),
    Column("run_id", Text, ForeignKey("runs.id"), nullable=False),
    Index("label_history_by_day", "org_id", "entered"),
    sqlite_with_rowid=False,
)

observations = Table(
    "observations",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("job", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("run_id", Text, ForeignKey("runs.id"), primary_key=True),
    Column("value", JsonText, nullable=False),
)

claims = Table(
    "claims",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("run_id", Text, ForeignKey("runs.id"), nullable=False),
    Column("holder", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)
