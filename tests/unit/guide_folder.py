"""A working folder made from a page of the guide: its TOML blocks as files, its records as what was pulled."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.offline_schema import workspace_schema
from sf_lifecycle.config.schema import FieldInfo
from sf_lifecycle.config.workspace import load_workspace
from sf_lifecycle.engine.definitions import field_type
from sf_lifecycle.mirror.ours import ALL_OURS, USER_NEEDED, USER_WANTED
from sf_lifecycle.mirror.store import open_mirror, write_meta

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide"
ORG_ID = "00D000000000001AAA"
DUCK = {"id": "VARCHAR", "reference": "VARCHAR", "boolean": "BOOLEAN", "date": "DATE", "datetime": "TIMESTAMP"}
OWNER = "005000000000001AAA"
Record = dict[str, Any]
Orgs = dict[str, list[Record]]


def text_of(page: str) -> str:
    """A page of the guide."""
    return (GUIDE / page).read_text(encoding="utf-8")


def blocks(page: str) -> dict[str, str]:
    """File → what stands in the block that is marked with its name."""
    return dict(re.findall(r"^```toml (\S+)\n(.*?)^```$", text_of(page), re.MULTILINE | re.DOTALL))


def consoles(page: str) -> list[tuple[str, str]]:
    """Commands of the page, without the program's name, and what each prints."""
    return re.findall(r"^```console\n\$ sf-lifecycle ([^\n]+)\n(.*?)^```$", text_of(page), re.MULTILINE | re.DOTALL)


def table(page: str, begins: str) -> Iterator[dict[str, str]]:
    """The rows of the table whose head begins so: column → cell."""
    lines = iter(text_of(page).splitlines())
    head = next(line for line in lines if line.startswith(begins))
    columns = [cell.strip() for cell in head.strip("|").split("|")]
    next(lines)
    for line in lines:
        if not line.startswith("|"):
            return
        yield dict(zip(columns, (cell.strip() for cell in line.strip("|").split("|")), strict=True))


def write_files(folder: Path, page: str) -> None:
    """The page's TOML blocks as files below `folder`."""
    for name, text in blocks(page).items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def broker_records(page: str) -> Orgs:
    """The firms of the page's table, as the broker's org would hold them."""
    found: Orgs = {"Account": [], "Contact": [], "Policy__c": []}
    for number, row in enumerate(table(page, "| firm |"), start=1):
        firm = f"001{number:012d}AAA"
        known = {"Name": row["firm"], "OwnerId": OWNER, "Legal_Form__c": row["legal form"]}
        found["Account"].append({"Id": firm} | known)
        if row["contact"] != "nobody":
            name, title = row["contact"].split(", ")
            person = {"AccountId": firm, "Name": name, "Title": title, "Phone": "+31 20 555 01 0" + str(number)}
            found["Contact"].append({"Id": f"003{number:012d}AAA", "DoNotCall": False} | person)
        found["Policy__c"] += _policies(firm, row["policies"], len(found["Policy__c"]))
    return found


def _policies(firm: str, cell: str, before: int) -> Iterator[Record]:
    for number, told in enumerate(cell.split(" · "), start=before + 1):
        what, expiry, premium = told.split(", ")
        line, _, insurer = what.partition(" at ")
        ours = line.endswith(" through us")
        yield {
            "Id": f"a0P{number:012d}AAA",
            "Client__c": firm,
            "Placed_By_Us__c": ours,
            "Line__c": line.removesuffix(" through us"),
            "Insurer__c": insurer or None,
            "Expiry_Date__c": _day(expiry),
            "Premium__c": Decimal(premium),
        }


def _day(told: str) -> dt.date:
    day, month, year = told.split()
    return dt.date(int(year), list(calendar.month_name).index(month), int(day))


def write_mirror(config: Path, mapping: str, records: Orgs) -> None:
    """`records` as what was pulled: object → records as Salesforce has them; references are Ids."""
    workspace = load_workspace(config, environ={})
    schema = workspace_schema(workspace, mapping)
    mirror = open_mirror(workspace.settings.storage.data_dir, org_id=ORG_ID, kind="local")
    every = {value for rows in records.values() for row in rows for value in row.values() if _is_id(value)} | {OWNER}
    keys = {id_: number for number, id_ in enumerate(sorted(every), start=1)}
    with mirror.connect(read_only=False) as con:
        con.executemany("INSERT INTO mirror._ids VALUES (?, ?)", [list(pair) for pair in keys.items()])
        for name, fields in _mapped(workspace.mappings[mapping]).items():
            _table(con, name, [schema.objects[name].fields[field] for field in fields], records[name], keys)
        _users(con, keys)
        for ours in ALL_OURS:
            columns = ", ".join(f'"{field}" {DUCK.get(kind, "VARCHAR")}' for field, kind in ours.needed + ours.wanted)
            con.execute(f'CREATE TABLE mirror."{ours.table}" ({columns})')
        write_meta(con, {"pulled_at": "2026-11-23T05:00:00+00:00"})


def _is_id(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\w{15}AAA", value) is not None


def _mapped(mapping: Mapping) -> dict[str, list[str]]:
    """Object → the fields that are pulled of it, each once: those that are read, and those written back."""
    found: dict[str, dict[str, None]] = {}
    for role, source in ((role, source) for role, sources in mapping.roles.items() for source in sources):
        parent = [source.parent] if source.parent else []
        fields = found.setdefault(source.object, {})
        fields |= dict.fromkeys([*parent, *(ref.field for ref in source.fields.values())])
        fields |= dict.fromkeys(mapping.outputs.get(role, ()))
    return {name: list(fields) for name, fields in found.items()}


def _table(
    con: duckdb.DuckDBPyConnection, name: str, fields: list[FieldInfo], rows: list[Record], keys: dict[str, int]
) -> None:
    columns = ", ".join(f'"{field.name}" {field_type(field).sql}' for field in fields)
    con.execute(f'CREATE TABLE mirror."{name}" (_key BIGINT, _id VARCHAR, {columns})')
    for row in rows:
        known = {field.name: row.get(field.name) for field in fields}
        values = [keys.get(str(known[f.name])) if f.type == "reference" else known[f.name] for f in fields]
        marks = ", ".join("?" * (len(fields) + 2))
        con.execute(f'INSERT INTO mirror."{name}" VALUES ({marks})', [keys[row["Id"]], row["Id"], *values])


def _users(con: duckdb.DuckDBPyConnection, keys: dict[str, int]) -> None:
    fields = [FieldInfo(name="Id", type="string")]
    fields += [FieldInfo(name=name, type=kind) for name, kind in USER_NEEDED + USER_WANTED]
    fields = [FieldInfo(name=f.name, type="boolean") if f.name == "IsActive" else f for f in fields]
    known = {"Id": OWNER, "Name": "Roos Meijer", "Alias": "desk", "IsActive": True, "UserType": "Standard"}
    _table(con, "User", fields, [known], keys)
