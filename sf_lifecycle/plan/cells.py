"""Cells of records to be: texts as they will be stored, constants of the plays, and what a row rests on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd

from sf_lifecycle.config.mapping import FieldValues
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.lifecycle.wording import stored

# A membership comes and goes only while communications has not moved its campaign on: asked again before writing.
CAMPAIGN_STATUS = "campaign_status"
DEFAULT_LENGTHS = {
    "Subject": 255,
    "Description": 32000,
    "Lifecycle_Reason__c": 255,
    "Lifecycle_Basis__c": 255,
    "Name": 80,
}


def fitted(fields: pd.DataFrame, object_name: str, schema: OrgSchema) -> pd.DataFrame:
    """Texts cut at a word to the length the org gives the field."""
    cut = fields.copy()
    for name in DEFAULT_LENGTHS.keys() & set(fields.columns):
        info = schema.resolve(object_name, name)
        length = info.length if info and info.length else DEFAULT_LENGTHS[name]
        cut[name] = mapped(fields[name], partial(stored, length=length))
    return cut


def mapped(values: pd.Series[str], change: Callable[[str], str | None]) -> pd.Series[str]:
    """Each text changed; null stays null."""
    return values.map(change, na_action="ignore").astype(object)


def constants(plays: pd.Series[str], fields: Mapping[str, FieldValues]) -> pd.DataFrame:
    """The constants each row's play gives its record: a column per API field, null where the play names none."""
    names = dict.fromkeys(name for values in fields.values() for name in values)
    columns = {name: plays.map({play: values.get(name) for play, values in fields.items()}) for name in names}
    return pd.DataFrame(columns, index=plays.index)


def refs(outreaches: pd.DataFrame, ref: str) -> pd.DataFrame:
    """The heads of updates: the record (a column of `outreaches`), whom it concerns, and why."""
    return pd.DataFrame({"ref": outreaches[ref], "about": outreaches["account"], "why": outreaches["why"]})


def heads(outreaches: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The heads of creates: by their key, with what they rest on. `names`: name there → column of `outreaches`."""
    return refs(outreaches, "key").assign(rests=resting(outreaches, names))


def resting(rows: pd.DataFrame, names: Mapping[str, str]) -> pd.Series[Any]:
    """What each row rests on, without nulls. `names`: name there → column of `rows`."""
    columns = [rows[column] for column in names.values()]
    rests = [
        {name: _plain(value) for name, value in zip(names, values, strict=True) if not _is_null(value)}
        for values in zip(*columns, strict=True)
    ]
    return pd.Series(rests, index=rows.index, dtype=object)


def _is_null(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


def _plain(value: Any) -> Any:
    """A plan holds days; a moment is a text in it."""
    return value.isoformat() if isinstance(value, dt.datetime) else value
