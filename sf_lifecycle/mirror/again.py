"""Rows to look at once more although their stamp did not move: those beside a record that went, or came back.

Deleting a record empties the lookups to it, and whether Salesforce stamps the rows that held them is told nowhere; the
same for what goes with a master, for what a merge moves, and for what returns with a record from the recycle bin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping as MappingABC, Sequence
from dataclasses import dataclass

import duckdb

from sf_lifecycle.mirror import merge
from sf_lifecycle.mirror.changes import rows_asked_again
from sf_lifecycle.mirror.following import DELETED
from sf_lifecycle.mirror.known import Known
from sf_lifecycle.mirror.ours import OUR_CAMPAIGNS, OUR_STATUSES
from sf_lifecycle.mirror.plan import ObjectPull
from sf_lifecycle.mirror.sql import again, quoted, waiting
from sf_lifecycle.mirror.ways import REST_PAGE_ROWS, Way
from sf_lifecycle.mirror.whole import Reader
from sf_lifecycle.salesforce import soql


@dataclass(frozen=True, kw_only=True)
class Moved:
    """Of one object: Ids that left the mirror with this pull, and Ids seen before that are in it again."""

    gone: tuple[str, ...]
    back: tuple[str, ...]


def look_again(
    reader: Reader, ways: MappingABC[str, Way], known: MappingABC[str, Known], *, full_from_share: float
) -> tuple[dict[str, int], Way | None]:
    """Table → rows read once more; and the first table of which so many would be that it is to be read whole instead:
    then call this again when it has been.
    """
    read: dict[str, int] = {}
    done: set[tuple[str, str]] = set()
    while any(way.since is not None for way in ways.values()):
        moved = {way.pull.object: _moved(reader.con, way, known) for way in ways.values() if way.pull.keyed}
        asked = 0
        for way in ways.values():
            if way.since is None:
                continue
            ids = list(_beside(reader.con, way.pull, moved))
            returned = [(path, _fresh(way.pull, path, back, done)) for path, back in _returned(reader.con, way, moved)]
            number = len(ids) + sum(len(back) for _, back in returned)
            if number > max(REST_PAGE_ROWS, full_from_share * known[way.pull.table].rows):
                return read, way.whole(f"{number:,} records beside deleted or returned ones are to be looked at again")
            conditions = [*soql.in_lists("Id", ids)]
            for path, back in returned:
                conditions += soql.in_lists(path, back)
            if not conditions:
                continue
            merge.ask_again(reader.con, way.pull, ids)
            found = rows_asked_again(reader, way.pull, conditions)
            read[way.pull.table] = read.get(way.pull.table, 0) + found
            asked += 1
        if not asked:
            break
    return read, None


def living_campaigns(con: duckdb.DuckDBPyConnection, campaigns: Way) -> list[str]:
    """Ids of our campaigns as they will be once what waits is merged."""
    if not campaigns.pull.fields:
        return []
    wait = waiting(OUR_CAMPAIGNS.table)
    text = f'select "Id" from {wait} where not "IsDeleted"'
    if campaigns.since is not None:
        text += f"""
            union select "Id" from mirror.{OUR_CAMPAIGNS.table}
            where not "IsDeleted" and "Id" not in (select "Id" from {wait})
        """
    return [str(found) for (found,) in con.execute(f"select * from ({text}) order by 1").fetchall()]


def _moved(con: duckdb.DuckDBPyConnection, way: Way, known: MappingABC[str, Known]) -> Moved:
    """By comparing what waits with the mirror. An object that is new to the mirror has no past."""
    pull = way.pull
    if pull.table not in known or not pull.fields:
        return Moved(gone=(), back=())
    old, wait = f"mirror.{quoted(pull.table)}", waiting(pull.table)
    living = ""
    if way.since is not None:
        flags = {name for name, _ in pull.marks}
        living = f"where not w.{quoted(DELETED)}" if DELETED in flags else ""
        lost = f'select w."Id" from {wait} as w where w.{quoted(DELETED)}' if living else ""
        lost += f"{' union all ' if lost else ''}select id from {again(pull.table)} as a "
        lost += f'where id not in (select "Id" from {wait})'
        gone = f"select _id from {old} where _id in ({lost})"
    else:
        gone = f'select _id from {old} where _id not in (select "Id" from {wait})'
    back = f"""
        select w."Id" from {wait} as w join mirror._ids as i on i.id = w."Id" {living}
        {"and" if living else "where"} w."Id" not in (select _id from {old})
    """
    return Moved(gone=_ids(con, gone), back=_ids(con, back))


def _beside(con: duckdb.DuckDBPyConnection, pull: ObjectPull, moved: MappingABC[str, Moved]) -> Iterator[str]:
    """Ids of rows of a table that refer to what is gone, and are not among those read already."""
    own = "_id" if pull.keyed else '"Id"'
    conditions, values = [], []
    for path, info in pull.fields:
        gone = [each for name, one in moved.items() if name in info.reference_to for each in one.gone]
        if info.type != "reference" or not gone:
            continue
        listed = "select key from mirror._ids where id in (select unnest(?))" if pull.keyed else "select unnest(?)"
        conditions.append(f"{quoted(path)} in ({listed})")
        values.append(gone)
    if not conditions:
        return
    text = f"""
        select {own} from mirror.{quoted(pull.table)} where ({" or ".join(conditions)})
        and {own} not in (select "Id" from {waiting(pull.table)} union all select id from {again(pull.table)})
        order by 1
    """
    yield from _ids(con, text, values)


def _returned(
    con: duckdb.DuckDBPyConnection, way: Way, moved: MappingABC[str, Moved]
) -> Iterator[tuple[str, list[str]]]:
    """Columns of a table, and the Ids that are back and that they may hold."""
    for path, info in way.pull.fields:
        if way.pull.table == OUR_STATUSES.table and path == "CampaignId":
            yield path, list(_campaigns_back(con))
        elif info.type == "reference":
            yield path, [each for name, one in moved.items() if name in info.reference_to for each in one.back]


def _fresh(pull: ObjectPull, path: str, back: list[str], done: set[tuple[str, str]]) -> list[str]:
    """Those not asked for before, which are noted in `done`."""
    fresh = [each for each in back if (f"{pull.table}.{path}", each) not in done]
    done |= {(f"{pull.table}.{path}", each) for each in fresh}
    return fresh


def _campaigns_back(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Campaigns that are ours, or there, only since this pull: their statuses may be older than it."""
    text = f"""
        select distinct "Id" from {waiting(OUR_CAMPAIGNS.table)} where not "IsDeleted" and "Id" not in
            (select "Id" from mirror.{OUR_CAMPAIGNS.table} where not "IsDeleted")
        order by 1
    """
    return _ids(con, text)


def _ids(con: duckdb.DuckDBPyConnection, text: str, values: Sequence[object] = ()) -> tuple[str, ...]:
    return tuple(str(found) for (found,) in con.execute(text, list(values)).fetchall())
