"""Relationships that lead to records of several objects (Owner, Who, What): the pseudo-object Name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sf_lifecycle.localorg.schema import Field, SObject
from sf_lifecycle.localorg.soql.sql import Sql, column, join, quoted

if TYPE_CHECKING:
    from sf_lifecycle.localorg.soql.scope import Environment

_FIELDS = {
    "Id": "id",
    "Name": "string",
    "Type": "picklist",
    "FirstName": "string",
    "LastName": "string",
    "Alias": "string",
    "Username": "string",
    "Email": "email",
    "Phone": "phone",
    "Title": "string",
    "IsActive": "boolean",
    "ProfileId": "reference",
    "UserRoleId": "reference",
    "RecordTypeId": "reference",
}
_BY_LOWER = {name.lower(): name for name in _FIELDS}
_TYPES = {"Group": "Queue"}  # what Owner.Type says of an owner that is no user


def name_field(env: Environment, link: Field, name: str) -> Field | None:
    """The field of Name that is called so, if one of the objects the reference leads to has it."""
    known = _BY_LOWER.get(name.lower())
    if known is None or (known != "Type" and not any(_source(t, known) for t in _targets(env, link))):
        return None
    return Field(
        name=known, label=known, type=_FIELDS[known], nillable=True, filterable=True, sortable=True, groupable=True
    )


def value(env: Environment, link: Field, reference: Sql, name: str) -> Sql:
    """The value of a field of Name as SQL: which table to look in follows from the prefix of the Id."""
    cases = []
    for target in _targets(env, link):
        when = f" WHEN '{target.key_prefix}' THEN "
        if name == "Type":
            cases.append(Sql(f"{when}'{_TYPES.get(target.name, target.name)}'"))
            continue
        source = _source(target, name)
        if source is None or not env.readable(target, source):
            continue
        alias = env.alias()
        found = "(SELECT " + column(alias, source.name) + f" FROM {quoted(target.name)} AS {alias} WHERE "
        found = found + column(alias, "Id") + " = " + reference
        shared = env.row_filter(target, alias)
        cases.append(when + (found if shared is None else found + " AND " + shared) + ")")
    if not cases:
        return Sql("NULL")
    return "CASE substr(" + reference + ", 1, 3)" + join("", cases) + " END"


def _targets(env: Environment, link: Field) -> Iterator[SObject]:
    for name in link.reference_to:
        target = env.schema.get(name)
        if target is not None and target.key_prefix and env.readable_object(target):
            yield target


def _source(target: SObject, name: str) -> Field | None:
    found = target.name_field if name == "Name" else target.get(name)
    if found is None and name == "Name":
        found = target.get("Name")
    return found if found is not None and found.stored else None


def part_key(compound: str, part: str) -> str:
    """`BillingPostalCode` of `BillingAddress` is `postalCode` in the address."""
    stem = compound.removesuffix("Address").removesuffix("__c")
    rest = part.removeprefix(stem) or part
    rest = rest.removesuffix("__s").strip("_")
    return rest[:1].lower() + rest[1:]
