"""The login, the app behind it, and whether this is the org that config.toml names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sf_lifecycle.config.settings import SalesforceSettings
from sf_lifecycle.doctor.facts import Facts, Setup
from sf_lifecycle.doctor.findings import LOGIN, Finding, error, ok, warning
from sf_lifecycle.errors import LoginRefused, OrgError, OrgUnavailable, Problem

_POLICIES = "Setup > External Client App Manager > the app > Policies > OAuth Policies"
_APP = "Setup > External Client App Manager > the app > Settings > OAuth Settings"

# (found in Salesforce's answer, what to do); the first that fits is told.
_REPAIRS = (
    ("no client credentials user", f"name the worker's user as Run As in {_POLICIES} > Client Credentials Flow"),
    (
        "not supported on this domain",
        "set salesforce.instance_url to the org's My Domain address (Setup > My Domain), https://….my.salesforce.com",
    ),
    (
        "approved this consumer",
        f"choose `Admin approved users are pre-authorized` in {_POLICIES}, and add the permission set Lifecycle_Worker",
    ),
    ("audience", "set salesforce.kind to what the org is: the JWT is made out to production or to a sandbox by it"),
    ("inactive", "activate the worker's user in Setup > Users, or name another one"),
    ("locked", "unlock or unfreeze the worker's user in Setup > Users"),
    ("expired", "set this machine's clock: a JWT is good for three minutes only"),
    (
        "invalid_client_id",
        f"copy the consumer key anew from {_APP} to salesforce.client_id; a new app takes some minutes to be known",
    ),
    ("invalid_client", f"copy consumer key and secret anew from {_APP} (the secret changes when it is rotated)"),
    ("unsupported_grant_type", f"switch on the flow that salesforce.login names, in {_APP}"),
    ("access token", "set a fresh salesforce.access_token, or use login = client_credentials or jwt"),
    ("invalid_session_id", "set a fresh salesforce.access_token, or use login = client_credentials or jwt"),
    (
        "invalid_grant",
        f"check that the flow is switched on in {_APP}, that Run As (or the JWT's user) is the worker's user, and that "
        f"it is active",
    ),
)
# The org as a whole refuses; by Salesforce's code.
_REFUSALS = {
    "API_DISABLED_FOR_ORG": "Professional Edition needs the API add-on; the user needs `API Enabled`, which the "
    "permission set Lifecycle_Worker grants",
    "API_CURRENTLY_DISABLED": "have the API switched on: `API Enabled` for the user, or Salesforce Support for the org",
    "REQUEST_LIMIT_EXCEEDED": "the day's API calls are used up: wait (the limit counts 24 hours back), or buy more",
}


def login_kind(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """Who we are, and whether the login will last."""
    org, settings = facts.identity, setup.settings.salesforce
    yield ok(LOGIN, f"logged in by {settings.login} as {org.username}: {org.name} ({org.org_id}), a {org.kind} org")
    if settings.login == "access_token" and org.kind != "local":
        yield warning(
            LOGIN,
            "an access_token runs out after hours, and nothing here can renew it",
            'use login = "client_credentials" or "jwt" with an External Client App (docs/guide/first-org.md)',
        )


def refusal(failure: OrgError, settings: SalesforceSettings) -> Finding:
    """A login or first call that failed, with its repair."""
    text = f"{failure.code} {failure.message}".lower()
    fix = _REFUSALS.get(failure.code, "")
    if not fix and isinstance(failure, LoginRefused):
        fix = next((repair for sign, repair in _REPAIRS if sign in text), "")
    if not fix and isinstance(failure, OrgUnavailable) and not failure.code:
        fix = f"check salesforce.instance_url ({settings.instance_url}), the network and the proxy of this machine"
    return error(LOGIN, failure.message, fix or failure.way_out or "see docs/guide/first-org.md", refused=True)


def wrong_org(problems: Iterable[Problem]) -> Iterator[Finding]:
    """Config.toml names another org, or none."""
    for problem in problems:
        yield error(LOGIN, f"{problem.file}: {problem.place}: {problem.message}", problem.hint)
