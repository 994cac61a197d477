"""What was written since the mirror was read: a run writes after it has pulled, so the mirror knows it a night later.

Without this, a Task made last night would look like one that somebody took away.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from sf_lifecycle.mirror.ours import ALL_OURS
from sf_lifecycle.plan.desired import Actual
from sf_lifecycle.stages import Ground
from sf_lifecycle.state import State, Write

FRAMES = {"Task": "tasks", "Campaign": "campaigns", "CampaignMember": "members", "CampaignMemberStatus": "statuses"}
DATES = {name for ours in ALL_OURS for name, kind in (*ours.needed, *ours.wanted) if kind == "date"}
MOST_RUNS = 50
USUAL = {"IsClosed": False, "IsDeleted": False, "HasResponded": False}
CLOSED_WITH = ("Completed",)


def caught_up(ground: Ground, state: State, *, closed: str = "") -> Ground:
    """The ground with our own later writes in it. `closed`: the status with which we close Tasks, where we do."""
    if not ground.pulled_at:
        return ground
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    gone: dict[str, set[str]] = {}
    for write in _since(state, ground.org_id, dt.datetime.fromisoformat(ground.pulled_at)):
        if write.object in FRAMES and write.record_id:
            id_ = write.record_id
            if write.operation == "delete":
                gone.setdefault(write.object, set()).add(id_)
                continue
            known = rows.setdefault(write.object, {}).setdefault(id_, {})
            if write.operation == "create":
                known |= {**USUAL, "Id": id_, "CreatedDate": write.sent_at.replace(tzinfo=None)}
            known |= _typed({**(write.read_back or {}), **write.after})
            if "Status" in write.after and write.object == "Task":
                known["IsClosed"] = write.after["Status"] in (*CLOSED_WITH, closed)
    if not rows and not gone:
        return ground
    frames = {
        frame: _merged(getattr(ground.actual, frame), rows.get(name, {}), gone.get(name, set()))
        for name, frame in FRAMES.items()
    }
    new = sorted(set(rows.get("Task", {})) - set(ground.actual.tasks["Id"]))
    read_back = {**ground.read_back, **state.last_read_back(ground.org_id, "Task", new)}
    actual = Actual(**frames, unrated=ground.actual.unrated)
    return replace(ground, actual=actual, read_back=read_back)


def _since(state: State, org_id: str, pulled_at: dt.datetime) -> Iterator[Write]:
    """Rows that reached the org after the mirror was read, the first one first."""
    later = [
        run
        for run in state.runs(limit=MOST_RUNS)
        if run.org_id == org_id and (run.ended is None or run.ended >= pulled_at)
    ]
    for run in reversed(later):
        for write in state.ledger(run.id):
            if write.status == "done" and write.sent_at >= pulled_at:
                yield write


def _typed(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: dt.date.fromisoformat(value[:10]) if name in DATES and isinstance(value, str) else value
        for name, value in values.items()
    }


def _merged(frame: pd.DataFrame, rows: Mapping[str, Mapping[str, Any]], gone: set[str]) -> pd.DataFrame:
    columns = list(frame.columns)
    records = {str(row["Id"]): row for row in frame.to_dict("records") if row["Id"] not in gone}
    for id_, values in rows.items():
        if id_ in records:
            records[id_] |= {name: value for name, value in values.items() if name in columns}
        elif "Id" in values and id_ not in gone:
            records[id_] = {name: values.get(name) for name in columns}
    ordered = [records[id_] for id_ in sorted(records)]
    return pd.DataFrame({name: pd.Series([row[name] for row in ordered], dtype=object) for name in columns})
