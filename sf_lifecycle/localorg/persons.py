"""Person accounts: accounts that are one person, each with a contact of its own whose fields the account shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from .schema import Field, Schema, SObject
from .store import Store

PERSON_TYPE = "PersonAccount"
_USABLE: dict[str, Any] = {"filterable": True, "sortable": True, "groupable": True}
_OWN_NAME = ("Salutation", "FirstName", "LastName")
_ADDRESS = (
    *("Street", "City", "State", "PostalCode", "Country"),
    *("Latitude", "Longitude", "GeocodeAccuracy", "Address"),
)
# Fields of Contact that an account shows with Person before their name.
_SHOWN = (
    *(f"Mailing{part}" for part in _ADDRESS),
    *(f"Other{part}" for part in _ADDRESS),
    *("MobilePhone", "HomePhone", "OtherPhone", "AssistantPhone", "Email", "Title", "Department", "AssistantName"),
    *("LeadSource", "Birthdate", "LastCURequestDate", "LastCUUpdateDate", "EmailBouncedReason", "EmailBouncedDate"),
    *("IndividualId", "HasOptedOutOfEmail", "HasOptedOutOfFax", "DoNotCall"),
)
# One value for both under one name.
SHARED = ("Phone", "Fax", "OwnerId", "CurrencyIsoCode")


def with_persons(schema: Schema) -> Schema:
    """The schema of an org with person accounts; custom fields of Contact are there already."""
    objects = dict(schema.objects)
    account, contact = objects["account"], objects["contact"]
    objects["account"] = _with(account, *_of_contact(contact), _flag("IsPersonAccount", "Is Person Account"), _link())
    objects["contact"] = _with(contact, _flag("IsPersonAccount", "Is Person Account"))
    objects["recordtype"] = _with(objects["recordtype"], _flag("IsPersonType", "Is Person Type"))
    lead = objects["lead"]  # one without a company becomes a person account
    objects["lead"] = _with(lead, replace(lead.fields["company"], nillable=True))
    return Schema(objects=objects)


def write_record_types(store: Store) -> None:
    """The one record type that such an org has by itself."""
    if store.object("RecordType").get("IsPersonType") is None:
        return
    with store.read() as con:
        if con.execute('SELECT 1 FROM "RecordType" WHERE "IsPersonType" = 1').fetchone() is not None:
            return
    row = {"Name": "Person Account", "DeveloperName": PERSON_TYPE, "SobjectType": "Account", "IsActive": True}
    store.insert_many("RecordType", [{**row, "IsPersonType": True}])


def _of_contact(contact: SObject) -> Iterator[Field]:
    for field in contact.fields.values():
        if field.custom:
            yield _shown(field, field.name.removesuffix("__c") + "__pc")
        elif field.name in _OWN_NAME:
            yield _shown(field, field.name)
        elif field.name in _SHOWN:
            yield _shown(field, f"Person{field.name}")


def _shown(field: Field, name: str) -> Field:
    """On the account it asks nothing of its own: uniqueness, defaults and values are those of the contact."""
    relationship = field.relationship_name
    if relationship is not None:
        relationship = relationship.removesuffix("__r") + "__pr" if field.custom else f"Person{relationship}"
    compound = field.compound_field_name
    return replace(
        field,
        name=name,
        mirrors=field.name,
        nillable=field.type != "boolean",
        unique=False,
        external_id=False,
        id_lookup=False,
        relationship_name=relationship,
        compound_field_name=f"Person{compound}" if compound in ("MailingAddress", "OtherAddress") else compound,
        default_value=False if field.type == "boolean" else None,
    )


def _with(sobject: SObject, *fields: Field) -> SObject:
    return replace(sobject, fields={**sobject.fields, **{f.name.lower(): f for f in fields}})


def _flag(name: str, label: str) -> Field:
    return Field(name=name, label=label, type="boolean", defaulted_on_create=True, default_value=False, **_USABLE)


def _link() -> Field:
    return Field(
        name="PersonContactId",
        label="Contact ID",
        type="reference",
        length=18,
        nillable=True,
        reference_to=("Contact",),
        relationship_name="PersonContact",
        **_USABLE,
    )
