from __future__ import annotations

import base64
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from salesforce_peer import HURRIED, TOKEN, USER_ID, Peer, Reply, Seen, peer

from sf_lifecycle.errors import ConfigError, LoginRefused, OrgUnavailable
from sf_lifecycle.salesforce import connect

REFUSALS = [
    ("invalid_grant", "no client credentials user enabled", "Run-As"),
    ("invalid_grant", "request not supported on this domain", "My Domain"),
    ("invalid_grant", "user hasn't approved this consumer", "pre-authorise"),
    ("invalid_grant", "authentication failure", "credentials"),
    ("invalid_client", "invalid client credentials", "client_secret"),
    ("unsupported_grant_type", "grant type not supported", "flow"),
    ("something_new", "", "config.toml"),
]


def refusal(code: str, description: str, status: int = 400) -> Reply:
    return Reply(status=status, body={"error": code, "error_description": description})


def test_client_credentials_travel_in_the_basic_header_only() -> None:
    with peer() as found, connect(found.settings(), patience=HURRIED) as org:
        (seen,) = found.asked("POST", TOKEN)
        assert seen.headers["authorization"] == "Basic " + base64.b64encode(b"id:s3cr3t").decode()
        assert seen.body == b"grant_type=client_credentials"
        assert org.identity.user_id == USER_ID
        assert org.identity.kind == "local"


@pytest.mark.parametrize(("code", "description", "hint"), REFUSALS)
def test_a_refusal_is_worded_with_the_way_out_and_never_tried_again(code: str, description: str, hint: str) -> None:
    with peer() as found:
        found.on("POST", TOKEN, refusal(code, description))
        with pytest.raises(LoginRefused) as caught:
            connect(found.settings(), patience=HURRIED)
        assert len(found.seen) == 1
    assert caught.value.code == code
    assert description in str(caught.value)
    assert hint in caught.value.way_out


def test_a_secret_that_the_server_echoes_is_not_shown() -> None:
    with peer() as found:
        found.on("POST", TOKEN, refusal("invalid_client", "bad secret s3cr3t"))
        with pytest.raises(LoginRefused) as caught:
            connect(found.settings(), patience=HURRIED)
    assert "s3cr3t" not in str(caught.value)
    assert "***" in str(caught.value)


def test_a_busy_login_server_is_tried_again() -> None:
    with peer() as found:
        good = found.answers["POST", TOKEN][0]
        found.on("POST", TOKEN, Reply(status=503, body=b"<html>busy</html>"), good)
        connect(found.settings(), patience=HURRIED).close()
        assert len(found.asked("POST", TOKEN)) == 2


def test_a_login_server_that_stays_down_is_unavailable() -> None:
    with peer() as found:
        found.on("POST", TOKEN, Reply(status=503, body=b"<html>busy</html>"))
        with pytest.raises(OrgUnavailable, match="503"):
            connect(found.settings(), patience=HURRIED)
        assert len(found.seen) == HURRIED.attempts


def test_an_org_that_is_not_there_is_unavailable() -> None:
    with peer() as found:
        settings = found.settings()
    with pytest.raises(OrgUnavailable, match="could not be made"):
        connect(settings, patience=HURRIED)


def test_missing_settings_are_told_together() -> None:
    with peer() as found, pytest.raises(ConfigError) as caught:
        connect(found.settings(client_id=None, client_secret=None))
    assert [problem.place for problem in caught.value.problems] == ["salesforce.client_id", "salesforce.client_secret"]


def write_key(folder: Path) -> tuple[Path, rsa.RSAPublicKey]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "key.pem"
    path.write_bytes(pem)
    return path, key.public_key()


def jwt_settings(found: Peer, key: Path, **changes: str) -> dict[str, object]:
    return {"login": "jwt", "username": "worker@example.com", "private_key_file": key, **changes}


def test_a_jwt_is_signed_for_the_org_and_lives_minutes(tmp_path: Path) -> None:
    path, public = write_key(tmp_path)
    with peer() as found:
        connect(found.settings(**jwt_settings(found, path)), patience=HURRIED).close()
        form = dict(pair.split("=") for pair in found.seen[0].body.decode().split("&"))
        claims = jwt.decode(form["assertion"], public, algorithms=["RS256"], audience=found.url)
    assert (claims["iss"], claims["sub"]) == ("id", "worker@example.com")


@pytest.mark.parametrize("content", [None, "no key"])
def test_a_key_file_that_cannot_be_used_is_a_mistake_of_the_configuration(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "key.pem"
    if content is not None:
        path.write_text(content)
    with peer() as found, pytest.raises(ConfigError, match="private_key_file"):
        connect(found.settings(**jwt_settings(found, path)))


def test_an_access_token_asks_who_it_is() -> None:
    with peer() as found:
        found.on("GET", "/services/oauth2/userinfo", Reply(body={"user_id": USER_ID}))
        settings = found.settings(login="access_token", access_token="t0")
        with connect(settings, patience=HURRIED) as org:
            assert org.identity.username == "worker@example.com"
        assert not found.asked("POST", TOKEN)
        assert {seen.headers["authorization"] for seen in found.seen} == {"Bearer t0"}


def test_settings_never_show_the_token() -> None:
    def answer(_: Seen) -> Reply:
        return Reply(body={"access_token": "t0ken"})

    with peer() as found:
        found.on("POST", TOKEN, answer)
        found.on("GET", "/services/oauth2/userinfo", Reply(status=403, body=[{"errorCode": "X", "message": "no"}]))
        with pytest.raises(Exception, match="X: no") as caught:
            connect(found.settings(), patience=HURRIED)
    assert "t0ken" not in repr(caught.value)


@pytest.mark.parametrize("url", ["http://acme.my.salesforce.com", "acme", "ftp://127.0.0.1"])
def test_plain_http_goes_to_this_machine_only(url: str) -> None:
    with peer() as found, pytest.raises(ConfigError, match="instance_url"):
        connect(found.settings(instance_url=url))
