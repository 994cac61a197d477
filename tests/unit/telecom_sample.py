"""The sample firm as the mirror would have it, without an org between: the local org's tables, straight into DuckDB."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
from telecom_mirror import shipped_columns

from sf_lifecycle.localorg.sample import load_sample
from sf_lifecycle.localorg.sfdx import load_sfdx
from sf_lifecycle.localorg.standard import load_standard
from sf_lifecycle.localorg.store import Store

ROOT = Path(__file__).resolve().parents[2]


@cache
def tables(accounts: int, as_of: dt.date) -> dict[str, list[dict[str, object]]]:
    """Object → its living records with the mapped fields, as the local org keeps them."""
    store = Store(":memory:", load_sfdx(ROOT / "salesforce", load_standard()))
    load_sample(store, accounts=accounts, as_of=as_of)
    try:
        with store.read() as con:
            return {name: [dict(row) for row in con.execute(_wanted(name))] for name in shipped_columns()}
    finally:
        store.close()


def _wanted(name: str) -> str:
    fields = ", ".join(f'"{field}"' for field in shipped_columns()[name])
    return f'SELECT "Id", {fields} FROM "{name}" WHERE "IsDeleted" = 0 ORDER BY "Id"'


def sample_mirror(accounts: int, as_of: dt.date) -> duckdb.DuckDBPyConnection:
    """A mirror that holds the sample firm."""
    con = duckdb.connect(config={"threads": 1})
    con.execute("create schema mirror")
    con.execute("create table mirror._ids (key bigint, id varchar)")
    found = tables(accounts, as_of)
    ids = pa.table(
        {
            "id": sorted(
                {
                    str(row[field])
                    for rows in found.values()
                    for row in rows
                    for field in row
                    if (field == "Id" or _refers(field)) and row[field] is not None
                }
            )
        }
    )
    con.register("ids", ids)
    con.execute("insert into mirror._ids select row_number() over (order by id), id from ids")
    for name, types in shipped_columns().items():
        rows = found[name]
        texts = {field: pa.array([_text(row[field]) for row in rows], pa.string()) for field in ("Id", *types)}
        con.register("raw", pa.table(texts))
        told = ", ".join(_read(field, type_, _refers(field)) for field, type_ in types.items())
        con.execute(
            f'create table mirror."{name}" as select (select key from mirror._ids i where i.id = raw."Id") as _key, '
            f'raw."Id" as _id, {told} from raw'
        )
        con.unregister("raw")
    return con


def _refers(field: str) -> bool:
    return field.endswith("Id") or field in ("Account__c", "Lifecycle_Referred_By__c")


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _read(field: str, type_: str, refers: bool) -> str:
    if refers and type_ == "BIGINT":
        return f'(select key from mirror._ids i where i.id = raw."{field}") as "{field}"'
    if type_ == "BOOLEAN":
        return f"raw.\"{field}\" in ('1', 'True') as \"{field}\""
    if type_ == "TIMESTAMP":
        return f"cast(left(replace(raw.\"{field}\", 'T', ' '), 19) as timestamp) as \"{field}\""
    return f'cast(raw."{field}" as {type_}) as "{field}"'
