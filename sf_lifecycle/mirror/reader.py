"""The mirror as tables for Python: Ids as text, dates as `datetime.date`, datetimes naive UTC, None for null."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import duckdb
import pandas as pd
import pyarrow as pa

from sf_lifecycle.errors import UsageError
from sf_lifecycle.mirror.following import CONVERTED
from sf_lifecycle.mirror.sql import quoted
from sf_lifecycle.mirror.store import read_meta


class MirrorReader:
    """Reads over a connection of `Mirror.connect`. UsageError where it is no mirror, or nothing was pulled yet."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        try:
            meta = read_meta(con)
        except duckdb.CatalogException as error:
            raise UsageError("the file is no mirror; delete it and run `sf-lifecycle pull`") from error
        if "pulled_at" not in meta:
            raise UsageError("the mirror is empty; run `sf-lifecycle pull` first")
        self._con = con
        self.org_id, self.kind = str(meta["org_id"]), str(meta["kind"])
        self.pulled_at = dt.datetime.fromisoformat(str(meta["pulled_at"]))

    def our_tasks(self) -> pd.DataFrame:
        """Tasks with a key of ours, deleted and archived ones too; columns are API names."""
        return self._frame('select * from mirror."_our_tasks" order by "Id"')

    def our_campaigns(self) -> pd.DataFrame:
        """Campaigns with a key of ours, deleted ones too."""
        return self._frame('select * from mirror."_our_campaigns" order by "Id"')

    def our_members(self) -> pd.DataFrame:
        """Campaign members with a key of ours, deleted ones too."""
        return self._frame('select * from mirror."_our_members" order by "Id"')

    def our_statuses(self) -> pd.DataFrame:
        """Member statuses of our campaigns."""
        return self._frame('select * from mirror."_our_statuses" order by "Id"')

    def users(self) -> pd.DataFrame:
        """All users: Id, ManagerId and UserRoleId as text, and every other field that was pulled of them."""
        return self._frame(
            """
            select u._id as "Id", u.* exclude (_key, _id, "Id", "ManagerId", "UserRoleId"),
                m.id as "ManagerId", r.id as "UserRoleId"
            from mirror."User" as u
            left join mirror._ids as m on m.key = u."ManagerId"
            left join mirror._ids as r on r.key = u."UserRoleId"
            order by u._id
            """
        )

    def values(self, object_name: str, fields: Sequence[str]) -> pa.Table:
        """`_id` and the given fields of an object's rows, typed as the mirror holds them, in the order of `_key`."""
        columns = ", ".join(quoted(name) for name in ("_id", *fields))
        return self._con.sql(f"select {columns} from mirror.{quoted(object_name)} order by _key").to_arrow_table()

    def merged(self) -> dict[str, str]:
        """Account, contact or lead → the record it was merged into, as far as the recycle bin told, and converted lead
        → its account. The survivor may have been merged or converted since: look it up again.
        """
        query = "select loser, survivor from mirror._merged order by loser"
        return dict(self._con.execute(query).fetchall()) | self._converted()

    def _converted(self) -> dict[str, str]:
        columns = self._con.execute(
            "select column_name from duckdb_columns() where schema_name = 'mirror' and table_name = 'Lead'"
        ).fetchall()
        if not {(name,) for name in CONVERTED} <= set(columns):
            return {}
        query = """
            select l._id, a.id from mirror."Lead" as l join mirror._ids as a on a.key = l."ConvertedAccountId"
            where l."IsConverted" order by l._id
        """
        return dict(self._con.execute(query).fetchall())

    def pulls(self) -> pd.DataFrame:
        """The last pull: object, rows, calls, seconds, org_count, mode (full, changes, unchanged), watermark (text, ISO
        8601 with zone), full_at (the last full pull, the same way).
        """
        columns = "object, rows, calls, seconds, org_count, mode, watermark, full_at"
        return self._frame(f"select {columns} from mirror._pulls order by object")

    def _frame(self, sql: str) -> pd.DataFrame:
        table: pa.Table = self._con.sql(sql).to_arrow_table()
        # Object columns: one null (None), real dates, and no flag that turns into a float because one row lacks it.
        columns = {name: pd.Series(table[name].to_pylist(), dtype=object) for name in table.column_names}
        return pd.DataFrame(columns)
