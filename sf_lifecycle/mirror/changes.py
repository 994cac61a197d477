"""Reading what changed: one query a table for all stamped since the last pull, deleted and archived rows among them,
25 queries to a call. What a query cannot give, or gives too much of, is read whole instead.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Mapping as MappingABC, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sf_lifecycle.errors import OrgError
from sf_lifecycle.mirror import merge
from sf_lifecycle.mirror.following import DELETED, MASTER, STAMP
from sf_lifecycle.mirror.known import Known
from sf_lifecycle.mirror.ours import OUR_KEY
from sf_lifecycle.mirror.plan import Fields, ObjectPull
from sf_lifecycle.mirror.sql import quoted, waiting
from sf_lifecycle.mirror.ways import REST_PAGE_ROWS, Way, bulk_calls, rest_calls
from sf_lifecycle.mirror.whole import Read, Reader
from sf_lifecycle.salesforce import Answer, Asked, soql
from sf_lifecycle.salesforce.arrow import empty_table, table_of_rows


@dataclass(frozen=True, kw_only=True)
class Question:
    """One query of a batch. `kind`: what changed of a table, how many living rows carry our key, or what was merged."""

    kind: Literal["changes", "living", "merges"]
    pull: ObjectPull
    asked: Asked
    since: dt.datetime | None = None


def questions(ways: MappingABC[str, Way]) -> list[Question]:
    """All that is asked before anything is read whole."""
    followed = [way for way in ways.values() if way.since is not None]
    found = [_changes(way) for way in followed]
    found += [_living(way.pull) for way in followed if _is_keyed_by_us(way.pull)]
    return found + [_merges(way) for way in ways.values() if way.pull.merges]


def delta_fields(pull: ObjectPull) -> Fields:
    """A table's own columns and those that say what became of a row."""
    own = dict(pull.fields)
    return pull.fields + tuple((name, info) for name, info in pull.marks if name not in own)


def changed_since(way: Way) -> str:
    """The condition on what changed of a table that is followed."""
    if way.since is None:
        raise ValueError(f"{way.pull.table} is read whole")
    return _and(way.pull.where, soql.compare(STAMP, ">=", way.since))


def take_changes(reader: Reader, way: Way, answer: Answer, known: Known, *, full_from_share: float) -> Read | Way:
    """Stages what changed of a table; or the table's new way, which is to be read whole."""
    started, spent = time.monotonic(), reader.org.calls.spent
    if answer.error is not None:
        return way.whole(f"asking for what changed failed ({answer.error})")
    if answer.next is not None and answer.total > full_from_share * known.rows:
        share = f"{answer.total:,} of {known.rows:,} rows changed"
        return way.whole(f"{share}, more than a share of {full_from_share:g} (pull.full_from_share)")
    fields, bulk = delta_fields(way.pull), False
    merge.discard(reader.con, [way.pull])
    merge.stage(reader.con, way.pull, table_of_rows(answer.rows, fields))
    merge.ask_again(reader.con, way.pull, ())
    if answer.next is not None:
        bulk = answer.total >= reader.bulk_from_rows and _bulk_is_cheaper(answer.total)
        try:
            _take_rest(reader, way, answer, fields, bulk=bulk)
        except OrgError as error:
            if error.code not in _READ_WHOLE:
                raise
            return way.whole(f"reading what changed failed ({error})")
    if reader.progress:
        reader.progress(way.pull.object, merge.staged_rows(reader.con, way.pull), answer.total)
    return Read(
        rows=merge.staged_rows(reader.con, way.pull),
        calls=reader.org.calls.spent - spent,
        seconds=time.monotonic() - started,
        bulk=bulk,
    )


def lost_their_key(reader: Reader, pull: ObjectPull, answer: Answer) -> str:
    """Why a table of ours must be read whole: a record without our key is in none of our queries, so those that
    somebody took the key from show only in the number that is left. Empty where the numbers agree.
    """
    if answer.error is not None:
        return f"counting them failed ({answer.error})"
    wait = waiting(pull.table)
    text = f"""
        select (select count(*) from mirror.{quoted(pull.table)} where not "IsDeleted"
                and "Id" not in (select "Id" from {wait}))
             + (select count(distinct "Id") from {wait} where not "IsDeleted")
    """
    ((expected,),) = reader.con.execute(text).fetchall()
    return "" if expected == answer.total else f"the org has {answer.total:,} that carry our key, not {expected:,}"


