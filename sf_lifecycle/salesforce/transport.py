"""Every request to the org's REST and Bulk APIs goes through `Transport.call`: simple-salesforce underneath, one new
login where the session ended, transient failures tried again, all others worded.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from threading import Lock
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import requests
from simple_salesforce.api import Salesforce

from sf_lifecycle.config.settings import SalesforceSettings
from sf_lifecycle.errors import LoginRefused, OrgError
from sf_lifecycle.salesforce.decide import Move, decide
from sf_lifecycle.salesforce.errors import CALL_ERRORS, fault_of_answer, read_fault
from sf_lifecycle.salesforce.login import obtain_token
from sf_lifecycle.salesforce.meter import CallMeter
from sf_lifecycle.salesforce.retry import CallFailed, Patience, with_patience
from sf_lifecycle.salesforce.web import base_url, open_session

T = TypeVar("T")


class Transport:
    """One logged-in connection. `call` may be used by several threads."""

    def __init__(self, settings: SalesforceSettings, patience: Patience) -> None:
        self.meter = CallMeter()
        self.base = base_url(settings)
        self.patience = patience
        self._settings = settings
        self._session = open_session(settings, self.meter)
        self._login_lock = Lock()
        self._may_login = settings.login != "access_token"
        token = obtain_token(settings, self._session, now=dt.datetime.now(dt.UTC), patience=patience)
        self.user_id = token.user_id
        self._salesforce = Salesforce(
            session_id=token.secret,
            instance=urlsplit(self.base).netloc,
            session=self._session,
            version=settings.api_version,
        )
        self._salesforce.headers.pop("X-PrettyPrint", None)

    @property
    def version(self) -> str:
        """The API version in use, such as 66.0."""
        return self._settings.api_version

    def call(self, method: str, path: str, *, what: str, read: Callable[[requests.Response], T], **options: Any) -> T:
        """One read, tried again while it fails transiently; OrgError, OrgUnavailable or LoginRefused after that.

        `path`: below `/services/data/vNN.0/`, or from the host's root where it begins with a slash. `what` says in
        messages what we were doing. `read` turns the response into a value and counts as part of the request: a body
        that breaks off is asked for again. `options`: `params`, `body` (sent as JSON), `headers`, `stream`.
        """
        try:
            return self.attempt(method, path, what=what, read=read, repeatable=True, **options)
        except CallFailed as failure:
            raise failure.as_org_error() from failure

    def attempt(
        self,
        method: str,
        path: str,
        *,
        what: str,
        read: Callable[[requests.Response], T],
        repeatable: bool,
        **options: Any,
    ) -> T:
        """As `call`, but raises `CallFailed` with the move that is left; a write (`repeatable=False`) is sent again
        only where it certainly was not done.
        """

        def once() -> T:
            header = self._salesforce.headers["Authorization"]
            try:
                return self._once(method, path, what, read, repeatable, options)
            except CallFailed as failure:
                if failure.move is not Move.RELOGIN or not self._login_again(header, failure):
                    raise
            return self._once(method, path, what, read, repeatable, options)

        return with_patience(self.patience, once)

    def close(self) -> None:
        """Gives the connections back."""
        self._session.close()

    def _once(
        self,
        method: str,
        path: str,
        what: str,
        read: Callable[[requests.Response], T],
        repeatable: bool,
        options: Mapping[str, Any],
    ) -> T:
        root = f"https://{self._salesforce.sf_instance}"
        url = root + path if path.startswith("/") else self._salesforce.base_url + path
        arguments = {key: value for key, value in options.items() if key != "body" and value is not None}
        if options.get("body") is not None:
            arguments["data"] = json.dumps(options["body"], default=_json_value)
        try:
            response = self._salesforce._call_salesforce(method, url, **arguments)
            self.meter.dated(response.headers.get("Date"))
            return read(response)
        except CALL_ERRORS as error:
            fault = read_fault(error)
            raise CallFailed(fault, decide(fault, repeatable=repeatable), what) from error

    def _login_again(self, used_header: str, failure: CallFailed) -> bool:
        """Whether there is a session newer than the one just refused. One new login per connection: a second refusal
        is no expiry, and logging in again and again locks the user out.
        """
        with self._login_lock:
            if self._salesforce.headers["Authorization"] != used_header:
                return True
            if self._settings.login == "access_token":
                raise LoginRefused(
                    "Salesforce no longer accepts the access token",
                    code=failure.fault.code,
                    way_out="set a fresh salesforce.access_token, or use login = client_credentials or jwt",
                ) from failure
            if not self._may_login:
                return False
            self._may_login = False
            now = dt.datetime.now(dt.UTC)
            token = obtain_token(self._settings, self._session, now=now, patience=self.patience)
            self._salesforce.session_id = token.secret
            self._salesforce.headers = {**self._salesforce.headers, "Authorization": f"Bearer {token.secret}"}
            return True


def as_json(response: requests.Response) -> Any:
    """The body, numbers with a point as Decimal: money never passes through a binary float."""
    return response.json(parse_float=Decimal)


def batch(transport: Transport, urls: list[str], *, what: str) -> list[tuple[int, Any]]:
    """Up to 25 GETs (URLs below `/services/data/`) in one request that counts as one call: (status, body) each."""
    body = {"haltOnError": False, "batchRequests": [{"method": "GET", "url": url} for url in urls]}
    answer = transport.call("POST", "composite/batch", what=what, read=as_json, body=body)
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list) or len(results) != len(urls):
        raise OrgError(f"{what} failed: the answer to {len(urls)} requests holds {len(results or ())} results")
    return [(int(result["statusCode"]), result["result"]) for result in results]


def raise_result(status: int, result: Any, what: str) -> NoReturn:
    """Raises for one failed result of a batch."""
    fault = fault_of_answer(status, result)
    raise CallFailed(fault, decide(fault, repeatable=True), what).as_org_error()


def _json_value(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone cannot be written")
        return value.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
