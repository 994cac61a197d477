"""What the org allows and holds: the day's limits, approximate record counts. Needs `View Setup and Configuration`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sf_lifecycle.salesforce import soql
from sf_lifecycle.salesforce.transport import Transport, as_json


def read_limits(transport: Transport) -> dict[str, tuple[int, int]]:
    """Limit → (most, remaining), such as DailyApiRequests."""
    answer: dict[str, Any] = transport.call("GET", "limits", what="Reading the org's limits", read=as_json)
    return {
        name: (int(each["Max"]), int(each["Remaining"]))
        for name, each in answer.items()
        if isinstance(each, dict) and "Max" in each and "Remaining" in each
    }


def read_record_counts(transport: Transport, objects: Collection[str]) -> dict[str, int]:
    """Object → records in the org whoever may see them: approximate and a little old. Unknown objects are left out."""
    names = ",".join(sorted({soql.name(name) for name in objects}))
    what = "Reading the org's record counts"
    answer = transport.call("GET", "limits/recordCount", what=what, read=as_json, params={"sObjects": names})
    return {str(each["name"]): int(each["count"]) for each in answer["sObjects"]}