def take_merges(reader: Reader, question: Question, answer: Answer) -> list[tuple[str, str]]:
    """(loser, survivor) of the records merged. OrgError where they cannot be read."""
    rows = _all_rows(reader, question.asked, answer)
    return sorted({(str(row["Id"]), str(row[MASTER])) for row in rows})


def keep_merges(reader: Reader, question: Question, merges: Sequence[tuple[str, str]]) -> None:
    """Puts them in place, all anew where the whole recycle bin was asked. To be called inside the transaction."""
    name = question.pull.object
    if question.since is None:
        reader.con.execute("delete from mirror._merged where object = ?", [name])
    if not merges:
        return
    losers = [loser for loser, _ in merges]
    reader.con.execute("delete from mirror._merged where loser in (select unnest(?))", [losers])
    reader.con.execute(
        "insert into mirror._merged select ?, unnest(?), unnest(?)", [name, losers, [kept for _, kept in merges]]
    )


def rows_asked_again(reader: Reader, pull: ObjectPull, conditions: Iterable[str]) -> int:
    """Stages rows by conditions of their own, 25 to a call; how many came. OrgError where one cannot be read."""
    fields = delta_fields(pull)
    texts = [
        soql.select(pull.object, [path for path, _ in fields], where=_and(pull.where, each)) for each in conditions
    ]
    found, queries = 0, [Asked(soql=text, all_rows=True) for text in texts]
    for asked, answer in zip(queries, reader.org.query_many(queries), strict=True):
        rows = _all_rows(reader, asked, answer)
        merge.stage(reader.con, pull, table_of_rows(rows, fields))
        found += len(rows)
    return found


# The query is at fault, or its cursor, not the object or the user's rights.
_READ_WHOLE = frozenset({"QUERY_TIMEOUT", "INVALID_QUERY_LOCATOR", "OPERATION_TOO_LARGE", "UNKNOWN_EXCEPTION"})


def _take_rest(reader: Reader, way: Way, answer: Answer, fields: Fields, *, bulk: bool) -> None:
    if not bulk and answer.next is not None:
        merge.stage(reader.con, way.pull, table_of_rows(reader.org.query_rest(answer.next), fields))
        return
    merge.discard(reader.con, [way.pull])
    merge.stage(reader.con, way.pull, empty_table(fields))
    merge.ask_again(reader.con, way.pull, ())
    for table in reader.org.query_arrow(way.pull.object, fields, changed_since(way), all_rows=True, bulk=True):
        merge.stage(reader.con, way.pull, table)


def _all_rows(reader: Reader, asked: Asked, answer: Answer) -> list[dict[str, Any]]:
    """An answer's rows, all pages. What failed among others is asked once more by itself, with all patience."""
    if answer.error is not None:
        return reader.org.query(asked.soql, all_rows=asked.all_rows)
    return answer.rows + (reader.org.query_rest(answer.next) if answer.next else [])


def _bulk_is_cheaper(rows: int) -> bool:
    return bulk_calls(rows) < rest_calls(rows - REST_PAGE_ROWS)


def _is_keyed_by_us(pull: ObjectPull) -> bool:
    return OUR_KEY in pull.where


def _changes(way: Way) -> Question:
    fields = [path for path, _ in delta_fields(way.pull)]
    text = soql.select(way.pull.object, fields, where=changed_since(way))
    return Question(kind="changes", pull=way.pull, asked=Asked(soql=text, all_rows=True), since=way.since)


def _living(pull: ObjectPull) -> Question:
    living = f"{pull.where} AND {soql.compare(DELETED, '=', False)}"
    text = f"SELECT COUNT() FROM {soql.name(pull.object)} WHERE {living}"
    return Question(kind="living", pull=pull, asked=Asked(soql=text, all_rows=True))


def _merges(way: Way) -> Question:
    where = f"{soql.compare(DELETED, '=', True)} AND {soql.compare(MASTER, '!=', None)}"
    if way.since is not None:
        where += f" AND {soql.compare(STAMP, '>=', way.since)}"
    text = soql.select(way.pull.object, ["Id", MASTER], where=where)
    return Question(kind="merges", pull=way.pull, asked=Asked(soql=text, all_rows=True), since=way.since)


def _and(first: str, second: str) -> str:
    return f"{first} AND {second}" if first else second
