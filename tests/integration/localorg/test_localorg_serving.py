"""The server itself: many callers at once, and life as a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import requests
from localorg_peer import Client

from sf_lifecycle.localorg import LocalOrg

PROGRAM = "from sf_lifecycle.localorg import run; run(ready=lambda url: print(url, flush=True))"


def test_a_key_is_made_once_however_many_ask(local: LocalOrg) -> None:
    def create(_: int) -> int:
        client = Client(url=local.url, token=local.token)
        rows = [{"attributes": {"type": "Task"}, "Key__c": f"contended {i}"} for i in range(20)]
        outcomes = client.post("/composite/sobjects", {"records": rows}).json()
        client.session.close()
        return sum(o["success"] for o in outcomes)

    with ThreadPoolExecutor(6) as callers:
        assert sum(callers.map(create, range(6))) == 20


def test_run_serves_until_it_is_told_to_stop() -> None:
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        with process.stdout:
            url = process.stdout.readline().strip()
        assert requests.get(f"{url}/services/data", timeout=20).status_code == 200
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
    finally:
        process.kill()
        process.wait()
