"""A local org over real HTTP, with a small Salesforce DX project of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from localorg_peer import PROJECT, Client, ToLoopback
from simple_salesforce import Salesforce

from sf_lifecycle.localorg import LocalOrg, serve_in_thread


@pytest.fixture(scope="module")
def served() -> Iterator[LocalOrg]:
    with serve_in_thread(metadata=PROJECT) as org:
        yield org


@pytest.fixture
def local(served: LocalOrg) -> Iterator[LocalOrg]:
    yield served
    served.org.faults.clear()


@pytest.fixture
def admin(local: LocalOrg) -> Iterator[Client]:
    client = Client(url=local.url, token=local.admin_token)
    yield client
    client.session.close()


@pytest.fixture
def worker(local: LocalOrg) -> Iterator[Client]:
    client = Client(url=local.url, token=local.token)
    yield client
    client.session.close()


@pytest.fixture
def as_user(local: LocalOrg) -> Iterator[Callable[[str], Client]]:
    made: list[Client] = []

    def client(user_id: str) -> Client:
        made.append(Client(url=local.url, token=local.token_for(user_id)))
        return made[-1]

    yield client
    for one in made:
        one.session.close()


_NUMBERS = itertools.count(1)


@pytest.fixture
def new_user(local: LocalOrg) -> Callable[..., str]:
    """Makes a user of an ordinary profile; `role` by its developer name."""

    def make(role: str | None = None, **values: Any) -> str:
        number = next(_NUMBERS)
        store = local.org.store
        with store.read() as con:
            profile = con.execute("SELECT Id FROM Profile WHERE Name = 'Standard User'").fetchone()[0]
            held = con.execute("SELECT Id FROM UserRole WHERE DeveloperName = ?", (role,)).fetchone()
        row = {"LastName": f"User {number}", "Username": f"u{number}@x.invalid", "ProfileId": profile, "IsActive": True}
        return store.insert_many("User", [{**row, "UserRoleId": held[0] if held else None, **values}])[0]

    return make


@pytest.fixture
def salesforce(local: LocalOrg) -> Iterator[Salesforce]:
    """simple-salesforce, logged in as the worker by client credentials."""
    session = requests.Session()
    session.mount("https://", ToLoopback(local.url))
    yield Salesforce(
        consumer_key=local.client_id,
        consumer_secret=local.client_secret,
        domain="acme.my",
        session=session,
        version="65.0",
    )
    session.close()
