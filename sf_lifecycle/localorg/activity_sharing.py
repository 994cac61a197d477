"""Who may read and change Tasks and Events: their owners and those above, or whoever may do so with their parents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import sharing

if TYPE_CHECKING:
    from .access import Access

PARENT_COLUMNS = ("WhatId", "WhoId")
ACTIVITIES = frozenset({"task", "event"})
_NEVER = "0"


@dataclass(frozen=True, kw_only=True)
class ByParents:
    """Rows of the user and of those below, and rows with a parent record of which the user may do the same.

    `every`: with all of their parents (Controlled by Parent), else with any of them (reading private activities).
    """

    every: bool


def condition(
    access: Access, object_name: str, dot: str, scope: ByParents, *, writing: bool
) -> tuple[str, tuple[str, ...]]:
    """The rule as a condition in SQL, with its values."""
    own, params = sharing.owned(f'{dot}"OwnerId"', access.user_id, access.role_id)
    found = [_parents(access, object_name, column, f'{dot}"{column}"', writing=writing) for column in PARENT_COLUMNS]
    values = (*params, *(value for _, held in found for value in held))
    if not scope.every:
        ways = [own, *(sql for sql, _ in found if sql != _NEVER)]
        return f"({' OR '.join(ways)})" if len(ways) > 1 else own, values
    columns = [f'{dot}"{column}"' for column in PARENT_COLUMNS]
    each = [f"({column} IS NULL OR {sql})" for column, (sql, _) in zip(columns, found, strict=True)]
    some = " OR ".join(f"{column} IS NOT NULL" for column in columns)
    return f"({own} OR (({some}) AND {' AND '.join(each)}))", values


def _parents(
    access: Access, object_name: str, field_name: str, column: str, *, writing: bool
) -> tuple[str, tuple[str, ...]]:
    """Whether the column names a record that the user may read, or change."""
    parts: list[str] = []
    values: list[str] = []
    whole: list[str] = []
    for target, prefix in _targets(access, object_name, field_name, writing=writing):
        inner = access.edit_filter(target) if writing else access.row_filter(target)
        if inner is None:
            whole.append(prefix)
            continue
        parts.append(f'{column} IN (SELECT "Id" FROM "{target}" WHERE {inner[0]})')
        values += inner[1]
    if whole:
        parts.append(f"substr({column}, 1, 3) IN ({', '.join(repr(prefix) for prefix in whole)})")
    return (f"({' OR '.join(parts)})" if parts else _NEVER), tuple(values)


def _targets(access: Access, object_name: str, field_name: str, *, writing: bool) -> Iterator[tuple[str, str]]:
    """(object, its prefix) of the parents whose object permission lets the user read, or change."""
    sobject = access.schema.get(object_name)
    field = sobject.get(field_name) if sobject is not None else None
    for name in field.reference_to if field is not None else ():
        target = access.schema.get(name)
        if target is not None and target.key_prefix and may(access, target.name, writing=writing):
            yield target.name, target.key_prefix


def may(access: Access, object_name: str, *, writing: bool) -> bool:
    """Whether object permissions let the user read, or change, any record of an object at all."""
    permission = access.object_permission(object_name)
    return permission.edit if writing else permission.read
