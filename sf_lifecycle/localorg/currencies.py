"""Several currencies: the object CurrencyType, and a code on every record that can hold money."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from .clock import stamp
from .features import Features, rate_of
from .schema import Field, PicklistValue, Schema, SObject
from .store import Store
from .system_fields import system_fields

CODE = "CurrencyIsoCode"
USER_DEFAULT = "DefaultCurrencyIsoCode"
CURRENCY_TYPE = "CurrencyType"
_USABLE: dict[str, Any] = {"filterable": True, "sortable": True, "groupable": True}
_PREFIX = "01L"
_WITHOUT_CENTS = frozenset({"CLP", "ISK", "JPY", "KRW", "VND"})
# Standard objects whose records have a code; custom objects all have one.
_STANDARD = frozenset(
    [
        *("Account", "Asset", "Campaign", "CampaignMember", "Case", "Contact", "Contract", "Event", "Lead"),
        *("Opportunity", "OpportunityContactRole", "OpportunityLineItem", "Product2", "Task", "User"),
    ]
)


def with_currencies(schema: Schema, features: Features) -> Schema:
    """The schema of an org with these currencies."""
    values = _values(features.currencies, features.corporate)
    objects = dict(schema.objects)
    for key, sobject in objects.items():
        if sobject.custom or sobject.name in _STANDARD:
            added = [_code(CODE, "Currency ISO Code", values, features.corporate)]
            if sobject.name == "User":
                added.append(_code(USER_DEFAULT, "Default Currency ISO Code", values, features.corporate))
            objects[key] = replace(sobject, fields={**sobject.fields, **{f.name.lower(): f for f in added}})
    return Schema(objects={**objects, CURRENCY_TYPE.lower(): _currency_type(values)})


def with_active(schema: Schema, store: Store) -> Schema:
    """The schema with the codes that are active now, as the rows of CurrencyType have them."""
    if schema.get(CURRENCY_TYPE) is None:
        return schema
    with store.read() as con:
        rows = con.execute('SELECT "IsoCode", "IsCorporate" FROM "CurrencyType" WHERE "IsActive" = 1 ORDER BY "Id"')
        active = {row[0]: bool(row[1]) for row in rows}
    corporate = next(code for code, chosen in active.items() if chosen)
    values = _values(active, corporate)
    objects = dict(schema.objects)
    for key, sobject in objects.items():
        codes = {
            f.name.lower(): replace(f, picklist_values=values) for f in map(sobject.get, (CODE, USER_DEFAULT)) if f
        }
        if codes:
            objects[key] = replace(sobject, fields={**sobject.fields, **codes})
    return Schema(objects=objects)


def write_currencies(store: Store, features: Features) -> None:
    """The rows of CurrencyType, where there are none yet."""
    if store.schema.get(CURRENCY_TYPE) is None:
        return
    with store.read() as con:
        if con.execute('SELECT 1 FROM "CurrencyType"').fetchone() is not None:
            return
    rows = [_row(code, rate, corporate=code == features.corporate) for code, rate in features.currencies.items()]
    store.insert_many(CURRENCY_TYPE, rows)


def set_currency(store: Store, code: str, *, rate: str | None, active: bool | None) -> None:
    """Change a row of CurrencyType, or add one; ValueError where set-up would refuse. The schema is as before."""
    if store.schema.get(CURRENCY_TYPE) is None:
        raise ValueError("this org has one currency")
    with store.write() as con:
        held = con.execute('SELECT "IsCorporate" FROM "CurrencyType" WHERE "IsoCode" = ?', (code,)).fetchone()
        if held is not None and held[0]:
            raise ValueError(f"{code} is the corporate currency: its rate is 1, and it is in use")
        if held is None:
            if rate is None:
                raise ValueError(f"{code} is new: a rate is needed")
            store.insert_many(CURRENCY_TYPE, [_row(code, rate_of(code, rate))])
        changes = {
            "ConversionRate": None if rate is None else float(rate_of(code, rate)),
            "IsActive": None if active is None else int(active),
            "LastModifiedDate": stamp(store.now()),
            "SystemModstamp": stamp(store.now()),
        }
        known = {name: value for name, value in changes.items() if value is not None}
        assignments = ", ".join(f'"{name}" = ?' for name in known)
        con.execute(f'UPDATE "CurrencyType" SET {assignments} WHERE "IsoCode" = ?', (*known.values(), code))


def _row(code: str, rate: Decimal, *, corporate: bool = False) -> dict[str, Any]:
    return {
        "IsoCode": code,
        "ConversionRate": float(rate),
        "DecimalPlaces": 0 if code in _WITHOUT_CENTS else 2,
        "IsActive": True,
        "IsCorporate": corporate,
    }


def _values(codes: Iterable[str], corporate: str) -> tuple[PicklistValue, ...]:
    return tuple(PicklistValue(value=code, label=code, default=code == corporate) for code in sorted(codes))


def _code(name: str, label: str, values: tuple[PicklistValue, ...], corporate: str) -> Field:
    """A code is never missing: who gives none gets the user's own, and a seed the corporate one."""
    return Field(
        name=name,
        label=label,
        type="picklist",
        length=3,
        nillable=True,
        createable=True,
        updateable=True,
        defaulted_on_create=True,
        restricted_picklist=True,
        picklist_values=values,
        default_value=corporate,
        **_USABLE,
    )


def _currency_type(values: tuple[PicklistValue, ...]) -> SObject:
    """Written in Salesforce's set-up, and here by `People.set_currency`; everybody reads it."""
    flag: dict[str, Any] = {"type": "boolean", "defaulted_on_create": True, "default_value": False, "filterable": True}
    fields = [
        *system_fields(deletable=False),
        Field(
            name="IsoCode",
            label="Currency ISO Code",
            type="picklist",
            length=40,
            restricted_picklist=True,
            picklist_values=values,
            **_USABLE,
        ),
        Field(
            name="ConversionRate",
            label="Conversion Rate",
            type="double",
            precision=18,
            scale=6,
            filterable=True,
            sortable=True,
        ),
        Field(name="DecimalPlaces", label="Decimal Places", type="int", digits=9, **_USABLE),
        Field(name="IsActive", label="Active", sortable=True, groupable=True, **flag),
        Field(name="IsCorporate", label="Corporate Currency", sortable=True, groupable=True, **flag),
    ]
    return SObject(
        name=CURRENCY_TYPE,
        label="Currency Type",
        label_plural="Currency Types",
        key_prefix=_PREFIX,
        fields={f.name.lower(): f for f in fields},
    )
