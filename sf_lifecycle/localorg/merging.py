"""Merging records, as the merge of accounts, contacts and leads in Salesforce's pages does."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .clock import stamp
from .schema import SObject

if TYPE_CHECKING:
    from .store import Store


_STAY = ("MasterRecordId", "PersonContactId")


def merge(store: Store, sobject: SObject, master: str, losers: Sequence[str]) -> None:
    """Losers go to the recycle bin with MasterRecordId set; every reference to them now names the master.

    Person accounts merge with one another only, and their contacts with them; ValueError otherwise.
    """
    now = stamp(store.now())
    marks = ", ".join("?" * len(losers))
    with store.write() as con:
        _merge_persons(store, sobject, master, losers)
        for other in store.schema.objects.values():
            for field in other.fields.values():
                if field.type != "reference" or sobject.name not in field.reference_to or field.name in _STAY:
                    continue
                con.execute(
                    f'UPDATE "{other.name}" SET "{field.name}" = ?, "SystemModstamp" = ?'
                    f' WHERE "{field.name}" IN ({marks})',
                    (master, now, *losers),
                )
        members_once(con)
        con.execute(
            f'UPDATE "{sobject.name}" SET "SystemModstamp" = ?, "LastModifiedDate" = ? WHERE "Id" = ?',
            (now, now, master),
        )
        con.execute(
            f'UPDATE "{sobject.name}" SET "IsDeleted" = 1, "MasterRecordId" = ?, "SystemModstamp" = ?,'
            f' "LastModifiedDate" = ? WHERE "Id" IN ({marks})',
            (master, now, now, *losers),
        )


def _merge_persons(store: Store, sobject: SObject, master: str, losers: Sequence[str]) -> None:
    if sobject.get("IsPersonAccount") is None:
        return
    rows = [store.get(sobject.name, each) or {} for each in (master, *losers)]
    persons = [bool(row.get("IsPersonAccount")) for row in rows]
    if len(set(persons)) > 1:
        raise ValueError("a person account merges with person accounts only")
    if persons[0] and sobject.name == "Account":
        first, *others = [row["PersonContactId"] for row in rows]
        merge(store, store.object("Contact"), first, others)


def members_once(con: sqlite3.Connection) -> None:
    """One person is in a campaign once: where the merge made it twice, the older membership stays."""
    for person in ("ContactId", "LeadId"):
        con.execute(
            'UPDATE "CampaignMember" SET "IsDeleted" = 1 WHERE "IsDeleted" = 0 AND "Id" IN ('
            'SELECT "Id" FROM (SELECT "Id", row_number() OVER (PARTITION BY "CampaignId", "'
            + person
            + '" ORDER BY "Id") AS place FROM "CampaignMember" WHERE "IsDeleted" = 0 AND "'
            + person
            + '" IS NOT NULL) WHERE place > 1)'
        )
