"""Reading a table whole: over REST or by Bulk, whichever is cheaper."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping as MappingABC, Sequence
from dataclasses import dataclass
from typing import Protocol

import duckdb
import pyarrow as pa

from sf_lifecycle.errors import LoginRefused, OrgError, OrgUnavailable
from sf_lifecycle.mirror import merge
from sf_lifecycle.mirror.ours import OUR_STATUSES
from sf_lifecycle.mirror.plan import ObjectPull
from sf_lifecycle.salesforce import Org, soql
from sf_lifecycle.salesforce.arrow import empty_table


class Progress(Protocol):
    """Told as rows arrive: the object, its rows so far, and how many are expected where that is known."""

    def __call__(self, object_name: str, rows: int, expected: int | None, /) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Read:
    """What it took to read one table."""

    rows: int
    calls: int
    seconds: float
    bulk: bool = False


@dataclass(frozen=True, kw_only=True)
class Reader:
    """The org, the mirror's connection with what waits to be merged, and how to read."""

    org: Org
    con: duckdb.DuckDBPyConnection
    counts: MappingABC[str, int]
    bulk_from_rows: int
    progress: Progress | None = None

    def read_whole(self, pull: ObjectPull, campaigns: Sequence[str] | None) -> Read:
        """Stages all rows of a table. `campaigns`: whose statuses to read, None for any other table."""
        started, spent = time.monotonic(), self.org.calls.spent
        merge.discard(self.con, [pull])
        merge.stage(self.con, pull, empty_table(pull.fields))
        bulk = False
        if pull.readable:
            bulk, expected = self._by_bulk(pull)
            for table in self._tables(pull, bulk, campaigns):
                merge.stage(self.con, pull, table)
                if self.progress:
                    self.progress(pull.object, merge.staged_rows(self.con, pull), expected)
        return Read(
            rows=merge.staged_rows(self.con, pull),
            calls=self.org.calls.spent - spent,
            seconds=time.monotonic() - started,
            bulk=bulk,
        )

    def _by_bulk(self, pull: ObjectPull) -> tuple[bool, int | None]:
        """Whether to read by Bulk, and the rows expected. A filtered read, or one of unknown size, is counted first:
        one call that saves a Bulk job's four, or the many pages of a REST query.
        """
        if pull.table == OUR_STATUSES.table:
            return False, None  # by campaign
        count = self.counts.get(pull.object)
        if count is not None and (count < self.bulk_from_rows or not pull.where):
            return count >= self.bulk_from_rows, None if pull.where else count
        counted = self.org.count(pull.object, pull.where, all_rows=pull.all_rows)
        return counted >= self.bulk_from_rows, counted

    def _tables(self, pull: ObjectPull, bulk: bool, campaigns: Sequence[str] | None) -> Iterator[pa.Table]:
        if campaigns is None:
            yield from self.org.query_arrow(pull.object, pull.fields, pull.where, all_rows=pull.all_rows, bulk=bulk)
            return
        for condition in soql.in_lists("CampaignId", campaigns):
            yield from self.org.query_arrow(pull.object, pull.fields, condition, bulk=False)


def org_counts(org: Org, pulls: Sequence[ObjectPull]) -> tuple[dict[str, int], tuple[str, ...]]:
    """The org's approximate counts; a note where it tells none."""
    try:
        return org.record_counts({pull.object for pull in pulls if pull.readable}), ()
    except (OrgUnavailable, LoginRefused):
        raise
    except OrgError as error:
        return {}, (f"rows seen cannot be compared with rows there are: {error}",)
