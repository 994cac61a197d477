"""Which word each record had, since when, and why: history that the org itself does not keep."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Select, and_, bindparam, delete, func, or_, select, tuple_, update

from sf_lifecycle.state.bulk import send, upsert
from sf_lifecycle.state.schema import label_history as history, runs

READ_ROWS = 100_000
WRITE_ROWS = 20_000

_IDENTITY = ("set", "label", "record_id")
_CONTENT = ("word", "previous", "highest", "why")

_later = history.alias("later")
_NEXT_ENTRY = (
    select(func.min(_later.c.entered))
    .where(_later.c.org_id == history.c.org_id, *(_later.c[name] == history.c[name] for name in _IDENTITY))
    .where(_later.c.entered > history.c.entered)
    .scalar_subquery()
)


def read(connection: Connection, org_id: str, as_of: dt.date) -> pa.Table:
    """Each record's word as the day `as_of` began: set, label, id, word (text), since (date), highest, previous (text).

    A million rows pass from the driver's cursor to Arrow in columns; no row objects are made.
    """
    at_dawn = and_(history.c.entered < as_of, or_(history.c.left.is_(None), history.c.left >= as_of))
    wanted = [history.c[name] for name in (*_IDENTITY, "word", "entered", "highest", "previous")]
    query = select(*wanted).where(history.c.org_id == org_id, at_dawn)
    query = query.order_by(*(history.c[name] for name in _IDENTITY))
    result = connection.execute(query)
    cursor: Any = result.cursor
    tables = [_arrow(rows) for rows in iter(lambda: cursor.fetchmany(READ_ROWS), [])]
    result.close()
    return pa.concat_tables(tables) if tables else _arrow([])


@dataclass(frozen=True, kw_only=True)
class Stay:
    """One word of one record: entered and left (None: it still has it), from which word, and why."""

    word: str
    entered: dt.date
    left: dt.date | None
    previous: str | None
    highest: str | None
    why: str | None


def stays(connection: Connection, org_id: str, set_: str, label: str, record_id: str) -> list[Stay]:
    """Every word a record had under a label, the first one first."""
    which = (org_id, set_, label, record_id)
    same = and_(*(history.c[name] == value for name, value in zip(("org_id", *_IDENTITY), which, strict=True)))
    columns = ("word", "entered", "left", "previous", "highest", "why")
    query = select(*(history.c[name] for name in columns)).where(same).order_by(history.c.entered)
    return [Stay(**row._asdict()) for row in connection.execute(query)]


def _arrow(rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * 7
    texts = {name: pa.array(columns[i], pa.string()) for i, name in enumerate(("set", "label", "id", "word"))}
    # SQLite hands out dates as text, PostgreSQL as dates.
    since = pc.cast(pa.array(columns[4], None if rows else pa.date32()), pa.date32())
    rest = {name: pa.array(columns[i], pa.string()) for i, name in enumerate(("highest", "previous"), start=5)}
    return pa.table({**texts, "since": since, **rest})


def record(
    connection: Connection, org_id: str, run_id: str, as_of: dt.date, frame: pd.DataFrame, unwritten: Collection[str]
) -> int:
    """The day's changes of word as one run sees the whole day; returns the rows taken in.

    `frame` has the columns set, label, id, word, previous, highest, why. A word entered earlier on the same day is
    replaced, and withdrawn where this run no longer holds it. Records in `unwritten` (Ids) keep what they have: their
    change did not reach the org.
    """
    entries = frame.rename(columns={"id": "record_id"})
    _withdraw(connection, org_id, run_id, as_of, entries, unwritten)
    taken = entries.loc[~entries["record_id"].isin(set(unwritten))] if unwritten else entries
    for rows in _chunks(taken):
        _send(connection, {"org_id": org_id, "run_id": run_id, "entered": as_of}, rows)
    if len(taken):
        _link(connection, org_id, as_of)
    return len(taken)


def _chunks(entries: pd.DataFrame) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of _IDENTITY and _CONTENT, sorted as the table is, so that inserts append."""
    text = pa.schema([(name, pa.string()) for name in (*_IDENTITY, *_CONTENT)])
    table = pa.Table.from_pandas(entries[text.names], schema=text, preserve_index=False)
    for batch in table.sort_by([(name, "ascending") for name in _IDENTITY]).to_batches(WRITE_ROWS):
        yield list(zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _send(connection: Connection, same: dict[str, Any], rows: list[tuple[Any, ...]]) -> None:
    send(connection, _upsert(connection), history, (*_IDENTITY, *_CONTENT), rows, same)


def _upsert(connection: Connection) -> Any:
    """Insert; on the same day again, replace what differs."""
    statement = upsert(connection, history)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=list(history.primary_key.columns),
        set_={name: new[name] for name in (*_CONTENT, "run_id")},
        where=or_(*(history.c[name].is_distinct_from(new[name]) for name in _CONTENT)),
    )


