from __future__ import annotations

import socket

import pytest
import requests
from simple_salesforce.exceptions import SalesforceGeneralError

from sf_lifecycle.salesforce.decide import Move, decide, row_is_transient, row_wants_smaller_batch
from sf_lifecycle.salesforce.errors import Fault, Reached, fault_of_answer, read_fault

# status, code, message, what a read does, what a write does
TABLE = [
    (401, "INVALID_SESSION_ID", "Session expired or invalid", Move.RELOGIN, Move.RELOGIN),
    (401, "", "HTML", Move.RELOGIN, Move.RELOGIN),
    (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", Move.STOP, Move.STOP),
    (403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit", Move.BACK_OFF, Move.BACK_OFF),
    (403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded.", Move.BACK_OFF, Move.BACK_OFF),
    (403, "API_DISABLED_FOR_ORG", "", Move.STOP, Move.STOP),
    (403, "INSUFFICIENT_ACCESS_OR_READONLY", "", Move.REFUSED, Move.REFUSED),
    (403, "", "HTML", Move.REFUSED, Move.REFUSED),
    (400, "UNABLE_TO_LOCK_ROW", "", Move.AGAIN, Move.AGAIN),
    (400, "QUERY_TIMEOUT", "", Move.AGAIN, Move.UNKNOWN),
    (400, "INVALID_FIELD", "No such column", Move.REFUSED, Move.REFUSED),
    (400, "MALFORMED_QUERY", "", Move.REFUSED, Move.REFUSED),
    (400, "INVALID_QUERY_LOCATOR", "", Move.REFUSED, Move.REFUSED),
    (400, "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", "", Move.STOP, Move.STOP),
    (404, "NOT_FOUND", "", Move.REFUSED, Move.REFUSED),
    (410, "UNSUPPORTED_API_VERSION", "", Move.STOP, Move.STOP),
    (429, "", "", Move.BACK_OFF, Move.BACK_OFF),
    (500, "UNKNOWN_EXCEPTION", "", Move.AGAIN, Move.UNKNOWN),
    (500, "", "HTML", Move.AGAIN, Move.UNKNOWN),
    (502, "", "HTML", Move.BACK_OFF, Move.UNKNOWN),
    (503, "SERVER_UNAVAILABLE", "", Move.BACK_OFF, Move.BACK_OFF),
    (503, "", "HTML", Move.BACK_OFF, Move.UNKNOWN),
    (418, "", "", Move.REFUSED, Move.REFUSED),
]


@pytest.mark.parametrize(("status", "code", "message", "read", "write"), TABLE)
def test_an_answer_leads_to_a_move(status: int, code: str, message: str, read: Move, write: Move) -> None:
    fault = Fault(reached=Reached.ANSWERED, status=status, code=code, message=message)
    assert decide(fault, repeatable=True) is read
    assert decide(fault, repeatable=False) is write


@pytest.mark.parametrize(
    ("reached", "code", "read", "write"),
    [
        (Reached.NEVER, "", Move.AGAIN, Move.AGAIN),
        (Reached.NEVER, "CERTIFICATE", Move.STOP, Move.STOP),
        (Reached.MAYBE, "", Move.AGAIN, Move.UNKNOWN),
    ],
)
def test_no_answer_leads_to_a_move(reached: Reached, code: str, read: Move, write: Move) -> None:
    fault = Fault(reached=reached, code=code)
    assert decide(fault, repeatable=True) is read
    assert decide(fault, repeatable=False) is write


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        ([{"errorCode": "NOT_FOUND", "message": "gone", "fields": ["A"]}], "NOT_FOUND", "gone"),
        ({"error": "invalid_grant", "error_description": "inactive user"}, "invalid_grant", "inactive user"),
        ("<html>down for maintenance</html>", "", "HTTP 503, no error code in the answer"),
        ([], "", "HTTP 503, no error code in the answer"),
        (None, "", "HTTP 503, no error code in the answer"),
    ],
)
def test_every_shape_of_error_body_is_read(content: object, code: str, message: str) -> None:
    fault = fault_of_answer(503, content)
    assert (fault.code, fault.message) == (code, message)


def test_a_refused_connection_never_reached_the_org() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(requests.ConnectionError) as caught:
        requests.get(f"http://127.0.0.1:{port}/", timeout=1)
    assert read_fault(caught.value).reached is Reached.NEVER


@pytest.mark.parametrize(
    ("error", "reached"),
    [
        (requests.ConnectTimeout(), Reached.NEVER),
        (requests.ReadTimeout(), Reached.MAYBE),
        (requests.ConnectionError(ConnectionResetError(104, "reset")), Reached.MAYBE),
        (requests.exceptions.ChunkedEncodingError(), Reached.MAYBE),
        (requests.exceptions.SSLError("certificate verify failed"), Reached.NEVER),
        (requests.JSONDecodeError("x", "y", 0), Reached.MAYBE),
        (SalesforceGeneralError("u", 503, "", "<html>"), Reached.ANSWERED),
    ],
)
def test_exceptions_tell_how_far_a_request_got(error: Exception, reached: Reached) -> None:
    assert read_fault(error).reached is reached


def test_a_bug_is_not_taken_for_a_fault_of_the_org() -> None:
    with pytest.raises(KeyError):
        read_fault(KeyError("x"))


def test_rows_met_by_a_lock_inside_automation_are_transient() -> None:
    inner = "Trigger: execution of BeforeUpdate caused by: UNABLE_TO_LOCK_ROW, unable to obtain exclusive access"
    assert row_is_transient("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", inner)
    assert row_is_transient("UNABLE_TO_LOCK_ROW", "")
    assert not row_is_transient("FIELD_CUSTOM_VALIDATION_EXCEPTION", "VAT number required")


def test_rows_met_by_limits_of_automation_want_a_smaller_batch() -> None:
    limit = "Flow: System.LimitException: Too many SOQL queries: 101"
    assert row_wants_smaller_batch("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", limit)
    assert not row_wants_smaller_batch("UNABLE_TO_LOCK_ROW", "")
