from __future__ import annotations

from typing import Any

import pytest

from sf_lifecycle.localorg import fault as kinds
from sf_lifecycle.localorg.fault import KINDS, OVERWRITE, ROW_ERROR, Fault, fault_from_json
from sf_lifecycle.localorg.faults import Faults
from sf_lifecycle.localorg.requests import operations_of

V = "/services/data/v65.0"


def test_a_fault_strikes_as_often_as_it_says() -> None:
    faults = Faults()
    faults.add(Fault(kind="unavailable", times=2, skip=1, path="/query"))
    struck = [faults.on_request("GET", f"{V}/query", b"") for _ in range(4)]
    assert [f is not None for f in struck] == [False, True, True, False]
    assert faults.listed() == []


def test_an_endless_fault_stays_until_cleared() -> None:
    faults = Faults()
    faults.add(Fault(kind="limit_exceeded", times=None))
    assert all(faults.on_request("GET", "/x", b"") for _ in range(5))
    faults.clear()
    assert faults.on_request("GET", "/x", b"") is None


def test_chance_is_drawn_with_a_seed() -> None:
    def struck(seed: int) -> list[bool]:
        faults = Faults([Fault(kind="unavailable", times=None, chance=0.3, seed=seed)])
        return [faults.on_request("GET", "/x", b"") is not None for _ in range(200)]

    assert struck(7) == struck(7)
    assert struck(7) != struck(8)
    assert 30 < sum(struck(7)) < 90


def test_requests_match_by_what_they_name() -> None:
    faults = Faults([Fault(kind="lost_reply", object="Task", times=None)], prefix_of={"Task": "00T"}.get)

    def strikes(method: str, path: str, body: bytes = b"", query: str = "") -> bool:
        return faults.on_request(method, V + path, body, query) is not None

    assert strikes("POST", "/composite/sobjects", b'{"type": "Task"}')
    assert strikes("POST", "/sobjects/Task")
    assert strikes("GET", "/query", query="q=SELECT+Id+FROM+Task")
    assert strikes("DELETE", "/composite/sobjects", query="ids=00T000000000001AAA,00T000000000002AAA")
    assert not strikes("DELETE", "/composite/sobjects", query="ids=001000000000001AAA")
    assert not strikes("POST", "/composite/sobjects", b'{"type": "TaskStatus"}')


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/query", b"", {"query"}),
        ("GET", "/queryAll/01g-2000", b"", {"query"}),
        ("POST", "/jobs/query", b"{}", {"query"}),
        ("POST", "/jobs/ingest", b'{"operation": "delete"}', {"delete"}),
        ("PUT", "/jobs/ingest/750/batches", b"Id\n", set()),
        ("POST", "/sobjects/Task/", b"{}", {"insert"}),
        ("PATCH", "/sobjects/Task/00T", b"{}", {"update"}),
        ("PATCH", "/sobjects/Task/Key__c/x", b"{}", {"upsert"}),
        ("DELETE", "/sobjects/Task/00T", b"", {"delete"}),
        ("GET", "/sobjects/Task/00T", b"", {"read"}),
        ("POST", "/composite/sobjects", b"{}", {"insert"}),
        ("PATCH", "/composite/sobjects", b"{}", {"update"}),
        ("PATCH", "/composite/sobjects/Task/Key__c", b"{}", {"upsert"}),
        ("DELETE", "/composite/sobjects", b"", {"delete"}),
        ("POST", "/composite/sobjects/Task", b"{}", {"read"}),
        (
            "POST",
            "/composite",
            b'{"compositeRequest": [{"method": "POST", "url": "/services/data/v65.0/sobjects/Task"}, '
            b'{"method": "PATCH", "url": "/services/data/v65.0/sobjects/Task/@{a.id}"}]}',
            {"insert", "update"},
        ),
        ("POST", "/composite/batch", b'{"batchRequests": [{"method": "GET", "url": "v65.0/query?q=x"}]}', {"query"}),
        ("POST", "/composite/batch", b"[]", set()),
        ("POST", "/composite/batch", b"{", set()),
    ],
)
def test_operations(method: str, path: str, body: bytes, expected: set[str]) -> None:
    assert operations_of(method, V + path, body) == expected


