"""The engine against plain DuckDB SQL written by hand for the same result, and against reading and rewriting alone.

    python benchmarks/engine.py --accounts 1000000

Each in a process of its own, over one generated mirror: features from four child objects, a picked contact, an 8-rule
stage, and the 25 best accounts per owner. `list`: the ranked list alone, one statement on both sides. `all`: every
account's stage and features as well. Results must be equal.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pyarrow as pa
from engine_data import AS_OF, generate
from measured import memory_mb

BEST = 25
FEATURES = (
    "open_elsewhere",
    "known_lines",
    "worth_elsewhere",
    "next_decision",
    "own_active",
    "own_ever",
    "own_monthly",
    "first_won",
    "next_own",
    "talks",
    "contacts",
)
TABLES = ("Account", "Lifecycle_Provider_Contract__c", "Contract", "Contact", "Opportunity")

BY_HAND = f"""
WITH elsewhere AS (
  SELECT Account__c AS account, Monthly_Value__c AS monthly, End_Date__c AS end_date,
    End_Date__c - CAST(coalesce(Notice_Days__c, 30) AS INTEGER) AS decision_date,
    CASE lower(End_Date_Certainty__c) WHEN 'exact' THEN 0 WHEN 'month' THEN 15 WHEN 'quarter' THEN 45
      ELSE 120 END AS slack
  FROM mirror.Lifecycle_Provider_Contract__c
), positioned AS (
  SELECT account, monthly, decision_date,
    CASE WHEN end_date IS NULL THEN 'unknown' WHEN end_date < DATE '{AS_OF}' THEN 'free'
      WHEN decision_date + slack < DATE '{AS_OF}' THEN 'missed'
      WHEN decision_date - slack <= DATE '{AS_OF}' + 90 THEN 'window' ELSE 'locked' END AS position
  FROM elsewhere
), there AS (
  SELECT account, count(*) FILTER (WHERE position IN ('window', 'free')) AS open_elsewhere, count(*) AS known_lines,
    sum(monthly) FILTER (WHERE position IN ('window', 'free')) AS worth_elsewhere,
    min(decision_date) FILTER (WHERE decision_date >= DATE '{AS_OF}') AS next_decision
  FROM positioned WHERE account IS NOT NULL GROUP BY account
), own AS (
  SELECT AccountId AS account, count(*) FILTER (WHERE lower(Status) IN ('activated', 'expired')) AS own_active,
    count(*) FILTER (WHERE lower(Status) <> 'draft') AS own_ever,
    sum(Lifecycle_Monthly_Value__c) FILTER (WHERE lower(Status) IN ('activated', 'expired')) AS own_monthly,
    min(StartDate) FILTER (WHERE lower(Status) IN ('activated', 'expired')) AS first_won,
    min(EndDate - 30) FILTER (WHERE lower(Status) IN ('activated', 'expired')
      AND EndDate - 30 >= DATE '{AS_OF}') AS next_own
  FROM mirror.Contract WHERE AccountId IS NOT NULL GROUP BY AccountId
), talks AS (
  SELECT AccountId AS account, count(*) FILTER (WHERE NOT IsClosed) AS talks
  FROM mirror.Opportunity WHERE AccountId IS NOT NULL GROUP BY AccountId
), people AS (
  SELECT AccountId AS account, count(*) AS contacts FROM mirror.Contact WHERE AccountId IS NOT NULL GROUP BY AccountId
), decides AS (
  SELECT account, _key AS decision_maker FROM (
    SELECT AccountId AS account, _key, row_number() OVER (PARTITION BY AccountId ORDER BY
      CASE WHEN lower(Title) = 'decision maker' THEN 0 ELSE 1 END, LastActivityDate DESC NULLS LAST, _id) AS place
    FROM mirror.Contact WHERE AccountId IS NOT NULL AND NOT DoNotCall AND Phone IS NOT NULL)
  WHERE place = 1
), accounts AS (
  SELECT a._key, a.Name AS name, a.OwnerId AS owner, a.Lifecycle_Satisfaction__c AS satisfaction,
    a.AccountSource AS source, coalesce(open_elsewhere, 0) AS open_elsewhere, coalesce(known_lines, 0) AS known_lines,
    worth_elsewhere, next_decision,
    coalesce(own_active, 0) AS own_active, coalesce(own_ever, 0) AS own_ever, own_monthly, first_won, next_own,
    coalesce(talks, 0) AS talks, coalesce(contacts, 0) AS contacts, decision_maker
  FROM mirror.Account AS a LEFT JOIN there ON there.account = a._key LEFT JOIN own ON own.account = a._key
    LEFT JOIN talks ON talks.account = a._key LEFT JOIN people ON people.account = a._key
    LEFT JOIN decides ON decides.account = a._key
), staged AS (
  SELECT *, CASE WHEN talks > 0 AND own_active = 0 THEN 'in contract talks'
    WHEN own_active > 0 AND first_won >= DATE '{AS_OF}' - 90 THEN 'onboarding'
    WHEN own_active > 0 AND next_own <= DATE '{AS_OF}' + 120 THEN 'renewal due'
    WHEN own_active > 0 AND satisfaction >= 9 THEN 'promoter'
    WHEN own_active > 0 THEN 'customer' WHEN own_ever > 0 THEN 'lost'
    WHEN contacts > 0 AND (known_lines > 0 OR lower(source) = 'web') THEN 'prospect' ELSE 'suspect' END AS stage
  FROM accounts
)
"""
COLUMNS = ", ".join(FEATURES)
LIST = f"""SELECT q._key, i.id AS _id, q.name, o.id AS owner, q.stage, {COLUMNS}, d.id AS decision_maker FROM (
  SELECT s.*, row_number() OVER (PARTITION BY owner ORDER BY worth_elsewhere DESC NULLS LAST, x.id) AS place
  FROM staged AS s LEFT JOIN mirror._ids AS x ON x.key = s._key
  WHERE stage IN ('prospect', 'lost') AND open_elsewhere > 0) AS q
