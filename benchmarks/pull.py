"""A nightly pull by what changed, next to a full pull of the same accounts: seconds, API calls, peak memory.

The local org serves, a process of its own pulls, one pull each. Run: python benchmarks/pull.py [--accounts 1000000]
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sf_lifecycle.localorg import LocalOrg, serve_in_thread
from sf_lifecycle.localorg.clock import stamp

LONG_AGO = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
FIELDS = {
    "name": "Name", "owner": "OwnerId", "parent": "ParentId", "country": "BillingCountry", "city": "BillingCity",
    "street": "BillingStreet", "postal_code": "BillingPostalCode", "phone": "Phone", "website": "Website",
    "employees": "NumberOfEmployees", "revenue": "AnnualRevenue", "industry": "Industry", "source": "AccountSource",
    "number": "AccountNumber", "created": "CreatedDate",
}  # fmt: skip
PULL = """
import datetime as dt, json, sys, time
from pathlib import Path
from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.settings import PullSettings, SalesforceSettings
from sf_lifecycle.mirror import open_mirror, pull, schema_for
from sf_lifecycle.salesforce import connect
sys.path.insert(0, sys.argv[2])
from measured import memory_mb
asked = json.loads(sys.argv[1])
mapping = Mapping.model_validate(asked["mapping"])
began = time.monotonic()
with connect(SalesforceSettings.model_validate(asked["salesforce"])) as org:
    schema = schema_for(org, mapping)
    before = org.calls.spent
    mirror = open_mirror(Path(asked["folder"]), org_id=org.identity.org_id, kind=org.identity.kind)
    report = pull(org, mirror, mapping, schema, now=dt.datetime.now(dt.UTC), settings=PullSettings(),
                  bulk_from_rows=2000, full=asked["full"])
    facts = {"seconds": report.seconds, "all_seconds": time.monotonic() - began, "calls": report.calls,
             "expected": report.expected, "before": before, "rows": report.rows, "mode": report.objects[0].mode,
             "peak_mb": memory_mb("VmHWM"),
             "file_mb": mirror.path.stat().st_size / 2**20}
print(json.dumps(facts))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--changed", type=int, help="default: one in a hundred")
    parser.add_argument("--nights", type=int, default=1, help="so many nights of changes, to see the file grow")
    asked = parser.parse_args()
    changed = asked.changed or max(1, asked.accounts // 100)
    with tempfile.TemporaryDirectory() as folder, serve_in_thread(data=Path(folder) / "org.db") as org:
        began = time.monotonic()
        ids = org.org.store.insert_many("Account", _accounts(asked.accounts))
        org.org.store.analyze()
        print(f"{asked.accounts:,} accounts of {len(FIELDS)} columns made in {time.monotonic() - began:.0f} s")
        first = _pull(org, folder, full=True)
        _show("full pull", first)
        _show("nothing changed", _pull(org, folder, full=False))
        for night in range(asked.nights):
            _change(org, random.Random(night).sample(ids, changed))
            nightly = _pull(org, folder, full=False)
            _show(f"{changed:,} changed", nightly)
        again = _pull(org, folder, full=True)
        _show("full pull again", again)
        faster, fewer = again["seconds"] / nightly["seconds"], again["calls"] / nightly["calls"]
        print(f"\nby what changed: {faster:.1f} times as fast as a full pull, with {fewer:.1f} times fewer calls")


def _accounts(number: int) -> Iterator[dict[str, Any]]:
    draw = random.Random(1)
    for each in range(number):
        yield {
            "Name": f"Firm {each} of many B.V.",
            "BillingCountry": "Netherlands",
            "BillingCity": draw.choice(("Utrecht", "Zwolle", "Breda")),
            "BillingStreet": f"Street {draw.randrange(400)}",
            "BillingPostalCode": f"{draw.randrange(1000, 9999)} AB",
            "Phone": f"+31 30 {draw.randrange(10**6, 10**7)}",
            "Website": f"https://firm-{each}.example",
            "NumberOfEmployees": draw.randrange(1, 500),
            "AnnualRevenue": draw.randrange(10**5, 10**8),
            "Industry": draw.choice(("Retail", "Banking", "Energy")),
            "AccountNumber": f"A-{each:07d}",
            "CreatedDate": LONG_AGO,
        }


def _change(org: LocalOrg, ids: list[str]) -> None:
    now = stamp(org.org.now())
    with org.org.store.write() as con:
        con.executemany(
            'UPDATE "Account" SET "Name" = "Name" || ?, "SystemModstamp" = ? WHERE "Id" = ?',
            [("!", now, each) for each in ids],
        )


def _pull(org: LocalOrg, folder: str, *, full: bool) -> dict[str, Any]:
    mapping = {
        "name": "benchmark",
        "roles": {"account": [{"object": "Account", "fields": FIELDS}]},
        "owners": {"fallback": "x"},
    }
    login = {"login": "access_token", "access_token": org.admin_token, "instance_url": org.url, "kind": "local"}
    asked = {"mapping": mapping, "salesforce": login, "folder": f"{folder}/mirror", "full": full}
    command = [sys.executable, "-c", PULL, json.dumps(asked), str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"the pull ended with {done.returncode}:\n{done.stderr}")
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def _show(what: str, facts: dict[str, Any]) -> None:
    print(
        f"{what:<16} {facts['seconds']:7.2f} s, {facts['calls']:3} API calls (expected {facts['expected']}; "
        f"{facts['before']} more to connect and describe), {facts['rows']:>9,} rows read ({facts['mode']}), "
        f"peak {facts['peak_mb']:,.0f} MB, file {facts['file_mb']:,.0f} MB"
    )


if __name__ == "__main__":
    main()
