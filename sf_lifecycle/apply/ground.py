"""Do updates still rest on what their plan saw? Asked of a plan that waited between being made and being applied."""

from __future__ import annotations

from collections.abc import Sequence

from sf_lifecycle.apply import lookup
from sf_lifecycle.apply.compare import differing
from sf_lifecycle.apply.records import Row
from sf_lifecycle.salesforce import Org
from sf_lifecycle.state import Settlement

GROUND_MOVED = "GROUND_MOVED"


def standing(org: Org, object_name: str, rows: Sequence[Row]) -> list[Settlement | None]:
    """For each update None where it may be sent; else what became of it without: it is so already, or must not be.

    One query for 200 rows. OrgError where the org cannot be asked.
    """
    fields = sorted({name for row in rows for name in row.values})
    found = lookup.by_id(org, object_name, [row.ref for row in rows], fields)
    return [_judge(row, found.get(row.ref)) for row in rows]


def _judge(row: Row, found: lookup.Found | None) -> Settlement | None:
    if found is None:
        return Settlement(status="failed", code=GROUND_MOVED, message="the record is gone", attempts=0)
    wanted = differing(row.values, found)
    if not wanted:
        return Settlement(status="exists", record_id=row.ref, attempts=0)
    moved = sorted(set(wanted) & set(differing(row.before, found)))
    if not moved:
        return None
    message = f"changed in the org since the plan was made: {', '.join(moved)}"
    return Settlement(status="failed", record_id=row.ref, code=GROUND_MOVED, message=message, attempts=0)
