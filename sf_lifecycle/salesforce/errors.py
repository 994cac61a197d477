"""Why a request brought no usable answer: one value, read from whatever requests and simple-salesforce raise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import requests
import urllib3
from simple_salesforce.exceptions import SalesforceError

# Everything a call through simple-salesforce, requests or a streamed body can raise for the world's sake.
CALL_ERRORS = (SalesforceError, requests.RequestException, urllib3.exceptions.HTTPError)

_MESSAGE_LENGTH = 600


class Reached(StrEnum):
    """How far a request got: what a write may assume about what was done."""

    NEVER = "never"
    """The connection was not made: certainly nothing was done."""
    MAYBE = "maybe"
    """Sent, and the answer is lost: done or not."""
    ANSWERED = "answered"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One failed request. `code` is Salesforce's errorCode, empty where the answer carried none (HTML, gateways)."""

    reached: Reached
    status: int | None = None
    code: str = ""
    message: str = ""
    fields: tuple[str, ...] = ()


def read_fault(error: Exception) -> Fault:
    """The facts of one of `CALL_ERRORS`; anything else is a bug and is raised again."""
    if isinstance(error, SalesforceError):
        return fault_of_answer(error.status, error.content)
    if isinstance(error, requests.JSONDecodeError):
        return Fault(reached=Reached.MAYBE, message="the answer is not JSON")
    if isinstance(error, requests.exceptions.SSLError) and "certificate" in str(error).lower():
        return Fault(reached=Reached.NEVER, code="CERTIFICATE", message=_short(error))
    if isinstance(error, (requests.RequestException, urllib3.exceptions.HTTPError)):
        reached = Reached.NEVER if _never_connected(error) else Reached.MAYBE
        return Fault(reached=reached, message=_plain(error, reached))
    raise error


def fault_of_answer(status: int, content: object) -> Fault:
    """An answer with an error status. REST and Bulk 2.0 send a list of errors, some paths one object, gateways HTML."""
    first = (
        content[0] if isinstance(content, Sequence) and not isinstance(content, (str, bytes)) and content else content
    )
    if isinstance(first, Mapping):
        code = str(first.get("errorCode") or first.get("statusCode") or first.get("error") or "")
        message = str(first.get("message") or first.get("error_description") or "").strip()
        fields = tuple(str(name) for name in first.get("fields") or ())
        return Fault(
            reached=Reached.ANSWERED, status=status, code=code, message=message[:_MESSAGE_LENGTH], fields=fields
        )
    return Fault(reached=Reached.ANSWERED, status=status, message=f"HTTP {status}, no error code in the answer")


def _never_connected(error: Exception) -> bool:
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    seen: BaseException | None = error
    while seen is not None:
        cause = getattr(seen, "reason", None) or next((a for a in seen.args if isinstance(a, BaseException)), None)
        if isinstance(seen, (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)):
            return True
        seen = cause if isinstance(cause, BaseException) else None
    return False


def _plain(error: Exception, reached: Reached) -> str:
    if isinstance(error, (requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError)):
        return "no answer in time"
    if isinstance(error, requests.ConnectTimeout):
        return "the connection could not be made in time"
    return "the connection could not be made" if reached is Reached.NEVER else "the connection broke before the answer"


def _short(error: Exception) -> str:
    return str(error)[:_MESSAGE_LENGTH]
