"""Which of our open Tasks a person has worked on: those are the rep's, and are left alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping as MappingABC
from types import MappingProxyType
from typing import Any

import pandas as pd

from sf_lifecycle.lifecycle.party import is_lead_id

# Owner alone never counts: it moves with the account's (production orgs do that by themselves).
TOUCH_FIELDS = ("Status", "Subject", "Description", "ActivityDate", "WhoId", "WhatId", "Priority")
REFERENCES = ("WhoId", "WhatId")
KEPT_BY_CONVERSION = tuple(name for name in TOUCH_FIELDS if name not in REFERENCES)
# We never write these: a rep's answer is a rep's work, whatever else the Task says.
ANSWERS = ("Lifecycle_Outcome__c", "Lifecycle_Next_Date__c")


def touched(
    open_tasks: pd.DataFrame,
    read_back: MappingABC[str, MappingABC[str, Any]],
    *,
    merges: MappingABC[str, str] = MappingProxyType({}),
    restored: Collection[str] = (),
) -> frozenset[str]:
    """Ids of Tasks that a rep answered, or where a field differs from what we read back after our last write.

    `read_back`: Task Id → API field → value as Salesforce gave it. A Task nobody read back counts as touched: what we
    do not remember writing we do not change. A merge moves references and touches nothing; nor does the conversion of a
    Lead, which is in `merges` with its account: its Task is then about that, and a contact there. `restored`: Ids of
    Tasks that we took back once; one that is open again was brought back by a person.
    """
    columns = [open_tasks[name] for name in TOUCH_FIELDS]
    found = []
    for task, values in zip(open_tasks["Id"], zip(*columns, strict=True), strict=True):
        written = read_back.get(task)
        now = dict(zip(TOUCH_FIELDS, values, strict=True))
        same = written is not None and all(
            _same(_after(name, now[name], merges), _after(name, written.get(name), merges))
            for name in (KEPT_BY_CONVERSION if _converted(written, now, merges) else TOUCH_FIELDS)
        )
        if not same or task in restored:
            found.append(task)
    return frozenset(found) | answered(open_tasks)


def held_once(read_back: MappingABC[str, MappingABC[str, Any]], tasks: pd.DataFrame) -> dict[str, MappingABC[str, Any]]:
    """`read_back` with the very texts of `tasks` where they are the same: descriptions are long, and most stand as they
    were written.
    """
    found = dict(read_back)
    for task, text in zip(tasks["Id"], tasks["Description"], strict=True):
        written = found.get(task)
        if written is not None and isinstance(text, str) and written.get("Description") == text:
            found[task] = {**written, "Description": text}
    return found


def answered(tasks: pd.DataFrame) -> frozenset[str]:
    """Ids of Tasks with an answer of a rep's. Where the org hides the answers, nobody has given one that we see."""
    given = pd.Series(False, index=tasks.index)
    for name in ANSWERS:
        if name in tasks.columns:
            given |= tasks[name].notna() & tasks[name].ne("")
    return frozenset(tasks.loc[given, "Id"])


def _converted(written: MappingABC[str, Any], now: MappingABC[str, Any], merges: MappingABC[str, str]) -> bool:
    """Was the Task about a Lead, and is it about what that Lead was converted to?"""
    account = merges.get(str(written.get("WhoId"))) if is_lead_id(written.get("WhoId")) else None
    return account is not None and account == now["WhatId"] and not is_lead_id(now["WhoId"])


def _after(name: str, value: Any, merges: MappingABC[str, str]) -> Any:
    return merges.get(value, value) if name in REFERENCES and value is not None else value


def _same(value: object, written: object) -> bool:
    if value is None or written is None:
        return value is written
    if isinstance(value, dt.date):
        return value.isoformat() == str(written)
    return str(value).replace("\r\n", "\n") == str(written).replace("\r\n", "\n")
