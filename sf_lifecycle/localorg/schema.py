"""What the org consists of: objects, fields and child relationships, as immutable values.

Keys follow Salesforce's describe results, in snake_case. Names are looked up without regard to case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

TEXT_TYPES = frozenset(
    {
        "string",
        "textarea",
        "email",
        "phone",
        "url",
        "picklist",
        "multipicklist",
        "combobox",
        "encryptedstring",
        "anyType",
    }
)
NUMBER_TYPES = frozenset({"int", "double", "currency", "percent"})
ID_TYPES = frozenset({"id", "reference"})
COMPOUND_TYPES = frozenset({"address", "location"})


@dataclass(frozen=True, kw_only=True)
class PicklistValue:
    value: str
    label: str
    default: bool = False
    active: bool = True


@dataclass(frozen=True, kw_only=True)
class Field:
    name: str
    label: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    nillable: bool = False
    createable: bool = False
    updateable: bool = False
    defaulted_on_create: bool = False
    calculated: bool = False
    auto_number: bool = False
    external_id: bool = False
    id_lookup: bool = False
    unique: bool = False
    case_sensitive: bool = False
    filterable: bool = False
    sortable: bool = False
    groupable: bool = False
    name_field: bool = False
    restricted_picklist: bool = False
    picklist_values: tuple[PicklistValue, ...] = ()
    reference_to: tuple[str, ...] = ()
    relationship_name: str | None = None
    compound_field_name: str | None = None
    custom: bool = False
    default_value: str | bool | float | None = None
    optional: bool = False
    master_detail: bool = False
    reparentable: bool = False
    auto_number_format: str = ""
    child_relationship: str | None = None
    mirrors: str = ""  # of a person account: the field of its contact that it shows

    @property
    def required(self) -> bool:
        """Whether an insert must carry a value. Booleans never must: they are false when absent."""
        return self.createable and not self.nillable and not self.defaulted_on_create and self.type != "boolean"

    @property
    def is_text(self) -> bool:
        return self.type in TEXT_TYPES

    @property
    def is_number(self) -> bool:
        return self.type in NUMBER_TYPES

    @property
    def is_id(self) -> bool:
        return self.type in ID_TYPES

    @property
    def stored(self) -> bool:
        """Addresses and geolocations are put together from their parts when read; they have no column."""
        return self.type not in COMPOUND_TYPES

    @property
    def polymorphic(self) -> bool:
        """WhoId, WhatId, OwnerId and the like: their relationship leads to the pseudo-object Name."""
        return len(self.reference_to) > 1


@dataclass(frozen=True, kw_only=True)
class ChildRelationship:
    child_sobject: str
    field: str
    relationship_name: str | None = None
    cascade_delete: bool = False


@dataclass(frozen=True, kw_only=True)
class SObject:
    name: str
    label: str
    label_plural: str
    key_prefix: str | None
    createable: bool = False
    updateable: bool = False
    deletable: bool = False
    queryable: bool = True
    custom: bool = False
    sharing_model: str = ""
    activities: bool = False
    fields: Mapping[str, Field] = field(default_factory=dict)
    child_relationships: tuple[ChildRelationship, ...] = ()

    def get(self, name: str) -> Field | None:
        """The field with this API name in any case, or None."""
        return self.fields.get(name.lower())

    @property
    def name_field(self) -> Field | None:
        return next((f for f in self.fields.values() if f.name_field), None)

    def by_relationship(self, name: str) -> Field | None:
        """The reference field whose relationship has this name (`Account`, `Account__r`), or None."""
        wanted = name.lower()
        return next((f for f in self.fields.values() if (f.relationship_name or "").lower() == wanted), None)

    def parts(self, compound: str) -> tuple[Field, ...]:
        """The fields a compound field (`BillingAddress`, `Name`) is made of."""
        return tuple(f for f in self.fields.values() if f.compound_field_name == compound and f.name != compound)


@dataclass(frozen=True, kw_only=True)
class Schema:
    objects: Mapping[str, SObject]

    def get(self, name: str) -> SObject | None:
        """The object with this API name in any case, or None."""
        return self.objects.get(name.lower())

    def by_prefix(self, prefix: str) -> SObject | None:
        """The object whose Ids start with these three characters (case counts), or None."""
        return self._prefixes().get(prefix)

    def of_id(self, record_id: str) -> SObject | None:
        return self.by_prefix(record_id[:3])

    def _prefixes(self) -> dict[str, SObject]:
        found: dict[str, SObject] | None = self.__dict__.get("_by_prefix")
        if found is None:
            found = {o.key_prefix: o for o in reversed(list(self.objects.values())) if o.key_prefix}
            object.__setattr__(self, "_by_prefix", found)
        return found
