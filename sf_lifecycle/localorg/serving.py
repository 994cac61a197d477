"""Running the org on loopback: in a thread of this process, or for as long as the process lives."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .org import Org
from .server import build_app
from .server.gate import DROP

_HOST = "127.0.0.1"
_START_SECONDS = 30
_KEEP_ALIVE_SECONDS = 120  # longer than any client's pause: a connection closed under a request looks like a fault


class DroppableProtocol(HttpToolsProtocol):
    """HTTP whose connections the application can cut, for lost replies."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope = cast("dict[str, Any]", self.scope)  # ASGI lets servers add keys
        scope[DROP] = self.transport.abort


@dataclass(frozen=True, kw_only=True)
class LocalOrg:
    """A running org. Use as a context manager, or close it."""

    org: Org
    url: str
    token: str  # the worker's
    _server: uvicorn.Server
    _thread: threading.Thread

    @property
    def org_id(self) -> str:
        return self.org.org_id

    @property
    def client_id(self) -> str:
        return self.org.sessions.credentials.client_id

    @property
    def client_secret(self) -> str:
        return self.org.sessions.credentials.client_secret

    @property
    def admin_token(self) -> str:
        """A token of the administrator, for what people do in the org."""
        return self.token_for(self.org.admin_id)

    def token_for(self, user_id: str) -> str:
        return self.org.sessions.open(user_id)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self.org.close()

    def __enter__(self) -> LocalOrg:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def start(org: Org, port: int) -> LocalOrg:
    """Serve in a thread with its own event loop; returns once the server answers. `port` 0 takes a free one."""
    listening = listen(port)
    server = uvicorn.Server(_config(org))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="localorg", daemon=True)
    thread.start()
    deadline = time.monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the local org did not start")
        time.sleep(0.005)
    credentials = org.sessions.credentials
    return LocalOrg(
        org=org,
        url=address(listening),
        token=credentials.token or org.sessions.open(org.worker_id),
        _server=server,
        _thread=thread,
    )


def serve(org: Org, listening: socket.socket) -> None:
    """Serve until the process is told to stop (Ctrl-C, SIGTERM)."""
    uvicorn.Server(_config(org)).run(sockets=[listening])


def listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((_HOST, port))
    listening.listen()  # who is told the address may call at once, and waits for the server
    return listening


def address(listening: socket.socket) -> str:
    return f"http://{_HOST}:{listening.getsockname()[1]}"


def _config(org: Org) -> uvicorn.Config:
    return uvicorn.Config(
        build_app(org),
        http=DroppableProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=3,
        server_header=False,
        date_header=False,  # the application dates its replies by the org's clock
    )
