"""A first night as if it had been written: what it plans stands in the mirror, and state remembers its words.

No org is asked for it: a million updates would take hours that say nothing about the night that follows.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from sf_lifecycle.lifecycle.touched import TOUCH_FIELDS
from sf_lifecycle.mirror.ours import ALL_OURS, OUR_TASKS
from sf_lifecycle.mirror.store import FILE_NAME
from sf_lifecycle.plan.changes import AFTER, Plan, Section
from sf_lifecycle.state import State

PREFIXES = {"Task": "00T", "Campaign": "701", "CampaignMember": "00v", "CampaignMemberStatus": "01Y"}
GIVEN = {"IsDeleted": False, "IsClosed": False, "IsArchived": False, "HasResponded": False, "IsActive": True}
UNTIL = 2_000_000_000  # numbers of new Ids begin behind those of the records that are copied


def carry_out(folder: Path, plan: Plan) -> None:
    """Put what `plan` would write into the mirror at `folder`; nobody has it open."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{folder / FILE_NAME}' AS file")
        con.execute("USE file.mirror")
        made: dict[str, str] = {}
        for section in plan.sections:
            if section.operation == "update":
                _update(con, section)
            elif section.operation == "create":
                _create(con, section, made)
        con.execute("CHECKPOINT file")


def remember(state: State, plan: Plan) -> None:
    """What state keeps of it: a run, and each account's word."""
    head = plan.header
    run = state.start_run(job=head.job, org_id=head.org_id, as_of=head.as_of, mapping=head.mapping, model=head.model)
    state.record_labels(head.org_id, run.id, head.as_of, plan.labels)
    state.finish_run(run.id, status="done", counts={}, calls=0)


def read_back(tasks: pd.DataFrame) -> dict[str, dict[str, object]]:
    """Our Tasks as we read them back after writing them: as they are."""
    columns = {name: [_told(value) for value in tasks[name]] for name in TOUCH_FIELDS}
    rows = zip(*columns.values(), strict=True)
    return {id_: dict(zip(columns, values, strict=True)) for id_, values in zip(tasks["Id"], rows, strict=True)}


def _told(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value


def _update(con: duckdb.DuckDBPyConnection, section: Section) -> None:
    ours = next((each.table for each in ALL_OURS if each.object == section.object), section.object)
    own = "Id" if ours != section.object else "_id"
    con.register("new", pa.Table.from_pandas(section.rows[["ref", *(AFTER + n for n in section.fields)]]))
    said = ", ".join(f'"{name}" = new."{AFTER}{name}"' for name in section.fields)
    con.execute(f'UPDATE "{ours}" AS t SET {said} FROM new WHERE t."{own}" = new.ref')
    con.unregister("new")


def _create(con: duckdb.DuckDBPyConnection, section: Section, made: dict[str, str]) -> None:
    kind = next(each for each in ALL_OURS if each.object == section.object)
    rows = section.rows
    ids = [f"{PREFIXES[section.object]}{UNTIL + place:015d}" for place in range(len(rows))]
    made |= {"@" + str(ref): id_ for ref, id_ in zip(rows["ref"], ids, strict=True)}
    values = {name: rows[AFTER + name] for name in section.fields}
    values = {name: column.map(lambda each: made.get(str(each), each)) for name, column in values.items()}
    frame = pd.DataFrame({"Id": ids, **values})
    for name, given in GIVEN.items():
        if name not in frame and any(name == column for column, _ in (*kind.needed, *kind.wanted)):
            frame[name] = given
    if kind is OUR_TASKS:
        frame["Status"] = frame.get("Status", "Not Started")
    known = con.sql(f'SELECT * FROM "{kind.table}" LIMIT 0').columns
    listed = [name for name in known if name in frame or name == "CreatedDate"]
    frame["CreatedDate"] = dt.datetime.combine(dt.date(2026, 11, 23), dt.time(3))
    con.register("new", pa.Table.from_pandas(frame[listed]))
    names = ", ".join(f'"{name}"' for name in listed)
    con.execute(f'INSERT INTO "{kind.table}" ({names}) SELECT {names} FROM new')
    con.unregister("new")
