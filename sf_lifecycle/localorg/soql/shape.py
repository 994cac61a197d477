"""Rows to records, as the REST API writes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sf_lifecycle.localorg.schema import Schema

Record: TypeAlias = dict[str, Any]
Row: TypeAlias = Sequence[Any]


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _boolean(value: Any) -> bool:
    return bool(value)


def _datetime(value: Any) -> str | None:
    return None if value is None else str(value).replace("Z", "+0000")


def _compound(value: Any) -> Any:
    return None if value is None else json.loads(value)


def _as_it_is(value: Any) -> Any:
    return value


_CONVERT: Mapping[str, Callable[[Any], Any]] = {
    "boolean": _boolean,
    "int": _whole,
    "double": _number,
    "currency": _number,
    "percent": _number,
    "datetime": _datetime,
    "address": _compound,
    "location": _compound,
}


def converter(type_name: str) -> Callable[[Any], Any]:
    """From what is stored to the JSON value of a field of this type."""
    return _CONVERT.get(type_name, _as_it_is)


@dataclass(frozen=True, kw_only=True)
class ParentKey:
    """A parent record: under which key, in which column its Id is, and of which object (None: the Id tells)."""

    key: str
    index: int
    object_name: str | None


@dataclass(frozen=True, kw_only=True)
class FieldOutput:
    index: int
    key: str
    convert: Callable[[Any], Any]
    parents: tuple[ParentKey, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ChildOutput:
    """Child records: the column holds a JSON array of rows."""

    index: int
    key: str
    shape: RecordShape


@dataclass(frozen=True, kw_only=True)
class RecordShape:
    schema: Schema
    object_name: str
    id_index: int
    outputs: tuple[FieldOutput | ChildOutput, ...]

    def records(self, rows: Iterable[Row], version: str) -> list[Record]:
        return [self._record(row, version) for row in rows]

    def _record(self, row: Row, version: str) -> Record:
        record: Record = {"attributes": _attributes(self.object_name, self.object_name, row[self.id_index], version)}
        for output in self.outputs:
            value = row[output.index]
            if isinstance(output, ChildOutput):
                record[output.key] = _children(output, value, version)
            else:
                target = self._parent(record, row, output, version)
                if target is not None:
                    target[output.key] = output.convert(value)
        return record

    def _parent(self, record: Record, row: Row, output: FieldOutput, version: str) -> Record | None:
        """Where the field goes: the record, or a parent in it, made on its first field; None: there is no parent."""
        target = record
        for parent in output.parents:
            if parent.key not in target:
                target[parent.key] = self._new_parent(parent, row[parent.index], version)
            found = target[parent.key]
            if found is None:
                return None
            target = found
        return target

    def _new_parent(self, parent: ParentKey, record_id: str | None, version: str) -> Record | None:
        if record_id is None:
            return None
        if parent.object_name is not None:
            return {"attributes": _attributes(parent.object_name, parent.object_name, record_id, version)}
        actual = self.schema.of_id(record_id)
        return {"attributes": _attributes("Name", actual.name if actual else "Name", record_id, version)}


def _attributes(kind: str, object_name: str, record_id: str, version: str) -> Record:
    return {"type": kind, "url": f"/services/data/v{version}/sobjects/{object_name}/{record_id}"}


def _children(output: ChildOutput, value: str | None, version: str) -> Record | None:
    rows = json.loads(value) if value else []
    if not rows:
        return None
    return {"totalSize": len(rows), "done": True, "records": output.shape.records(rows, version)}


@dataclass(frozen=True, kw_only=True)
class AggregateShape:
    outputs: tuple[FieldOutput, ...]

    def records(self, rows: Iterable[Row], version: str) -> list[Record]:
        return [
            {"attributes": {"type": "AggregateResult"}} | {o.key: o.convert(row[o.index]) for o in self.outputs}
            for row in rows
        ]


@dataclass(frozen=True, kw_only=True)
class CountShape:
    def records(self, rows: Iterable[Row], version: str) -> list[Record]:
        return []


Shape: TypeAlias = RecordShape | AggregateShape | CountShape
