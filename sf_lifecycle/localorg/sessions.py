"""Who is logged in: tokens, and the credentials that get one."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .org import Org

DEFAULT_CLIENT_ID = "local-org-client"
DEFAULT_CLIENT_SECRET = "local-org-secret"  # noqa: S105  (guards nothing: the server listens on loopback only)


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What logs in as the worker. `public_key`: PEM of the key or certificate that signs JWT bearer assertions."""

    client_id: str = DEFAULT_CLIENT_ID
    client_secret: str = DEFAULT_CLIENT_SECRET
    token: str | None = None
    public_key: str | None = None


class Sessions:
    """Access tokens of this run of the server; they do not outlive it, except the configured one."""

    def __init__(self, credentials: Credentials, org: Org) -> None:
        self.credentials = credentials
        self._org = org
        self._lock = threading.Lock()
        self._users: dict[str, str] = {}
        if credentials.token is not None:
            self._users[credentials.token] = org.worker_id

    def open(self, user_id: str) -> str:
        """A fresh token for a user."""
        token = f"{self._org.org_id[:15]}!{secrets.token_urlsafe(48)}"
        with self._lock:
            self._users[token] = user_id
        return token

    def user_of(self, token: str) -> str | None:
        return self._users.get(token)

    def expire(self, token: str) -> None:
        """The session ends. A configured token stays, since nothing could get another one."""
        if token != self.credentials.token:
            with self._lock:
                self._users.pop(token, None)
