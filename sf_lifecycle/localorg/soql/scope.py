"""Names in a query: which object, which column, through which parents."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from sf_lifecycle.localorg.schema import Field, Schema, SObject
from sf_lifecycle.localorg.soql import polymorphic
from sf_lifecycle.localorg.soql.errors import SoqlError, marked
from sf_lifecycle.localorg.soql.nodes import Path
from sf_lifecycle.localorg.soql.sql import Sql, column, quoted

_MAX_PARENTS = 5
_HELP = "Please reference your WSDL or the describe call for the appropriate names."
_HELP_RELATIONSHIP = (
    "If you are attempting to use a custom relationship, be sure to append the '__r' after the "
    "custom relationship name. " + _HELP
)


class Access(Protocol):
    """What the user may see."""

    def object_readable(self, name: str) -> bool: ...

    def readable(self, object_name: str, field_name: str) -> bool: ...

    def row_filter(self, object_name: str, alias: str) -> tuple[str, Sequence[str | int | float | None]] | None:
        """An SQL condition on the rows of the table under this alias, with its values; None: all rows."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What all parts of one query share."""

    source: str
    schema: Schema
    access: Access | None
    now: datetime
    timezone: ZoneInfo
    all_rows: bool
    week_start: int
    aliases: Iterator[int] = field(default_factory=itertools.count)

    def alias(self) -> str:
        return f"t{next(self.aliases)}"

    def error(self, code: str, at: int, text: str) -> SoqlError:
        return marked(code, self.source, at, text)

    def malformed(self, at: int, text: str) -> SoqlError:
        return self.error("MALFORMED_QUERY", at, text)

    def readable(self, sobject: SObject, found: Field) -> bool:
        return found.type == "id" or self.access is None or self.access.readable(sobject.name, found.name)

    def row_filter(self, sobject: SObject, alias: str) -> Sql | None:
        """Which records the user may see (sharing)."""
        found = self.access.row_filter(sobject.name, alias) if self.access is not None else None
        return None if found is None else Sql(f"({found[0]})", tuple(found[1]))

    def object(self, name: Path) -> SObject:
        found = self.schema.get(str(name))
        if found is None or not found.queryable or not self.readable_object(found):
            raise self.error(
                "INVALID_TYPE",
                name.at,
                f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to "
                f"append the '__c' after the entity name. {_HELP}",
            )
        return found

    def readable_object(self, sobject: SObject) -> bool:
        return self.access is None or self.access.object_readable(sobject.name)

    def no_column(self, name: str, entity: str, at: int) -> SoqlError:
        return self.error(
            "INVALID_FIELD",
            at,
            f"No such column '{name}' on entity '{entity}'. If you are attempting to use a custom field, be sure to "
            f"append the '__c' after the custom field name. {_HELP}",
        )

    def no_child_relationship(self, name: Path) -> SoqlError:
        text = f"Didn't understand relationship '{name}' in FROM part of query call. {_HELP_RELATIONSHIP}"
        return self.error("INVALID_TYPE", name.at, text)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A parent on the way to a field: the name of the relationship, and the Id of the parent found (null: none)."""

    name: str
    id: Sql
    object_name: str | None  # None: any of several, the Id tells


@dataclass(frozen=True, kw_only=True)
class Term:
    """Something with a value per row (or group): a column, or a function of columns."""

    sql: Sql
    type: str  # of the describe: string, id, date, …
    name: str  # canonical, as in "Account.Name" or "COUNT(Id)"
    at: int
    field: Field | None = None
    steps: tuple[Step, ...] = ()
    aggregate: bool = False

    @property
    def caseless(self) -> bool:
        return self.type not in {"id", "reference"} and not (self.field is not None and self.field.case_sensitive)


class Scope:
    """One FROM: the object, and the parents joined to it as paths ask for them."""

    def __init__(self, env: Environment, sobject: SObject, name: str | None = None) -> None:
        self.env = env
        self.sobject = sobject
        self.alias = env.alias()
        self._own = {sobject.name.lower()} | ({name.lower()} if name else set())
        self._name = name.lower() if name else None
        self._joins: dict[tuple[str, ...], tuple[str, SObject]] = {}
        self._join_sql: list[Sql] = []

    def from_sql(self) -> Sql:
        found = Sql(f"{quoted(self.sobject.name)} AS {self.alias}")
        for part in self._join_sql:
            found = found + " " + part
        return found

    def visible(self) -> list[Sql]:
        """Conditions of the org itself: not deleted, not archived, shared with the user."""
        conditions = []
        if not self.env.all_rows:
            conditions += [
                column(self.alias, name) + " = 0" for name in ("IsDeleted", "IsArchived") if self.sobject.get(name)
            ]
        shared = self.env.row_filter(self.sobject, self.alias)
        return conditions if shared is None else [*conditions, shared]

    def term(self, path: Path) -> Term:
        parts = self._without_own_name(path)
        if len(parts) - 1 > _MAX_PARENTS:
            raise self.env.error(
                "INVALID_FIELD", path.at, f"relationship path '{path}' goes more than {_MAX_PARENTS} levels up"
            )
        alias, sobject = self.alias, self.sobject
        steps: list[Step] = []
        for index, part in enumerate(parts[:-1]):
            link = self._link(sobject, part, path)
            if link.polymorphic:
                if index != len(parts) - 2:
                    raise self._no_relationship(parts[index + 1], path)
                return self._through_name(alias, sobject, link, parts, steps, path)
            key = tuple(p.lower() for p in parts[: index + 1])
            alias, sobject = self._join(key, alias, link)
            steps.append(Step(name=str(link.relationship_name), id=column(alias, "Id"), object_name=sobject.name))
        found = sobject.get(parts[-1])
        if found is None or not self.env.readable(sobject, found):
            raise self.env.no_column(parts[-1], sobject.name, path.at)
        return self.column_term(alias, sobject, found, steps, path.at)

    def column_term(self, alias: str, sobject: SObject, found: Field, steps: Sequence[Step], at: int) -> Term:
        sql = column(alias, found.name) if found.stored else self._compound(alias, sobject, found)
        name = ".".join([*(s.name for s in steps), found.name])
        return Term(sql=sql, type=found.type, name=name, at=at, field=found, steps=tuple(steps))

    def _without_own_name(self, path: Path) -> tuple[str, ...]:
        first = path.parts[0].lower()
        if len(path.parts) == 1 or first not in self._own:
            return path.parts
        if first != self._name and self.sobject.by_relationship(first):
            return path.parts
        return path.parts[1:]

    def _link(self, sobject: SObject, name: str, path: Path) -> Field:
        link = sobject.by_relationship(name)
        if link is None or not self.env.readable(sobject, link):
            raise self._no_relationship(name, path)
        return link

    def _no_relationship(self, name: str, path: Path) -> SoqlError:
        return self.env.error(
            "INVALID_FIELD", path.at, f"Didn't understand relationship '{name}' in field path. {_HELP_RELATIONSHIP}"
        )

    def _join(self, key: tuple[str, ...], alias: str, link: Field) -> tuple[str, SObject]:
        known = self._joins.get(key)
        if known is not None:
            return known
        target = self.env.schema.get(link.reference_to[0]) if link.reference_to else None
        if target is None or not self.env.readable_object(target):
            raise self._no_relationship(str(link.relationship_name), Path((str(link.relationship_name),), 0))
        joined = self.env.alias()
        on = Sql(f"LEFT JOIN {quoted(target.name)} AS {joined} ON ") + column(joined, "Id") + " = "
        on = on + column(alias, link.name)
        shared = self.env.row_filter(target, joined)
        self._join_sql.append(on if shared is None else on + " AND " + shared)
        self._joins[key] = (joined, target)
        return joined, target

    def _through_name(
        self, alias: str, sobject: SObject, link: Field, parts: Sequence[str], steps: Sequence[Step], path: Path
    ) -> Term:
        reference = column(alias, link.name)
        found = polymorphic.name_field(self.env, link, parts[-1])
        if found is None:
            raise self.env.no_column(parts[-1], "Name", path.at)
        parent = Step(
            name=str(link.relationship_name),
            id=polymorphic.value(self.env, link, reference, "Id"),
            object_name=None,
        )
        every = (*steps, parent)
        return Term(
            sql=polymorphic.value(self.env, link, reference, found.name),
            type=found.type,
            name=".".join([*(s.name for s in every), found.name]),
            at=path.at,
            field=found,
            steps=every,
        )

    def _compound(self, alias: str, sobject: SObject, found: Field) -> Sql:
        """An address as JSON, or null when all its parts are."""
        parts = [p for p in sobject.parts(found.name) if p.stored and self.env.readable(sobject, p)]
        if not parts:
            return Sql("NULL")
        columns = [column(alias, p.name) for p in parts]
        pairs = ", ".join(
            f"'{polymorphic.part_key(found.name, p.name)}', {c.text}" for p, c in zip(parts, columns, strict=True)
        )
        missing = " AND ".join(f"{c.text} IS NULL" for c in columns)
        return Sql(f"CASE WHEN {missing} THEN NULL ELSE json_object({pairs}) END")
