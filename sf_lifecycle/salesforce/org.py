"""The org as the rest of the program sees it: the only door to Salesforce."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.config.settings import SalesforceSettings
from sf_lifecycle.errors import OrgError
from sf_lifecycle.salesforce import soql
from sf_lifecycle.salesforce.arrow import Fields, table_of_rows
from sf_lifecycle.salesforce.batch import Answer, Asked, query_many, query_rest
from sf_lifecycle.salesforce.bulk import query_job
from sf_lifecycle.salesforce.composite import Step, StepOutcome, run_steps
from sf_lifecycle.salesforce.describe import describe_objects
from sf_lifecycle.salesforce.identity import OrgIdentity, read_identity
from sf_lifecycle.salesforce.ingest import Operation, ingest_rows
from sf_lifecycle.salesforce.layouts import read_layouts
from sf_lifecycle.salesforce.limits import read_limits, read_record_counts
from sf_lifecycle.salesforce.meter import CallMeter
from sf_lifecycle.salesforce.query import Row, count_rows, read_rows
from sf_lifecycle.salesforce.retry import Patience
from sf_lifecycle.salesforce.transport import Transport, as_json
from sf_lifecycle.salesforce.write import RowOutcome, create_rows, delete_rows, update_rows


class Org:
    """One logged-in org. Every method raises OrgError, OrgUnavailable or LoginRefused and counts its calls."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.identity: OrgIdentity = read_identity(transport)

    @property
    def calls(self) -> CallMeter:
        """Requests sent, and the org's own count."""
        return self._transport.meter

    @property
    def server_time(self) -> dt.datetime | None:
        """The org's clock (aware) as its last answer told it: what is asked next is no older. None: not told."""
        return self._transport.meter.server_time

    def describe(self, objects: Collection[str]) -> OrgSchema:
        """Descriptions, 25 to a call; an object that is missing or hidden is not in the result."""
        return describe_objects(self._transport, objects)

    def record_counts(self, objects: Collection[str]) -> dict[str, int]:
        """Object → approximate number of records, whether or not the user may see them."""
        return read_record_counts(self._transport, objects)

    def limits(self) -> dict[str, tuple[int, int]]:
        """Limit → (most, remaining)."""
        return read_limits(self._transport)

    def query(self, soql_text: str, *, all_rows: bool = False) -> list[Row]:
        """All rows over REST: no `attributes`, parents as `Owner.Name`, numbers with a point as Decimal, dates as text.
        `all_rows` adds deleted and archived ones.
        """
        return read_rows(self._transport, soql_text, all_rows=all_rows, what="A query")

    def query_many(self, queries: Sequence[Asked]) -> list[Answer]:
        """First pages of several queries, 25 to a call; a query that fails has its error in its answer."""
        return query_many(self._transport, queries)

    def query_rest(self, following: str) -> list[Row]:
        """The pages after an answer's first, from its `next`."""
        return query_rest(self._transport, following)

    def count(self, object_name: str, where: str = "", *, all_rows: bool = False) -> int:
        """How many rows of an object the user sees."""
        text = f"SELECT COUNT() FROM {soql.name(object_name)}" + (f" WHERE {where}" if where else "")
        return count_rows(self._transport, text, all_rows=all_rows, what=f"Counting {object_name}")

    def query_arrow(
        self, object_name: str, fields: Fields, where: str = "", *, all_rows: bool = False, bulk: bool
    ) -> Iterator[pa.Table]:
        """The rows as typed tables (see `arrow`), Ids as text; columns are `fields`' paths, in that order."""
        text = soql.select(object_name, [path for path, _ in fields], where=where)
        what = f"Reading {object_name}"
        if bulk:
            yield from query_job(self._transport, text, fields, all_rows=all_rows, what=what)
        else:
            yield table_of_rows(read_rows(self._transport, text, all_rows=all_rows, what=what), fields)

    def create(self, object_name: str, records: Sequence[Mapping[str, Any]]) -> list[RowOutcome]:
        """Inserts at most 200 records; outcomes in their order. A lost answer gives UNKNOWN, never a second try."""
        return create_rows(self._transport, object_name, records)

    def update(self, object_name: str, records: Sequence[Mapping[str, Any]]) -> list[RowOutcome]:
        """Updates at most 200 records, each with its `Id`; None clears a field."""
        return update_rows(self._transport, object_name, records)

    def delete(self, ids: Sequence[str]) -> list[RowOutcome]:
        """Moves at most 200 records to the recycle bin."""
        return delete_rows(self._transport, ids)

    def ingest(
        self, object_name: str, operation: Operation, records: Sequence[Mapping[str, Any]], *, key: str
    ) -> list[RowOutcome]:
        """Any number of rows by Bulk API 2.0; outcomes in the order of `records`, matched on `key` (`Id` but for
        inserts). What the org's results do not account for is UNKNOWN, and nothing is sent twice.
        """
        return ingest_rows(self._transport, object_name, operation, records, key=key)

    def get(self, path: str, what: str) -> Any:
        """The JSON at a path below `/services/data/vNN.0/`, or from the host's root where it begins with a slash."""
        return self._transport.call("GET", path, what=what, read=as_json)

    def layouts(self, objects: Collection[str]) -> dict[str, frozenset[str] | OrgError]:
        """Object → the fields on the page layouts of the user's profile, or why they are not told."""
        return read_layouts(self._transport, objects)

    def composite(self, steps: Sequence[Step], *, all_or_none: bool) -> list[StepOutcome]:
        """At most 25 requests in one call, in order; see `run_steps`."""
        return run_steps(self._transport, steps, all_or_none=all_or_none)

    def close(self) -> None:
        """Gives the connections back."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def connect(settings: SalesforceSettings, *, patience: Patience | None = None) -> Org:
    """Logs in and reads the org's identity. ConfigError, LoginRefused or OrgUnavailable.

    The identity is not judged here: `check_identity` is, before anything is written.
    """
    transport = Transport(settings, patience or Patience())
    try:
        return Org(transport)
    except BaseException:
        transport.close()
        raise
