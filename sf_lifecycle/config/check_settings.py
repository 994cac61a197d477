"""What must fit together in config.toml: the login and its keys, the kind of org and its address, the time zone."""

from __future__ import annotations

import ipaddress
import os
import zoneinfo
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from sf_lifecycle.config.found import KeyPath, dotted, found, nearest
from sf_lifecycle.config.problems import Locate
from sf_lifecycle.config.settings import SalesforceSettings
from sf_lifecycle.errors import Problem

LOGIN_KEYS = {
    "client_credentials": ("client_id", "client_secret"),
    "jwt": ("client_id", "username", "private_key_file"),
    "access_token": ("access_token",),
}
BACKENDS = ("sqlite", "postgresql+psycopg")
_GENERIC = ("login.salesforce.com", "test.salesforce.com")

Finding = tuple[KeyPath, str, str]


def settings_problems(parts: Mapping[str, Any], locate: Locate) -> list[Problem]:
    """Problems across fields, in those top-level values of Settings that are valid alone. Paths are absolute."""
    findings: list[Finding] = []
    if "timezone" in parts:
        findings += _timezone(parts["timezone"])
    if "salesforce" in parts:
        findings += [*_login(parts["salesforce"]), *_address(parts["salesforce"])]
    if "storage" in parts:
        findings += _state_url(parts["storage"].state_url)
    if "service" in parts:
        findings += _listen(parts["service"].listen)
    problems = []
    for path, message, hint in findings:
        file, place = locate(path)
        problems.append(Problem(file=file, place=dotted(place), message=message, hint=hint))
    return problems


def is_loopback(host: str) -> bool:
    """Whether `host` is this very machine, by its name or number alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _timezone(name: str) -> Iterator[Finding]:
    known = zoneinfo.available_timezones()
    if name not in known:
        message = f"expected a time zone's name such as Europe/Amsterdam, got {found(name)}"
        yield ("timezone",), message, nearest(name, known)


def _login(org: SalesforceSettings) -> Iterator[Finding]:
    for key in LOGIN_KEYS[org.login]:
        value = getattr(org, key)
        if value is None or str(value) == "":
            message = f'expected a value, got nothing: login "{org.login}" needs {_all_of(LOGIN_KEYS[org.login])}'
            yield ("salesforce", key), message, ""
    key_file = org.private_key_file
    if org.login == "jwt" and key_file is not None and not os.access(key_file, os.R_OK):
        yield ("salesforce", "private_key_file"), f"expected a file that can be read, got {found(str(key_file))}", ""


def _address(org: SalesforceSettings) -> Iterator[Finding]:
    path = ("salesforce", "instance_url")
    url = _split(org.instance_url)
    if url is None or url.scheme not in ("http", "https") or not url.hostname:
        yield path, f"expected an address such as https://acme.my.salesforce.com, got {found(org.instance_url)}", ""
        return
    if url.username is not None or url.path not in ("", "/") or url.query or url.fragment:
        yield path, f"expected only scheme, host and port, got {found(org.instance_url)}", f"write {_bare(url)}"
        return
    loopback = is_loopback(url.hostname)
    if org.kind == "local" and not loopback:
        message = f'kind "local" needs an address on this machine, got {url.hostname}'
        yield path, message, 'set kind to "sandbox" or "production"'
    elif org.kind != "local" and loopback:
        yield path, f'kind "{org.kind}" cannot be at {url.hostname}, which is this machine', 'set kind to "local"'
    elif not loopback and url.scheme != "https":
        yield path, f"expected https, got {found(org.instance_url)}", f"write {_bare(url._replace(scheme='https'))}"
    elif url.hostname in _GENERIC:
        message = f"expected the org's own address (My Domain), got {url.hostname}"
        yield path, message, "such as https://acme.my.salesforce.com"


def _state_url(text: str) -> Iterator[Finding]:
    path = ("storage", "state_url")
    try:
        url = make_url(text)
    except ArgumentError:
        yield path, "expected a database address such as sqlite:///var/state.db, got a value that is not shown", ""
        return
    if url.drivername not in BACKENDS:
        yield path, f"expected {' or '.join(BACKENDS)} before ://, got {found(url.drivername)}", ""
    elif url.drivername == "sqlite" and not url.database:
        yield path, "expected a file, got none: state has to outlive the run", "write sqlite:///var/state.db"


def _listen(text: str) -> Iterator[Finding]:
    port = int(text.rpartition(":")[2])
    if port > 65535:
        yield ("service", "listen"), f"expected a port of at most 65535, got {port}", ""


def _split(text: str) -> SplitResult | None:
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        return None
    return url


def _bare(url: SplitResult) -> str:
    return f"{url.scheme}://{url.netloc.rpartition('@')[2]}"


def _all_of(keys: tuple[str, ...]) -> str:
    return keys[0] if len(keys) == 1 else f"{', '.join(keys[:-1])} and {keys[-1]}"
