"""Reading records back: by Id, by our key, and where there is no key by what makes them one of a kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sf_lifecycle.apply.records import KEY_FIELD, PERSON_FIELDS
from sf_lifecycle.salesforce import Asked, Org, soql

Found = Mapping[str, Any]

PER_QUERY = 200
# With quotes encoded, 200 of our longest usual keys stay below the 16,384 bytes that a URI and its headers may have.
ROOM = 11_500
NO_KEY = frozenset({"CampaignMemberStatus"})  # nothing unique to insert with: read first, make what is missing


def by_id(org: Org, object_name: str, ids: Iterable[str], fields: Sequence[str]) -> dict[str, Found]:
    """Id → record, archived ones too, deleted ones not."""
    return {row["Id"]: row for row in _rows(org, object_name, "Id", ids, fields)}


def living(org: Org, object_name: str, ids: Iterable[str]) -> set[str]:
    """Those of `ids` that are neither deleted nor gone for good."""
    return set(by_id(org, object_name, ids, ()))


def by_key(
    org: Org, object_name: str, keys: Iterable[str], fields: Sequence[str], *, deleted: bool = False
) -> dict[str, Found]:
    """Our key → record, archived ones too. With `deleted`, one in the recycle bin where no living one has the key."""
    rows = _rows(org, object_name, KEY_FIELD, keys, fields, deleted=deleted)
    rows.sort(key=lambda row: not row.get("IsDeleted", False))
    return {row[KEY_FIELD]: row for row in rows}


def members(org: Org, wanted: Sequence[Found], fields: Sequence[str]) -> list[Found | None]:
    """For each wanted membership the one that its person has in its campaign, whoever made it."""
    found: dict[tuple[str, str], Found] = {}
    for person in PERSON_FIELDS:
        pairs = [row for row in wanted if row.get(person)]
        campaigns = list(dict.fromkeys(row["CampaignId"] for row in pairs))
        for campaign in campaigns:
            people = [row[person] for row in pairs if row["CampaignId"] == campaign]
            condition = soql.compare("CampaignId", "=", campaign)
            needed = ("CampaignId", person, *fields)
            for row in _rows(org, "CampaignMember", person, people, needed, condition=condition):
                found[campaign, row[person]] = row
    return [found.get((row["CampaignId"], _person(row))) for row in wanted]


def statuses(org: Org, wanted: Sequence[Found], fields: Sequence[str]) -> list[Found | None]:
    """For each wanted member status the one its campaign has under that label; labels ignore case."""
    campaigns = [row["CampaignId"] for row in wanted]
    rows = _rows(org, "CampaignMemberStatus", "CampaignId", campaigns, ("Label", *fields))
    found = {(row["CampaignId"], _label(row)): row for row in rows}
    return [found.get((row["CampaignId"], _label(row))) for row in wanted]


def existing(
    org: Org, object_name: str, wanted: Sequence[Found], fields: Sequence[str], *, deleted: bool = False
) -> list[Found | None]:
    """For each record we made or meant to make, the org's record that it is, or None. In the order of `wanted`."""
    if object_name in NO_KEY:
        return statuses(org, wanted, fields)
    keys = [row.get(KEY_FIELD) for row in wanted]
    found = by_key(org, object_name, [key for key in keys if key], fields, deleted=deleted)
    return [found.get(key) if key else None for key in keys]


def in_the_way(org: Org, object_name: str, wanted: Sequence[Found], fields: Sequence[str]) -> list[Found | None]:
    """What an insert met when the org said that it exists: as `existing`, deleted too, and anybody's membership."""
    found = existing(org, object_name, wanted, fields, deleted=True)
    if object_name != "CampaignMember":
        return found
    gone = [i for i, known in enumerate(found) if known is None or known.get("IsDeleted")]
    others = members(org, [wanted[i] for i in gone], fields)
    for i, other in zip(gone, others, strict=True):
        found[i] = other if other is not None else found[i]
    return found


def _rows(
    org: Org,
    object_name: str,
    field: str,
    values: Iterable[str],
    fields: Sequence[str],
    *,
    condition: str = "",
    deleted: bool = False,
) -> list[Found]:
    selected = tuple(dict.fromkeys(("Id", field, *(("IsDeleted",) if deleted else ()), *fields)))
    tail = "".join(
        f" AND {part}" for part in (condition, "" if deleted else soql.compare("IsDeleted", "=", False)) if part
    )
    lists = (listed for some in _portions(values) for listed in soql.in_lists(field, some, room=ROOM))
    return _ask(org, [soql.select(object_name, selected, where=listed + tail) for listed in lists])


def _ask(org: Org, queries: Sequence[str]) -> list[Found]:
    """Several queries are one call for each 25."""
    if len(queries) < 2:
        return [row for text in queries for row in org.query(text, all_rows=True)]
    rows: list[Found] = []
    answers = org.query_many([Asked(soql=text, all_rows=True) for text in queries])
    for text, answer in zip(queries, answers, strict=True):
        # One that failed is asked again by itself: that way it is tried as often as any read, and told as any other.
        rows += org.query(text, all_rows=True) if answer.error else answer.rows
        rows += org.query_rest(answer.next) if answer.next else []
    return rows


def _portions(values: Iterable[str]) -> Iterable[list[str]]:
    unique = list(dict.fromkeys(values))
    return (unique[start : start + PER_QUERY] for start in range(0, len(unique), PER_QUERY))


def _person(row: Found) -> str:
    return next((str(row[name]) for name in PERSON_FIELDS if row.get(name)), "")


def _label(row: Found) -> str:
    return str(row["Label"]).strip().casefold()
