"""Records merged in Salesforce: what belonged to the loser belongs to the survivor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import Connection, select

from sf_lifecycle.state.bulk import send, upsert
from sf_lifecycle.state.schema import merges


def remember(connection: Connection, now: dt.datetime, org_id: str, seen: Mapping[str, str]) -> None:
    """Loser → survivor. A loser seen before keeps nothing of what was known: the org knows best."""
    statement = upsert(connection, merges)
    statement = statement.on_conflict_do_update(
        index_elements=list(merges.primary_key.columns), set_={"survivor": statement.excluded.survivor}
    )
    send(connection, statement, merges, ("loser", "survivor"), seen.items(), {"org_id": org_id, "seen": now})


def read(connection: Connection, org_id: str) -> dict[str, str]:
    """Loser → the record that stands at the end, however many merges lie between."""
    query = select(merges.c.loser, merges.c.survivor).where(merges.c.org_id == org_id)
    direct = {row.loser: row.survivor for row in connection.execute(query)}
    ends = {loser: _end(loser, direct) for loser in direct}
    return {loser: end for loser, end in ends.items() if end != loser}


def _end(loser: str, direct: Mapping[str, str]) -> str:
    seen = {loser}
    at = direct[loser]
    while at in direct and at not in seen:  # an undeleted loser may have swallowed its survivor
        seen.add(at)
        at = direct[at]
    return at
