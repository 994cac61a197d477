"""The HTTP session: time limits on every request, requests counted, `http://` on loopback only."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

from sf_lifecycle.config.settings import SalesforceSettings
from sf_lifecycle.errors import ConfigError, Problem
from sf_lifecycle.salesforce.meter import CallMeter

CONNECT_SECONDS = 10.0
_DATA_PATH = "/services/data/"


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this very machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def base_url(settings: SalesforceSettings) -> str:
    """`instance_url` without a path; ConfigError unless it is https, or http to this machine."""
    parts = urlsplit(settings.instance_url)
    host = parts.hostname or ""
    if (parts.scheme == "https" and host) or (parts.scheme == "http" and is_loopback(host)):
        return f"{parts.scheme}://{parts.netloc}"
    expected = "expected https://… (http only to this machine)"
    raise ConfigError(
        [
            Problem(
                file="config.toml",
                place="salesforce.instance_url",
                message=f"{expected}, found {settings.instance_url!r}",
                hint="use the org's My Domain address, https://….my.salesforce.com",
            )
        ]
    )


class _Adapter(HTTPAdapter):
    """Counts and limits each request; sends what simple-salesforce addressed by https to a plain loopback server."""

    def __init__(self, base: str, meter: CallMeter, read_seconds: float) -> None:
        super().__init__(pool_maxsize=4)
        self._base, self._meter, self._read_seconds = urlsplit(base), meter, read_seconds

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        parts = urlsplit(request.url or "")
        if self._base.scheme == "http" and parts.scheme == "https" and parts.netloc == self._base.netloc:
            request = request.copy()
            request.url = urlunsplit(parts._replace(scheme="http"))
        if parts.path.startswith(_DATA_PATH):
            self._meter.sent()
        response = super().send(
            request,
            stream=stream,
            timeout=timeout or (CONNECT_SECONDS, self._read_seconds),
            verify=verify,
            cert=cert,
            proxies=proxies,
        )
        self._meter.answered(response.headers.get("Sforce-Limit-Info"))
        return response


def _headers_only(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No ~/.netrc entry may take the place of our own Authorization header."""
    return request


def open_session(settings: SalesforceSettings, meter: CallMeter) -> requests.Session:
    """A session for one org. Proxies of the environment count, except towards this machine."""
    base = base_url(settings)
    session = requests.Session()
    session.auth = _headers_only
    session.trust_env = not is_loopback(urlsplit(base).hostname or "")
    adapter = _Adapter(base, meter, settings.timeout_seconds)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
