"""A night between reading and writing: labels, plays, one voice for each account, capacity, words, and the plan.

    python benchmarks/night.py --accounts 1000000

The firm is copies of a sample firm side by side, with one rep for some 300 accounts, as such a firm has.

A normal night: what the night before wrote stands in the org, its Tasks are open, and state knows each account's word.
With `--first` nothing of ours stands there yet, and the most is made. It is worked out for a tenth of the accounts as
well, each size in a process of its own, and set against the engine's statements alone: every label and play worked out
in the database, and nothing of it decided or worded.
"""

from __future__ import annotations

import argparse
import cProfile
import datetime as dt
import json
import pickle
import pstats
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from measured import Facts, Stopwatch, measured, memory_mb, report

DAY = dt.date(2026, 11, 23)
STATE = "state.sqlite"
MOST_SECONDS, MOST_MB, MOST_GROWTH = 60, 2048, 10
# Inside the working out, by the name its module calls it by; what is no longer called so is just not told apart.
INSIDE = {
    "computed_of": "written back, compared",
    "_ours": "past",
    "_answers": "answers",
    "decide": "decision",
    "words": "words",
    "steady": "words that stay",
}


def night(folder: Path, size: int, profile: int) -> Facts:
    """The night after the first, as the program works it out; seconds by step."""
    return _night(folder, size, profile, first=False)


def first_night(folder: Path, size: int, profile: int) -> Facts:
    """The first night, and nothing of it written."""
    return _night(folder, size, profile, first=True)


def written(folder: Path, size: int, _profile: int) -> Facts:
    """The first night, written."""
    return _night(folder, size, 0, first=True, write=True)


def _night(folder: Path, size: int, profile: int, *, first: bool, write: bool = False) -> Facts:
    from night_written import carry_out, read_back, remember

    from sf_lifecycle import stages
    from sf_lifecycle.asking import Asking
    from sf_lifecycle.mirror import open_mirror
    from sf_lifecycle.observe import ground_of
    from sf_lifecycle.state import open_state

    workspace, schema, org_id, kind = _firm(folder)
    watch, parts = Steps(), Steps()
    _watch(stages, parts)
    parts.watch(Asking, "lists", "list")
    parts.watch(Asking, "what texts say", "told")
    day = DAY if first else DAY + dt.timedelta(days=1)
    profiler = cProfile.Profile() if profile else None
    began = time.perf_counter()
    with watch.on("compile"):
        prepared = stages.prepare(workspace, _job(), schema)
    mirror = open_mirror(folder / str(size), org_id=org_id, kind=kind)
    state_at = f"sqlite:///{folder / str(size) / STATE}"
    with open_state(state_at) as state:
        with mirror.connect() as con, profiler or nullcontext():
            with watch.on("ground"):
                ground = ground_of(con, state, prepared.mapping, day, job=prepared.job.name)
                ground = replace(ground, read_back=read_back(ground.actual.tasks))
            with watch.on("work out"):
                worked = stages.work_out(prepared, ground, day)
            with watch.on("plan"):
                plan = stages.make_plan(prepared, ground, schema, worked)
        seconds = time.perf_counter() - began
        if write:
            carry_out(folder / str(size), plan)
            remember(state, plan)
    if profiler:
        for order in ("cumulative", "tottime"):
            pstats.Stats(profiler, stream=sys.stderr).sort_stats(order).print_stats(profile)
    return {
        "night": seconds,
        "steps": watch.told() | parts.told("work out: "),
        "outreaches": worked.decision.listed,
        "creates": dict(plan.totals("create")),
        "updates": dict(plan.totals("update")),
    }


def engine(folder: Path, size: int, _profile: int) -> Facts:
    """The engine's statements alone: all lists and labels fetched as they come."""
    from sf_lifecycle.lifecycle.queries import FIRM_TEXTS, TEXTS
    from sf_lifecycle.mirror import open_mirror
    from sf_lifecycle.stages import prepare

    workspace, schema, org_id, kind = _firm(folder)
    began = time.perf_counter()
    program = prepare(workspace, _job(), schema).program
    with open_mirror(folder / str(size), org_id=org_id, kind=kind).connect() as con, program.run(con, as_of=DAY) as run:
        for name in program.asked:
            if not name.startswith((TEXTS, FIRM_TEXTS)):
                run.fetch(name)
        steps = dict(run.steps)
    return {"night": time.perf_counter() - began, "steps": {name: (took, 0.0) for name, took in steps.items()}}


