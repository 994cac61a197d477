"""Which org this is and who we are in it; and the rule that it must be the one that config.toml names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from sf_lifecycle.config.settings import SalesforceSettings
from sf_lifecycle.errors import ConfigError, OrgError, Problem
from sf_lifecycle.salesforce import soql
from sf_lifecycle.salesforce.query import Row, flatten, read_rows
from sf_lifecycle.salesforce.transport import Transport, as_json
from sf_lifecycle.salesforce.web import is_loopback

_WHAT = "Reading the org's identity"


@dataclass(frozen=True, kw_only=True)
class OrgIdentity:
    """The org and the running user. Ids have 18 characters."""

    org_id: str
    name: str
    is_sandbox: bool
    kind: Literal["production", "sandbox", "local"]
    user_id: str
    username: str


def read_identity(transport: Transport) -> OrgIdentity:
    """Organization, and the user from the login's answer or the userinfo endpoint."""
    rows = read_rows(transport, soql.select("Organization", ["Id", "Name", "IsSandbox"]), all_rows=False, what=_WHAT)
    if len(rows) != 1:
        raise OrgError(f"{_WHAT} failed: the user sees {len(rows)} rows of Organization, not one")
    org = rows[0]
    user = _user(transport)
    sandbox = bool(org["IsSandbox"])
    local = is_loopback(urlsplit(transport.base).hostname or "")
    return OrgIdentity(
        org_id=str(org["Id"]),
        name=str(org["Name"]),
        is_sandbox=sandbox,
        kind="local" if local else "sandbox" if sandbox else "production",
        user_id=str(user["Id"]),
        username=str(user["Username"]),
    )


def check_identity(settings: SalesforceSettings, identity: OrgIdentity) -> None:
    """Refuses any org but the one configured, before anything is written. ConfigError with every mismatch."""
    problems = []
    if settings.kind != identity.kind:
        found = f"{identity.name} ({identity.org_id}) is a {identity.kind} org"
        problems.append(_problem("kind", f"this says {settings.kind}, but {found}"))
    if settings.org_id is None and identity.kind != "local":
        hint = f'if {identity.name} is the org you mean, add org_id = "{identity.org_id}"'
        problems.append(_problem("org_id", f"needed before anything is written to a {identity.kind} org", hint))
    if settings.org_id is not None and settings.org_id != identity.org_id:
        found = f"{identity.name} at {settings.instance_url} is {identity.org_id}"
        hint = "a sandbox gets a new org Id with each refresh; change it only if this is the org you mean"
        problems.append(_problem("org_id", f"this says {settings.org_id}, but {found}", hint))
    if problems:
        raise ConfigError(problems)


def _user(transport: Transport) -> Row:
    user_id = transport.user_id
    if user_id is None:
        info = transport.call("GET", "/services/oauth2/userinfo", what="Reading who we are", read=as_json)
        user_id = str(flatten(info)["user_id"])
    where = soql.compare("Id", "=", user_id)
    rows = read_rows(transport, soql.select("User", ["Id", "Username"], where=where), all_rows=False, what=_WHAT)
    if len(rows) != 1:
        raise OrgError(f"{_WHAT} failed: the user cannot see its own User record", way_out="grant View All Users")
    return rows[0]


def _problem(key: str, message: str, hint: str = "correct it, or point instance_url at the right org") -> Problem:
    return Problem(file="config.toml", place=f"salesforce.{key}", message=message, hint=hint)
