"""Merging records, as the merge of accounts, contacts and leads in Salesforce's pages does."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .clock import stamp
from .schema import SObject

if TYPE_CHECKING:
    from .store import Store


def merge(store: Store, sobject: SObject, master: str, losers: Sequence[str]) -> None:
    """Losers go to the recycle bin with MasterRecordId set; every reference to them now names the master."""
    now = stamp(store.now())
    marks = ", ".join("?" * len(losers))
    with store.write() as con:
        for other in store.schema.objects.values():
            for field in other.fields.values():
                if (
                    field.type != "reference"
                    or sobject.name not in field.reference_to
                    or field.name == "MasterRecordId"
                ):
                    continue
                con.execute(
                    f'UPDATE "{other.name}" SET "{field.name}" = ?, "SystemModstamp" = ?'
                    f' WHERE "{field.name}" IN ({marks})',
                    (master, now, *losers),
                )
        _members_once(con)
        con.execute(
            f'UPDATE "{sobject.name}" SET "SystemModstamp" = ?, "LastModifiedDate" = ? WHERE "Id" = ?',
            (now, now, master),
        )
        con.execute(
            f'UPDATE "{sobject.name}" SET "IsDeleted" = 1, "MasterRecordId" = ?, "SystemModstamp" = ?,'
            f' "LastModifiedDate" = ? WHERE "Id" IN ({marks})',
            (master, now, now, *losers),
        )


def _members_once(con: sqlite3.Connection) -> None:
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