LEFT JOIN mirror._ids AS i ON i.key = q._key LEFT JOIN mirror._ids AS o ON o.key = q.owner
LEFT JOIN mirror._ids AS d ON d.key = q.decision_maker
WHERE place <= {BEST} ORDER BY worth_elsewhere DESC NULLS LAST, _id"""
ALL = f"""SELECT s._key, i.id AS _id, stage, {COLUMNS} FROM staged AS s
LEFT JOIN mirror._ids AS i ON i.key = s._key ORDER BY _id"""


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """The mirror, as the program opens it."""
    from sf_lifecycle.engine import harden

    con = duckdb.connect(path)
    harden(con)
    return con


def floor(con: duckdb.DuckDBPyConnection, what: str) -> dict[str, pa.Table]:
    """Read the columns and write them again; nothing is worked out."""
    for table in TABLES:
        con.execute(f'CREATE TEMP TABLE "{table}" AS SELECT * EXCLUDE (_id) FROM mirror."{table}"')
    del what
    return {}


def hand(con: duckdb.DuckDBPyConnection, what: str) -> dict[str, pa.Table]:
    """Plain SQL: one WITH for the list; for everything, its result kept and read twice."""
    if what == "list":
        return {"list": con.sql(BY_HAND + LIST).to_arrow_table()}
    con.execute(f"CREATE TEMP TABLE staged AS {BY_HAND} SELECT * FROM staged")
    return {"list": con.sql(LIST).to_arrow_table(), "all": con.sql(ALL).to_arrow_table()}


def engine(con: duckdb.DuckDBPyConnection, what: str) -> dict[str, pa.Table]:
    """Build from configuration, run, fetch."""
    from engine_mapping import MAPPING, MODEL, SCHEMA, queries

    from sf_lifecycle.engine import build

    program = build(
        MAPPING, MODEL, SCHEMA, queries(FEATURES, BEST, everything=what == "all"), timezone="Europe/Amsterdam"
    )
    with program.run(con, as_of=dt.date.fromisoformat(AS_OF)) as run:
        return {name: run.fetch(name) for name in program.asked}


WAYS = {"floor": floor, "hand": hand, "engine": engine}


def child(way: str, what: str, mirror: Path, out: Path) -> None:
    """One measurement in this process; figures to stdout as JSON, results to files."""
    con = connect(mirror)
    if way == "engine":
        import engine_mapping  # noqa: F401  # loading the program's modules is not what is measured
    started, worked = time.perf_counter(), time.process_time()
    results = WAYS[way](con, what)
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    peak = memory_mb("VmHWM")
    for name, table in results.items():
        with (
            pa.OSFile(str(out / f"{way}-{what}-{name}.arrow"), "wb") as file,
            pa.ipc.new_file(file, table.schema) as to,
        ):
            to.write_table(table)
    print(
        json.dumps(
            {"seconds": seconds, "cpu": cpu, "peak_mb": peak, "rows": {n: t.num_rows for n, t in results.items()}}
        )
    )


def measure(what: str, mirror: Path, out: Path, turns: int) -> dict[str, dict[str, float]]:
    """The median of several processes of each way, taken in turns so that a busy machine is busy for all."""
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for _ in range(turns):
        for way, figures in found.items():
            command = [sys.executable, __file__, "--child", way, "--what", what]
            started = time.perf_counter()
            done = subprocess.run(
                [*command, "--mirror", str(mirror), "--out", str(out)], capture_output=True, text=True, check=True
            )
            figures.append(json.loads(done.stdout) | {"process": time.perf_counter() - started})
    return {way: sorted(each, key=lambda f: f["seconds"])[len(each) // 2] for way, each in found.items()}


def same(out: Path, what: str) -> bool:
    """Whether the engine's results equal those by hand, value by value."""
    names = ["list"] if what == "list" else ["list", "all"]
    for name in names:
        left, right = (pa.ipc.open_file(out / f"{way}-{what}-{name}.arrow").read_all() for way in ("hand", "engine"))
        right = right.select(left.column_names).cast(left.schema)
        if not left.equals(right):
            return False
    return True


def main() -> int:
    """Generate, measure, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--child", choices=WAYS)
    parser.add_argument("--what", choices=("list", "all"), default="list")
    parser.add_argument("--mirror", type=Path)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    if args.child:
        child(args.child, args.what, args.mirror, args.out)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        with duckdb.connect(out / "benchmark.duckdb") as con:
            rows = generate(con, args.accounts)
        print(", ".join(f"{name} {count:,}" for name, count in rows.items()))
        equal = True
        for what in ("list", "all"):
            figures = measure(what, out / "benchmark.duckdb", out, args.turns)
            base = figures["hand"]
            for way, each in figures.items():
                ratio, of_cpu = each["seconds"] / base["seconds"], each["cpu"] / base["cpu"]
                print(
                    f"{what:5} {way:7} {each['seconds']:6.2f} s ({ratio:4.2f} of hand-written), "
                    f"processor {each['cpu']:6.2f} s ({of_cpu:4.2f}), whole process {each['process']:6.2f} s, "
                    f"peak {each['peak_mb']:6,.0f} MB, rows {each['rows']}"
                )
            equal = equal and same(out, what)
            print(f"{what:5} results equal: {same(out, what)}")
    return 0 if equal else 1


if __name__ == "__main__":
    raise SystemExit(main())
