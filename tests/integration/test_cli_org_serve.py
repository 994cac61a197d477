"""`org serve` as a person runs it: a process of its own, used with the lines it prints, stopped by a signal."""

from __future__ import annotations

import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests


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
    served.send_signal(signal.SIGTERM)
    assert served.wait(timeout=15) == 0
    assert (tmp_path / "records/org.db").is_file()
    assert served.stderr
    assert served.stderr.read() == ""
