"""Who may change and delete others' Tasks, in the set-ups that orgs have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from localorg_peer import PROJECT, Client

from sf_lifecycle.localorg import LocalOrg, Switches, serve_in_thread
from sf_lifecycle.localorg.permissions import ObjectPermission

WORKER_SET = "Lifecycle_Worker"
ALL = ObjectPermission(read=True, edit=True, view_all=True, modify_all=True)
SEEN = ObjectPermission(read=True, view_all=True)
EDITED = ObjectPermission(read=True, edit=True, view_all=True)


@dataclass
class World:
    """A rep in a role below the worker, and one whom no role has."""

    org: LocalOrg
    worker: Client
    admin: Client
    rep: str
    outsider: str
    account: str
    contact: str

    def task(self, owner: str, **values: Any) -> str:
        return self.admin.make("Task", OwnerId=owner, **values)

    def may(self, task: str) -> tuple[bool, bool]:
        """(reads, changes); deleting follows changing in every set-up."""
        reads = bool(self.worker.query(f"SELECT Id FROM Task WHERE Id = '{task}'"))
        assert (self.worker.get(f"/sobjects/Task/{task}").status_code == 200) is reads
        changes = self.worker.patch(f"/sobjects/Task/{task}", {"Subject": "ours"}).status_code == 204
        (deleted,) = self.worker.call("DELETE", f"/composite/sobjects?ids={task}&allOrNone=false").json()
        assert deleted["success"] is changes
        if changes:
            self.org.org.people.undelete(task)
        return reads, changes


@pytest.fixture
def world() -> Iterator[World]:
    with serve_in_thread(metadata=PROJECT) as org:
        yield from _world(org)


def _world(org: LocalOrg) -> Iterator[World]:
    admin, worker = Client(url=org.url, token=org.admin_token), Client(url=org.url, token=org.token)
    store = org.org.store
    with store.read() as con:
        (profile,) = con.execute("SELECT Id FROM Profile WHERE Name = 'Standard User'").fetchone()
        (role,) = con.execute("SELECT Id FROM UserRole WHERE DeveloperName = 'Reps'").fetchone()
    common = {"ProfileId": profile, "IsActive": True}
    users = [{"LastName": "Rep", "Username": "rep@x.invalid", "UserRoleId": role}]
    users.append({"LastName": "Out", "Username": "out@x.invalid", "UserRoleId": None})
    rep, outsider = store.insert_many("User", [{**common, **user} for user in users])
    account = admin.make("Account", Name="A")
    contact = admin.make("Contact", LastName="C", AccountId=account)
    for name in ("Account", "Contact"):
        org.org.people.grant_object(WORKER_SET, name, SEEN)
    yield World(org=org, worker=worker, admin=admin, rep=rep, outsider=outsider, account=account, contact=contact)
    admin.session.close()
    worker.session.close()


def test_private_with_a_role_at_the_top(world: World) -> None:
    assert world.may(world.task(world.rep, WhatId=world.account)) == (True, True)
    assert world.may(world.task(world.rep)) == (True, True)
    # Nobody is above a user without a role: its Tasks are seen through their account, and never changed.
    assert world.may(world.task(world.outsider, WhatId=world.account)) == (True, False)
    assert world.may(world.task(world.outsider)) == (False, False)


def test_private_without_a_role(world: World) -> None:
    world.org.org.people.set_role(world.org.org.worker_id, None)
    own = world.worker.make("Task", Subject="made for another", OwnerId=world.rep, WhatId=world.account)
    assert world.may(own) == (True, False)  # creating it gives no right to it
    refused = world.worker.patch(f"/sobjects/Task/{own}", {"Subject": "x"})
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    assert world.may(world.worker.make("Task", Subject="its own")) == (True, True)


def test_private_tasks_hidden_from_readers_of_the_account() -> None:
    with serve_in_thread(metadata=PROJECT, switches=Switches(activities_seen_through_parents=False)) as org:
        for world in _world(org):
            assert world.may(world.task(world.outsider, WhatId=world.account)) == (False, False)
            assert world.may(world.task(world.rep, WhatId=world.account)) == (True, True)


@pytest.mark.parametrize(
    ("account", "contact", "expected"),
    [(SEEN, SEEN, False), (EDITED, EDITED, False), (ALL, SEEN, False), (SEEN, ALL, False), (ALL, ALL, True)],
)
def test_controlled_by_parent_needs_all_parents(
    world: World, account: ObjectPermission, contact: ObjectPermission, expected: bool
) -> None:
    people = world.org.org.people
    people.share("Task", "ControlledByParent")
    people.grant_object(WORKER_SET, "Account", account)
    people.grant_object(WORKER_SET, "Contact", contact)
    both = {"WhatId": world.account, "WhoId": world.contact}
    assert world.may(world.task(world.outsider, **both)) == (True, expected)
    assert world.may(world.task(world.outsider, WhatId=world.account))[1] is (account is ALL)
    assert world.may(world.task(world.outsider, WhoId=world.contact))[1] is (contact is ALL)
    assert world.may(world.task(world.outsider)) == (False, False)  # no parent to follow


def test_controlled_by_parent_follows_a_master(world: World) -> None:
    people = world.org.org.people
    people.share("Task", "ControlledByParent")
    deal = world.admin.make("Deal__c", Must__c="x", Account__c=world.account)
    people.grant_object(WORKER_SET, "Deal__c", ObjectPermission(read=True, edit=True))
    task = world.task(world.outsider, WhatId=deal)
    assert world.may(task) == (True, False)
    people.grant_object(WORKER_SET, "Account", ALL)
    assert world.may(task) == (True, True)


def test_modify_all_data_opens_everything(world: World) -> None:
    world.org.org.people.set_role(world.org.org.worker_id, None)
    world.org.org.people.grant_right(WORKER_SET, "ModifyAllData")
    assert world.may(world.task(world.outsider)) == (True, True)


def test_modify_all_on_accounts_is_not_enough_where_activities_are_private(world: World) -> None:
    people = world.org.org.people
    people.set_role(world.org.org.worker_id, None)
    people.grant_object(WORKER_SET, "Account", ALL)
    people.grant_object(WORKER_SET, "Contact", ALL)
    assert world.may(world.task(world.rep, WhatId=world.account)) == (True, False)