def test_requests_match_by_operation() -> None:
    faults = Faults([Fault(kind="query_timeout", times=None), Fault(kind="stalled", operation="delete", times=None)])
    timed_out = faults.on_request("GET", f"{V}/query", b"")
    assert timed_out is not None
    assert timed_out.kind == "query_timeout"
    assert faults.on_request("POST", f"{V}/sobjects/Task", b"") is None
    assert faults.on_request("DELETE", f"{V}/sobjects/Task/00T", b"") is not None


def test_maintenance_stops_writes_and_bulk_reads_only() -> None:
    faults = Faults()
    faults.add(Fault(kind="maintenance", times=None))
    assert faults.on_request("GET", f"{V}/query", b"") is None
    assert faults.on_request("GET", f"{V}/jobs/query/750", b"") is not None
    assert faults.on_request("POST", f"{V}/sobjects/Task", b"") is not None


def test_rows_match_by_object_operation_and_values() -> None:
    faults = Faults()
    faults.add(Fault(kind=ROW_ERROR, object="task", operation="insert", where={"Subject": "x"}, times=None))

    def strikes(object_name: str, operation: str, subject: str) -> bool:
        struck = faults.on_row(object_name, operation, {"Subject": subject}, kinds=(ROW_ERROR, OVERWRITE))
        return struck is not None

    assert strikes("Task", "insert", "x")
    assert not strikes("Task", "update", "x")
    assert not strikes("Task", "insert", "y")
    assert not strikes("Account", "insert", "x")


def test_records_are_locked_against_change_only() -> None:
    faults = Faults([Fault(kind="entity_locked", times=None)])
    struck = [faults.on_row("Task", operation, {}, kinds=["entity_locked"]) for operation in ("insert", "update")]
    assert [fault is not None for fault in struck] == [False, True]


def test_automation_may_fill_several_fields() -> None:
    faults = Faults([Fault(kind=OVERWRITE, field=name, value=1, times=times) for name, times in (("A", 1), ("B", 2))])
    assert [f.field for f in faults.all_on_row("Task", "update", {}, OVERWRITE)] == ["A", "B"]
    assert [f.field for f in faults.all_on_row("Task", "update", {}, OVERWRITE)] == ["B"]
    assert faults.all_on_row("Task", "update", {}, OVERWRITE) == []


def test_calls_match_by_their_rows() -> None:
    faults = Faults([Fault(kind="chunk_limit", rows=2, times=None), Fault(kind="batch_retries", times=None)])
    assert [faults.on_call("chunk_limit", "Task", "insert", rows=n) is not None for n in (2, 3)] == [False, True]
    assert [faults.on_call("batch_retries", "Task", "insert", rows=n) is not None for n in (0, 1)] == [False, True]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"kind": "earthquake"}, "unknown kind: earthquake"),
        ({}, "needs its kind"),
        ({"kind": "unavailable", "colour": "red"}, "unknown keys: colour"),
        ({"kind": "unavailable", "times": 0}, "times"),
        ({"kind": "unavailable", "chance": 0}, "chance"),
        ({"kind": "bulk_fails", "after": 2}, "after"),
        ({"kind": "slow_reply", "seconds": -1}, "seconds"),
    ],
)
def test_rules_that_make_no_sense(data: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        fault_from_json(data)


def test_every_kind_and_every_key_is_explained() -> None:
    table = kinds.__doc__ or ""
    assert all(f"| `{kind}` |" in table for kind in KINDS)
    assert all(f"`{name}`" in table for name in Fault.__dataclass_fields__ if name != "kind")
