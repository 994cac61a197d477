"""A query job: the result is written to a file once, then handed out in pages."""

from __future__ import annotations

from collections.abc import Iterator

from sf_lifecycle.localorg.access import Access
from sf_lifecycle.localorg.bulk.jobs import Job
from sf_lifecycle.localorg.bulk.rowfile import RowWriter
from sf_lifecycle.localorg.errors import ApiError
from sf_lifecycle.localorg.org import Org
from sf_lifecycle.localorg.soql import Compiled, SoqlError, compile_query

RESULT = "result.csv"
_CHUNK = 2_000
_REFUSED = {
    "CHILDREN": ("API_ERROR", "Aggregate Relationships not supported in Bulk Query"),
    "COUNT": ("API_ERROR", "Aggregate functions are not supported in Bulk Query"),
    "AGGREGATE": ("API_ERROR", "Aggregate functions are not supported in Bulk Query"),
    "GROUP BY": ("API_ERROR", "GROUP BY is not supported in Bulk Query"),
    "OFFSET": ("API_ERROR", "OFFSET is not supported in Bulk Query"),
    "COMPOUND": ("FUNCTIONALITY_NOT_ENABLED", "Selecting compound data not supported in Bulk Query"),
}


def compile_for_bulk(org: Org, access: Access, soql: str, *, all_rows: bool) -> Compiled:
    """The query, or ApiError where it is wrong or beyond what bulk queries can do."""
    try:
        compiled = compile_query(
            soql, schema=org.schema, access=access, now=org.now(), timezone=org.timezone, all_rows=all_rows
        )
    except SoqlError as problem:
        raise ApiError(problem.code, problem.message) from problem
    for feature, (code, message) in _REFUSED.items():
        if feature in compiled.features:
            raise ApiError(code, message)
    return compiled


def run(org: Org, job: Job, compiled: Compiled) -> None:
    """Write the result."""
    with RowWriter(job.file(RESULT), job.format) as writer:
        for rows in _chunks(org, job, compiled):
            writer.add(rows)
            job.processed += len(rows)


def _chunks(org: Org, job: Job, compiled: Compiled) -> Iterator[list[tuple[object, ...]]]:
    with org.store.read() as con:
        cursor = con.cursor()
        cursor.row_factory = None
        try:
            cursor.execute(_as_text(compiled), compiled.params)
            while not job.stopped and (rows := cursor.fetchmany(_CHUNK)):
                yield rows
        finally:
            cursor.close()


def _as_text(compiled: Compiled) -> str:
    """The query with booleans as words; the rest is stored the way it is written in CSV."""
    columns = (
        f"CASE c{i} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END" if column.type == "boolean" else f"c{i}"
        for i, column in enumerate(compiled.columns)
    )
    return f"SELECT {', '.join(columns)} FROM ({compiled.sql})"
