"""What an org's objects look like, as far as a mapping needs to know. Plain values; readers live elsewhere.

Terms are those of Salesforce's REST describe (`type` is the describe type: string, picklist, reference, currency, …).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class FieldInfo:
    """One field as the running user sees it. `length` in characters; `precision`/`scale` in digits."""

    name: str
    type: str
    label: str = ""
    length: int = 0
    precision: int = 0
    scale: int = 0
    nillable: bool = True
    createable: bool = False
    updateable: bool = False
    defaulted_on_create: bool = False
    calculated: bool = False
    external_id: bool = False
    unique: bool = False
    restricted_picklist: bool = False
    picklist: tuple[str, ...] = ()
    reference_to: tuple[str, ...] = ()
    relationship_name: str = ""


@dataclass(frozen=True, kw_only=True)
class ObjectInfo:
    """One sObject. `fields` is keyed by API name in the object's own spelling."""

    name: str
    label: str = ""
    key_prefix: str = ""
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    fields: Mapping[str, FieldInfo] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class OrgSchema:
    """The objects known, keyed by API name, and where that knowledge comes from (a phrase for messages)."""

    objects: Mapping[str, ObjectInfo]
    source: str

    def resolve(self, object_name: str, path: str) -> FieldInfo | None:
        """The field at the end of `path` (`Name`, `Owner.IsActive`), or None where a part is missing."""
        info = self.objects.get(object_name)
        *parents, last = path.split(".")
        for part in parents:
            reference = next((f for f in info.fields.values() if f.relationship_name == part), None) if info else None
            info = self.objects.get(reference.reference_to[0]) if reference and reference.reference_to else None
        return info.fields.get(last) if info else None
