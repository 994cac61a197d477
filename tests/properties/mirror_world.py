"""A small org on real HTTP whose records people change, and a mirror that is kept up by what changed."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.config.settings import PullSettings, SalesforceSettings
from sf_lifecycle.localorg import LocalOrg, serve_in_thread
from sf_lifecycle.localorg.clock import stamp
from sf_lifecycle.mirror import Mirror, PullReport, open_mirror, pull, pull_all, schema_for
from sf_lifecycle.salesforce import Org, Patience, connect

START = dt.datetime(2026, 11, 22, 2, 30, tzinfo=dt.UTC)
METADATA = Path(__file__).parents[2] / "salesforce"
QUICK = Patience(attempts=3, first_wait=0.01, longest_wait=0.02, jitter=0.01)
SETTINGS = PullSettings(overlap_minutes=1)
REST = 1_000_000
KEY = "Lifecycle_Key__c"
CONTRACT = "Lifecycle_Provider_Contract__c"
ROLES: dict[str, Any] = {
    "account": [
        {"object": "Account", "fields": {"name": "Name", "owner": "OwnerId", "parent": "ParentId"}},
        {"object": "Lead", "fields": {"name": "Company", "owner": "OwnerId"}},
    ],
    "other_contract": [
        {"object": CONTRACT, "parent": "Account__c", "fields": {"end_date": "End_Date__c", "worth": "Monthly_Value__c"}}
    ],
    "contact": [
        {
            "object": "Contact",
            "parent": "AccountId",
            "fields": {"name": "Name", "email": "Email", "boss": "ReportsToId"},
        }
    ],
    "case": [
        {"object": "Case", "parent": "AccountId", "fields": {"subject": "Subject", "who": "ContactId"}},
    ],
    "task": [
        {
            "object": "Task",
            "parent": "AccountId",
            "fields": {"due": "ActivityDate", "is_closed": "IsClosed", "who": "WhoId", "what": "WhatId"},
        }
    ],
}
LOOKUPS = (
    ("Contact", "AccountId"), ("Contact", "ReportsToId"), ("Case", "ContactId"), ("Case", "AccountId"),
    ("Task", "WhoId"), ("Task", "WhatId"), ("Task", "AccountId"), ("Account", "ParentId"),
    (CONTRACT, "Account__c"), ("CampaignMember", "ContactId"), ("CampaignMember", "CampaignId"),
)  # fmt: skip


def mapping_of(roles: dict[str, Any] | None = None) -> Mapping:
    return Mapping.model_validate({"name": "telecom", "roles": roles or ROLES, "owners": {"fallback": "x"}})


def contents(mirror: Mirror) -> dict[str, list[tuple[Any, ...]]]:
    """All tables of facts, as they are."""
    with mirror.connect() as con:
        names = con.execute("select table_name from duckdb_tables() where schema_name = 'mirror' order by 1").fetchall()
        return {
            name: con.execute(f'select * from mirror."{name}" order by all').fetchall()
            for (name,) in names
            if name not in ("_ids", "_meta", "_pulls")
        }


@dataclass(kw_only=True)
class World:
    """The org with its clock, people who change it, and the worker's mirror."""

    server: LocalOrg
    admin: Org
    worker: Org
    mapping: Mapping
    schema: OrgSchema
    folder: Path
    clock: list[dt.datetime]
    held: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    bulk_from_rows: int = REST

    @property
    def now(self) -> dt.datetime:
        return self.clock[0]

    def later(self, **by: float) -> None:
        self.clock[0] += dt.timedelta(**by)

    def mirror(self, name: str = "mirror") -> Mirror:
        identity = self.worker.identity
        return open_mirror(self.folder / name, org_id=identity.org_id, kind=identity.kind)

    def pull(self, **options: Any) -> PullReport:
        arguments: dict[str, Any] = {"settings": SETTINGS, "bulk_from_rows": self.bulk_from_rows, "now": self.now}
        return pull(self.worker, self.mirror(), self.mapping, self.schema, **(arguments | options))

    def mirror_and_truth(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The mirror as it is kept up, and as a full pull of this moment makes it (of a copy, so that keys agree)."""
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.folder / "mirror", copy)
        pull_all(self.worker, self.mirror("copy"), self.mapping, self.schema, now=self.now, bulk_from_rows=REST)
        return contents(self.mirror()), contents(self.mirror("copy"))

    def create(self, name: str, **values: Any) -> str:
        (made,) = self.admin.create(name, [values])
        assert made.ok, made
        return str(made.id)

    def update(self, name: str, record: str, **values: Any) -> None:
        (done,) = self.admin.update(name, [{"Id": record, **values}])
        assert done.ok, done

    def delete(self, record: str) -> bool:
        """Whether the org let it go. Remembers who referred to it, for `undelete`."""
        held = []
        for name, column in LOOKUPS:
            text = f'SELECT "Id" FROM "{name}" WHERE "{column}" = ? AND "IsDeleted" = 0'
            held += [(name, column, str(row["Id"])) for row in self.rows(text, record)]
        (done,) = self.admin.delete([record])
        if done.ok:
            self.held[record] = held
        return done.ok

    def undelete(self, name: str, record: str) -> None:
        """From the recycle bin: the lookups come back, and no stamp moves but the record's own."""
        self.change(f'UPDATE "{name}" SET "IsDeleted" = 0, "SystemModstamp" = ? WHERE "Id" = ?', self.stamp, record)
        for table, column, child in self.held.pop(record, []):
            self.change(
                f'UPDATE "{table}" SET "{column}" = ?, "IsDeleted" = 0 WHERE "Id" = ? AND "{column}" IS NULL'
                f" OR \"Id\" = ? AND \"{column}\" = ?", record, child, child, record,
            )  # fmt: skip

    def merge(self, name: str, master: str, losers: Sequence[str]) -> None:
        self.server.org.store.merge(name, master, losers)

    def purge(self, name: str, record: str) -> None:
        """Emptied from the recycle bin: no trace is left."""
        self.change(f'DELETE FROM "{name}" WHERE "Id" = ?', record)

    @property
    def stamp(self) -> str:
        return stamp(self.now)

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        with self.server.org.store.read() as con:
            return [dict(row) for row in con.execute(sql, values)]

    def change(self, sql: str, *values: object) -> None:
        with self.server.org.store.write() as con:
            con.execute(sql, values)

    def ids(self, name: str, *, deleted: bool = False, where: str = "1") -> list[str]:
        text = f'SELECT "Id" FROM "{name}" WHERE "IsDeleted" = {int(deleted)} AND {where} ORDER BY "Id"'
        return [str(row["Id"]) for row in self.rows(text)]


@contextmanager
def world(folder: Path, mapping: Mapping | None = None, **options: Any) -> Iterator[World]:
    """An empty org, its clock at START, and who works in it."""
    clock = [START]
    with serve_in_thread(metadata=METADATA, now=lambda: clock[0], **options) as server:
        base: dict[str, Any] = {"instance_url": server.url, "kind": "local"}
        own = {"login": "client_credentials", "client_id": server.client_id, "client_secret": server.client_secret}
        boss = {"login": "access_token", "access_token": server.admin_token}
        with (
            connect(SalesforceSettings.model_validate(base | own), patience=QUICK) as worker,
            connect(SalesforceSettings.model_validate(base | boss), patience=QUICK) as admin,
        ):
            chosen = mapping or mapping_of()
            yield World(
                server=server,
                admin=admin,
                worker=worker,
                mapping=chosen,
                schema=schema_for(worker, chosen),
                folder=folder,
                clock=clock,
            )
