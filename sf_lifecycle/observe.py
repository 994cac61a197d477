"""What a run sees of the mirror and remembers for the guards of the next one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as MappingABC

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.lifecycle.steady import Wanted
from sf_lifecycle.lifecycle.tombstones import STONE_COLUMNS
from sf_lifecycle.lifecycle.touched import held_once
from sf_lifecycle.mirror import MirrorReader, PullReport, money_without_rate
from sf_lifecycle.mirror.ours import OUR_MEMBERS, OUR_TASKS
from sf_lifecycle.plan.desired import Actual
from sf_lifecycle.plan.guards import MEMBERS, OPEN_TASKS, Observed
from sf_lifecycle.salesforce import CallMeter
from sf_lifecycle.stages import Ground, Worked
from sf_lifecycle.state import Run, State, Tombstone, utc_now

REMEMBERED = dt.timedelta(days=60)  # how far back the org's own automation is watched for
LOOKED_BACK = 50
# The org's own counts of these hold more than anybody sees: archived activities, users of every kind.
NOT_COMPARED = ("Task", "Event", "User")
ROWS, FILLED, WORDS, RULES = "rows", "filled", "words", "rules"  # what state remembers for the guards
WANTED = "wanted"  # and for open Tasks that kept their words


def ground_of(
    con: duckdb.DuckDBPyConnection, state: State, mapping: Mapping, as_of: dt.date, *, job: str = "", run_id: str = ""
) -> Ground:
    """What a day's computation stands on, read from the mirror and from state. `run_id`: the run that asks, if any."""
    reader = MirrorReader(con)
    org_id = reader.org_id
    tasks, members, stones = reader.our_tasks(), reader.our_members(), state.tombstones(org_id)
    ours = {
        OPEN_TASKS: int((~tasks["IsClosed"].eq(True) & ~tasks["IsDeleted"].eq(True)).sum()),
        MEMBERS: int((~members["IsDeleted"].eq(True)).sum()),
    }
    return Ground(
        mirror=con,
        org_id=org_id,
        kind=reader.kind,
        users=reader.users(),
        actual=Actual(
            tasks=tasks,
            campaigns=_not_undone(reader.our_campaigns(), stones),
            members=members,
            statuses=reader.our_statuses(),
            unrated=money_without_rate(con, mapping),
        ),
        history=state.history(org_id, as_of),
        read_back=held_once(state.last_read_back(org_id, "Task", tasks["Id"].tolist()), tasks),
        sizes=row_counts(con) | ours,
        filled=filled_counts(con, mapping),
        makers={**state.makers(org_id, "Task"), **state.makers(org_id, "CampaignMember")},
        made=state.made(org_id, "Task"),
        tombstones=stones,
        merges={**reader.merged(), **state.merges(org_id)},
        rewritten=_rewritten(state, org_id),
        last_as_of=_last_day(state, org_id, job, run_id),
        wanted=_wanted(state.observed(org_id, job).get(WANTED)),
        pulled_at=reader.pulled_at.isoformat(),
    )


def raise_living(con: duckdb.DuckDBPyConnection, state: State, org_id: str) -> None:
    """Records that came back from the recycle bin, as with their account: nobody said no to what they are about."""
    for name, table in ((OUR_TASKS.object, OUR_TASKS.table), (OUR_MEMBERS.object, OUR_MEMBERS.table)):
        living = con.execute(f'SELECT "Id" FROM mirror."{table}" WHERE NOT coalesce("IsDeleted", false)').fetchall()
        state.raise_dead(org_id, name, [str(found) for (found,) in living])


def _not_undone(campaigns: pd.DataFrame, stones: pd.DataFrame) -> pd.DataFrame:
    """Without campaigns that an undo took back: a person who deletes one ends its wave, an undo does not."""
    undone = set(stones.loc[stones["object"].eq("Campaign") & stones["cause"].eq("undone"), "record_id"])
    return campaigns[~(campaigns["IsDeleted"].eq(True) & campaigns["Id"].isin(undone))].reset_index(drop=True)


def _rewritten(state: State, org_id: str) -> dict[tuple[str, str], dict[str, tuple[object, int]]]:
    found: dict[tuple[str, str], dict[str, tuple[object, int]]] = {}
    for each in state.rewritten(org_id, since=utc_now() - REMEMBERED):
        found.setdefault((each.object, each.record_id), {})[each.field] = (each.value, each.times)
    return found


def _last_day(state: State, org_id: str, job: str, run_id: str) -> dt.date | None:
    """The day of the job's last run that was whole, before the one that asks."""
    past = state.runs(job, limit=LOOKED_BACK) if job else []
    return next((run.as_of for run in past if _was_whole(run, org_id) and run.id != run_id), None)


def _was_whole(run: Run, org_id: str) -> bool:
    return run.org_id == org_id and run.kind == "run" and run.status in ("done", "partial", "nothing")


def row_counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """sObject → rows in the mirror."""
    return {name: int(_one_row(con, f'SELECT count(*) FROM mirror."{name}"')[0]) for name in _objects(con)}


def filled_counts(con: duckdb.DuckDBPyConnection, mapping: Mapping) -> dict[str, int]:
    """`Object.Field` → rows with a value. Booleans are never null in Salesforce: true counts.

    Fields that the mapping writes are left out: their values come and go by our own doing.
    """
    written = {
        (source.object, field)
        for set_name, fields in mapping.outputs.items()
        for source in mapping.roles[set_name]
        for field in fields
    }
    counts: dict[str, int] = {}
    for name in _objects(con):
        columns = con.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = 'mirror' AND table_name = ? "
            "AND column_name NOT IN ('_key', '_id', 'Id')",
            [name],
        ).fetchall()
        read = [(column, kind) for column, kind in columns if (name, column) not in written]
        if read:
            listed = ", ".join(_filled(column, kind) for column, kind in read)
            filled = _one_row(con, f'SELECT {listed} FROM mirror."{name}"')
            counts |= {f"{name}.{column}": number for (column, _), number in zip(read, filled, strict=True)}
    return counts


