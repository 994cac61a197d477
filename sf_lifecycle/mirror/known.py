"""What the mirror knows of its last pull, table by table: up to when it holds what changed, and in which columns."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from sf_lifecycle.mirror.plan import ObjectPull
from sf_lifecycle.mirror.report import ObjectReport
from sf_lifecycle.mirror.sql import quoted


@dataclass(frozen=True, kw_only=True)
class Known:
    """One table as the last pull left it. `watermark`: the org's clock when that pull began to ask, None where it told
    none; `ahead`: seconds by which that clock was ahead of ours; `full_at`: our clock at the last full pull.
    """

    rows: int
    columns: str
    full_at: dt.datetime
    watermark: dt.datetime | None
    ahead: float


def read_known(con: duckdb.DuckDBPyConnection) -> dict[str, Known]:
    """Table → what is known of it; tables that are not there are not known."""
    there = con.execute("select table_name from duckdb_tables() where schema_name = 'mirror'").fetchall()
    found = con.execute("select object, columns, full_at, watermark, ahead from mirror._pulls").fetchall()
    return {
        table: Known(
            rows=count(con, table),
            columns=columns,
            full_at=dt.datetime.fromisoformat(full_at),
            watermark=dt.datetime.fromisoformat(watermark) if watermark else None,
            ahead=ahead,
        )
        for table, columns, full_at, watermark, ahead in found
        if (table,) in there
    }


def count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    """Rows of a table of the mirror."""
    return int(con.execute(f"select count(*) from mirror.{quoted(table)}").fetchall()[0][0])


def columns_of(pull: ObjectPull) -> str:
    """What a table is made of, as text: another text means that the table must be read whole."""
    fields = [[path, info.type, info.scale, list(info.reference_to)] for path, info in pull.fields]
    absent = [[path, info.type] for path, info in pull.absent]
    rows = [pull.where, pull.all_rows, pull.keyed, pull.readable]
    return json.dumps({"fields": fields, "absent": absent, "rows": rows}, separators=(",", ":"))


def references(columns: str) -> list[str]:
    """The columns of a table that hold Ids of other records, from its `columns_of`."""
    return [str(path) for path, kind, *_ in json.loads(columns)["fields"] if kind == "reference"]


def write_known(
    con: duckdb.DuckDBPyConnection,
    rows: Iterable[tuple[ObjectPull, ObjectReport, dt.datetime]],
    *,
    ahead: float,
) -> None:
    """Notes a pull, all tables anew: each with its report and the moment of its last full pull."""
    con.execute("delete from mirror._pulls")
    for pull, each, full_at in rows:
        watermark = each.watermark.isoformat() if each.watermark else None
        con.execute(
            "insert into mirror._pulls values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                each.table,
                each.rows,
                each.calls,
                each.seconds,
                each.org_count,
                each.mode,
                watermark,
                ahead,
                full_at.isoformat(),
                columns_of(pull),
            ],
        )
