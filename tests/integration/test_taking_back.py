"""What is no longer true is taken back over HTTP: a contract that is gone, an opt-out, a merge, an owner who left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from firms import DAY, Firm

from sf_lifecycle.localorg.clock import stamp
from sf_lifecycle.localorg.merging import merge

CONTRACT = "Lifecycle_Provider_Contract__c"
NEXT = DAY + dt.timedelta(days=1)
OPEN = """
    SELECT t.* FROM "Task" AS t JOIN "Contact" AS c ON c."Id" = t."WhoId"
    WHERE t."IsDeleted" = 0 AND t."IsClosed" = 0 AND t."Lifecycle_Play__c" = 'switch-window' ORDER BY t."Id"
"""


@pytest.fixture
def calling(take_firm: Callable[..., tuple[Firm, None]]) -> Firm:
    """A firm whose first night made calls about contracts elsewhere; nothing else runs."""

    def first_night(firm: Firm) -> None:
        firm.only("switch-window")
        firm.run()
        assert firm.rows(OPEN)

    firm, _ = take_firm("calling", first_night)
    return firm


def task_of(firm: Firm, id_: str) -> dict[str, Any]:
    (task,) = firm.rows('SELECT * FROM "Task" WHERE "Id" = ?', id_)
    return task


def edit(firm: Firm, kind: str, where: str, *values: str, **fields: object) -> None:
    """Somebody changes records, as the org's own clock sees it."""
    changed = {**fields, "SystemModstamp": stamp(firm.org.org.store.now())}
    set_ = ", ".join(f'"{name}" = ?' for name in changed)
    firm.change(f'UPDATE "{kind}" SET {set_} WHERE "{where}" = ?', *changed.values(), *values)


def forget_contracts(firm: Firm, account: str) -> None:
    """Somebody deletes what was known of an account's contracts elsewhere."""
    edit(firm, CONTRACT, "Account__c", account, IsDeleted=1)


def settled(firm: Firm, day: dt.date = NEXT) -> Any:
    """A night that a person let pass, and a second one on the same day that has nothing left to do."""
    report = firm.run(day, allow=frozenset({"remove_tasks", "remove_members", "clear_values", "label_jump"}))
    assert report.status in ("done", "nothing"), report.applied
    again = firm.run(day)
    assert again.plan.is_empty, again.plan.sections
    return report


def test_a_task_goes_to_the_recycle_bin_with_its_facts_and_comes_back_with_them(calling: Firm) -> None:
    task = calling.rows(OPEN)[0]
    forget_contracts(calling, task["WhatId"])
    report = settled(calling)
    assert report.done()["delete"]["Task"] == 1
    assert task_of(calling, task["Id"])["IsDeleted"]
    edit(calling, CONTRACT, "Account__c", task["WhatId"], IsDeleted=0)
    settled(calling, NEXT + dt.timedelta(days=1))
    (again,) = calling.rows(
        'SELECT * FROM "Task" WHERE "Lifecycle_Key__c" = ? AND "IsDeleted" = 0', task["Lifecycle_Key__c"]
    )
    assert again["Id"] != task["Id"]


def test_what_a_rep_worked_on_stays(calling: Firm) -> None:
    task = calling.rows(OPEN)[0]
    edit(calling, "Task", "Id", task["Id"], Subject="My own words")
    forget_contracts(calling, task["WhatId"])
    report = settled(calling)
    assert not task_of(calling, task["Id"])["IsDeleted"]
    assert any("people have changed" in note for note in report.plan.notes)


@pytest.mark.slow
@pytest.mark.parametrize("answer", [{"Lifecycle_Outcome__c": "Later"}, {"Lifecycle_Next_Date__c": "2027-01-04"}])
def test_what_a_rep_answered_stays(calling: Firm, answer: dict[str, str]) -> None:
    task = calling.rows(OPEN)[0]
    edit(calling, "Task", "Id", task["Id"], **answer)
    forget_contracts(calling, task["WhatId"])
    settled(calling)
    assert not task_of(calling, task["Id"])["IsDeleted"]


