"""The same work as plain scripts do it: simple-salesforce and the standard library. No ledger, no reading back."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from measured import Facts, measured, report
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce

ROWS = 200
WAIT = 1  # seconds between two looks at a Bulk job; the library's own default is 5


class Loopback(HTTPAdapter):
    """simple-salesforce says https; the local org speaks http. Counts the requests."""

    calls = 0

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self.calls += 1
        request.url = urlunsplit(urlsplit(request.url or "")._replace(scheme="http"))
        return super().send(request, *args, **kwargs)


def main() -> None:
    """One way of one measurement: `name` and what it needs, as JSON."""
    asked = json.loads(sys.argv[1])
    door, session = Loopback(), requests.Session()
    session.trust_env = False
    session.mount("https://", door)
    org = Salesforce(session_id=asked["token"], instance=urlsplit(asked["url"]).netloc, session=session, version="66.0")
    work: Callable[[Any, Facts], Facts] = WAYS[asked["way"]]
    report(measured(lambda: {**work(org, asked), "calls": door.calls}))


def collections(org: Any, asked: Facts) -> Facts:
    """200 records a request; who looks at the answers at all counts what failed."""
    failed = 0
    rows = [{"attributes": {"type": "Task"}, **row} for row in _rows(asked["file"])]
    for start in range(0, len(rows), ROWS):
        body = json.dumps({"allOrNone": False, "records": rows[start : start + ROWS]})
        answers: Any = org.restful("composite/sobjects", method="POST", data=body)
        failed += sum(not answer["success"] for answer in answers)
    return {"rows": len(rows) - failed}


def bulk(org: Any, asked: Facts) -> Facts:
    """One Bulk job for the file."""
    return _count(org.bulk2.Task.insert(asked["file"], wait=WAIT))


def rewrite(org: Any, asked: Facts) -> Facts:
    """Every row again, changed or not."""
    return _count(org.bulk2.Account.update(asked["file"], wait=WAIT))


def compare(org: Any, asked: Facts) -> Facts:
    """Read every row, hold it against the row that is wanted, write those that differ."""
    wanted = {row["Id"]: row for row in _rows(asked["file"])}
    fields = list(next(iter(wanted.values())))
    differ, rows = [], 0
    # A line end within a text is CRLF in Bulk's answers or not, as it pleases; our texts here have none.
    for page in org.bulk2.Account.query(f"SELECT {', '.join(fields)} FROM Account", wait=WAIT):
        for row in csv.DictReader(io.StringIO(page)):
            rows += 1
            if row["Id"] in wanted and row != wanted[row["Id"]]:
                differ.append(wanted[row["Id"]])
    if differ:
        raise SystemExit(f"{len(differ)} rows differ, such as {differ[0]}")
    return {"rows": rows}


def _rows(file: str) -> list[dict[str, str]]:
    with open(file, encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _count(jobs: list[dict[str, int]]) -> Facts:
    return {"rows": sum(job["numberRecordsProcessed"] - job["numberRecordsFailed"] for job in jobs)}


WAYS: dict[str, Callable[[Any, Facts], Facts]] = {
    "collections": collections,
    "bulk": bulk,
    "rewrite": rewrite,
    "compare": compare,
}
