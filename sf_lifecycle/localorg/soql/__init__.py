"""SOQL for the local org: a query in, SQLite SQL and the shape of its records out."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sf_lifecycle.localorg.schema import Schema
from sf_lifecycle.localorg.soql.compiled import Column, Compiled
from sf_lifecycle.localorg.soql.compiler import compile_parsed
from sf_lifecycle.localorg.soql.dates import SUNDAY
from sf_lifecycle.localorg.soql.errors import SoqlError
from sf_lifecycle.localorg.soql.parser import parse
from sf_lifecycle.localorg.soql.scope import Access, Environment

__all__ = ["Access", "Column", "Compiled", "SoqlError", "compile_query"]


def compile_query(
    soql: str,
    *,
    schema: Schema,
    access: Access | None,
    now: datetime,
    timezone: ZoneInfo,
    all_rows: bool,
    week_start: int = SUNDAY,
) -> Compiled:
    """Compile one query for a user.

    `access`: what the user may see (None: everything). `now` (aware) and `timezone` fix what TODAY is; `week_start`
    as in `date.weekday`. `all_rows`: deleted records and archived activities too, as in queryAll. SoqlError for
    anything an org would refuse.
    """
    if now.tzinfo is None:
        raise ValueError("now must have a time zone")
    source = soql.encode("utf-8", "replace").decode("utf-8")
    env = Environment(
        source=source,
        schema=schema,
        access=access,
        now=now,
        timezone=timezone,
        all_rows=all_rows,
        week_start=week_start,
    )
    return compile_parsed(env, parse(source))
