"""What a run sees of the mirror and remembers for the guards of the next one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as MappingABC

import duckdb

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.mirror import MirrorReader, PullReport
from sf_lifecycle.plan.desired import Actual
from sf_lifecycle.plan.guards import Observed
from sf_lifecycle.salesforce import CallMeter
from sf_lifecycle.stages import Ground, Worked
from sf_lifecycle.state import State

COUNTED_WHOLE = ("Account", "Contact", "Lead", "Contract", "Opportunity", "Case")
ROWS, FILLED = "rows", "filled"


def ground_of(con: duckdb.DuckDBPyConnection, state: State, mapping: Mapping, as_of: dt.date) -> Ground:
    """What a day's computation stands on, read from the mirror and from state."""
    reader = MirrorReader(con)
    tasks = reader.our_tasks()
    return Ground(
        mirror=con,
        org_id=reader.org_id,
        kind=reader.kind,
        users=reader.users(),
        actual=Actual(
            tasks=tasks,
            campaigns=reader.our_campaigns(),
            members=reader.our_members(),
            statuses=reader.our_statuses(),
        ),
        history=state.history(reader.org_id, as_of),
        read_back=state.last_read_back(reader.org_id, "Task", tasks["Id"].tolist()),
        sizes=row_counts(con),
        filled=filled_counts(con, mapping),
    )


def row_counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """sObject → rows in the mirror."""
    return {name: int(_one_row(con, f'SELECT count(*) FROM mirror."{name}"')[0]) for name in _objects(con)}


def filled_counts(con: duckdb.DuckDBPyConnection, mapping: Mapping) -> dict[str, int]:
    """`Object.Field` → rows with a value. Booleans are never null in Salesforce: true counts.

    Fields that the mapping writes are left out: their values come and go by our own doing.
    """
    written = {
        (source.object, field)
        for set_name, fields in mapping.outputs.items()
        for source in mapping.roles[set_name]
        for field in fields
    }
    counts: dict[str, int] = {}
    for name in _objects(con):
        columns = con.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = 'mirror' AND table_name = ? "
            "AND column_name NOT IN ('_key', '_id', 'Id')",
            [name],
        ).fetchall()
        read = [(column, kind) for column, kind in columns if (name, column) not in written]
        if read:
            listed = ", ".join(_filled(column, kind) for column, kind in read)
            filled = _one_row(con, f'SELECT {listed} FROM mirror."{name}"')
            counts |= {f"{name}.{column}": number for (column, _), number in zip(read, filled, strict=True)}
    return counts


def _one_row(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, ...]:
    """All rows are fetched: DuckDB takes no other work on a connection with an unfinished result."""
    (row,) = con.execute(sql).fetchall()
    return row


def _filled(column: str, kind: str) -> str:
    quoted = '"' + column.replace('"', '""') + '"'
    return f"count(*) FILTER ({quoted})" if kind == "BOOLEAN" else f"count({quoted})"


def _objects(con: duckdb.DuckDBPyConnection) -> list[str]:
    found = con.execute(
        "SELECT table_name FROM duckdb_tables() "
        "WHERE schema_name = 'mirror' AND NOT starts_with(table_name, '_') ORDER BY table_name"
    ).fetchall()
    return [str(name) for (name,) in found]


def observe(
    ground: Ground | None,
    worked: Worked | None,
    pulled: PullReport | None,
    remembered: MappingABC[str, object],
    calls: CallMeter,
) -> Observed:
    """Everything the guards look at, now and as the last run remembered it; without a mirror the org's day alone."""
    if ground is None or worked is None:
        return Observed(calls_used=calls.used or 0, calls_limit=calls.limit or 0)
    visible = {
        each.object: (each.rows, each.org_count)
        for each in (pulled.objects if pulled else ())
        if each.org_count and each.table == each.object and each.object in COUNTED_WHOLE
    }
    return Observed(
        rows=ground.sizes,
        filled=ground.filled,
        rows_before=_numbers(remembered.get(ROWS)),
        filled_before=_numbers(remembered.get(FILLED)),
        visible=visible,
        owners=len(worked.decision.outreaches),
        unresolved=worked.decision.unresolved,
        calls_used=calls.used or 0,
        calls_limit=calls.limit or 0,
    )


def _numbers(value: object) -> dict[str, int]:
    return {str(name): int(number) for name, number in value.items()} if isinstance(value, dict) else {}
