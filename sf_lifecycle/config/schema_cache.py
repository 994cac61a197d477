"""The org's own description, kept in the data folder by whoever asked the org last, read where no org is at hand."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from sf_lifecycle.config.schema import FieldInfo, ObjectInfo, OrgSchema
from sf_lifecycle.errors import ConfigError, Problem

FILE = "schema.json"
_FORMAT = 1
_LISTS = ("picklist", "reference_to")


def write_schema(data_dir: Path, schema: OrgSchema) -> Path:
    """Keep `schema` in `<data_dir>/schema.json`, whole or not at all; returns the file."""
    objects = [_as_json(info) for info in schema.objects.values()]
    content = orjson.dumps({"format": _FORMAT, "source": schema.source, "objects": objects})
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / FILE
    partial = path.with_suffix(".part")
    partial.write_bytes(content)
    partial.replace(path)
    return path


def read_schema(data_dir: Path) -> OrgSchema | None:
    """The description kept, or None where there is none. Raises ConfigError for a file that is something else."""
    path = data_dir / FILE
    if not path.is_file():
        return None
    try:
        content = orjson.loads(path.read_bytes())
        if content["format"] != _FORMAT:
            return None
        objects = {info["name"]: _object(info) for info in content["objects"]}
        return OrgSchema(objects=MappingProxyType(objects), source=str(content["source"]))
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        hint = "it is a copy: delete the file, and it is read from the org again"
        message = "not a description of an org"
        raise ConfigError([Problem(file=path.as_posix(), place="", message=message, hint=hint)]) from error


def _as_json(info: ObjectInfo) -> dict[str, Any]:
    own = {part.name: getattr(info, part.name) for part in fields(info)}
    return own | {"fields": [asdict(field) for field in info.fields.values()]}


def _object(info: dict[str, Any]) -> ObjectInfo:
    own = map(_field, info["fields"])
    return ObjectInfo(**info | {"fields": MappingProxyType({field.name: field for field in own})})


def _field(written: dict[str, Any]) -> FieldInfo:
    lists = {name: tuple(written[name]) for name in _LISTS}
    return FieldInfo(**written | lists)
