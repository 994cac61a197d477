"""Desired minus actual for the values written back on records: stages, positions, answers, reasons."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sf_lifecycle.config.schema import ObjectInfo
from sf_lifecycle.errors import ConfigError, Problem
from sf_lifecycle.lifecycle.frames import object_frame
from sf_lifecycle.lifecycle.wording import stored
from sf_lifecycle.plan.changes import Section, section_from

NAMED = 3
NUMBER = 18  # digits of a number in Salesforce, before and after the point


def output_sections(
    desired: pa.Table,
    actual: MappingABC[str, pa.Table],
    objects: MappingABC[str, ObjectInfo],
    place: tuple[str, str] = ("", "outputs"),
) -> list[Section]:
    """A section of updates per object the set is read from.

    `desired`: `_id`, `object`, `about`, and a column per API field. `actual`: object → `_id` and the fields' values.
    A field the object does not have is left out: a Lead has fewer of them than an Account. Compared in Arrow; only
    rows that differ become Python objects. `place`: file and key path of the set's outputs, for messages.

    Raises ConfigError where a number has more digits than any field holds.
    """
    sections = []
    for name in sorted(actual):
        mine, there = _of_object(name, desired, actual[name], objects[name], place)
        sections.append(_updates(name, mine, actual[name], there, objects[name]))
    return sections


def differing(
    desired: pa.Table,
    actual: MappingABC[str, pa.Table],
    objects: MappingABC[str, ObjectInfo],
    place: tuple[str, str] = ("", "outputs"),
) -> tuple[pa.Table, dict[str, pa.Table]]:
    """Of `desired` and `actual`, as `output_sections` takes them, the rows that it would look at twice: those that
    differ, or may. Nearly none on most nights.
    """
    kept, now = [desired.slice(0, 0)], {}
    for name in sorted(actual):
        rows = desired.filter(pc.equal(desired["object"], name))
        mine, there = _of_object(name, desired, actual[name], objects[name], place)
        known, differs, where = _changed(mine, actual[name], there)
        kept.append(rows.filter(known).filter(differs))
        now[name] = actual[name].take(where.filter(differs))
    return pa.concat_tables(kept), now


def _of_object(
    name: str, desired: pa.Table, actual: pa.Table, info: ObjectInfo, place: tuple[str, str]
) -> tuple[pa.Table, list[str]]:
    """The rows of one object, numbers as it keeps them; and the fields that it has."""
    fields = [field for field in desired.column_names if field not in {"_key", "_id", "object", "about"}]
    there = [field for field in fields if field in info.fields]
    mine = desired.filter(pc.equal(desired["object"], name))
    for field in there:
        rounded = _as_kept(mine[field], actual[field].type, mine["_id"], (place[0], f"{place[1]}.{field}"))
        mine = mine.set_column(mine.column_names.index(field), field, rounded)
    return mine, there


def _as_kept(
    values: pa.ChunkedArray, kind: pa.DataType, ids: pa.ChunkedArray, place: tuple[str, str]
) -> pa.ChunkedArray:
    """Numbers with as many decimals as the field has, halves to the even neighbour; else they differ every night."""
    digits = kind.scale if pa.types.is_decimal(kind) else 0 if pa.types.is_integer(kind) else None
    if digits is None or values.type == kind or not _is_number(values.type):
        return values
    try:
        if pa.types.is_integer(values.type):
            values = values.cast(pa.decimal128(19, 0)).cast(pa.decimal128(38, digits))
        return pc.round(values, ndigits=digits, round_mode="half_to_even").cast(kind)
    except pa.ArrowInvalid as error:
        most = NUMBER - digits
        too_large = pc.greater_equal(pc.abs(values.cast(pa.float64(), safe=False)), float(10**most - 1))
        some = ", ".join(ids.filter(pc.fill_null(too_large, fill_value=False)).to_pylist()[:NAMED])
        message = f"a number with more than {most} digits before the point does not fit the field (as on {some})"
        hint = "write it in thousands or millions, or to a field with fewer decimals"
        raise ConfigError([Problem(file=place[0], place=place[1], message=message, hint=hint)]) from error


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_decimal(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _updates(name: str, desired: pa.Table, actual: pa.Table, fields: list[str], info: ObjectInfo) -> Section:
    known, differs, place = _changed(desired, actual, fields)
    rows, where = desired.filter(known).filter(differs), place.filter(differs)
    frame, now = object_frame(rows), object_frame(actual.select(fields).take(where))
    after = pd.DataFrame({field: _for_field(frame[field], info.fields[field].length) for field in fields})
    before = pd.DataFrame({field: now[field] for field in fields})
    why = after.get("Lifecycle_Reason__c", pd.Series("worked out anew", index=frame.index, dtype=object))
    refs = pd.DataFrame({"ref": frame["_id"], "about": frame["about"], "why": why})
    return section_from(name, "update", refs, after, before)


def _changed(
    desired: pa.Table, actual: pa.Table, fields: list[str]
) -> tuple[pa.ChunkedArray, pa.ChunkedArray, pa.ChunkedArray]:
    """(which rows the org has; of those, which differ; of those, where they stand).

    A field at a time: of a million records that stay as they are, only where they stand is ever kept.
    """
    place = pc.index_in(desired["_id"], value_set=actual["_id"].combine_chunks())
    known = pc.is_valid(place)
    desired, place = desired.filter(known), place.filter(known)
    differs = pa.chunked_array([pa.nulls(len(desired), pa.bool_())]).fill_null(fill_value=False)
    for field in fields:
        differs = pc.or_(differs, _differs(desired[field], actual[field].take(place)))
    return known, differs, place


def _differs(desired: pa.ChunkedArray, actual: pa.ChunkedArray) -> pa.ChunkedArray:
    """Null-safe inequality; a text longer than its field is compared as it will be stored, later and row by row."""
    if desired.type != actual.type:
        desired = desired.cast(actual.type)
    unequal = pc.fill_null(pc.not_equal(desired, actual), fill_value=False)
    return pc.or_(unequal, pc.xor(pc.is_null(desired), pc.is_null(actual)))


def _for_field(values: pd.Series[str], length: int) -> pd.Series[str]:
    """As Salesforce will store it: trimmed, cut to the field's length, empty as null. Else it differs every night."""
    if values.empty or not values.map(lambda value: isinstance(value, str)).any():
        return values
    return values.map(lambda text: stored(text, length) if isinstance(text, str) else text)
