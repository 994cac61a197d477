"""A scripted HTTP peer on loopback: answers what a test says, remembers what it was asked. Real sockets, no mocks."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sf_lifecycle.config.settings import SalesforceSettings
from sf_lifecycle.salesforce import Patience

HURRIED = Patience(attempts=3, total_seconds=10, first_wait=0, longest_wait=0, jitter=0)
DATA = "/services/data/v66.0/"
TOKEN = "/services/oauth2/token"
ORG_ID = "00D000000000001AAA"
USER_ID = "005000000000001AAA"
EXPIRED = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


@dataclass(frozen=True, kw_only=True)
class Seen:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Reply:
    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    cut: int | None = None
    zipped: bool = False


DROP = Reply(drop=True)
Answer = Reply | Callable[[Seen], Reply]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that gave up is what some tests are about."""


class Peer:
    """`on` scripts a path: each request takes the next answer, the last one stays."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.answers: dict[tuple[str, str], list[Answer]] = {}
        self.on("POST", TOKEN, Reply(body={"access_token": "t1", "id": f"https://x/id/{ORG_ID}/{USER_ID}"}))
        self.on("GET", f"{DATA}query/", _identity)
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def on(self, method: str, path: str, *answers: Answer) -> None:
        self.answers[method, path] = list(answers)

    def asked(self, method: str, path: str) -> list[Seen]:
        return [seen for seen in self.seen if (seen.method, seen.path) == (method, path)]

    def settings(self, **changes: Any) -> SalesforceSettings:
        values: dict[str, Any] = {
            "instance_url": self.url,
            "kind": "local",
            "login": "client_credentials",
            "client_id": "id",
            "client_secret": "s3cr3t",
            "timeout_seconds": 5,
        }
        return SalesforceSettings.model_validate(values | changes)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def peer() -> Iterator[Peer]:
    found = Peer()
    try:
        yield found
    finally:
        found.stop()


def records(*rows: dict[str, Any], kind: str = "X") -> Reply:
    listed = [{"attributes": {"type": kind}, **row} for row in rows]
    return Reply(body={"totalSize": len(rows), "done": True, "records": listed})


def _identity(seen: Seen) -> Reply:
    if "FROM Organization" in seen.query["q"]:
        return records({"Id": ORG_ID, "Name": "Test", "IsSandbox": False})
    return records({"Id": USER_ID, "Username": "worker@example.com"})


def _handler(found: Peer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            pass

        def _any(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            headers = {key.lower(): value for key, value in self.headers.items()}
            seen = Seen(method=self.command, path=parts.path, query=query, headers=headers, body=body)
            found.seen.append(seen)
            answers = found.answers.get((self.command, parts.path), [Reply(status=404, body=[])])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            self._send(answer if isinstance(answer, Reply) else answer(seen))

        def _send(self, reply: Reply) -> None:
            if reply.drop:
                self.close_connection = True
                return
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            body = gzip.compress(body) if reply.zipped else body
            self.send_response(reply.status)
            for key, value in reply.headers.items():
                self.send_header(key, value)
            if reply.zipped:
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: reply.cut])
            if reply.cut is not None:
                self.close_connection = True

        do_GET = do_POST = do_PATCH = do_DELETE = _any  # noqa: N815 - names that http.server looks for

    return Handler
