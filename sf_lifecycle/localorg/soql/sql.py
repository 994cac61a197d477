"""Pieces of SQL with their bound values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Param = str | int | float | None


@dataclass(frozen=True, slots=True)
class Sql:
    text: str
    params: tuple[Param, ...] = ()

    def __add__(self, other: Sql | str) -> Sql:
        if isinstance(other, str):
            return Sql(self.text + other, self.params)
        return Sql(self.text + other.text, self.params + other.params)

    def __radd__(self, before: str) -> Sql:
        return Sql(before + self.text, self.params)


def join(separator: str, parts: Iterable[Sql]) -> Sql:
    found = list(parts)
    return Sql(separator.join(p.text for p in found), tuple(v for p in found for v in p.params))


def combine(operator: str, parts: Sequence[Sql]) -> Sql:
    """The parts with AND or OR between them, as a balanced tree: SQLite limits how deep an expression may be."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return "(" + combine(operator, parts[:middle]) + f" {operator} " + combine(operator, parts[middle:]) + ")"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def column(alias: str, name: str) -> Sql:
    return Sql(f"{alias}.{quoted(name)}")