def _withdraw(
    connection: Connection,
    org_id: str,
    run_id: str,
    as_of: dt.date,
    entries: pd.DataFrame,
    unwritten: Collection[str],
) -> None:
    """Words entered earlier today by a run of the same rules, and no longer held: the day goes on as it began.

    Runs of other rules know other labels; theirs stay.
    """
    rules = select(runs.c.mapping, runs.c.model).where(runs.c.id == run_id)
    siblings = select(runs.c.id).where(tuple_(runs.c.mapping, runs.c.model).in_(rules), runs.c.org_id == org_id)
    today = _of_day(org_id, as_of, *_IDENTITY).where(history.c.run_id.in_(siblings))
    entered = _frame(connection, today)
    if entered.empty:
        return
    held = pd.MultiIndex.from_frame(entries[list(_IDENTITY)])
    kept = pd.MultiIndex.from_frame(entered).isin(held) | entered["record_id"].isin(set(unwritten)).to_numpy()
    _take_out(connection, org_id, as_of, entered.loc[~kept])


def withdraw(connection: Connection, org_id: str, run_id: str) -> int:
    """Take back what a run entered: those words go, and those it closed go on. How many went.

    Nothing is taken back of a record for which a run that began later entered words. What the run replaced on its own
    day is not brought back: the day goes on as it began.
    """
    began = select(runs.c.started, runs.c.id).where(runs.c.id == run_id).scalar_subquery()
    later = select(runs.c.id).where(runs.c.org_id == org_id, tuple_(runs.c.started, runs.c.id) > began)
    columns = [history.c[name] for name in (*_IDENTITY, "entered")]
    mine = _frame(connection, select(*columns).where(history.c.org_id == org_id, history.c.run_id == run_id))
    theirs = _frame(connection, select(*columns).where(history.c.org_id == org_id, history.c.run_id.in_(later)))
    records = ["set", "record_id"]
    taken = pd.MultiIndex.from_frame(mine[records]).isin(pd.MultiIndex.from_frame(theirs[records]))
    gone = mine.loc[~taken]
    for entered in gone["entered"].unique():
        _take_out(connection, org_id, entered, gone.loc[gone["entered"] == entered])
    return len(gone)


def _frame(connection: Connection, query: Select[Any]) -> pd.DataFrame:
    names = [column.name for column in query.selected_columns]
    return pd.DataFrame(connection.execute(query).all(), columns=names, dtype=object)


def _take_out(connection: Connection, org_id: str, entered: dt.date, rows: pd.DataFrame) -> None:
    """Entries of one day go; what they closed goes on until the next entry there is."""
    gone = [{f"of_{key}": value for key, value in row.items()} for row in rows[list(_IDENTITY)].to_dict("records")]
    if not gone:
        return
    this = and_(history.c.org_id == org_id, *(history.c[name] == bindparam(f"of_{name}") for name in _IDENTITY))
    connection.execute(delete(history).where(this, history.c.entered == entered), gone)
    connection.execute(update(history).where(this, history.c.left == entered).values(left=_NEXT_ENTRY), gone)


def _link(connection: Connection, org_id: str, as_of: dt.date) -> None:
    """Earlier entries end where the day's begin; the day's end where later ones begin (as-of days may go back)."""
    of_org = history.c.org_id == org_id
    entered_today = tuple_(*(history.c[name] for name in _IDENTITY)).in_(_of_day(org_id, as_of, *_IDENTITY))
    open_then = and_(history.c.entered < as_of, or_(history.c.left.is_(None), history.c.left > as_of))
    if connection.scalar(select(func.min(history.c.entered)).where(of_org)) < as_of:
        connection.execute(update(history).where(of_org, open_then, entered_today).values(left=as_of))
    if connection.scalar(select(func.max(history.c.entered)).where(of_org)) > as_of:
        connection.execute(update(history).where(of_org, history.c.entered == as_of).values(left=_NEXT_ENTRY))


def _of_day(org_id: str, as_of: dt.date, *names: str) -> Select[Any]:
    columns = [history.c[name] for name in names]
    return select(*columns).where(history.c.org_id == org_id, history.c.entered == as_of)
