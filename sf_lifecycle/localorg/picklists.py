"""Status picklists are rows of the org (TaskStatus, ContractStatus…): describes and checks follow them."""

from __future__ import annotations

from dataclasses import replace

from .schema import PicklistValue, Schema
from .store import Store

# object of the entries -> the picklist field they make up
PICKLISTS = {
    "TaskStatus": ("Task", "Status"),
    "CaseStatus": ("Case", "Status"),
    "ContractStatus": ("Contract", "Status"),
    "LeadStatus": ("Lead", "Status"),
    "OpportunityStage": ("Opportunity", "StageName"),
}


def with_entries(schema: Schema, store: Store) -> Schema:
    """The schema with the picklists as the rows in the store have them now."""
    objects = dict(schema.objects)
    for entries, (object_name, field_name) in PICKLISTS.items():
        sobject = objects[object_name.lower()]
        field = sobject.fields[field_name.lower()]
        with store.read() as con:
            rows = con.execute(
                f'SELECT "ApiName", "MasterLabel", "IsDefault" FROM "{entries}" ORDER BY "SortOrder"'
                if entries != "OpportunityStage"
                else f'SELECT "ApiName", "MasterLabel", 0 FROM "{entries}" WHERE "IsActive" = 1 ORDER BY "SortOrder"'
            ).fetchall()
        values = tuple(PicklistValue(value=r[0], label=r[1], default=bool(r[2])) for r in rows)
        default = next((v.value for v in values if v.default), None)
        changed = replace(field, picklist_values=values, default_value=default)
        objects[object_name.lower()] = replace(sobject, fields={**sobject.fields, field_name.lower(): changed})
    return Schema(objects=objects)
