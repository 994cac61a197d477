"""What people do by hand: owners, merges, the recycle bin, users, grants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from localorg_peer import PROJECT, Client

from sf_lifecycle.localorg import LocalOrg, serve_in_thread
from sf_lifecycle.localorg.errors import ApiError

Maker = Callable[..., str]
WORKER_SET = "Lifecycle_Worker"


def owner(client: Client, object_name: str, record_id: str) -> str:
    return str(client.value(object_name, record_id, "OwnerId"))


def test_a_change_of_owner_in_the_page_moves_what_the_api_leaves(
    local: LocalOrg, admin: Client, new_user: Maker
) -> None:
    old, new, other = new_user("Reps"), new_user("Reps"), new_user("Reps")
    account = admin.make("Account", Name="Moving", OwnerId=old)
    contact = admin.make("Contact", LastName="C", AccountId=account, OwnerId=old)
    theirs = admin.make("Contact", LastName="D", AccountId=account, OwnerId=other)
    task = admin.make("Task", WhatId=account, OwnerId=old)
    by_contact = admin.make("Task", WhoId=contact, OwnerId=old)
    done = admin.make("Task", WhatId=account, OwnerId=old, Status="Completed")
    admin.patch(f"/sobjects/Account/{account}", {"OwnerId": new})
    assert [owner(admin, "Task", task), owner(admin, "Contact", contact)] == [old, old]
    admin.patch(f"/sobjects/Account/{account}", {"OwnerId": old})
    local.org.change_owner_in_ui(account, new)
    assert owner(admin, "Account", account) == new
    assert [owner(admin, "Task", each) for each in (task, by_contact, done)] == [new, new, old]
    assert [owner(admin, "Contact", each) for each in (contact, theirs)] == [new, other]
    assert admin.value("Task", task, "LastModifiedById") == local.org.admin_id
    with pytest.raises(KeyError):
        local.org.change_owner_in_ui("001000000000zzzAAA", new)


def test_the_survivor_of_a_merge_has_everything(local: LocalOrg, admin: Client) -> None:
    master, loser = admin.make("Account", Name="Stays"), admin.make("Account", Name="Goes")
    contact = admin.make("Contact", LastName="C", AccountId=loser)
    task = admin.make("Task", WhatId=loser)
    contract = admin.make("Contract", AccountId=loser)
    before = admin.value("Account", master, "SystemModstamp")
    local.org.people.merge("Account", master, [loser])
    assert admin.value("Contact", contact, "AccountId") == master
    assert admin.value("Contract", contract, "AccountId") == master
    assert admin.query(f"SELECT WhatId, AccountId FROM Task WHERE Id = '{task}'") == [
        {"WhatId": master, "AccountId": master}
    ]
    (gone,) = admin.query(f"SELECT IsDeleted, MasterRecordId FROM Account WHERE Id = '{loser}'", every=True)
    assert gone == {"IsDeleted": True, "MasterRecordId": master}
    assert admin.value("Account", master, "SystemModstamp") >= before
    assert admin.get(f"/sobjects/Account/{loser}").status_code == 404


def test_people_merged_into_one_are_one_member(local: LocalOrg, admin: Client) -> None:
    account, campaign = admin.make("Account", Name="A"), admin.make("Campaign", Name="C")
    kept, gone = (admin.make("Contact", LastName=name, AccountId=account) for name in "KG")
    first = admin.make("CampaignMember", CampaignId=campaign, ContactId=kept)
    admin.make("CampaignMember", CampaignId=campaign, ContactId=gone)
    local.org.people.merge("Contact", kept, [gone])
    assert admin.query(f"SELECT Id FROM CampaignMember WHERE ContactId = '{kept}'") == [{"Id": first}]


def test_an_account_takes_what_hangs_on_it_along_and_back(local: LocalOrg, admin: Client) -> None:
    account, campaign = admin.make("Account", Name="A"), admin.make("Campaign", Name="C")
    contact = admin.make("Contact", LastName="C", AccountId=account)
    contract = admin.make("Contract", AccountId=account)
    child = admin.make("Account", Name="Child", ParentId=account)
    made = {
        "Contact": contact,
        "Contract": contract,
        "Task": admin.make("Task", WhatId=contract, Key__c="recycled"),
        "CampaignMember": admin.make("CampaignMember", CampaignId=campaign, ContactId=contact),
        "Account": account,
    }
    local.org.people.delete(account)
    assert [admin.query(f"SELECT Id FROM {name} WHERE Id = '{held}'") for name, held in made.items()] == [[]] * 5
    assert admin.value("Account", child, "ParentId") is None
    assert admin.value("Campaign", campaign, "NumberOfContacts") == 0
    local.org.people.undelete(account)
    assert all(admin.query(f"SELECT Id FROM {name} WHERE Id = '{held}'") for name, held in made.items())
    assert admin.value("Account", child, "ParentId") == account
    assert admin.value("Campaign", campaign, "NumberOfContacts") == 1
    with pytest.raises(ApiError, match="not in the recycle bin"):
        local.org.people.undelete(account)


def test_a_key_taken_meanwhile_keeps_a_record_in_the_bin(local: LocalOrg, admin: Client) -> None:
    task = admin.make("Task", Key__c="contested")
    admin.delete(f"/sobjects/Task/{task}")
    admin.make("Task", Key__c="contested")
    with pytest.raises(ApiError, match="DUPLICATE_VALUE"):
        local.org.people.undelete(task)
    assert len(admin.query("SELECT Id FROM Task WHERE Key__c = 'contested'", every=True)) == 2


def test_an_emptied_bin_leaves_no_trace(local: LocalOrg, admin: Client) -> None:
    task = admin.make("Task", Subject="gone for good")
    admin.delete(f"/sobjects/Task/{task}")
    sql = f"SELECT Id FROM Task WHERE Id = '{task}'"
    assert admin.query(sql, every=True) == [{"Id": task}]
    assert local.org.people.empty_recycle_bin("Task") >= 1
    assert admin.query(sql, every=True) == []
    assert admin.delete(f"/sobjects/Task/{task}").status_code == 404
    with pytest.raises(ApiError):
        local.org.people.undelete(task)


def test_users_come_and_go(local: LocalOrg, admin: Client, as_user: Callable[[str], Client], new_user: Maker) -> None:
    user = new_user("Reps")
    client = as_user(user)
    task = admin.make("Task", OwnerId=user)
    local.org.people.deactivate(user)
    assert client.get("/limits").status_code == 401
    assert admin.post("/sobjects/Task", {"OwnerId": user}).json()[0]["errorCode"] == "INACTIVE_OWNER_OR_USER"
    assert admin.patch(f"/sobjects/Task/{task}", {"Subject": "still theirs"}).status_code == 204
    assert admin.query(f"SELECT IsActive FROM User WHERE Id = '{user}'") == [{"IsActive": False}]
    local.org.people.activate(user)
    local.org.people.freeze(user)
    assert client.get("/limits").status_code == 401
    assert admin.query("SELECT UserId FROM UserLogin WHERE IsFrozen = TRUE") == [{"UserId": user}]
    assert admin.post("/sobjects/Task", {"OwnerId": user}).status_code == 201  # frozen users are active
    local.org.people.freeze(user, frozen=False)
    assert client.get("/limits").status_code == 200


def test_what_is_known_of_a_user_changes(local: LocalOrg, admin: Client, worker: Client, new_user: Maker) -> None:
    user = new_user("Reps")
    people = local.org.people
    before = admin.value("User", user, "SystemModstamp")
    known = {"Country": "PL", "LanguageLocaleKey": "pl", "LocaleSidKey": "pl_PL", "ManagerId": local.org.admin_id}
    people.set_user(user, {**known, "Hours__c": 20.5, "FirstName": "Ewa", "LastName": "Nowak"})
    (row,) = admin.query(
        f"SELECT Name, Country, LanguageLocaleKey, LocaleSidKey, ManagerId, Hours__c FROM User WHERE Id = '{user}'"
    )
    assert row == {"Name": "Ewa Nowak", **known, "Hours__c": 20.5}
    assert admin.value("User", user, "SystemModstamp") >= before
    assert worker.get("/query", params={"q": "SELECT Hours__c FROM User"}).status_code == 400  # nobody granted it
    people.grant_field(WORKER_SET, "User.Hours__c")
    assert worker.query(f"SELECT Hours__c FROM User WHERE Id = '{user}'") == [{"Hours__c": 20.5}]
    people.revoke_field(WORKER_SET, "User.Hours__c")
    for wrong in ({"LanguageLocaleKey": "xx"}, {"Shoe__c": 1}, {"SystemModstamp": None}, {"ManagerId": user[:14]}):
        with pytest.raises(ApiError):
            people.set_user(user, wrong)
    with pytest.raises(KeyError):
        people.set_user("005000000000zzzAAA", {"Country": "NL"})


def test_a_user_logs_in_and_is_named_in_what_it_changes(local: LocalOrg, admin: Client, new_user: Maker) -> None:
    rep = new_user("Reps")
    task = admin.make("Task", Subject="Call", OwnerId=rep)
    path = "/services/localorg/people"
    token = admin.post(path, {"do": "log_in", "user_id": rep}).json()["done"]
    client = Client(url=local.url, token=token)
    assert client.patch(f"/sobjects/Task/{task}", {"Status": "Completed"}).status_code == 204
    assert admin.value("Task", task, "LastModifiedById") == rep
    local.org.people.deactivate(rep)
    assert client.get("/limits").status_code == 401
    assert admin.post(path, {"do": "log_in", "user_id": rep}).status_code == 400
    assert admin.post(path, {"do": "log_in", "user_id": "005000000000zzzAAA"}).status_code == 400
    client.session.close()


def test_a_frozen_worker_cannot_log_in() -> None:
    with serve_in_thread(metadata=PROJECT) as org:
        org.org.people.freeze(org.org.worker_id)
        client = Client(url=org.url, token="none")
        form = {"grant_type": "client_credentials", "client_id": org.client_id, "client_secret": org.client_secret}
        reply = client.session.post(org.url + "/services/oauth2/token", data=form, timeout=20)
        assert (reply.status_code, reply.json()["error"]) == (400, "invalid_grant")
        client.session.close()


def test_grants_change_while_the_org_runs() -> None:
    with serve_in_thread(metadata=PROJECT) as org:
        worker, admin = Client(url=org.url, token=org.token), Client(url=org.url, token=org.admin_token)
        account = admin.make("Account", Name="A", Shown__c="t")
        people = org.org.people

        def shown() -> int:
            return worker.get("/query", params={"q": "SELECT Shown__c FROM Account"}).status_code

        def granted() -> list[dict[str, Any]]:
            where = "Field = 'Account.Shown__c' AND Parent.Name = 'Lifecycle_Worker'"
            return admin.query(f"SELECT PermissionsEdit FROM FieldPermissions WHERE {where}")

        assert (shown(), granted()) == (200, [{"PermissionsEdit": False}])
        people.revoke_field(WORKER_SET, "Account.Shown__c")
        assert (shown(), granted()) == (400, [])
        people.grant_field(WORKER_SET, "Account.Shown__c", edit=True)
        assert (shown(), granted()) == (200, [{"PermissionsEdit": True}])
        people.revoke_field(WORKER_SET, "Account.Shown__c", edit_only=True)
        assert (shown(), granted()) == (200, [{"PermissionsEdit": False}])
        people.set_marketing_user(org.org.worker_id, ticked=False)
        assert worker.post("/sobjects/Campaign", {"Name": "x"}).status_code == 400
        people.grant_right(WORKER_SET, "ModifyAllData")
        assert worker.delete(f"/sobjects/Account/{account}").status_code == 204
        people.grant_right(WORKER_SET, "ModifyAllData", granted=False)
        people.set_role(org.org.worker_id, None)
        assert org.org.access_for(org.org.worker_id).role_id is None
        worker.session.close()
        admin.session.close()
