"""A small org for the engine's tests: objects with types, a mapping to change, a mirror filled from plain rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as MappingABC
from decimal import Decimal
from typing import Any

import duckdb

from sf_lifecycle.config.mapping import Mapping, Model
from sf_lifecycle.config.schema import FieldInfo, ObjectInfo, OrgSchema
from sf_lifecycle.engine import Program, Query, build, harden
from sf_lifecycle.engine.definitions import field_type

TODAY = dt.date(2026, 11, 22)
Rows = MappingABC[str, list[dict[str, Any]]]


def field(name: str, type_: str, **more: Any) -> FieldInfo:
    return FieldInfo(name=name, type=type_, **more)


_OBJECTS: dict[str, list[FieldInfo]] = {
    "Account": [
        field("Name", "string"),
        field("OwnerId", "reference", reference_to=("User",)),
        field("ParentId", "reference", reference_to=("Account",)),
        field("Industry", "picklist", picklist=("Retail", "Energy", "Lojalność")),
        field("Tier__c", "picklist", picklist=("Gold", "Silver"), restricted_picklist=True),
        field("Park__c", "string"),
        field("Employees__c", "int"),
        field("Satisfaction__c", "double", scale=0, precision=18),
        field("Revenue__c", "currency", scale=2, precision=18),
        field("Founded__c", "date"),
        field("CreatedDate", "datetime"),
        field("Hidden__c", "boolean"),
        field("Products__c", "multipicklist", picklist=("Mobile", "Fixed", "TV"), restricted_picklist=True),
    ],
    "Lead": [
        field("Company", "string"),
        field("Name", "string"),
        field("DoNotCall", "boolean"),
        field("OwnerId", "reference", reference_to=("User",)),
        field("IsConverted", "boolean"),
        field("CreatedDate", "datetime"),
    ],
    "Deal__c": [
        field("Account__c", "reference", reference_to=("Account",), relationship_name="Account__r"),
        field("Provider__c", "string"),
        field("End_Date__c", "date"),
        field("Notice_Days__c", "double", scale=0),
        field("Monthly__c", "currency", scale=2),
        field("Certainty__c", "string"),
    ],
    "Contact": [
        field("AccountId", "reference", reference_to=("Account",)),
        field("Name", "string"),
        field("Email", "email"),
        field("DoNotCall", "boolean"),
        field("LastActivityDate", "date"),
    ],
}
SCHEMA = OrgSchema(
    objects={
        name: ObjectInfo(name=name, fields={info.name: info for info in fields}) for name, fields in _OBJECTS.items()
    },
    source="the tests' org",
)
ROLES: dict[str, Any] = {
    "account": [
        {
            "object": "Account",
            "fields": {
                "name": "Name",
                "owner": "OwnerId",
                "parent_id": "ParentId",
                "industry": "Industry",
                "class": "Tier__c",
                "park": "Park__c",
                "employees": "Employees__c",
                "satisfaction": "Satisfaction__c",
                "revenue": "Revenue__c",
                "founded": "Founded__c",
                "created": "CreatedDate",
                "hidden": "Hidden__c",
                "products": "Products__c",
            },
        }
    ],
    "deal": [
        {
            "object": "Deal__c",
            "parent": "Account__c",
            "fields": {
                "provider": "Provider__c",
                "end_date": "End_Date__c",
                "notice_days": "Notice_Days__c",
                "monthly": "Monthly__c",
                "certainty": "Certainty__c",
            },
        }
    ],
    "contact": [
        {
            "object": "Contact",
            "parent": "AccountId",
            "fields": {
                "name": "Name",
                "email": "Email",
                "do_not_call": "DoNotCall",
                "last_activity": "LastActivityDate",
            },
        }
    ],
}
LEADS = {
    "object": "Lead",
    "where": "not converted",
    "fields": {"name": "Company", "owner": "OwnerId", "converted": "IsConverted", "created": "CreatedDate"},
}
FILES = {"roles": "objects.toml"} | dict.fromkeys(
    ("columns", "features", "labels", "clusters", "parameters", "outputs"), "lifecycle.toml"
)


def mapping(*, leads: bool = False, **sections: Any) -> Mapping:
    """The mapping with some sections filled in."""
    roles = {**ROLES, "account": [*ROLES["account"], LEADS]} if leads else ROLES
    data = {"name": "test", "owners": {"fallback": "desk"}, "roles": roles} | sections
    return Mapping.model_validate(data).model_copy(update={"files": FILES})


def model(rules: list[dict[str, Any]] | None = None, **sections: Any) -> Model:
    """A stage model; without rules every account is a `customer` or a `prospect` by `revenue`."""
    stage = {"rules": rules or [{"label": "customer", "when": "revenue > 0"}, {"label": "prospect"}]}
    stage |= sections.pop("stage", {})
    return Model.model_validate({"title": "Test", "labels": {"account": {"stage": stage}}, "stages": {}, **sections})


def record_id(prefix: str, number: int) -> str:
    """An Id of 18 characters."""
    return f"{prefix}{number:015d}"


A, D, C, U = "001", "a01", "003", "005"


def mirror(
    rows: Rows, *, schema: OrgSchema = SCHEMA, rates: MappingABC[str, str] | None = None
) -> duckdb.DuckDBPyConnection:
    """A mirror in memory. Each row: `Id`, and fields as Python values (Ids as text). `rates`: code → rate of an org
    with several currencies, the corporate one first.
    """
    objects = {name: list(info.fields.values()) for name, info in schema.objects.items()}
    con = duckdb.connect()
    con.execute("CREATE SCHEMA mirror")
    ids: set[str] = set()
    for name, fields in objects.items():
        for row in rows.get(name, []):
            ids.add(row["Id"])
            ids |= {row[f.name] for f in fields if f.type == "reference" and row.get(f.name)}
    keys = {text: number for number, text in enumerate(sorted(ids), start=1)}
    con.execute("CREATE TABLE mirror._ids (id VARCHAR, key BIGINT)")
    if keys:
        con.executemany("INSERT INTO mirror._ids VALUES (?, ?)", [list(item) for item in keys.items()])
    con.execute("CREATE TABLE mirror._rates (iso VARCHAR, rate DECIMAL(18, 6), corporate BOOLEAN)")
    for number, (iso, rate) in enumerate((rates or {}).items()):
        con.execute("INSERT INTO mirror._rates VALUES (?, ?, ?)", [iso, Decimal(rate), number == 0])
    for name, fields in objects.items():
        columns = ", ".join(f'"{f.name}" {field_type(f).sql}' for f in fields)
        con.execute(f'CREATE TABLE mirror."{name}" (_key BIGINT, _id VARCHAR, {columns})')
        marks = ", ".join("?" * (len(fields) + 2))
        for row in rows.get(name, []):
            values = [keys.get(str(row.get(f.name))) if f.type == "reference" else row.get(f.name) for f in fields]
            con.execute(f'INSERT INTO mirror."{name}" VALUES ({marks})', [keys[row["Id"]], row["Id"], *values])
    harden(con)
    return con


def account(number: int, **fields: Any) -> dict[str, Any]:
    return {"Id": record_id(A, number), "Name": f"Firm {number}", **fields}


def deal(number: int, of: int | None, **fields: Any) -> dict[str, Any]:
    return {"Id": record_id(D, number), "Account__c": record_id(A, of) if of is not None else None, **fields}


def contact(number: int, of: int | None, **fields: Any) -> dict[str, Any]:
    return {"Id": record_id(C, number), "AccountId": record_id(A, of) if of is not None else None, **fields}


def select(set_: str = "account", /, **columns: str) -> Query:
    """A query for some columns."""
    return Query(name="q", set=set_, select=columns)


def read(
    rows: Rows,
    query: Query,
    *,
    of: Mapping | None = None,
    under: Model | None = None,
    as_of: dt.date = TODAY,
    history: Any = None,
    timezone: str = "UTC",
) -> list[dict[str, Any]]:
    """Build, run and fetch one query."""
    program = build(of or mapping(), under or model(), SCHEMA, [query], timezone=timezone)
    return fetch(program, rows, as_of=as_of, history=history)


def fetch(program: Program, rows: Rows, *, as_of: dt.date = TODAY, history: Any = None) -> list[dict[str, Any]]:
    """Run a program of one query over fresh rows."""
    with mirror(rows) as con, program.run(con, as_of=as_of, history=history) as run:
        found: list[dict[str, Any]] = run.fetch("q").to_pylist()
        return found


def value(expression: str, /, *, timezone: str = "UTC", parameters: Any = None, **fields: Any) -> Any:
    """What an expression is worth on one account with these fields."""
    rows = {"Account": [account(1, **fields)]}
    of = mapping(parameters=parameters or {})
    return read(rows, select(x=expression), of=of, timezone=timezone)[0]["x"]


def money(text: str) -> Decimal:
    return Decimal(text)