@pytest.mark.slow
def test_an_owner_who_left_keeps_no_task_though_a_person_gave_it_to_them(calling: Firm) -> None:
    task, worked_on = calling.rows(OPEN)[:2]
    left, other = calling.rows(
        'SELECT "Id" FROM "User" WHERE "IsActive" = 1 AND "UserType" = ? AND "Id" NOT IN (?, ?) '
        'ORDER BY "ManagerId" IS NULL, "Id" LIMIT 2',
        "Standard",
        task["OwnerId"],
        worked_on["OwnerId"],
    )
    for each in (task, worked_on):
        edit(calling, "Account", "Id", each["WhatId"], OwnerId=left["Id"])
        edit(calling, "Task", "Id", each["Id"], OwnerId=left["Id"])
    edit(calling, "Task", "Id", worked_on["Id"], Subject="My own words")
    settled(calling)
    assert task_of(calling, task["Id"])["OwnerId"] == left["Id"]
    edit(calling, "User", "Id", left["Id"], IsActive=0)
    for each in (task, worked_on):
        edit(calling, "Account", "Id", each["WhatId"], OwnerId=other["Id"])
    report = settled(calling, NEXT + dt.timedelta(days=1))
    assert task_of(calling, task["Id"])["OwnerId"] == other["Id"]
    assert task_of(calling, worked_on["Id"])["OwnerId"] == left["Id"]
    told = "open Tasks people have changed whose owner can no longer work: 1"
    assert any(note.startswith(told) for note in report.plan.notes)


@pytest.mark.slow
def test_who_may_not_be_called_any_more_is_asked_for_no_more(calling: Firm) -> None:
    task = calling.rows(OPEN)[0]
    edit(calling, "Contact", "AccountId", task["WhatId"], DoNotCall=1)
    report = settled(calling)
    section = report.plan.section("Task", "delete")
    causes = dict(zip(section.rows["ref"], section.rows["cause"], strict=True))
    assert causes[task["Id"]] == "opted out"


def test_the_task_of_an_owner_changed_by_api_follows(calling: Firm) -> None:
    task = calling.rows(OPEN)[0]
    (other,) = calling.rows(
        'SELECT "Id" FROM "User" WHERE "IsActive" = 1 AND "UserType" = ? AND "Id" <> ? AND "ManagerId" IS NOT NULL '
        'ORDER BY "Id" LIMIT 1',
        "Standard",
        task["OwnerId"],
    )
    edit(calling, "Account", "Id", task["WhatId"], OwnerId=other["Id"])
    settled(calling)
    assert task_of(calling, task["Id"])["OwnerId"] == other["Id"]


def test_after_a_merge_the_account_that_stays_has_one_task(calling: Firm) -> None:
    first, second = calling.rows(OPEN)[:2]
    store = calling.org.org.store
    accounts = store.schema.get("Account")
    assert accounts is not None
    merge(store, accounts, first["WhatId"], [second["WhatId"]])
    settled(calling)
    left = [task for task in calling.rows(OPEN) if task["WhatId"] == first["WhatId"]]
    assert len(left) == 1


@pytest.mark.slow
def test_a_deleted_account_costs_nothing(calling: Firm) -> None:
    task = calling.rows(OPEN)[0]
    edit(calling, "Task", "WhatId", task["WhatId"], IsDeleted=1)
    forget_contracts(calling, task["WhatId"])
    edit(calling, "Account", "Id", task["WhatId"], IsDeleted=1)
    report = settled(calling)
    assert report.done()["delete"] == {}


