"""`org serve` as a person runs it: a process of its own, used with the lines it prints, stopped by a signal."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


@pytest.fixture
def served(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "sf_lifecycle", "org", "serve", "--port", "0", "--data", "records/org.db"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_the_lines_it_prints_log_in(served: subprocess.Popen[str], tmp_path: Path) -> None:
    assert served.stdout
    head = served.stdout.readline()
    assert head.startswith("Local org 00D")
    lines = [served.stdout.readline() for _ in range(8)]
    settings = tomllib.loads("".join(lines))["salesforce"]
    assert settings["org_id"] in head
    answer = requests.post(
        settings["instance_url"] + "/services/oauth2/token",
        data={
            "grant_type": "client_credentials",
            "client_id": settings["client_id"],
            "client_secret": settings["client_secret"],
        },
        timeout=10,
    )
    assert answer.json()["access_token"]
    assert "the administrator's token:" in served.stdout.readline() + served.stdout.readline()
    token = served.stdout.readline().strip().removeprefix("ADMIN='").removesuffix("'")
    assert userinfo(settings["instance_url"], token)["preferred_username"] == "admin@local.invalid"
    served.send_signal(signal.SIGTERM)
    assert served.wait(timeout=15) == 0
    assert (tmp_path / "records/org.db").is_file()
    assert served.stderr
    assert served.stderr.read() == ""


def userinfo(url: str, token: str) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{url}/services/oauth2/userinfo", headers=headers, timeout=10).json()


def test_a_key_of_ones_own_logs_in(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    shape = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "public.pem").write_bytes(key.public_key().public_bytes(*shape))
    command = [sys.executable, "-m", "sf_lifecycle", "org", "serve", "--port", "0", "--data", ":memory:"]
    command += ["--public-key", "public.pem"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(9)][1:]
        settings = tomllib.loads("".join(lines))["salesforce"]
        url = settings["instance_url"] + "/services/oauth2/token"
        answers = []
        for signed_with in (key, rsa.generate_private_key(public_exponent=65537, key_size=2048)):
            claims = {"iss": settings["client_id"], "sub": "nobody@firm.example", "aud": settings["instance_url"]}
            assertion = jwt.encode(claims | {"exp": int(time.time()) + 60}, signed_with, algorithm="RS256")
            grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
            answer = requests.post(url, data={"grant_type": grant, "assertion": assertion}, timeout=10)
            answers.append(answer.json()["error_description"])
        process.send_signal(signal.SIGTERM)
    assert answers == ["user hasn't approved this consumer", "invalid assertion"]