def _one_row(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, ...]:
    """All rows are fetched: DuckDB takes no other work on a connection with an unfinished result."""
    (row,) = con.execute(sql).fetchall()
    return row


def _filled(column: str, kind: str) -> str:
    quoted = '"' + column.replace('"', '""') + '"'
    return f"count(*) FILTER ({quoted})" if kind == "BOOLEAN" else f"count({quoted})"


def _objects(con: duckdb.DuckDBPyConnection) -> list[str]:
    found = con.execute(
        "SELECT table_name FROM duckdb_tables() "
        "WHERE schema_name = 'mirror' AND NOT starts_with(table_name, '_') ORDER BY table_name"
    ).fetchall()
    return [str(name) for (name,) in found]


def observe(
    ground: Ground | None,
    worked: Worked | None,
    pulled: PullReport | None,
    remembered: MappingABC[str, object],
    calls: CallMeter,
    *,
    whole_runs: int | None = None,
    storage_mb: tuple[int, int] | None = None,
    mirror_hours: float = 0,
) -> Observed:
    """Everything the guards look at, now and as the last run remembered it; without a mirror the org's day alone."""
    if ground is None or worked is None:
        return Observed(
            calls_used=calls.used or 0, calls_limit=calls.limit or 0, storage_mb=storage_mb, mirror_hours=mirror_hours
        )
    visible = {
        each.object: (each.rows, each.org_count)
        for each in (pulled.objects if pulled else ())
        if each.org_count and each.table == each.object and each.object not in NOT_COMPARED
    }
    return Observed(
        rows={name: number for name, number in ground.sizes.items() if name not in (OPEN_TASKS, MEMBERS)},
        filled=ground.filled,
        rows_before=_numbers(remembered.get(ROWS)),
        filled_before=_numbers(remembered.get(FILLED)),
        visible=visible,
        dawn=_at_dawn(worked.computed.stages, worked.as_of),
        words=words_of(worked),
        words_before=_words(remembered.get(WORDS)),
        rules_before=str(remembered.get(RULES) or ""),
        whole_runs=whole_runs,
        owners=worked.decision.listed,
        unresolved=worked.decision.unresolved,
        calls_used=calls.used or 0,
        calls_limit=calls.limit or 0,
        storage_mb=storage_mb,
        mirror_hours=mirror_hours,
    )


def memory_of(observed: Observed, rules_digest: str) -> dict[str, object]:
    """What state keeps for the guards of the next run."""
    return {
        ROWS: dict(observed.rows),
        FILLED: dict(observed.filled),
        WORDS: {label: dict(words) for label, words in observed.words.items()},
        RULES: rules_digest,
    }


def wanted_of(worked: Worked) -> dict[str, object]:
    """What state keeps of Tasks that kept their words, for the next run."""
    return {WANTED: {"day": worked.as_of.isoformat(), "words": dict(worked.wanted.words)}}


def _wanted(value: object) -> Wanted:
    if not isinstance(value, dict) or not isinstance(value.get("words"), dict):
        return Wanted()
    words = {str(key): str(digest) for key, digest in value["words"].items()}
    return Wanted(day=dt.date.fromisoformat(str(value["day"])), words=words)


def stones_of(worked: Worked) -> list[Tombstone]:
    """What people finished or deleted, new to state: purged or archived one day, it is not made again."""
    rows = worked.to_bury[list(STONE_COLUMNS)].itertuples(index=False, name=None)
    return [Tombstone(**dict(zip(STONE_COLUMNS, row, strict=True))) for row in rows]


def less(remembered: MappingABC[str, object], removed: MappingABC[str, int]) -> dict[str, object]:
    """What the guards remember of rows and values, without so many records (object → how many)."""
    rows, filled = _numbers(remembered.get(ROWS)), _numbers(remembered.get(FILLED))
    left = {name: max(0, number - removed.get(name, 0)) for name, number in rows.items()}
    values = {name: max(0, number - removed.get(name.partition(".")[0], 0)) for name, number in filled.items()}
    return {key: value for key, value in ((ROWS, left), (FILLED, values)) if value}


def words_of(worked: Worked) -> dict[str, dict[str, int]]:
    """Label → word → rows: the stage, and as `set.label` every other label whose word is written back."""
    found = {"stage": _counted(worked.computed.stages["word"])}
    found |= {label: dict(sorted(words.items())) for label, words in worked.computed.words.items()}
    return {label: words for label, words in found.items() if words}


def _at_dawn(stages: pa.Table, as_of: dt.date) -> dict[str, int]:
    """Stage → accounts that began the day in it."""
    moved = pc.fill_null(pc.equal(stages["since"], pa.scalar(as_of, pa.date32())), fill_value=False)
    return _counted(pc.if_else(moved, stages["previous"], stages["word"]))


def _counted(words: pa.ChunkedArray) -> dict[str, int]:
    counts = pc.value_counts(words)
    return _named(dict(zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True)))


def _named(counted: MappingABC[str | None, int]) -> dict[str, int]:
    return dict(sorted((word, number) for word, number in counted.items() if word is not None))


def _words(value: object) -> dict[str, dict[str, int]]:
    return {str(label): _numbers(words) for label, words in value.items()} if isinstance(value, dict) else {}


def _numbers(value: object) -> dict[str, int]:
    return {str(name): int(number) for name, number in value.items()} if isinstance(value, dict) else {}
