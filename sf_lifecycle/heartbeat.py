"""One record per job in Salesforce, updated by each run: people there see when it last worked, and how it ended.

It is no business record: it is not counted among what a run writes, and a run never fails for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sf_lifecycle.brakes import HIDDEN as NOT_THERE
from sf_lifecycle.errors import OrgError
from sf_lifecycle.salesforce import Org, RowOutcome, soql
from sf_lifecycle.state import Run, State

OBJECT, KEY = "Lifecycle_Job__c", "Job_Key__c"
RECORD = "heartbeat"  # the name under which state remembers the record's Id
MESSAGE_LENGTH = 255
WELL = ("done", "nothing", "waiting")


def beat(
    org: Org, state: State, run: Run, *, status: str, message: str, now: dt.datetime, rows: Mapping[str, int]
) -> str:
    """Update the job's record, made if missing. `rows`: created, updated, failed. Why it could not be, or empty."""
    values: dict[str, Any] = {
        "Last_Run__c": now.astimezone(dt.UTC).isoformat(timespec="seconds"),
        "Status__c": status,
        "Message__c": message[:MESSAGE_LENGTH] or None,
        "Run_Id__c": run.id,
        "Created__c": rows.get("created", 0),
        "Updated__c": rows.get("updated", 0),
        "Failed__c": rows.get("failed", 0),
    }
    if status in WELL:
        values["Last_Success__c"] = values["Last_Run__c"]
    try:
        return _write(org, state, run, values)
    except OrgError as error:
        return "" if error.code in NOT_THERE else f"the heartbeat record could not be written: {error.message}"


def _write(org: Org, state: State, run: Run, values: Mapping[str, Any]) -> str:
    known = state.observed(run.org_id, run.job).get(RECORD)
    if isinstance(known, str):
        (outcome,) = org.update(OBJECT, [{"Id": known, **values}])
        if outcome.ok or outcome.code not in ("ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY"):
            return _told(outcome)
    rows = org.query(soql.select(OBJECT, ["Id"], where=soql.compare(KEY, "=", run.job)))
    if rows:
        (outcome,) = org.update(OBJECT, [{"Id": rows[0]["Id"], **values}])
    else:
        (outcome,) = org.create(OBJECT, [{"Name": run.job, KEY: run.job, **values}])
    if outcome.ok and outcome.id:
        state.observe(run.org_id, run.job, run.id, {RECORD: outcome.id})
    return _told(outcome)


def _told(outcome: RowOutcome) -> str:
    if outcome.ok or outcome.code in NOT_THERE:
        return ""
    return f"the heartbeat record could not be written: {outcome.message or outcome.code}"
