"""A full pull: the mapped fields of every mapped object, the users, and what we wrote earlier."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import duckdb
import pyarrow as pa

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.errors import LoginRefused, OrgError, OrgUnavailable
from sf_lifecycle.mirror import merge
from sf_lifecycle.mirror.ours import OUR_CAMPAIGNS, OUR_STATUSES
from sf_lifecycle.mirror.plan import Extra, ObjectPull, plan_pull
from sf_lifecycle.mirror.report import ObjectReport, PullReport
from sf_lifecycle.mirror.store import Mirror, write_meta
from sf_lifecycle.mirror.wants import objects_of, parents_missing
from sf_lifecycle.salesforce import Org, soql
from sf_lifecycle.salesforce.arrow import empty_table


class Progress(Protocol):
    """Told as rows arrive: the object, its rows so far, and how many are expected where that is known."""

    def __call__(self, object_name: str, rows: int, expected: int | None, /) -> None: ...


@dataclass(kw_only=True)
class _Count:
    """The org's approximate count of an object (`org`), or else what we counted ourselves."""

    org: int | None
    best: int


def schema_for(org: Org, mapping: Mapping) -> OrgSchema:
    """Descriptions of all that the mapping names, parents on relationship paths included."""
    schema = org.describe(objects_of(mapping))
    asked = set(schema.objects)
    while more := parents_missing(mapping, schema) - asked:
        asked |= more
        further = org.describe(more)
        schema = OrgSchema(objects={**schema.objects, **further.objects}, source=schema.source)
    return schema


def pull_all(
    org: Org,
    mirror: Mirror,
    mapping: Mapping,
    schema: OrgSchema,
    *,
    now: dt.datetime,
    bulk_from_rows: int,
    extra: Extra | None = None,
    progress: Progress | None = None,
) -> PullReport:
    """Reads everything anew and puts it in place at once. `now` (aware) is noted as `pulled_at`.

    ConfigError before anything is read where the org does not show what the mapping names; OrgError where reading
    fails, and the mirror is as it was.
    """
    if now.tzinfo is None:
        raise ValueError("`now` needs a time zone")
    pulls = plan_pull(mapping, schema, extra=extra)
    started, spent = time.monotonic(), org.calls.spent
    counts, notes = _org_counts(org, pulls)
    with mirror.connect(read_only=False) as con:
        reports = [_pull_one(org, con, pull, counts, bulk_from_rows, progress) for pull in pulls]
        con.execute("begin")
        merge.swap(con, pulls)
        con.execute("delete from mirror._pulls")
        for each in reports:
            row = [each.table, each.rows, each.calls, each.seconds, each.org_count]
            con.execute("insert into mirror._pulls values (?, ?, ?, ?, ?)", row)
        write_meta(con, {"pulled_at": now.isoformat()})
        con.execute("commit")
    return PullReport(
        objects=tuple(reports),
        calls=org.calls.spent - spent,
        seconds=time.monotonic() - started,
        notes=mirror.notes + notes,
    )


def _org_counts(org: Org, pulls: Sequence[ObjectPull]) -> tuple[dict[str, int], tuple[str, ...]]:
    try:
        return org.record_counts({pull.object for pull in pulls if pull.readable}), ()
    except (OrgUnavailable, LoginRefused):
        raise
    except OrgError as error:
        return {}, (f"rows seen cannot be compared with rows there are: {error}",)


def _pull_one(
    org: Org,
    con: duckdb.DuckDBPyConnection,
    pull: ObjectPull,
    counts: dict[str, int],
    bulk_from_rows: int,
    progress: Progress | None,
) -> ObjectReport:
    started, spent = time.monotonic(), org.calls.spent
    count = counts.get(pull.object)
    bulk = False
    merge.stage(con, pull, empty_table(pull.fields))
    if pull.readable:
        bulk, expected = _by_bulk(org, pull, count, bulk_from_rows)
        for table in _tables(org, con, pull, bulk):
            merge.stage(con, pull, table)
            if progress:
                progress(pull.object, merge.staged_rows(con, pull), expected)
    return ObjectReport(
        table=pull.table,
        object=pull.object,
        rows=merge.staged_rows(con, pull),
        calls=org.calls.spent - spent,
        seconds=time.monotonic() - started,
        bulk=bulk,
        org_count=count,
    )


def _by_bulk(org: Org, pull: ObjectPull, count: int | None, bulk_from_rows: int) -> tuple[bool, int | None]:
    """Whether to read by Bulk, and the rows expected. A filtered read, or one of unknown size, is counted first: one
    call that saves a Bulk job's four, or the many pages of a REST query.
    """
    if pull.table == OUR_STATUSES.table:
        return False, None
    if count is not None and (count < bulk_from_rows or not pull.where):
        return count >= bulk_from_rows, None if pull.where else count
    counted = org.count(pull.object, pull.where, all_rows=pull.all_rows)
    return counted >= bulk_from_rows, counted


def _tables(org: Org, con: duckdb.DuckDBPyConnection, pull: ObjectPull, bulk: bool) -> Iterator[pa.Table]:
    if pull.table != OUR_STATUSES.table:
        yield from org.query_arrow(pull.object, pull.fields, pull.where, all_rows=pull.all_rows, bulk=bulk)
        return
    # The statuses of our own campaigns, which were read just before.
    for condition in soql.in_lists("CampaignId", merge.staged_ids(con, OUR_CAMPAIGNS.table)):
        yield from org.query_arrow(pull.object, pull.fields, condition, bulk=False)
