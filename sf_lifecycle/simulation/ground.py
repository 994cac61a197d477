"""What a plan would leave behind, on the ground in memory: what the org and state would say then."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping as MappingABC
from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sf_lifecycle.lifecycle.tombstones import STONE_COLUMNS
from sf_lifecycle.plan.changes import AFTER, BEFORE, Plan, Section
from sf_lifecycle.plan.desired import Actual
from sf_lifecycle.stages import Ground, Worked

KEY = "Lifecycle_Key__c"
DONE = "Completed"
MIDDAY = dt.time(12)
PREFIXES = {"Task": "00T", "Campaign": "701", "CampaignMember": "00v", "CampaignMemberStatus": "01Y"}
BORN: MappingABC[str, MappingABC[str, Any]] = {
    "Task": {"Status": "Not Started", "IsClosed": False, "IsDeleted": False},
    "Campaign": {"IsDeleted": False},
    "CampaignMember": {"IsDeleted": False, "HasResponded": False},
    "CampaignMemberStatus": {},
}
FRAMES = {"Task": "tasks", "Campaign": "campaigns", "CampaignMember": "members", "CampaignMemberStatus": "statuses"}


class Minted:
    """Ids of records that there are not; no org gives Ids that begin so."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def ids(self, object_name: str, how_many: int) -> list[str]:
        return [f"{PREFIXES[object_name]}zz{next(self._numbers):013d}" for _ in range(how_many)]


def carried_out(ground: Ground, worked: Worked, plan: Plan, minted: Minted, *, closed: str = "") -> Ground:
    """The ground once `plan` is written. `closed`: the status with which Tasks of ours are closed, where they are."""
    day = worked.as_of
    frames = {name: getattr(ground.actual, frame) for name, frame in FRAMES.items()}
    stones = [ground.tombstones, worked.to_bury]
    made, makers, read_back = dict(ground.made), dict(ground.makers), dict(ground.read_back)
    created: list[tuple[str, str]] = []
    for section in plan.sections:
        if section.object not in FRAMES:
            continue
        frame = frames[section.object]
        stones.append(_stones(section, frame, day))
        match section.operation:
            case "delete":
                gone = set(section.rows["ref"])
                frames[section.object] = frame[~frame["Id"].isin(gone)].reset_index(drop=True)
                for id_ in gone:
                    made.pop(id_, None)
            case "create":
                new = _new(section, frame, frames["Campaign"], minted, day)
                frames[section.object] = _appended(frame, new)
                makers |= dict.fromkeys(new["Id"], plan.header.job)
                if section.object == "Task":
                    made |= dict(zip(new["Id"], new[KEY], strict=True))
                    read_back |= {str(row["Id"]): row for row in _records(new)}
                if KEY in new:
                    created += [(section.object, key) for key in new[KEY]]
            case "update":
                frames[section.object] = _updated(section, frame, closed)
                if section.object == "Task":
                    now = frames["Task"][frames["Task"]["Id"].isin(set(section.rows["ref"]))]
                    read_back |= {str(row["Id"]): row for row in _records(now)}
                    made |= {id_: key for id_, key in zip(now["Id"], now[KEY], strict=True) if id_ in made}
    return replace(
        ground,
        actual=Actual(**{frame: frames[name] for name, frame in FRAMES.items()}),
        history=_history(ground.history, plan.labels),
        read_back=read_back,
        makers=makers,
        made=made,
        tombstones=_together(stones, created),
        last_as_of=day,
    )


def done_by(ground: Ground, start: dt.date, until: dt.date) -> tuple[Ground, pd.DataFrame]:
    """Every open Task of ours due before `until` is done on its day, one that is overdue on `start`.

    Returns the ground, and those Tasks: Id, OwnerId, Lifecycle_Key__c, ActivityDate.
    """
    tasks = ground.actual.tasks
    is_open = ~tasks["IsClosed"].eq(True) & ~tasks["IsDeleted"].eq(True)
    due = [isinstance(day, dt.date) and day < until for day in tasks["ActivityDate"]]
    done = is_open & pd.Series(due, index=tasks.index, dtype=bool)
    finished = tasks[done]
    days = [dt.datetime.combine(max(day, start), MIDDAY) for day in finished["ActivityDate"]]
    after = tasks.copy()
    after.loc[done, "Status"] = DONE
    after.loc[done, "IsClosed"] = True
    after["CompletedDateTime"] = after.get("CompletedDateTime", pd.Series(None, index=after.index, dtype=object))
    after.loc[done, "CompletedDateTime"] = pd.Series(days, index=finished.index, dtype=object)
    columns = ["Id", "OwnerId", KEY, "ActivityDate"]
    return replace(ground, actual=replace(ground.actual, tasks=after)), finished[columns].reset_index(drop=True)


