"""Logging in: the two flows for servers, and what a token is good for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from localorg_peer import PROJECT, Client
from simple_salesforce import Salesforce

from sf_lifecycle.localorg import LocalOrg, serve_in_thread

TOKEN = "/services/oauth2/token"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def ask(org: LocalOrg, data: dict[str, str], **more: Any) -> requests.Response:
    return requests.post(org.url + TOKEN, data=data, timeout=20, **more)


def test_client_credentials_by_header_or_body_log_in_as_the_worker(local: LocalOrg) -> None:
    by_header = ask(local, {"grant_type": "client_credentials"}, auth=(local.client_id, local.client_secret))
    by_body = ask(
        local,
        {"grant_type": "client_credentials", "client_id": local.client_id, "client_secret": local.client_secret},
    )
    for reply in (by_header, by_body):
        assert reply.status_code == 200
        assert reply.json()["instance_url"] == local.url
        assert reply.json()["token_type"] == "Bearer"
        who = Client(url=local.url, token=reply.json()["access_token"]).get("/services/oauth2/userinfo").json()
        assert who["organization_id"] == local.org_id
        assert who["user_id"] == local.org.worker_id


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "x"}, "invalid_client_id"),
        ({"grant_type": "client_credentials", "client_id": "ID", "client_secret": "x"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": JWT_BEARER, "assertion": "no token"}, "invalid_grant"),
    ],
)
def test_refusals_are_objects_with_status_400(local: LocalOrg, form: dict[str, str], error: str) -> None:
    form = {k: local.client_id if v == "ID" else v for k, v in form.items()}
    reply = ask(local, form)
    assert reply.status_code == 400
    assert reply.json()["error"] == error


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def signed_org(key: rsa.RSAPrivateKey) -> Iterator[LocalOrg]:
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    with serve_in_thread(metadata=PROJECT, public_key=public.decode(), client_id="3MVG9", token="fixed") as org:
        yield org


def assertion(key: rsa.RSAPrivateKey, **changes: Any) -> str:
    claims = {"iss": "3MVG9", "sub": "worker@local.invalid", "aud": "https://login.salesforce.com"}
    # simple-salesforce writes exp as a text
    return jwt.encode({**claims, "exp": str(int(time.time()) + 180), **changes}, key, algorithm="RS256")


def test_jwt_bearer(signed_org: LocalOrg, key: rsa.RSAPrivateKey) -> None:
    reply = ask(signed_org, {"grant_type": JWT_BEARER, "assertion": assertion(key)})
    assert reply.status_code == 200
    assert "issued_at" not in reply.json()
    client = Client(url=signed_org.url, token=reply.json()["access_token"])
    assert client.get("/limits").status_code == 200
    assert Client(url=signed_org.url, token="fixed").get("/limits").status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"exp": "1"}, "invalid_grant"),
        ({"sub": "nobody@local.invalid"}, "invalid_grant"),
        ({"aud": "https://elsewhere.example"}, "invalid_grant"),
        ({"iss": "other"}, "invalid_client_id"),
    ],
)
def test_jwt_refusals(signed_org: LocalOrg, key: rsa.RSAPrivateKey, changes: dict[str, str], error: str) -> None:
    reply = ask(signed_org, {"grant_type": JWT_BEARER, "assertion": assertion(key, **changes)})
    assert (reply.status_code, reply.json()["error"]) == (400, error)


def test_jwt_signed_by_somebody_else(signed_org: LocalOrg) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    reply = ask(signed_org, {"grant_type": JWT_BEARER, "assertion": assertion(other)})
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_grant")


def test_without_a_session_every_call_gets_a_list_and_401(local: LocalOrg) -> None:
    for path in ("/limits", "/sobjects/Account/describe", "/composite/sobjects", "/nowhere"):
        reply = Client(url=local.url, token="wrong").get(path)
        assert reply.status_code == 401
        assert reply.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_simple_salesforce_logs_in_again_when_its_session_expires(
    local: LocalOrg, salesforce: Salesforce, admin: Client
) -> None:
    before = salesforce.session_id
    admin.post("/services/localorg/faults", {"kind": "expired_session", "path": "/query"})
    assert salesforce.query("SELECT count() FROM Account")["done"] is True
    assert salesforce.session_id != before


def test_identity_page(local: LocalOrg, worker: Client) -> None:
    reply = requests.get(
        f"{local.url}/id/{local.org_id}/{local.org.worker_id}",
        headers={"Authorization": f"Bearer {local.token}"},
        timeout=20,
    )
    assert reply.json()["username"] == "worker@local.invalid"
