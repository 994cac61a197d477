"""Which tables can be kept up by what changed, and which must be read whole each time, and why. Pure.

A record's `SystemModstamp` moves with every change that is stored in the record. What is worked out when it is read
(formulas, roll-ups), or stands in another record (`Owner.IsActive`), changes without a trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping as MappingABC
from typing import Literal

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.schema import FieldInfo, ObjectInfo
from sf_lifecycle.errors import Problem
from sf_lifecycle.mirror.wants import file_of

STAMP, DELETED, ARCHIVED, MASTER = "SystemModstamp", "IsDeleted", "IsArchived", "MasterRecordId"
CONVERTED = ("IsConverted", "ConvertedAccountId")
"""Of a Lead: whether it became an account, and which."""

_NEVER_DELETED = frozenset({"User"})
_ARCHIVED_TOO = frozenset({"Task", "Event"})
_MERGED = ("Account", "Contact", "Lead")

# Stored nowhere, or written past the record: not told by the description, where all of them look like plain fields.
_UNSTAMPED = frozenset({"LastViewedDate", "LastReferencedDate"})
_UNSTAMPED_OF: MappingABC[str, frozenset[str]] = {
    "CampaignMember": frozenset({
        "Name", "Salutation", "FirstName", "LastName", "Title", "Street", "City", "State", "PostalCode", "Country",
        "Email", "Phone", "Fax", "MobilePhone", "Description", "DoNotCall", "HasOptedOutOfEmail", "HasOptedOutOfFax",
        "LeadSource", "CompanyOrAccount", "LeadOrContactOwnerId",
    }),
    "ContractLineItem": frozenset({"Status"}),
    "Entitlement": frozenset({"Status"}),
    "Opportunity": frozenset({"HasOpenActivity", "HasOverdueTask"}),
}  # fmt: skip
_CAMPAIGN_SUMS = ("NumberOf", "Amount", "Hierarchy")


def obstacles(info: ObjectInfo, fields: Iterable[tuple[str, FieldInfo]]) -> Iterator[tuple[str, str]]:
    """(path, reason) of all that keeps an object from being followed; path empty where it is the object itself."""
    if STAMP not in info.fields:
        yield "", f"it has no {STAMP}, so nothing tells what changed"
    if DELETED not in info.fields and info.name not in _NEVER_DELETED:
        yield "", f"it has no {DELETED}, so nothing tells what was deleted"
    if ARCHIVED not in info.fields and info.name in _ARCHIVED_TOO:
        yield "", f"{ARCHIVED} is hidden, so nothing tells what was archived"
    for path, field in fields:
        if "." in path:
            yield path, f"{path} stands in another record, whose change leaves no trace in this one"
        elif field.calculated:
            yield path, f"{path} is a formula or roll-up, which changes without a trace"
        elif path in _UNSTAMPED or path in _UNSTAMPED_OF.get(info.name, ()) or _is_sum(info.name, path):
            yield path, f"{path} changes without a trace"


def whole_by_wish(mapping: Mapping, object_name: str) -> bool:
    """Does the mapping say `pull = "full"` for the object?"""
    return "full" in _wishes(mapping, object_name).values()


def refused_wishes(mapping: Mapping, info: ObjectInfo, fields: MappingABC[str, FieldInfo]) -> Iterator[Problem]:
    """What stands against `pull = "incremental"` where the mapping says so, each with its place and way out."""
    file = file_of(mapping, "roles", "objects.toml")
    wishes = _wishes(mapping, info.name)
    found = list(obstacles(info, fields.items()))
    for place, wish in wishes.items():
        if wish != "incremental":
            continue
        if "full" in wishes.values():
            other = next(each for each, what in wishes.items() if what == "full")
            message = f'this says "incremental", but {other} says "full" of the same object {info.name}'
            yield Problem(file=file, place=f"{place}.pull", message=message, hint="say one of them in both places")
        for path, reason in found:
            at = _place_of(mapping, info.name, path) or f"{place}.pull"
            message = f'{info.name} cannot be pulled by what changed (`pull = "incremental"` at {place}): {reason}'
            yield Problem(file=file, place=at, message=message, hint=_way_out(path))


def can_tell_merges(info: ObjectInfo) -> bool:
    """Does the org tell into which record one was merged?"""
    return info.name in _MERGED and {MASTER, DELETED, STAMP} <= set(info.fields)


def _way_out(path: str) -> str:
    whole = 'say `pull = "auto"` to have the object read whole each time'
    if "." in path:
        return f"map the other record as a role of its own, or {whole}"
    return f"map the stored fields it is made of, or {whole}" if path else whole


def _is_sum(object_name: str, path: str) -> bool:
    return object_name == "Campaign" and path.startswith(_CAMPAIGN_SUMS)


def _wishes(mapping: Mapping, object_name: str) -> dict[str, Literal["auto", "incremental", "full"]]:
    """Place → what the sources of one object say."""
    return {
        role if len(sources) == 1 else f"{role}[{index}]": source.pull
        for role, sources in mapping.roles.items()
        for index, source in enumerate(sources)
        if source.object == object_name
    }


def _place_of(mapping: Mapping, object_name: str, path: str) -> str:
    """Where the mapping names a field of an object; empty where it does not (what we add by ourselves)."""
    for role, sources in mapping.roles.items():
        for index, source in enumerate(sources):
            at = role if len(sources) == 1 else f"{role}[{index}]"
            for name, ref in source.fields.items():
                if source.object == object_name and ref.field == path:
                    return f"{at}.fields.{name}"
    return ""