@pytest.mark.slow
@pytest.mark.parametrize("with_task", [True, False])
def test_what_went_with_its_account_comes_back_with_it(calling: Firm, *, with_task: bool) -> None:
    task = calling.rows(OPEN)[0]
    edit(calling, "Task", "WhatId", task["WhatId"], IsDeleted=1)
    edit(calling, "Account", "Id", task["WhatId"], IsDeleted=1)
    settled(calling)
    edit(calling, "Account", "Id", task["WhatId"], IsDeleted=0)
    if with_task:
        edit(calling, "Task", "WhatId", task["WhatId"], IsDeleted=0)
    settled(calling, NEXT + dt.timedelta(days=1))
    living = 'SELECT "Id" FROM "Task" WHERE "Lifecycle_Key__c" = ? AND "IsDeleted" = 0'
    (again,) = calling.rows(living, task["Lifecycle_Key__c"])
    assert (again["Id"] == task["Id"]) is with_task


@pytest.mark.slow
def test_a_deleted_task_that_is_brought_back_is_looked_after_again(calling: Firm) -> None:
    task = calling.rows(OPEN)[0]
    edit(calling, "Task", "Id", task["Id"], IsDeleted=1)
    settled(calling)
    edit(calling, "Task", "Id", task["Id"], IsDeleted=0)
    settled(calling, NEXT + dt.timedelta(days=1))
    forget_contracts(calling, task["WhatId"])
    settled(calling, NEXT + dt.timedelta(days=2))
    assert task_of(calling, task["Id"])["IsDeleted"]
    edit(calling, CONTRACT, "Account__c", task["WhatId"], IsDeleted=0)
    settled(calling, NEXT + dt.timedelta(days=3))
    living = 'SELECT "Id" FROM "Task" WHERE "Lifecycle_Key__c" = ? AND "IsDeleted" = 0'
    assert calling.rows(living, task["Lifecycle_Key__c"])


@pytest.mark.slow
def test_a_task_that_nobody_did_lapses_and_is_not_made_again(calling: Firm) -> None:
    late = DAY + dt.timedelta(days=75)
    settled(calling, late)
    tasks = calling.rows('SELECT * FROM "Task" WHERE "Lifecycle_Key__c" IS NOT NULL')
    keys = [task["Lifecycle_Key__c"] for task in tasks if task["IsDeleted"]]
    assert keys
    settled(calling, late + dt.timedelta(days=1))
    living = calling.rows('SELECT "Lifecycle_Key__c" FROM "Task" WHERE "IsDeleted" = 0')
    assert not set(keys) & {task["Lifecycle_Key__c"] for task in living}


def test_a_planned_member_leaves_and_one_of_a_wave_that_moved_on_stays(calling: Firm) -> None:
    members = calling.rows(
        'SELECT m.*, c."AccountId" AS account FROM "CampaignMember" AS m JOIN "Contact" AS c ON c."Id" = m."ContactId" '
        'WHERE m."Lifecycle_Key__c" IS NOT NULL ORDER BY m."CampaignId", m."Id"'
    )
    campaigns = sorted({member["CampaignId"] for member in members})
    assert len(campaigns) > 1
    planned, moved_on = (next(m for m in members if m["CampaignId"] == each) for each in campaigns[:2])
    edit(calling, "Campaign", "Id", moved_on["CampaignId"], Status="In Progress")
    edit(calling, "Contact", "Id", moved_on["ContactId"], HasOptedOutOfEmail=1)
    forget_contracts(calling, planned["account"])
    settled(calling)
    status = {
        row["Id"]: (row["Status"], bool(row["IsDeleted"])) for row in calling.rows('SELECT * FROM "CampaignMember"')
    }
    assert status[planned["Id"]][1]
    assert status[moved_on["Id"]] == ("Opted Out", False)


@pytest.mark.slow
def test_a_task_whose_key_somebody_took_off_is_not_made_twice(calling: Firm) -> None:
    task = calling.rows(OPEN)[0]
    edit(calling, "Task", "Id", task["Id"], Lifecycle_Key__c=None)
    settled(calling)
    about = calling.rows('SELECT "Id" FROM "Task" WHERE "WhatId" = ? AND "IsDeleted" = 0', task["WhatId"])
    assert [row["Id"] for row in about if row["Id"] >= task["Id"]] == [task["Id"]]
