"""What to do about a failed request: pure, by error code first and HTTP status last (403 means rights *and* limits)."""

from __future__ import annotations

from enum import StrEnum

from sf_lifecycle.salesforce.errors import Fault, Reached


class Move(StrEnum):
    """The next step after a fault."""

    AGAIN = "again"
    """Transient: the same request again after a short, jittered wait."""
    BACK_OFF = "back off"
    """The org is busy: again after a longer wait."""
    RELOGIN = "relogin"
    """The session ended; nothing was done. A new login, once per connection."""
    UNKNOWN = "unknown"
    """A write whose answer is lost: never sent again before it is read back."""
    REFUSED = "refused"
    """This request is wrong for this org; others may be right."""
    STOP = "stop"
    """The org refuses us as a whole until a person or time changes that."""


_BY_CODE = {
    "INVALID_SESSION_ID": Move.RELOGIN,
    "UNABLE_TO_LOCK_ROW": Move.AGAIN,
    "QUERY_TIMEOUT": Move.AGAIN,
    "UNKNOWN_EXCEPTION": Move.AGAIN,
    "SERVER_UNAVAILABLE": Move.BACK_OFF,
    "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE": Move.STOP,
    "API_DISABLED_FOR_ORG": Move.STOP,
    "API_CURRENTLY_DISABLED": Move.STOP,
    "UNSUPPORTED_API_VERSION": Move.STOP,
    "GONE": Move.STOP,
    "STORAGE_LIMIT_EXCEEDED": Move.STOP,
    "CERTIFICATE": Move.STOP,
}

_BY_STATUS = {
    401: Move.RELOGIN,
    408: Move.AGAIN,
    410: Move.STOP,
    420: Move.BACK_OFF,
    429: Move.BACK_OFF,
    500: Move.AGAIN,
    502: Move.BACK_OFF,
    503: Move.BACK_OFF,
    504: Move.BACK_OFF,
}

# These say that the request was not worked on, so even a write may go again.
_NOT_DONE = frozenset({"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED"})

_WAYS_OUT = {
    "REQUEST_LIMIT_EXCEEDED": "the limit counts a rolling 24 hours; wait, or have the org's allowance raised",
    "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE": "the org is read-only for maintenance; run again afterwards",
    "API_DISABLED_FOR_ORG": "the edition has no API, or the user lacks `API Enabled`",
    "API_CURRENTLY_DISABLED": "have API access switched on for the org or the user",
    "UNSUPPORTED_API_VERSION": "set salesforce.api_version in config.toml to a version the org serves",
    "GONE": "set salesforce.api_version in config.toml to a version the org serves",
    "STORAGE_LIMIT_EXCEEDED": "free data storage in the org, or buy more",
    "CERTIFICATE": "the certificate of salesforce.instance_url is not trusted here; check the host name and the proxy",
    "INVALID_TYPE": "the object is missing or hidden from the user: deploy salesforce/, or grant it by permission set",
    "INVALID_FIELD": "the field is missing or hidden from the user: deploy salesforce/, or grant it by permission set",
    "INSUFFICIENT_ACCESS_OR_READONLY": "grant the right in a permission set of the user",
}


def decide(fault: Fault, *, repeatable: bool) -> Move:
    """The move for one fault. `repeatable`: doing the request twice does no harm (every read; no write)."""
    if fault.reached is Reached.NEVER:
        return _BY_CODE.get(fault.code, Move.AGAIN)
    if fault.reached is Reached.MAYBE:
        return Move.AGAIN if repeatable else Move.UNKNOWN
    move = _move_of_answer(fault)
    if repeatable or move not in (Move.AGAIN, Move.BACK_OFF) or fault.code in _NOT_DONE or fault.status in (420, 429):
        return move
    return Move.UNKNOWN


def way_out(fault: Fault) -> str:
    """What a person can do about it; empty where only the message knows."""
    return _WAYS_OUT.get(fault.code, "")


# Refusals of a row that have nothing to do with the row: the org as a whole takes nothing more for now.
_STOPS = frozenset(
    {
        "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
        "STORAGE_LIMIT_EXCEEDED",
        "REQUEST_LIMIT_EXCEEDED",
        "API_DISABLED_FOR_ORG",
        "API_CURRENTLY_DISABLED",
    }
)

# These pass by themselves (a lock, an approval, a busy server), or for all rows at once when a person gives a right or
# deploys a field. Sent again as often as it takes.
_NOT_ITS_OWN = frozenset(
    {
        *_STOPS,
        "UNKNOWN",
        "UNABLE_TO_LOCK_ROW",
        "ENTITY_IS_LOCKED",
        "UNKNOWN_EXCEPTION",
        "SERVER_UNAVAILABLE",
        "QUERY_TIMEOUT",
        "REQUEST_RUNNING_TOO_LONG",
        "INVALID_SESSION_ID",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "PROCESSING_HALTED",
        "INVALID_TYPE",
        "INVALID_FIELD",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INSUFFICIENT_ACCESS_OR_READONLY",
    }
)


def row_is_transient(code: str, message: str) -> bool:
    """Whether a refused row is worth sending again as it is: a lock, also one met inside the org's own automation."""
    return code == "UNABLE_TO_LOCK_ROW" or "UNABLE_TO_LOCK_ROW" in message


def row_wants_smaller_batch(code: str, message: str) -> bool:
    """Whether the org's automation ran into its limits on a batch this large; fewer rows at a time may pass."""
    return "LimitException" in message or "Too many batch retries" in message or code == "LIMIT_EXCEEDED"


def row_stops_all(code: str) -> bool:
    """Whether a refused row says that no other row would fare better: sending more is no good citizen's doing."""
    return code in _STOPS


def row_is_to_blame(code: str, message: str) -> bool:
    """Whether a refusal is the row's own, and will be the same tomorrow: only those count towards setting it aside.

    ENTITY_IS_LOCKED (the record waits for an approval) passes after days.
    """
    return bool(code) and code not in _NOT_ITS_OWN and not row_is_transient(code, message)


def fault_of_row(code: str, message: str) -> Fault:
    """A row's refusal as the fault of the request it came with."""
    return Fault(reached=Reached.ANSWERED, status=200, code=code, message=message)


def _move_of_answer(fault: Fault) -> Move:
    if fault.code == "REQUEST_LIMIT_EXCEEDED":
        return Move.BACK_OFF if "concurrent" in fault.message.lower() else Move.STOP
    if fault.code in _BY_CODE:
        return _BY_CODE[fault.code]
    if fault.code and fault.status is not None and fault.status < 500:
        return Move.REFUSED
    return _BY_STATUS.get(fault.status or 0, Move.REFUSED)
