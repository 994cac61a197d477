"""What a plan that waited is held against besides the fresh one: the org's records as the mirror has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping as MappingABC, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from sf_lifecycle.lifecycle.outreach import LEFT_OUT, WAITING
from sf_lifecycle.plan.changes import Plan
from sf_lifecycle.stages import Ground, Worked

KEY = "Lifecycle_Key__c"
Records = dict[tuple[str, str], MappingABC[str, Any]]


def held(ground: Ground, plan: Plan, refs: MappingABC[str, Sequence[str]]) -> Records:
    """(object, ref) → the living record, for `refs` (object → Ids or our keys), and for every campaign of ours."""
    actual = ground.actual
    ours = {"Task": actual.tasks, "CampaignMember": actual.members}
    found: Records = {}
    for name, some in refs.items():
        if name in ours:
            found |= {(name, ref): record for ref, record in _ours(ours[name], set(some))}
        elif name not in ("Campaign", "CampaignMemberStatus"):
            found |= {(name, str(record["_id"])): record for record in _others(ground, plan, name, some)}
    campaigns = _living(actual.campaigns)
    keys = dict(zip(campaigns["Id"], campaigns[KEY], strict=True))
    found |= {("Campaign", str(record[KEY])): record for record in _records(campaigns)}
    for record in _records(_living(actual.statuses)):
        label = record["Label"]
        for campaign in (record["CampaignId"], keys.get(record["CampaignId"])):
            found["CampaignMemberStatus", f"{campaign}|{label}"] = record
    return found


def told(worked: Worked) -> dict[str, str]:
    """Our key → why the day's decision does not plan it. The part behind a colon may name people: it is left out."""
    frame = worked.decision.outreaches
    out = frame[frame["state"].isin([LEFT_OUT, WAITING]) & frame["key"].notna()]
    reasons = [str(reason or "it waits for its day").partition(":")[0] for reason in out["reason"]]
    return dict(zip(out["key"], reasons, strict=True))


def _ours(frame: pd.DataFrame, refs: set[str]) -> Iterator[tuple[str, MappingABC[str, Any]]]:
    named = frame[frame["Id"].isin(refs) | frame[KEY].isin(refs)]
    for record in _records(_living(named)):
        yield str(record["Id"]), record
        yield str(record[KEY]), record


def _others(ground: Ground, plan: Plan, name: str, ids: Sequence[str]) -> list[MappingABC[str, Any]]:
    """Records of the mirror, with those fields of the plan that it holds."""
    wanted = {field for section in plan.sections if section.object == name for field in section.fields}
    quoted = name.replace('"', '""')
    there = {str(row[0]) for row in ground.mirror.execute(f'DESCRIBE mirror."{quoted}"').fetchall()}
    columns = ", ".join('"' + field.replace('"', '""') + '"' for field in ("_id", *sorted(wanted & there)))
    rows = ground.mirror.sql(
        f'SELECT {columns} FROM mirror."{quoted}" WHERE _id IN (SELECT unnest(?))', params=[list(ids)]
    )
    table: pa.Table = rows.to_arrow_table()
    return list(table.to_pylist())


def _living(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[~frame["IsDeleted"].eq(True)] if "IsDeleted" in frame else frame


def _records(frame: pd.DataFrame) -> list[MappingABC[str, Any]]:
    return [{str(name): value for name, value in record.items()} for record in frame.to_dict("records")]
