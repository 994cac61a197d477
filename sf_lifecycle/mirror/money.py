"""Money in an org with several currencies: which codes are pulled beside which amounts, and the rates of today.

A rate is how much of a currency one unit of the corporate one buys. Rates are read at every pull, so a changed rate
asks for no amount to be pulled again. Dated rates (advanced currency management) are not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

import duckdb

from sf_lifecycle.config.mapping import FieldRef, Mapping, Source
from sf_lifecycle.config.schema import FieldInfo, OrgSchema
from sf_lifecycle.errors import Problem
from sf_lifecycle.mirror.sql import quoted
from sf_lifecycle.mirror.wants import file_of
from sf_lifecycle.salesforce import Org, soql

CODE = "CurrencyIsoCode"
CURRENCIES = "CurrencyType"
RATES = "_rates"
MAKE_RATES = f"create or replace table mirror.{RATES} (iso varchar, rate decimal(18, 6), corporate boolean)"
_RATE_FIELDS = ("IsoCode", "ConversionRate", "IsCorporate")
_SCALE = Decimal("0.000001")
_OWN = 'or write {{ field = "{field}", currency = "own" }} where one amount is never compared with another'


def code_beside(path: str) -> str:
    """The path of the currency code of the record that holds the field at `path`."""
    parent, dot, _ = path.rpartition(".")
    return f"{parent}{dot}{CODE}"


def codes_wanted(mapping: Mapping, schema: OrgSchema, problems: list[Problem]) -> dict[str, dict[str, FieldInfo]]:
    """Object → path and description of each code to pull; amounts whose worth cannot be told go to `problems`."""
    found: dict[str, dict[str, FieldInfo]] = {}
    file = file_of(mapping, "roles", "objects.toml")
    for place, source, ref in _amounts(mapping):
        info = schema.resolve(source.object, ref.field)
        if info is None or info.type != "currency":
            continue
        path = code_beside(ref.field)
        code = schema.resolve(source.object, path)
        if code is not None and _tells_rates(schema):
            found.setdefault(source.object, {})[path] = code
        elif code is not None or _tells_rates(schema):
            missing = f"{CURRENCIES} with its rates" if code is not None else f"{source.object}.{path}"
            message = f"{ref.field} is money, and the org has several currencies, but does not show {missing}"
            way_out = "let the user see it, " + _OWN.format(field=ref.field)
            problems.append(Problem(file=file, place=place, message=message, hint=way_out))
    return found


def read_rates(org: Org, schema: OrgSchema) -> list[tuple[str, Decimal, bool]]:
    """(code, rate, is it the corporate one) of every currency, one call; nothing in an org with a single currency."""
    if not _tells_rates(schema):
        return []
    rows = org.query(soql.select(CURRENCIES, list(_RATE_FIELDS)))
    found = {str(row["IsoCode"]): (_rate(row["ConversionRate"]), row["IsCorporate"] is True) for row in rows}
    return [(iso, rate, corporate) for iso, (rate, corporate) in sorted(found.items()) if rate is not None]


def keep_rates(con: duckdb.DuckDBPyConnection, rates: list[tuple[str, Decimal, bool]]) -> None:
    """Puts them in place, all anew. To be called inside the transaction."""
    con.execute(MAKE_RATES)
    for iso, rate, corporate in rates:
        con.execute(f"insert into mirror.{RATES} values (?, ?, ?)", [iso, rate, corporate])


def money_without_rate(con: duckdb.DuckDBPyConnection, mapping: Mapping) -> dict[str, int]:
    """`Object.Field` → rows whose amount counts as unknown, having no currency code or one without a rate."""
    tables = dict(con.execute("select object, columns from mirror._pulls").fetchall())
    rated = _there(con, RATES)
    found: dict[str, int] = {}
    for _, source, ref in _amounts(mapping):
        name, path = f"{source.object}.{ref.field}", code_beside(ref.field)
        fields = {field[0]: field[1] for field in json.loads(tables.get(source.object, '{"fields": []}'))["fields"]}
        if name in found or fields.get(ref.field) != "currency" or path not in fields or not rated:
            continue
        query = f"""
            select count(*) from mirror.{quoted(source.object)}
            where {quoted(ref.field)} is not null
            and ({quoted(path)} is null or {quoted(path)} not in (select iso from mirror.{RATES}))
        """
        ((rows,),) = con.execute(query).fetchall()
        found[name] = int(rows)
    return {name: rows for name, rows in found.items() if rows}


def _amounts(mapping: Mapping) -> Iterator[tuple[str, Source, FieldRef]]:
    """Every field whose amount, if it is money, is to be worth its amount in the corporate currency, with its place."""
    for role, sources in mapping.roles.items():
        for index, source in enumerate(sources):
            at = role if len(sources) == 1 else f"{role}[{index}]"
            for name, ref in source.fields.items():
                if ref.currency == "corporate":
                    yield f"{at}.fields.{name}", source, ref


def _tells_rates(schema: OrgSchema) -> bool:
    return CURRENCIES in schema.objects and set(_RATE_FIELDS) <= set(schema.objects[CURRENCIES].fields)


def _rate(value: Any) -> Decimal | None:
    try:
        rate = Decimal(str(value)).quantize(_SCALE, rounding=ROUND_HALF_EVEN)
    except InvalidOperation:
        return None
    return rate if rate > 0 else None


def _there(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = con.execute(
        "select count(*) from duckdb_tables() where schema_name = 'mirror' and table_name = ?", [table]
    ).fetchall()
    return bool(found[0][0])
