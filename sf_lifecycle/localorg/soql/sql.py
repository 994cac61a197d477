"""Pieces of SQL with their bound values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_FLAT = 50
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
    """The parts with AND or OR between them. Grouped by 50: SQLite limits how deep an expression tree may be."""
    if len(parts) == 1:
        return parts[0]
    if len(parts) > _FLAT:
        parts = [combine(operator, parts[i : i + _FLAT]) for i in range(0, len(parts), _FLAT)]
        return combine(operator, parts)
    return "(" + join(f" {operator} ", parts) + ")"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def column(alias: str, name: str) -> Sql:
    return Sql(f"{alias}.{quoted(name)}")
