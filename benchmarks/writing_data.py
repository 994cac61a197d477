"""What the writing benchmark writes, and the org it writes to: made up, and the same for the same numbers."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from sf_lifecycle.localorg import LocalOrg, open_org

AS_OF = dt.date(2026, 11, 22)
LONG_AGO = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
METADATA = Path(__file__).parents[1] / "salesforce"
TEAM = 40  # accounts of the sample firm: it brings reps, managers and their roles
STAGES = ("suspect", "prospect", "customer", "lost")
POSITIONS = ("unknown", "locked", "window", "free")

TASK_FIELDS = (
    "Lifecycle_Key__c", "Subject", "Description", "WhatId", "OwnerId", "ActivityDate", "Priority", "Status",
    "Lifecycle_Reason__c", "Lifecycle_Basis__c", "Lifecycle_Play__c",
)  # fmt: skip
OUTPUTS = {
    "Lifecycle_Stage__c": pa.string(),
    "Lifecycle_Stage_Since__c": pa.date32(),
    "Lifecycle_Previous_Stage__c": pa.string(),
    "Lifecycle_Highest_Stage__c": pa.string(),
    "Lifecycle_Reason__c": pa.string(),
    "Lifecycle_Position__c": pa.string(),
    "Lifecycle_Next_Decision__c": pa.date32(),
    "Lifecycle_Just_Left__c": pa.string(),
    "Lifecycle_Content_There__c": pa.string(),
}


def make_org(file: Path, accounts: int) -> list[str]:
    """An org's file with so many accounts, shared among reps, whose values stand as they should. Their Ids."""
    org = open_org(data=file, metadata=METADATA, sample=TEAM, as_of=AS_OF)
    with org.store.read() as con:
        reps = [row[0] for row in con.execute('SELECT DISTINCT "OwnerId" FROM "Account" ORDER BY 1')]
    made = org.store.insert_many("Account", _accounts(accounts, reps))
    org.refresh()
    org.store.analyze()
    org.close()
    return made


def _accounts(number: int, reps: list[str]) -> Iterator[dict[str, Any]]:
    for i in range(number):
        yield {
            "Name": f"Firm {i} of many B.V.",
            "OwnerId": reps[i % len(reps)],
            "BillingCountry": "Netherlands",
            "BillingCity": ("Utrecht", "Zwolle", "Breda")[i % 3],
            "Phone": f"+31 30 {1_000_000 + i}",
            "NumberOfEmployees": 1 + i % 500,
            "CreatedDate": LONG_AGO,
            **values(i),
        }


def values(i: int) -> dict[str, Any]:
    """What the engine wants of the account with this number: some of it null, as in life."""
    stage = STAGES[i % 4]
    return {
        "Lifecycle_Stage__c": stage,
        "Lifecycle_Stage_Since__c": AS_OF - dt.timedelta(days=1 + i % 700),
        "Lifecycle_Previous_Stage__c": "suspect" if i % 4 else None,
        "Lifecycle_Highest_Stage__c": stage,
        "Lifecycle_Reason__c": f"{stage}: {i % 9} lines elsewhere, {i % 3} of ours since {2015 + i % 11}",
        "Lifecycle_Position__c": POSITIONS[i // 4 % 4],
        "Lifecycle_Next_Decision__c": AS_OF + dt.timedelta(days=i % 900) if i % 3 else None,
        "Lifecycle_Just_Left__c": "yes" if i % 50 == 0 else "no",
        "Lifecycle_Content_There__c": ("yes", "no", None)[i % 3],
    }


def write_tasks(file: Path, accounts: list[str], owners: list[str]) -> None:
    """A Task for each account, as CSV."""
    with file.open("w", encoding="utf-8", newline="") as lines:
        to = csv.writer(lines, lineterminator="\n")
        to.writerow(TASK_FIELDS)
        for i, account in enumerate(accounts):
            reason = f"Contract {i} with another provider can end in {1 + i % 11} months"
            to.writerow((
                f"switch-window:{hashlib.blake2b(str(i).encode(), digest_size=12).hexdigest()}:{i % 7}",
                f"Call Firm {i} of many B.V. about what it has elsewhere",
                f"{reason}.\n\nAsk for: the day it can be ended, who decides, what they like and miss.\nNumber {i}.",
                account, owners[i % len(owners)], (AS_OF + dt.timedelta(days=1 + i % 14)).isoformat(),
                ("Normal", "High")[i % 9 == 0], "Not Started", reason, "legitimate interest", "switch-window",
            ))  # fmt: skip


def write_wanted(folder: Path, accounts: list[str]) -> None:
    """The accounts' values as the engine hands them over (Arrow), and as a script would have them (CSV)."""
    columns: dict[str, list[Any]] = {name: [] for name in OUTPUTS}
    for i in range(len(accounts)):
        for name, value in values(i).items():
            columns[name].append(value)
    ids = pa.array(accounts, pa.string())
    table = pa.table({
        "_id": ids, "object": pa.array(["Account"] * len(ids), pa.string()), "about": ids,
        **{name: pa.array(columns[name], kind) for name, kind in OUTPUTS.items()},
    }).sort_by("_id")  # fmt: skip
    with pa.OSFile(str(folder / "wanted.arrow"), "wb") as file, pa.ipc.new_file(file, table.schema) as to:
        to.write_table(table)
    with (folder / "wanted.csv").open("w", encoding="utf-8", newline="") as lines:
        to_csv = csv.writer(lines, lineterminator="\n")
        to_csv.writerow(("Id", *OUTPUTS))
        to_csv.writerows(zip(accounts, *columns.values(), strict=True))


def tasks_in(org: LocalOrg) -> tuple[int, str]:
    """How many Tasks of ours stand in the org, and a digest of all that was asked of them."""
    total, count = hashlib.sha256(), 0
    fields = ", ".join(f'"{name}"' for name in TASK_FIELDS)
    with org.org.store.read() as con:
        found = con.execute(
            f'SELECT {fields} FROM "Task" WHERE "Lifecycle_Key__c" IS NOT NULL AND "IsDeleted" = 0 '
            'ORDER BY "Lifecycle_Key__c"'
        )
        for row in found:
            count += 1
            total.update(repr([str(value).replace("\r\n", "\n") for value in row]).encode())
    return count, total.hexdigest()


def owners_in(org: LocalOrg) -> list[str]:
    """Users who may be given Tasks."""
    with org.org.store.read() as con:
        rows = con.execute(
            """SELECT "Id" FROM "User" WHERE "IsActive" = 1 AND "UserType" = 'Standard' AND "Alias" LIKE 'rep%'
            AND "Id" NOT IN (SELECT "UserId" FROM "UserLogin" WHERE "IsFrozen" = 1) ORDER BY 1"""
        )
        return [row[0] for row in rows]
