"""Writing, measured: 100,000 Tasks made, and a night on which nothing changed, next to plain simple-salesforce scripts.

    python benchmarks/writing.py [--creates 5000] [--accounts 50000] [--large]

The local org serves in this process; each way is a process of its own, so that its memory is its own, and has a fresh
copy of the org. Seconds count from reading a file of rows to the last outcome known; "org" is what this process worked
meanwhile, the same for whoever asks the same. Exit 1 where the org does not hold the same Tasks whoever wrote them.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measured import Facts
from writing_data import METADATA, OUTPUTS, make_org, owners_in, tasks_in, write_tasks, write_wanted

from sf_lifecycle.localorg import LocalOrg, serve_in_thread

LARGE = {"creates": 100_000, "accounts": 1_000_000}
SLICE = 20_000  # accounts that the plain script writes again; the rest is worked out from them

CREATES: dict[str, tuple[str, Facts]] = {
    "plain collections": ("writing_plain", {"way": "collections"}),
    "ours": ("writing_ours", {"way": "creates", "transport": {}}),
    "plain bulk2": ("writing_plain", {"way": "bulk"}),
    "ours, by Bulk": ("writing_ours", {"way": "creates", "transport": {"Task": "bulk"}}),
}


def main() -> int:
    """Make the orgs, measure, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--creates", type=int, default=5_000)
    parser.add_argument("--accounts", type=int, default=50_000)
    parser.add_argument("--large", action="store_true", help="the figures that are claimed; takes about ten minutes")
    asked = parser.parse_args()
    if asked.large:
        asked.creates, asked.accounts = LARGE["creates"], LARGE["accounts"]
    with tempfile.TemporaryDirectory() as folder:
        same = create_tasks(Path(folder), asked.creates) if asked.creates else True
    with tempfile.TemporaryDirectory() as folder:
        if asked.accounts:
            quiet_night(Path(folder), asked.accounts)
    return 0 if same else 1


def create_tasks(folder: Path, number: int) -> bool:
    """The same Tasks, four ways. Whether the org held the same after each."""
    accounts = make_org(folder / "made.db", number)
    print(f"{number:,} Tasks of {number:,} accounts")
    found: dict[str, Facts] = {}
    held: dict[str, tuple[int, str]] = {}
    for name, (module, asked) in CREATES.items():
        shutil.copy(folder / "made.db", folder / "org.db")
        with serve_in_thread(data=folder / "org.db", metadata=METADATA) as org:
            write_tasks(folder / "tasks.csv", accounts, owners_in(org))
            own = folder / module / str(len(found))
            found[name] = _child(org, module, {**asked, "file": str(folder / "tasks.csv"), "folder": str(own)})
            held[name] = tasks_in(org)
        _clear(folder / "org.db")
        _show(name, found[name])
    base, bulk = found["plain collections"], found["plain bulk2"]
    _compare("ours", found["ours"], "plain collections", base)
    _compare("ours, by Bulk", found["ours, by Bulk"], "plain bulk2", bulk)
    same = set(held.values()) == {(number, held["ours"][1])}
    kept = all(facts["kept"] == number for facts in found.values() if "kept" in facts)
    counts = ", ".join(f"{count:,}" for count, _ in held.values())
    print(
        f"  Tasks in the org: {counts}; the same in every field: {same}; each in our ledger as it was read back: {kept}"
    )
    return same and kept


def quiet_night(folder: Path, number: int) -> None:
    """Accounts whose values all stand as they should."""
    began = time.monotonic()
    accounts = make_org(folder / "org.db", number)
    write_wanted(folder, accounts)
    print(f"\n{number:,} accounts of which nothing changed (made in {time.monotonic() - began:.0f} s)")
    part = _slice(folder, min(SLICE, number))
    with serve_in_thread(data=folder / "org.db", metadata=METADATA) as org:
        ours = {"folder": str(folder / "ours"), "outputs": list(OUTPUTS), "file": str(folder / "wanted.arrow")}
        _show("our first pull", _child(org, "writing_ours", {**ours, "way": "first"}))
        found = {"ours": _child(org, "writing_ours", {**ours, "way": "quiet"})}
        _show("our quiet night", found["ours"])
        plain = {"way": "compare", "file": str(folder / "wanted.csv")}
        found["compare"] = _child(org, "writing_plain", plain)
        _show("plain: read all, compare", found["compare"])
        found["rewrite"] = _child(org, "writing_plain", {"way": "rewrite", "file": str(folder / "part.csv")})
        _show("plain: write again", found["rewrite"])
    whole = found["rewrite"]["seconds"] * number / part
    print(f"  written again were {part:,}; all of them would take {whole:,.0f} s")
    _compare("our quiet night", found["ours"], "plain: read all, compare", found["compare"])
    print(f"  our quiet night takes {found['ours']['seconds'] / whole:.3f} of the seconds of writing all again")


def _slice(folder: Path, rows: int) -> int:
    with (folder / "wanted.csv").open(encoding="utf-8") as whole, (folder / "part.csv").open("w") as part:
        for _ in range(rows + 1):
            part.write(next(whole))
    return rows


def _child(org: LocalOrg, module: str, asked: Facts) -> Facts:
    """What a process of its own tells, and what the org worked meanwhile."""
    asked = {**asked, "url": org.url, "token": org.token}
    if "folder" in asked:
        Path(asked["folder"]).mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", f"import {module}; {module}.main()", json.dumps(asked)]
    worked = time.process_time()
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{module} {asked['way']} ended with {done.returncode}:\n{done.stderr}")
    facts: Facts = json.loads(done.stdout)
    return {**facts, "org": time.process_time() - worked}


def _show(name: str, facts: Facts) -> None:
    share = facts["org"] / (facts["cpu"] + facts["org"])
    peak, more = facts["peak_mb"], facts["peak_mb"] - facts["start_mb"]
    print(
        f"  {name:<25} {facts['seconds']:7.2f} s, {facts['rows'] / facts['seconds']:>9,.0f} rows/s, "
        f"{facts['calls']:5,} API calls, peak {peak:5,.0f} MB (+{more:,.0f}); "
        f"processor: own {facts['cpu']:6.2f} s, org {facts['org']:6.2f} s ({share:.0%})"
    )
    parts: dict[str, Any] = facts.get("parts", {})
    if parts:
        rest = facts["seconds"] - sum(parts.values())
        print("    " + ", ".join(f"{part} {took:.2f}" for part, took in parts.items()) + f", the rest {rest:.2f} s")


def _compare(name: str, ours: Facts, other: str, plain: Facts) -> None:
    ratios = {what: ours[what] / max(plain[what], 0.01) for what in ("seconds", "cpu", "calls", "peak_mb", "org")}
    both = (ours["cpu"] + ours["org"]) / (plain["cpu"] + plain["org"])
    print(
        f"  {name} / {other}: seconds {ratios['seconds']:.2f}; processor of both sides {both:.2f} "
        f"(own {ratios['cpu']:.2f}, the org's {ratios['org']:.2f}); API calls {ratios['calls']:.2f}; "
        f"peak memory {ratios['peak_mb']:.2f}"
    )


def _clear(file: Path) -> None:
    for each in file.parent.glob(file.name + "*"):
        each.unlink()


if __name__ == "__main__":
    raise SystemExit(main())
