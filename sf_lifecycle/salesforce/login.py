"""An access token by OAuth: client credentials, JWT bearer, or one that was handed to us. No password, no SOAP.

The token endpoint is the org's own (My Domain): simple-salesforce's logins know hosts of salesforce.com only.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import jwt
import requests

from sf_lifecycle.config.settings import SalesforceSettings
from sf_lifecycle.errors import ConfigError, LoginRefused, Problem
from sf_lifecycle.salesforce.decide import Move, decide
from sf_lifecycle.salesforce.errors import Fault, fault_of_answer, read_fault
from sf_lifecycle.salesforce.retry import CallFailed, Patience, with_patience
from sf_lifecycle.salesforce.web import base_url

_WHAT = "Logging in to Salesforce"
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_JWT_LIFE = dt.timedelta(minutes=3)

# (found in error + description, way out); the first that fits is told.
_WAYS_OUT = (
    ("no client credentials user", "name a Run-As user in the External Client App's policies"),
    ("not supported on this domain", "salesforce.instance_url must be the org's My Domain address"),
    ("approved this consumer", "pre-authorise the user: permission set or profile in the app's policies"),
    ("audience", "kind = production or sandbox in config.toml must say what the org is"),
    ("inactive", "activate the user, or name another"),
    ("locked", "unlock the user"),
    ("expired", "check this machine's clock"),
    ("invalid_client_id", "check salesforce.client_id; a new app takes some minutes to be known"),
    ("invalid_client", "check salesforce.client_id and salesforce.client_secret"),
    ("unsupported_grant_type", "switch on the login's flow in the External Client App"),
    ("invalid_grant", "check the app's flow, the user and the credentials"),
)


@dataclass(frozen=True, kw_only=True)
class Token:
    """An access token, and the user's record Id where the answer told it."""

    secret: str = field(repr=False)
    user_id: str | None = None


def obtain_token(
    settings: SalesforceSettings, session: requests.Session, *, now: dt.datetime, patience: Patience
) -> Token:
    """Logs in. ConfigError where a setting is missing, LoginRefused (never tried again), OrgUnavailable."""
    if settings.login == "access_token":
        _needs(settings, "access_token")
        return Token(secret=settings.access_token.get_secret_value() if settings.access_token else "")
    form, basic = _client_credentials(settings) if settings.login == "client_credentials" else _assertion(settings, now)
    url = f"{base_url(settings)}/services/oauth2/token"

    def once() -> Token:
        try:
            response = session.post(url, data=form, auth=basic, allow_redirects=False)
        except requests.RequestException as error:
            fault = read_fault(error)
            raise CallFailed(fault, decide(fault, repeatable=True), f"{_WHAT} at {base_url(settings)}") from error
        return _token_of(response, settings)

    try:
        return with_patience(patience, once)
    except CallFailed as failure:
        raise failure.as_org_error() from failure


def _token_of(response: requests.Response, settings: SalesforceSettings) -> Token:
    try:
        answer = response.json()
    except requests.JSONDecodeError:
        answer = None
    if response.status_code == 200 and isinstance(answer, dict) and answer.get("access_token"):
        user = urlsplit(str(answer.get("id") or "")).path.rpartition("/")[2]
        return Token(secret=str(answer["access_token"]), user_id=user if user.startswith("005") else None)
    fault = fault_of_answer(response.status_code, answer)
    if fault.code and response.status_code < 500:
        raise _refused(fault, settings)
    move = decide(fault, repeatable=True)
    raise CallFailed(fault, move if move in (Move.AGAIN, Move.BACK_OFF) else Move.REFUSED, _WHAT)


def _refused(fault: Fault, settings: SalesforceSettings) -> LoginRefused:
    text = _without_secrets(f"{fault.code}: {fault.message}" if fault.message else fault.code, settings)
    hint = next(
        (way for sign, way in _WAYS_OUT if sign in text.lower()), "check the [salesforce] section of config.toml"
    )
    return LoginRefused(f"Salesforce refused the login ({settings.login}): {text}", code=fault.code, way_out=hint)


def _without_secrets(text: str, settings: SalesforceSettings) -> str:
    for secret in (settings.client_secret, settings.access_token):
        if secret and secret.get_secret_value():
            text = text.replace(secret.get_secret_value(), "***")
    return text


def _client_credentials(settings: SalesforceSettings) -> tuple[dict[str, str], tuple[str, str]]:
    _needs(settings, "client_id", "client_secret")
    secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
    return {"grant_type": "client_credentials"}, (settings.client_id or "", secret)


def _assertion(settings: SalesforceSettings, now: dt.datetime) -> tuple[dict[str, str], None]:
    _needs(settings, "client_id", "username", "private_key_file")
    audience = {"production": "https://login.salesforce.com", "sandbox": "https://test.salesforce.com"}
    claims = {
        "iss": settings.client_id,
        "sub": settings.username,
        "aud": audience.get(settings.kind, base_url(settings)),
        "exp": int((now + _JWT_LIFE).timestamp()),
    }
    try:
        key = settings.private_key_file.read_text(encoding="utf-8") if settings.private_key_file else ""
        assertion = jwt.encode(claims, key, algorithm="RS256")
    except (OSError, ValueError, TypeError, jwt.PyJWTError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not a private RSA key in PEM form"
        raise ConfigError(
            [_problem("private_key_file", f"{settings.private_key_file} cannot be used: {why}")]
        ) from None
    return {"grant_type": _JWT_GRANT, "assertion": assertion}, None


def _needs(settings: SalesforceSettings, *keys: str) -> None:
    missing = [_problem(key, f'login = "{settings.login}" needs it') for key in keys if not getattr(settings, key)]
    if missing:
        raise ConfigError(missing)


def _problem(key: str, message: str) -> Problem:
    return Problem(
        file="config.toml",
        place=f"salesforce.{key}",
        message=message,
        hint=f"set it there or in the environment as SF_LIFECYCLE_SALESFORCE__{key.upper()}",
    )
