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
    Column("kind", Text, nullable=False, server_default="run"),
    Column("undoes", Text, nullable=False, server_default=""),
    Column("allowed", JsonText, nullable=False, server_default="{}"),
    Column("values_gone", UtcDateTime),
    Index("runs_by_job", "job", "started"),
)

# An index over a part of the rows serves a query that names the part in these very words.
UNSETTLED = text("status IN ('intent', 'unknown')")
MADE = text("operation = 'create' AND status = 'done'")
DONE = text("status = 'done'")
EXPLAINED = text('"left" IS NOT NULL AND why IS NOT NULL')

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
    Index("writes_made", "object", "run_id", "record_id", sqlite_where=MADE, postgresql_where=MADE),
    Index("writes_done", "run_id", "record_id", "operation", sqlite_where=DONE, postgresql_where=DONE),
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
    Index("label_history_explained", "org_id", "left", sqlite_where=EXPLAINED, postgresql_where=EXPLAINED),
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
    Column("process", JsonText, nullable=False, server_default="{}"),
)

# Keys whose record is done, deleted or gone: never made again by accident.
tombstones = Table(
    "tombstones",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("object", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("cause", Text, nullable=False),
    Column("on", Date, nullable=False),
    Column("record_id", Text),
    Column("account", Text),
    Column("run_id", Text, ForeignKey("runs.id")),
    sqlite_with_rowid=False,
)

# Rows that failed, with how often; forgotten when they succeed.
asides = Table(
    "asides",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("object", Text, primary_key=True),
    Column("operation", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("last", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

batch_sizes = Table(
    "batch_sizes",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("object", Text, primary_key=True),
    Column("operation", Text, primary_key=True),
    Column("rows", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

merges = Table(
    "merges",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("loser", Text, primary_key=True),
    Column("survivor", Text, nullable=False),
    Column("seen", UtcDateTime, nullable=False),
)

# A hold is open until somebody released it; released ones stay as a record.
holds = Table(
    "holds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Text, nullable=False),
    Column("job", Text, nullable=False),
    Column("run_id", Text, ForeignKey("runs.id"), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("released", UtcDateTime),
    Column("released_by", Text, nullable=False),
    Column("released_why", Text, nullable=False),
    Index("holds_by_job", "org_id", "job"),
)

saved_plans = Table(
    "saved_plans",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("job", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("path", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("made", UtcDateTime, nullable=False),
    Column("decided", UtcDateTime),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("run_id", Text, ForeignKey("runs.id")),
)
