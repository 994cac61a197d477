"""Which of our open Tasks a person has worked on: those are the rep's, and are left alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as MappingABC
from typing import Any

import pandas as pd

# Owner alone never counts: it moves with the account's (production orgs do that by themselves).
TOUCH_FIELDS = ("Status", "Subject", "Description", "ActivityDate", "WhoId", "WhatId", "Priority")


def touched(open_tasks: pd.DataFrame, read_back: MappingABC[str, MappingABC[str, Any]]) -> frozenset[str]:
    """Ids of Tasks where a field differs from what we read back after our last write.

    `read_back`: Task Id → API field → value as Salesforce gave it. A Task nobody read back counts as touched: what we
    do not remember writing we do not change.
    """
    columns = [open_tasks[name] for name in TOUCH_FIELDS]
    found = []
    for task, values in zip(open_tasks["Id"], zip(*columns, strict=True), strict=True):
        written = read_back.get(task)
        same = written is not None and all(
            _same(value, written.get(name)) for name, value in zip(TOUCH_FIELDS, values, strict=True)
        )
        if not same:
            found.append(task)
    return frozenset(found)


def _same(value: object, written: object) -> bool:
    if value is None or written is None:
        return value is written
    if isinstance(value, dt.date):
        return value.isoformat() == str(written)
    return str(value).replace("\r\n", "\n") == str(written).replace("\r\n", "\n")
