"""What a mapping reads and the mirror does not hold: fields mapped, or currencies turned on, since the last pull."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.mirror.money import codes_wanted
from sf_lifecycle.mirror.wants import wants_of

MOST_NAMED = 5


def lacking(con: duckdb.DuckDBPyConnection, mapping: Mapping, schema: OrgSchema) -> list[str]:
    """`Rating of Account` for every such field, `Case` for an object without a table; in the order of the mapping.

    Of fields that are only written those that the object has: an object of a role need not have them all.
    """
    there: dict[str, set[str]] = {}
    columns = "select table_name, column_name from duckdb_columns() where schema_name = 'mirror'"
    for table, column in con.execute(columns).fetchall():
        there.setdefault(table, set()).add(column)
    asked = [(want.object, want.path) for want in wants_of(mapping) if not want.optional]
    asked += [(name, path) for name, codes in codes_wanted(mapping, schema, []).items() for path in codes]
    asked += [(name, field) for name, field in _written(mapping, schema) if name in there]
    found = [
        f"{path} of {name}" if name in there else name
        for name, path in asked
        if name not in there or (path and path not in there[name])
    ]
    return list(dict.fromkeys(found))


def _written(mapping: Mapping, schema: OrgSchema) -> Iterator[tuple[str, str]]:
    """Object and field of every value written back where the object is known to have the field."""
    for of_set, fields in mapping.outputs.items():
        for source in mapping.roles[of_set]:
            info = schema.objects.get(source.object)
            yield from ((source.object, field) for field in fields if info is not None and field in info.fields)


def lacking_text(found: list[str]) -> str:
    """`no Rating of Account and no Case`."""
    named = [f"no {each}" for each in found[:MOST_NAMED]]
    if len(found) > MOST_NAMED:
        named.append(f"{len(found) - MOST_NAMED} more")
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)