def _new(section: Section, frame: pd.DataFrame, campaigns: pd.DataFrame, minted: Minted, day: dt.date) -> pd.DataFrame:
    fields = section.rows[[AFTER + name for name in section.fields]].rename(columns=lambda c: c.removeprefix(AFTER))
    fields = fields.reset_index(drop=True)
    if "CampaignId" in fields:
        known = {f"@{key}": id_ for key, id_ in zip(campaigns[KEY], campaigns["Id"], strict=True)}
        fields["CampaignId"] = fields["CampaignId"].map(lambda id_: known.get(id_, id_)).astype(object)
    for name, value in BORN[section.object].items():
        if name not in fields:
            fields[name] = pd.Series([value] * len(fields), dtype=object)
    fields["Id"] = pd.Series(minted.ids(section.object, len(fields)), dtype=object)
    if "CreatedDate" in frame.columns:
        fields["CreatedDate"] = pd.Series([dt.datetime.combine(day, MIDDAY)] * len(fields), dtype=object)
    return fields


def _appended(frame: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    columns = list(frame.columns)
    added = new.reindex(columns=columns).astype(object)
    added = added.where(added.notna(), None)
    return pd.concat([frame, added], ignore_index=True) if len(frame) else added


def _updated(section: Section, frame: pd.DataFrame, closed: str) -> pd.DataFrame:
    frame = frame.copy()
    at = pd.Series(frame.index, index=frame["Id"])
    known = section.rows["ref"].isin(set(frame["Id"]))
    rows = section.rows[known]
    index = at.loc[rows["ref"]].to_numpy()
    for name in section.fields:
        if name in frame.columns:
            frame.loc[index, name] = rows[AFTER + name].to_numpy()
    if section.object == "Task" and "Status" in section.fields:
        now = frame.loc[index, "Status"]
        frame.loc[index, "IsClosed"] = now.isin([status for status in (DONE, closed) if status]).to_numpy()
    return frame


def _stones(section: Section, frame: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """What is taken back is remembered with its cause, as the ledger's reader remembers it."""
    taken = section.rows[section.rows["cause"].notna()]
    key = dict(zip(frame["Id"], frame[KEY], strict=True)) if KEY in frame else {}
    before = taken[BEFORE + KEY] if BEFORE + KEY in taken else taken["ref"].map(key)
    stones = pd.DataFrame(
        {
            "key": before.where(before.notna(), taken["ref"].map(key)),
            "object": section.object,
            "cause": taken["cause"],
            "on": day,
            "record_id": taken["ref"],
            "account": taken["about"],
        },
        columns=list(STONE_COLUMNS),
    ).astype(object)
    return stones[stones["key"].notna()]


def _together(stones: list[pd.DataFrame], created: list[tuple[str, str]]) -> pd.DataFrame:
    """One stone a key, its first cause; none for a key that was made again."""
    found = [stone[list(STONE_COLUMNS)].astype(object) for stone in stones if len(stone)]
    if not found:
        return stones[0]
    every = pd.concat(found, ignore_index=True).drop_duplicates(["object", "key"], ignore_index=True)
    again = set(created)
    stays = [pair not in again for pair in zip(every["object"], every["key"], strict=True)]
    return every[pd.Series(stays, index=every.index, dtype=bool)].reset_index(drop=True)


def _history(history: pa.Table, labels: pd.DataFrame) -> pa.Table:
    """Words as the next day begins."""
    if labels.empty:
        return history
    new = labels.reindex(columns=history.column_names)
    entered = pa.Table.from_pandas(new, schema=history.schema, preserve_index=False)
    over = pc.is_in(_identity(history), _identity(entered).combine_chunks())
    return pa.concat_tables([history.filter(pc.invert(over)), entered])


def _identity(table: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(*(table[name] for name in ("set", "label", "id")), "|")


def _records(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for row in frame.to_dict("records"):
        yield {str(name): value for name, value in row.items()}
