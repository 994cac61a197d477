"""SOQL over REST, page by page."""

from __future__ import annotations

import re
from typing import Any

from ..cursors import Cursor
from ..errors import ApiError
from ..soql import SoqlError, compile_query
from .calls import Call, Reply

_PAGE = 2000
_SMALLEST_PAGE = 200
_BATCH_SIZE = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)
_LOCATOR = re.compile(r"(\w{18})-(\d+)$")


def run(call: Call) -> Reply:
    source = call.query.get("q")
    if not source:
        raise ApiError("MALFORMED_QUERY", "A query string has to be specified")
    org = call.org
    try:
        compiled = compile_query(
            source,
            schema=org.schema,
            access=call.access,
            now=org.now(),
            timezone=org.timezone,
            all_rows=call.parts[0] == "queryAll",
        )
    except SoqlError as problem:
        raise ApiError(problem.code, problem.message) from problem
    with org.store.read() as con:
        cursor = con.cursor()
        cursor.row_factory = None
        rows = cursor.execute(compiled.sql, compiled.params).fetchall()
    if compiled.is_count:
        return Reply(body={"totalSize": rows[0][0], "done": True, "records": []})
    held = Cursor(user_id=call.access.user_id, path=call.parts[0], compiled=compiled, rows=rows, page=_page_size(call))
    locator = org.cursors.add(held) if len(rows) > held.page else ""
    return _page(call, held, locator, 0)


def more(call: Call) -> Reply:
    found = _LOCATOR.match(call.parts[1])
    cursor = call.org.cursors.get(found.group(1)) if found else None
    if found is None or cursor is None or cursor.user_id != call.access.user_id:
        raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
    offset = int(found.group(2))
    if offset >= len(cursor.rows):
        raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
    return _page(call, cursor, found.group(1), offset)


def _page(call: Call, cursor: Cursor, locator: str, offset: int) -> Reply:
    end = min(offset + cursor.page, len(cursor.rows))
    done = end >= len(cursor.rows)
    body: dict[str, Any] = {"totalSize": len(cursor.rows), "done": done}
    if not done:
        body["nextRecordsUrl"] = f"{call.base}/query/{locator}-{end}"
    body["records"] = cursor.compiled.shape(cursor.rows[offset:end], call.version)
    return Reply(body=body)


def _page_size(call: Call) -> int:
    found = _BATCH_SIZE.search(call.headers.get("sforce-query-options", ""))
    return max(_SMALLEST_PAGE, min(_PAGE, int(found.group(1)))) if found else _PAGE