class Steps(Stopwatch):
    """Seconds by name, and the process's peak memory at the end of each."""

    def __init__(self) -> None:
        super().__init__()
        self.peaks: dict[str, float] = {}

    @contextmanager
    def on(self, name: str) -> Iterator[None]:
        with super().on(name):
            yield
        self.peaks[name] = memory_mb("VmHWM")

    def told(self, prefix: str = "") -> dict[str, tuple[float, float]]:
        return {prefix + name: (took, self.peaks[name]) for name, took in self.seconds.items()}


WAYS = {"night": night, "first": first_night, "written": written, "engine": engine}


def _watch(stages: ModuleType, parts: Steps) -> None:
    for function, name in INSIDE.items():
        if hasattr(stages, function):
            parts.watch(stages, name, function)


def _firm(folder: Path) -> tuple[Any, Any, str, str]:
    """What `firm` made in another process: workspace, schema, the org's Id and kind."""
    from sf_lifecycle.config.workspace import load_workspace

    made = pickle.loads((folder / "schema.pickle").read_bytes())
    return load_workspace(folder / "work/config.toml", environ={}), *made


def _job() -> str:
    from night_data import JOB

    return JOB


def prepare_firms(folder: Path, sizes: list[int]) -> None:
    """The mirrors of all sizes."""
    from night_data import BASE, copied, firm

    began = time.perf_counter()
    with firm(folder, min(BASE, *sizes), DAY) as (workspace, schema):
        org = workspace.settings.salesforce
        (folder / "schema.pickle").write_bytes(pickle.dumps((schema, org.org_id, "local")))
    for size in sizes:
        rows = copied(folder / "mirror", folder / str(size), schema, max(1, size // min(BASE, *sizes)))
        related = sum(rows.values()) - rows.get("Account", 0)
        print(f"{rows['Account']:,} accounts, {related:,} related rows: {_listed(rows)}")
    print(f"(made in {time.perf_counter() - began:.0f} s)")


def _listed(rows: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(rows.items()))


def measure(way: str, folder: Path, size: int, profile: int = 0) -> Facts:
    """One way in a process of its own."""
    command = [sys.executable, __file__, "--child", way, "--folder", str(folder), "--accounts", str(size)]
    done = subprocess.run([*command, "--profile", str(profile)], stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout))


def show(way: str, size: int, facts: Facts) -> None:
    took = f"{facts['night']:.1f} s, processor {facts['cpu']:.1f} s, peak {facts['peak_mb']:,.0f} MB"
    print(f"\n{way}, {size:,} accounts: {took}")
    for name, (seconds, peak) in facts["steps"].items():
        print(f"  {name:28}{seconds:8.2f} s" + (f"{peak:8,.0f} MB so far" if peak else ""))
    for what in ("outreaches", "creates", "updates"):
        if what in facts:
            print(f"  {what}: {facts[what]}")


def main() -> int:
    """Generate, measure, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--first", action="store_true", help="the first night of all")
    parser.add_argument("--profile", type=int, default=0, metavar="LINES", help="profile the small night")
    parser.add_argument("--child", choices=WAYS)
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    if args.child:
        report(measured(lambda: WAYS[args.child](args.folder, args.accounts, args.profile)))
        return 0
    small = max(1, args.accounts // 10)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        prepare_firms(folder, [small, args.accounts])
        way = "first" if args.first else "night"
        for size in (small, args.accounts) if not args.first else ():
            measure("written", folder, size)
        if args.profile:
            measure(way, folder, small, args.profile)
        found = {size: measure(way, folder, size) for size in (small, args.accounts)}
        for size, facts in found.items():
            show(way, size, facts)
        alone = measure("engine", folder, args.accounts)
        show("engine", args.accounts, alone)
    whole = found[args.accounts]
    growth = whole["night"] / found[small]["night"]
    fits = growth <= MOST_GROWTH and whole["night"] <= MOST_SECONDS and whole["peak_mb"] <= MOST_MB
    print(f"\nten times the accounts: {growth:.1f} times the seconds (at most {MOST_GROWTH})")
    print(f"the whole night takes {whole['cpu'] / alone['cpu']:.1f} times the processor seconds of the engine alone")
    limits = f"{MOST_SECONDS} s and {MOST_MB:,} MB for {args.accounts:,} accounts"
    print(f"within {limits}: {'yes' if fits else 'no'}")
    return 0 if fits else 1


if __name__ == "__main__":
    raise SystemExit(main())
