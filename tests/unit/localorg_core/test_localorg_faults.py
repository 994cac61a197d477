from __future__ import annotations

import pytest

from sf_lifecycle.localorg.faults import OVERWRITE, ROW_ERROR, Fault, Faults, fault_from_json


def test_a_fault_strikes_as_often_as_it_says() -> None:
    faults = Faults()
    faults.add(Fault(kind="unavailable", times=2, skip=1, path="/query"))
    struck = [faults.on_request("GET", "/services/data/v65.0/query", b"") for _ in range(4)]
    assert [f is not None for f in struck] == [False, True, True, False]
    assert faults.listed() == []


def test_an_endless_fault_stays_until_cleared() -> None:
    faults = Faults()
    faults.add(Fault(kind="limit_exceeded", times=None))
    assert all(faults.on_request("GET", "/x", b"") for _ in range(5))
    faults.clear()
    assert faults.on_request("GET", "/x", b"") is None


def test_requests_match_by_what_they_name() -> None:
    faults = Faults()
    faults.add(Fault(kind="lost_reply", method="POST", object="Task", times=None))
    assert faults.on_request("POST", "/composite/sobjects", b'{"type": "Task"}') is not None
    assert faults.on_request("POST", "/sobjects/Task", b"") is not None
    assert faults.on_request("POST", "/composite/sobjects", b'{"type": "Account"}') is None
    assert faults.on_request("PATCH", "/sobjects/Task", b"") is None


def test_maintenance_stops_writes_and_bulk_reads_only() -> None:
    faults = Faults()
    faults.add(Fault(kind="maintenance", times=None))
    assert faults.on_request("GET", "/services/data/v65.0/query", b"") is None
    assert faults.on_request("GET", "/services/data/v65.0/jobs/query/750", b"") is not None
    assert faults.on_request("POST", "/services/data/v65.0/sobjects/Task", b"") is not None


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


@pytest.mark.parametrize("data", [{"kind": "earthquake"}, {}, {"kind": "unavailable", "colour": "red"}])
def test_rules_that_make_no_sense(data: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="unknown"):
        fault_from_json(data)
