"""OAuth: the two flows for servers, and who a token belongs to."""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography.x509 import load_pem_x509_certificate

from ..errors import ApiError
from ..org import Org

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class OAuthError(Exception):
    """Answered with HTTP 400 and an object, unlike the errors of the REST API."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.body = {"error": error, "error_description": description}


def token(org: Org, body: bytes, authorization: str, base_url: str) -> dict[str, Any]:
    """The reply to POST /services/oauth2/token. OAuthError where Salesforce refuses."""
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    grant = form.get("grant_type", "")
    if grant == "client_credentials":
        _check_client(org, form, authorization)
        return _granted(org, _welcome(org, org.worker_id), base_url, "client_credentials")
    if grant == _JWT_BEARER:
        return _granted(org, _jwt_user(org, form.get("assertion", ""), base_url), base_url, "jwt")
    raise OAuthError("unsupported_grant_type", "grant type not supported")


def _check_client(org: Org, form: dict[str, str], authorization: str) -> None:
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    if authorization.lower().startswith("basic "):
        try:
            client_id, _, secret = base64.b64decode(authorization[6:], validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            client_id = secret = ""
    if client_id != org.sessions.credentials.client_id:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    if not secrets.compare_digest(secret.encode(), org.sessions.credentials.client_secret.encode()):
        raise OAuthError("invalid_client", "invalid client credentials")


def _jwt_user(org: Org, assertion: str, base_url: str) -> str:
    key = org.sessions.credentials.public_key
    try:
        claims = jwt.decode(
            assertion,
            _public_key(key) if key else "",
            algorithms=["RS256"],
            options={
                "verify_signature": key is not None,
                "verify_aud": False,
                "verify_exp": False,  # a numeric text is taken too, which the library refuses
                "verify_iat": False,
            },
        )
    except jwt.InvalidTokenError:
        raise OAuthError("invalid_grant", "invalid assertion") from None
    if claims.get("iss") != org.sessions.credentials.client_id:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    try:
        expires = float(claims.get("exp", 0))
    except (TypeError, ValueError):
        expires = 0.0
    if expires <= time.time():
        raise OAuthError("invalid_grant", "expired authorization code")
    audience = str(claims.get("aud", ""))
    if not (audience.endswith(".salesforce.com") or audience.rstrip("/") == base_url):
        raise OAuthError("invalid_grant", "Audience validation failed")
    return _active_user(org, str(claims.get("sub", "")))


def _public_key(pem: str) -> Any:
    if "BEGIN CERTIFICATE" in pem:
        return load_pem_x509_certificate(pem.encode()).public_key()
    return pem


def _active_user(org: Org, username: str) -> str:
    with org.store.read() as con:
        row = con.execute('SELECT "Id" FROM "User" WHERE "Username" = ? COLLATE NOCASE', (username,)).fetchone()
    if row is None:
        raise OAuthError("invalid_grant", "user hasn't approved this consumer")
    return _welcome(org, str(row[0]))


def _welcome(org: Org, user_id: str) -> str:
    try:
        org.access_for(user_id)
    except ApiError:
        raise OAuthError("invalid_grant", "inactive user") from None
    return user_id


def _granted(org: Org, user_id: str, base_url: str, flow: str) -> dict[str, Any]:
    reply = {
        "access_token": org.sessions.open(user_id),
        "scope": "api",
        "instance_url": base_url,
        "id": f"{base_url}/id/{org.org_id}/{user_id}",
        "token_type": "Bearer",
    }
    if flow != "jwt":
        reply |= {"issued_at": str(int(time.time() * 1000)), "signature": secrets.token_urlsafe(32)}
    return reply


def identity(org: Org, user_id: str, base_url: str) -> dict[str, Any]:
    """The common part of /services/oauth2/userinfo and /id/<org>/<user>."""
    user = org.store.get("User", user_id) or {}
    return {
        "user_id": user_id,
        "organization_id": org.org_id,
        "preferred_username": user.get("Username"),
        "nickname": user.get("CommunityNickname"),
        "name": user.get("Name"),
        "email": user.get("Email"),
        "given_name": user.get("FirstName"),
        "family_name": user.get("LastName"),
        "zoneinfo": user.get("TimeZoneSidKey"),
        "active": bool(user.get("IsActive")),
        "user_type": "STANDARD",
        "language": user.get("LanguageLocaleKey"),
        "locale": user.get("LocaleSidKey"),
        "urls": {
            "rest": f"{base_url}/services/data/v{{version}}/",
            "sobjects": f"{base_url}/services/data/v{{version}}/sobjects/",
            "query": f"{base_url}/services/data/v{{version}}/query/",
        },
    }


def userinfo(org: Org, user_id: str, base_url: str) -> dict[str, Any]:
    return {"sub": f"{base_url}/id/{org.org_id}/{user_id}", **identity(org, user_id, base_url)}


def identity_page(org: Org, user_id: str, base_url: str) -> dict[str, Any]:
    found = identity(org, user_id, base_url)
    return {
        "id": f"{base_url}/id/{org.org_id}/{user_id}",
        "asserted_user": True,
        "username": found["preferred_username"],
        "display_name": found["name"],
        **found,
    }
