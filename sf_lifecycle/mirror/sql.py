"""The few pieces of SQL text that everything in the mirror is made of."""

from __future__ import annotations


def quoted(name: str) -> str:
    """A name as SQL writes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def waiting(table: str) -> str:
    """The temporary table in which rows pulled for a table of the mirror wait."""
    return f"temp.{quoted('waiting.' + table)}"


def again(table: str) -> str:
    """The temporary table of the Ids whose rows were asked for again, whatever their stamp."""
    return f"temp.{quoted('again.' + table)}"
