"""A small org to query: standard objects and a few fields more, in one SQLite database."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from sf_lifecycle.localorg import ids
from sf_lifecycle.localorg.ddl import create_tables
from sf_lifecycle.localorg.schema import Field, PicklistValue, Schema
from sf_lifecycle.localorg.soql import Access, Compiled, compile_query
from sf_lifecycle.localorg.standard import load_standard

NOW = datetime.datetime(2026, 11, 18, 22, 30, tzinfo=datetime.UTC)  # already the 19th, a Thursday, in Riga
RIGA = ZoneInfo("Europe/Riga")
USABLE: Mapping[str, Any] = {"filterable": True, "sortable": True, "groupable": True, "custom": True, "nillable": True}

EXTRA = (
    Field(name="Ext__c", label="External", type="string", length=40, external_id=True, unique=True, **USABLE),
    Field(name="Code__c", label="Code", type="string", length=40, unique=True, case_sensitive=True, **USABLE),
    Field(name="Skills__c", label="Skills", type="multipicklist", **USABLE),
    Field(
        name="Level__c",
        label="Level",
        type="picklist",
        picklist_values=tuple(PicklistValue(value=v, label=v.title()) for v in ("low", "mid", "high")),
        **USABLE,
    ),
    Field(name="Signed__c", label="Signed", type="date", **USABLE),
    Field(name="Seen__c", label="Seen", type="datetime", **USABLE),
    Field(name="Vip__c", label="VIP", type="boolean", default_value=False, **USABLE),
)


def schema() -> Schema:
    standard = load_standard()
    account = standard.objects["account"]
    fields = {**account.fields, **{f.name.lower(): f for f in EXTRA}}
    return Schema(objects={**standard.objects, "account": replace(account, fields=fields)})


@dataclass(kw_only=True)
class SoqlOrg:
    schema: Schema
    con: sqlite3.Connection
    access: Access | None = None
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, **values: Any) -> str:
        """Insert a row; returns its Id."""
        sobject = self.schema.get(name)
        assert sobject is not None
        self.counts[name] = self.counts.get(name, 0) + 1
        record_id = ids.make(sobject.key_prefix or "01J", self.counts[name])
        row = {"Id": record_id, **values}
        columns = ", ".join(f'"{c}"' for c in row)
        marks = ", ".join("?" * len(row))
        self.con.execute(f'INSERT INTO "{sobject.name}" ({columns}) VALUES ({marks})', tuple(row.values()))
        return record_id

    def compile(self, soql: str, *, all_rows: bool = False, now: datetime.datetime = NOW) -> Compiled:
        return compile_query(soql, schema=self.schema, access=self.access, now=now, timezone=RIGA, all_rows=all_rows)

    def records(self, soql: str, *, all_rows: bool = False) -> list[dict[str, Any]]:
        compiled = self.compile(soql, all_rows=all_rows)
        return compiled.shape(self.con.execute(compiled.sql, compiled.params), "65.0")

    def names(self, where: str, *, source: str = "Account", all_rows: bool = False) -> list[str]:
        """The Names of the accounts that a condition keeps, sorted."""
        return sorted(r["Name"] for r in self.records(f"SELECT Name FROM {source} WHERE {where}", all_rows=all_rows))

    def count(self, soql: str) -> int:
        compiled = self.compile(soql)
        assert compiled.is_count
        return int(self.con.execute(compiled.sql, compiled.params).fetchone()[0])


def soql_org() -> SoqlOrg:
    known = schema()
    con = sqlite3.connect(":memory:")
    create_tables(con, known)
    return SoqlOrg(schema=known, con=con)


def plain(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Records without their attributes, parents too."""
    return [
        {
            k: plain([v])[0] if isinstance(v, dict) and "records" not in v else v
            for k, v in r.items()
            if k != "attributes"
        }
        for r in records
    ]
