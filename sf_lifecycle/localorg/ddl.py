"""Tables and indexes for a schema."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from .deletion_tables import TABLES
from .schema import Field, Schema, SObject

_AUDIT = {"CreatedById", "LastModifiedById"}  # nobody looks records up by these; an index would slow every write


def create_tables(con: sqlite3.Connection, schema: Schema) -> None:
    """Make what is missing; fields that are new since the file was made become new columns."""
    con.execute('CREATE TABLE IF NOT EXISTS "_setting" (name TEXT PRIMARY KEY, value TEXT NOT NULL)')
    con.execute('CREATE TABLE IF NOT EXISTS "_sequence" (name TEXT PRIMARY KEY, last INTEGER NOT NULL)')
    for statement in TABLES:
        con.execute(statement)
    for sobject in schema.objects.values():
        known = {row[1] for row in con.execute(f'PRAGMA table_info("{sobject.name}")')}
        if not known:
            columns = ", ".join(_column(f) for f in stored_fields(sobject))
            con.execute(f'CREATE TABLE "{sobject.name}" ({columns})')
        else:
            for field in stored_fields(sobject):
                if field.name not in known:
                    con.execute(f'ALTER TABLE "{sobject.name}" ADD COLUMN {_column(field)}')
        for statement in _indexes(sobject):
            con.execute(statement)


def stored_fields(sobject: SObject) -> list[Field]:
    return [f for f in sobject.fields.values() if f.stored]


def _column(field: Field) -> str:
    if field.name == "Id":
        return '"Id" TEXT PRIMARY KEY NOT NULL'
    if field.type == "boolean":
        return f'"{field.name}" INTEGER NOT NULL DEFAULT {int(field.default_value is True)}'
    if field.type == "int":
        return f'"{field.name}" INTEGER'
    return f'"{field.name}" {"REAL" if field.is_number else "TEXT"}'


def _indexes(sobject: SObject) -> Iterator[str]:
    for field in stored_fields(sobject):
        name = f'"{sobject.name}.{field.name}"'
        target = f'"{sobject.name}" ("{field.name}"'
        if field.name == "SystemModstamp":
            yield f"CREATE INDEX IF NOT EXISTS {name} ON {target})"
        elif field.name == "IsDeleted":
            yield f'CREATE INDEX IF NOT EXISTS {name} ON {target}) WHERE "IsDeleted" = 1'
        elif field.type == "reference" and field.name not in _AUDIT:
            yield f'CREATE INDEX IF NOT EXISTS {name} ON {target}) WHERE "{field.name}" IS NOT NULL'
        elif (field.unique or field.external_id or field.id_lookup) and field.type != "id":
            collation = "" if field.case_sensitive or not field.is_text else " COLLATE NOCASE"
            yield f'CREATE INDEX IF NOT EXISTS {name} ON {target}{collation}) WHERE "{field.name}" IS NOT NULL'
