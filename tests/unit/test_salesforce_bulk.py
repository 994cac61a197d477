from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from salesforce_peer import DATA, HURRIED, Peer, Reply, Seen, peer

from sf_lifecycle.config.schema import FieldInfo
from sf_lifecycle.errors import OrgError
from sf_lifecycle.salesforce import Org, bulk, connect

FIELDS = (("Id", FieldInfo(name="Id", type="id")), ("N__c", FieldInfo(name="N__c", type="int")))
JOBS = f"{DATA}jobs/query"
JOB = f"{JOBS}/750A"
RESULTS = f"{JOB}/results"


@pytest.fixture
def org_peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Org, Peer]]:
    monkeypatch.setattr(bulk, "_FIRST_POLL_SECONDS", 0.001)
    with peer() as found, connect(found.settings(), patience=HURRIED) as org:
        found.on("POST", JOBS, Reply(body={"id": "750A", "state": "UploadComplete"}))
        yield org, found


def state(name: str, rows: int | None = None, **more: str) -> Reply:
    return Reply(body={"id": "750A", "state": name, "numberRecordsProcessed": rows, **more})


def page(first: int, last: int, locator: str = "null", *, count: int | None = None, **changes: Any) -> Reply:
    lines = ['"Id","N__c"', *(f'"001{n:015d}","{n}"' for n in range(first, last))]
    headers = {"Sforce-NumberOfRecords": str(last - first if count is None else count), "Sforce-Locator": locator}
    return Reply(body=("\n".join(lines) + "\n").encode(), headers=headers, **changes)


def by_locator(pages: dict[str | None, list[Reply]]) -> Callable[[Seen], Reply]:
    def answer(seen: Seen) -> Reply:
        answers = pages[seen.query.get("locator")]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    return answer


def read(org: Org) -> list[int]:
    return [n for table in org.query_arrow("X", FIELDS, "N__c > 0", bulk=True) for n in table["N__c"].to_pylist()]


def test_a_job_is_made_awaited_and_its_pages_come_in_order(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on("GET", JOB, state("UploadComplete"), state("InProgress"), state("JobComplete", 30))
    pages = {None: [page(0, 10, "A", zipped=True)], "A": [page(10, 20, "B", zipped=True)], "B": [page(20, 30)]}
    found.on("GET", RESULTS, by_locator(pages))
    before = org.calls.spent
    assert read(org) == list(range(30))
    assert org.calls.spent - before == 1 + 3 + 3
    asked = found.asked("POST", JOBS)[0].json()
    assert (asked["operation"], asked["query"]) == ("query", "SELECT Id, N__c FROM X WHERE N__c > 0")
    assert found.asked("GET", RESULTS)[0].headers["accept-encoding"] == "gzip"


def test_deleted_rows_are_asked_for_by_query_all(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on("GET", JOB, state("JobComplete", 0))
    assert list(org.query_arrow("X", FIELDS, all_rows=True, bulk=True)) == []
    assert found.asked("POST", JOBS)[0].json()["operation"] == "queryAll"
    assert not found.asked("GET", RESULTS)


def test_a_page_that_breaks_off_is_asked_for_again(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on("GET", JOB, state("JobComplete", 20))
    found.on("GET", RESULTS, by_locator({None: [page(0, 10, "A")], "A": [page(10, 20, cut=30), page(10, 20)]}))
    assert read(org) == list(range(20))


@pytest.mark.parametrize(
    ("answer", "processed", "message"),
    [
        (page(0, 10, count=11), 10, "11 rows was read as 10"),
        (page(0, 10), 12, "found 12 rows and handed out 10"),
        (Reply(body=b'"Id","N__c"\n"001","many"\n', headers={"Sforce-NumberOfRecords": "1"}), 1, "does not fit"),
    ],
)
def test_rows_that_are_missing_are_never_passed_over(
    org_peer: tuple[Org, Peer], answer: Reply, processed: int, message: str
) -> None:
    org, found = org_peer
    found.on("GET", JOB, state("JobComplete", processed))
    found.on("GET", RESULTS, answer)
    with pytest.raises(OrgError, match=message):
        read(org)


def test_a_job_that_fails_says_why(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on("GET", JOB, state("Failed", errorMessage="INVALID_FIELD: No such column"))
    with pytest.raises(OrgError, match="is Failed: INVALID_FIELD"):
        read(org)
