"""What fields mean where no org is at hand. Each field comes from the first source that knows it.

1. the org's description, if one was kept; 2. the SFDX source; 3. the standard objects; 4. the mapping's own `type`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from sf_lifecycle.config.mapping import Mapping, ValueType
from sf_lifecycle.config.schema import FieldInfo, ObjectInfo, OrgSchema
from sf_lifecycle.config.schema_cache import read_schema
from sf_lifecycle.config.sfdx_source import sfdx_schema
from sf_lifecycle.config.shipped import shipped_root
from sf_lifecycle.config.standard_source import standard_schema
from sf_lifecycle.config.workspace import Workspace, shown_path

SFDX = "salesforce"
_DESCRIBE_TYPES: dict[ValueType, str] = {
    "text": "string",
    "number": "double",
    "date": "date",
    "datetime": "datetime",
    "boolean": "boolean",
    "id": "reference",
}
# As much as the mirror keeps of a number whose scale nobody told us.
_SCALE = 6


def workspace_schema(workspace: Workspace, mapping: str) -> OrgSchema:
    """The schema for one mapping of a working folder. Raises ConfigError for sources that cannot be read."""
    local = workspace.root / SFDX
    sfdx = local if local.is_dir() else shipped_root() / SFDX
    return offline_schema(
        data_dir=workspace.settings.storage.data_dir,
        sfdx=sfdx,
        sfdx_shown=shown_path(sfdx, workspace.root),
        mapping=workspace.mappings[mapping],
    )


def offline_schema(*, data_dir: Path, sfdx: Path, sfdx_shown: str, mapping: Mapping) -> OrgSchema:
    """All sources in one. `source` names those that were there, for messages."""
    kept = read_schema(data_dir)
    sources = [kept] if kept else []
    sources += [sfdx_schema(sfdx, shown=sfdx_shown), standard_schema()]
    merged = _merged(sources)
    typed = _typed(merged, mapping)
    return OrgSchema(objects=MappingProxyType(typed), source=", ".join(source.source for source in sources))


def _merged(sources: Iterable[OrgSchema]) -> dict[str, ObjectInfo]:
    objects: dict[str, ObjectInfo] = {}
    for source in sources:
        for name, info in source.objects.items():
            first = objects.get(name)
            objects[name] = replace(first, fields={**info.fields, **first.fields}) if first else info
    return objects


def _typed(objects: dict[str, ObjectInfo], mapping: Mapping) -> dict[str, ObjectInfo]:
    """With the fields that only the mapping knows, because it says their type."""
    for sources in mapping.roles.values():
        for source in sources:
            for ref in source.fields.values():
                known = OrgSchema(objects=objects, source="")
                if ref.type and known.resolve(source.object, ref.field) is None:
                    _add(objects, source.object, ref.field, ref.type)
    return objects


def _add(objects: dict[str, ObjectInfo], name: str, path: str, type_: ValueType) -> None:
    """Put a field at the end of `path`, with the objects on the way that nobody described."""
    *parents, last = path.split(".")
    for parent in parents:
        info = objects.get(name, ObjectInfo(name=name))
        reference = next((field for field in info.fields.values() if field.relationship_name == parent), None)
        if reference is None or not reference.reference_to:
            reference = FieldInfo(
                name=f"{parent}Id", type="reference", reference_to=(f"{name}.{parent}",), relationship_name=parent
            )
            objects[name] = replace(info, fields={**info.fields, reference.name: reference})
        name = reference.reference_to[0]
    info = objects.get(name, ObjectInfo(name=name))
    scale = _SCALE if type_ == "number" else 0
    field = FieldInfo(name=last, type=_DESCRIBE_TYPES[type_], precision=18 if scale else 0, scale=scale)
    objects[name] = replace(info, fields={**info.fields, last: field})
