"""Talking to a local org: plain HTTP, and the adapter that simple-salesforce needs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter

PROJECT = Path(__file__).parent / "sfdx"


@dataclass
class Client:
    """Plain HTTP as one user."""

    url: str
    token: str
    session: requests.Session = field(default_factory=requests.Session)

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        target = self.url + (path if path.startswith("/services") else f"/services/data/v65.0{path}")
        return self.session.request(method, target, headers=headers, timeout=20, **more)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self.call("POST", path, json=body, **more)

    def patch(self, path: str, body: Any) -> requests.Response:
        return self.call("PATCH", path, json=body)

    def delete(self, path: str) -> requests.Response:
        return self.call("DELETE", path)

    def query(self, soql: str, *, every: bool = False) -> list[dict[str, Any]]:
        reply = self.get("/queryAll" if every else "/query", params={"q": soql})
        assert reply.status_code == 200, reply.text
        return [{k: v for k, v in r.items() if k != "attributes"} for r in reply.json()["records"]]

    def make(self, object_name: str, **values: Any) -> str:
        reply = self.post(f"/sobjects/{object_name}", values)
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    def ingest(self, object_name: str, csv: str) -> dict[str, Any]:
        """Inserts rows by Bulk; the job as it ended."""
        body = {"object": object_name, "operation": "insert", "contentType": "CSV", "lineEnding": "LF"}
        path = f"/jobs/ingest/{self.post('/jobs/ingest', body).json()['id']}"
        self.call("PUT", f"{path}/batches", data=csv.encode(), headers={"Content-Type": "text/csv"})
        self.patch(path, {"state": "UploadComplete"})
        return self.ended(path)

    def ended(self, job: str) -> dict[str, Any]:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            found: dict[str, Any] = self.get(job).json()
            if found["state"] in ("JobComplete", "Failed"):
                return found
            time.sleep(0.02)
        raise AssertionError(f"{job} is still {found['state']}")

    def value(self, object_name: str, record_id: str, name: str) -> Any:
        return self.get(f"/sobjects/{object_name}/{record_id}", params={"fields": name}).json()[name]


class ToLoopback(HTTPAdapter):
    """simple-salesforce speaks https only: the request goes to the local org instead."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        assert request.url is not None
        request.url = self._url + "/" + request.url.split("/", 3)[3]
        return super().send(request, *args, **more)
