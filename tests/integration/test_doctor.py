"""A healthy firm has no errors; each thing that is broken in the org or the files has its own line."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from firms import DAY, SECRET, Firm

from sf_lifecycle.doctor import Finding, Report, examine
from sf_lifecycle.localorg import Fault
from sf_lifecycle.localorg.server import query
from sf_lifecycle.request import Unwatched

PROJECT = Path(__file__).parents[2] / "salesforce"
FIELDS = "force-app/main/default/objects"
WORKER_SET = "force-app/main/default/permissionsets/Lifecycle_Worker.permissionset-meta.xml"
MakeFirm = Callable[..., Firm]


def doctor(firm: Firm, *, probe: bool = False) -> Report:
    """The examination of the firm's one job."""
    return examine(firm.workspace(), ["nightly"], Unwatched(), today=DAY, try_writing=probe)


def errors(report: Report) -> list[str]:
    return [each.what for each in report.findings if each.level == "error"]


def line(report: Report, words: str) -> Finding:
    """The one line that says this."""
    (found,) = [each for each in report.findings if words in each.what]
    return found


def project(folder: Path, *edits: tuple[str, str, str]) -> Path:
    """The shipped Salesforce project with texts in its files changed (regular expressions)."""
    shutil.copytree(PROJECT, folder)
    for file, old, new in edits:
        path = folder / file
        text, times = re.subn(old, new, path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert times
        path.write_text(text, encoding="utf-8")
    return folder


def no_permission(field: str) -> tuple[str, str, str]:
    """Take one field out of the worker's permission set."""
    entry = rf"<fieldPermissions>\s*<editable>\w+</editable>\s*<field>{re.escape(field)}</field>.*?</fieldPermissions>"
    return WORKER_SET, entry, ""


@pytest.fixture
def small(make_firm: MakeFirm) -> Firm:
    return make_firm(30)


def worker(firm: Firm, **changes: Any) -> None:
    """Change the worker's user."""
    sets = ", ".join(f'"{name}" = ?' for name in changes)
    firm.change(f'UPDATE "User" SET {sets} WHERE "Id" = ?', *changes.values(), firm.org.org.worker_id)


def test_a_healthy_firm_has_no_errors_and_costs_few_calls(small: Firm) -> None:
    report = doctor(small)
    assert errors(report) == []
    assert report.exit_code == 0
    assert report.calls <= 8
    assert "set-up (a)" in line(report, "Activities are Private").what
    assert line(report, "Lifecycle_Key__c is unique").level == "ok"
    untold = [each.what for each in report.findings if each.what.startswith("could not be told")]
    assert [each for each in untold if "Einstein" not in each] == []


def test_it_writes_nothing(small: Firm) -> None:
    tables = ("Task", "Campaign", "CampaignMember", "CampaignMemberStatus", "Lifecycle_Job__c")
    before = [small.rows(f'SELECT * FROM "{name}" ORDER BY "Id"') for name in tables]
    doctor(small)
    assert [small.rows(f'SELECT * FROM "{name}" ORDER BY "Id"') for name in tables] == before


@pytest.mark.parametrize(
    ("changes", "words", "level"),
    [
        ({"UserPermissionsMarketingUser": 0}, "Marketing User is not ticked", "error"),
        ({"UserRoleId": None}, "has no role", "error"),
        ({"TimeZoneSidKey": "America/New_York"}, "time zone is America/New_York", "warning"),
    ],
)
def test_what_is_wrong_with_the_workers_user(small: Firm, changes: Any, words: str, level: str) -> None:
    worker(small, **changes)
    report = doctor(small)
    assert line(report, words).level == level
    assert report.exit_code == (2 if level == "error" else 0)


def test_an_administrator_is_told(small: Firm) -> None:
    (profile,) = small.rows("""SELECT "Id" FROM "Profile" WHERE "Name" = 'System Administrator'""")
    worker(small, ProfileId=profile["Id"])
    report = doctor(small)
    assert "one dedicated user" in line(report, "is a system administrator").fix
    assert "set-up (c)" in line(report, "Modify All Data").what


def test_a_permission_set_that_is_not_assigned(small: Firm) -> None:
    small.change('DELETE FROM "PermissionSetAssignment" WHERE "AssigneeId" = ?', small.org.org.worker_id)
    report = doctor(small)
    assert report.exit_code == 2
    assert errors(report)


def test_an_integration_licence_without_its_permission_set_licence(small: Firm) -> None:
    small.change(
        """UPDATE "Profile" SET "UserLicenseId" =
        (SELECT "Id" FROM "UserLicense" WHERE "Name" = 'Salesforce Integration')"""
    )
    found = line(doctor(small), "lacks the permission set licence")
    assert found.level == "error"


def test_activities_controlled_by_parent(small: Firm) -> None:
    small.org.org.share({"Task": "ControlledByParent"})
    found = line(doctor(small), "Controlled by Parent")
    assert (found.level, "Modify All is missing on Account, Contact, Lead" in found.what) == ("error", True)


def test_controlled_by_parent_with_modify_all(make_firm: MakeFirm, tmp_path: Path) -> None:
    everything = (WORKER_SET, "<modifyAllRecords>false", "<modifyAllRecords>true")
    firm = make_firm(30, metadata=project(tmp_path / "sf", everything))
    firm.org.org.share({"Task": "ControlledByParent"})
    assert "set-up (b)" in line(doctor(firm), "Controlled by Parent").what


def test_an_owner_who_is_not_below_the_worker(small: Firm) -> None:
    small.change("""UPDATE "User" SET "UserRoleId" = NULL WHERE "Alias" = 'sdesk'""")
    found = line(doctor(small), "does not stand above 1 of")
    assert (found.level, "sdesk" in found.what) == ("warning", True)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (no_permission("Contact.DoNotCall"), "Contact.DoNotCall is hidden from the worker"),
        (no_permission("Account.NumberOfEmployees"), "does not show a field NumberOfEmployees on Account"),
        (no_permission("Task.Description"), "which plays with a [task] need"),
        (
            (WORKER_SET, r"(<editable>)true(</editable>\s*<field>Account.Lifecycle_Position__c)", r"\1false\2"),
            "Account: Lifecycle_Position__c may not be changed",
        ),
        (
            (WORKER_SET, r"(<editable>)true(</editable>\s*<field>Task.WhatId)", r"\1false\2"),
            "Task: WhatId is not settable on new records",
        ),
        (
            (f"{FIELDS}/Activity/fields/Lifecycle_Key__c.field-meta.xml", "<length>64", "<length>40"),
            "Task.Lifecycle_Key__c holds 40 characters",
        ),
        (
            (
                f"{FIELDS}/Account/fields/Lifecycle_Stage__c.field-meta.xml",
                r"<value>\s*<fullName>promoter</fullName>.*?</value>",
                "",
            ),
            "Account.Lifecycle_Stage__c does not know 'promoter'",
        ),
        ((WORKER_SET, r"<name>EditTask</name>", "<name>EditEvent</name>"), "Task records may not be created"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_org_lacks(make_firm: MakeFirm, tmp_path: Path, edit: tuple[str, str, str], words: str) -> None:
    firm = make_firm(30, metadata=project(tmp_path / "sf", edit))
    report = doctor(firm)
    found = [each for each in report.findings if each.level == "error" and words in each.what]
    assert found
    assert all(each.fix for each in found)
    assert report.exit_code == 2


def test_records_that_are_not_seen(make_firm: MakeFirm, tmp_path: Path) -> None:
    blind = (WORKER_SET, r"(<object>Account</object>\s*<viewAllRecords>)true", r"\1false")
    firm = make_firm(30, metadata=project(tmp_path / "sf", blind))
    worker(firm, UserRoleId=None)
    found = line(doctor(firm), "Account: 0 of 30 records are seen")
    assert (found.level, "over guards.hidden_rows" in found.what) == ("error", True)


def test_a_key_that_is_not_unique(make_firm: MakeFirm, tmp_path: Path) -> None:
    loose = (f"{FIELDS}/Activity/fields/Lifecycle_Key__c.field-meta.xml", "<unique>true", "<unique>false")
    report = doctor(make_firm(30, metadata=project(tmp_path / "sf", loose)))
    found = line(report, "not unique on Task")
    assert "duplicates are possible" in found.what
    assert (found.level, report.exit_code) == ("warning", 0)


def test_users_that_are_private(make_firm: MakeFirm, tmp_path: Path) -> None:
    blind = (WORKER_SET, "<name>ViewAllUsers</name>", "<name>EditEvent</name>")
    report = doctor(make_firm(30, metadata=project(tmp_path / "sf", blind)))
    assert line(report, "View All Users is not granted").level == "error"


def test_a_field_that_the_org_demands(make_firm: MakeFirm, tmp_path: Path) -> None:
    folder = project(tmp_path / "sf")
    (folder / FIELDS / "Activity/fields/Region__c.field-meta.xml").write_text(
        '<?xml version="1.0"?><CustomField xmlns="http://soap.sforce.com/2006/04/metadata"><fullName>Region__c</fullName>'
        "<label>Region</label><length>20</length><required>true</required><type>Text</type></CustomField>",
        encoding="utf-8",
    )
    report = doctor(make_firm(30, metadata=folder))
    demanded = [each for each in errors(report) if "Task demands Region__c" in each]
    assert any("play switch-window does not give it" in each for each in demanded)


@pytest.mark.parametrize("name", ["Lifecycle_Setting__c", "Lifecycle_Job__c"])
def test_brake_and_heartbeat_are_not_deployed(make_firm: MakeFirm, tmp_path: Path, name: str) -> None:
    folder = project(tmp_path / "sf")
    shutil.rmtree(folder / FIELDS / name)
    report = doctor(make_firm(30, metadata=folder))
    assert "is not there" in line(report, name).what
    assert report.exit_code == 0


def test_a_brake_that_is_pulled(small: Firm) -> None:
    with small.org.org.store.write():
        small.org.org.store.insert_many("Lifecycle_Setting__c", [{"Name": "Audit week", "Paused__c": True}])
    report = doctor(small, probe=True)
    assert "on Audit week" in line(report, "the brake is pulled (").what
    assert line(report, "not tried").level == "warning"


def test_a_fallback_who_left_and_one_who_is_frozen(small: Firm) -> None:
    small.change("""UPDATE "User" SET "IsActive" = 0 WHERE "Alias" = 'sdesk'""")
    small.change(
        """UPDATE "UserLogin" SET "IsFrozen" = 1 WHERE "UserId" = (SELECT "Id" FROM "User" WHERE "Alias" = 'comms')"""
    )
    report = doctor(small)
    assert "is inactive" in line(report, "owners.fallback = 'sdesk'").what
    assert "is frozen" in line(report, "owners.named.communications = 'comms'").what
    assert report.exit_code == 2


def test_owners_who_cannot_work(small: Firm) -> None:
    small.change("""UPDATE "User" SET "IsActive" = 0 WHERE "Alias" LIKE 'rep%' OR "Alias" LIKE 'mgr%'""")
    found = [each for each in doctor(small).findings if "over guards.unresolved_owners" in each.what]
    assert [each.level for each in found] == ["error", "error"]  # accounts and Leads


@pytest.mark.parametrize(
    ("status", "words"), [("Deferred", "does not close a Task"), ("Gone", "is no Task status of the org")]
)
def test_a_status_for_taking_back_that_does_not_close(small: Firm, status: str, words: str) -> None:
    small.edit("mappings/telecom/lifecycle.toml", 'tasks      = "delete"', f'tasks = "close"\nstatus = "{status}"')
    assert line(doctor(small), words).level == "error"


def test_a_contract_status_that_nobody_listed(small: Firm) -> None:
    small.edit("mappings/telecom/lifecycle.toml", '["Activated", "Expired"]', '["Activated", "Verlopen"]')
    report = doctor(small)
    assert "'Verlopen' is no contract status" in line(report, "parameters.running").what
    assert "'Expired'" in line(report, "count as ended here").what


def test_what_the_org_refuses_to_tell_is_a_warning(small: Firm) -> None:
    denied = {"kind": "request_error", "status": 403, "code": "INSUFFICIENT_ACCESS", "message": "no right"}
    small.org.org.faults.add(Fault(path="/limits", times=None, **denied))
    report = doctor(small)
    for words in ("how many API calls are left today", "how many records the org has"):
        found = line(report, f"could not be told: {words}")
        assert (found.level, "the user has no right to read it" in found.what) == ("warning", True)
        assert "View Setup and Configuration" in found.fix
    assert report.exit_code == 0


def test_a_second_page_that_is_refused_leaves_the_rest(small: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = len(doctor(small).findings)
    monkeypatch.setattr(query, "_PAGE", 3)
    denied = {"kind": "request_error", "status": 400, "code": "INVALID_QUERY_LOCATOR", "message": "gone"}
    small.org.org.faults.add(Fault(path="/query/0r8", times=None, **denied))
    report = doctor(small)
    assert len(report.findings) > whole / 2
    assert any(each.what.startswith("could not be told") and "gone" in each.what for each in report.findings)
    assert report.exit_code != 5


def test_a_folder_for_data_that_is_none(small: Firm) -> None:
    folder = small.workspace().settings.storage.data_dir
    assert line(doctor(small), "storage.data_dir").level == "ok"
    assert not folder.exists()
    folder.write_text("mine")
    report = doctor(small)
    assert line(report, f"{folder} is no folder").level == "error"
    assert report.exit_code == 2
    small.org.close()
    assert line(doctor(small), f"{folder} is no folder").level == "error"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_for_data_that_may_not_be_written(small: Firm) -> None:
    folder = small.workspace().settings.storage.data_dir
    folder.mkdir(mode=0o500)
    assert line(doctor(small), "cannot be written").level == "error"


def test_campaigns_that_may_not_be_deleted(make_firm: MakeFirm, tmp_path: Path) -> None:
    kept = (
        WORKER_SET,
        r"<allowDelete>true(</allowDelete>(?:(?!</objectPermissions>).)*<object>Campaign</object>)",
        r"<allowDelete>false\1",
    )
    report = doctor(make_firm(30, metadata=project(tmp_path / "sf", kept)))
    assert line(report, "Campaign records may not be deleted").level == "warning"
    assert report.exit_code == 0


def test_few_calls_left(make_firm: MakeFirm) -> None:
    found = line(doctor(make_firm(30, daily_limit=12)), "of 12 API calls a day are left")
    assert found.level == "warning"


def test_no_calls_left(make_firm: MakeFirm) -> None:
    report = doctor(make_firm(30, daily_limit=4))
    (found,) = [each for each in report.findings if each.level == "error"]
    assert "REQUEST_LIMIT_EXCEEDED" in found.what
    assert report.exit_code == 5


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"66.0"', '"69.0"', "the org serves API versions 31.0 to 68.0, not 69.0"),
        ('"66.0"', '"30.0"', "not 30.0"),
        (SECRET, "another", "refused the login"),
    ],
)
def test_no_way_in(small: Firm, old: str, new: str, words: str) -> None:
    small.edit("config.toml", old, new)
    report = doctor(small)
    (found,) = report.findings
    assert words in found.what
    assert found.fix
    assert SECRET not in found.what + found.fix
    assert (report.exit_code, report.org) == (5, None)


def test_an_org_that_is_not_there(small: Firm) -> None:
    small.org.close()
    report = doctor(small)
    (found,) = report.findings
    assert "salesforce.instance_url (http://127.0.0.1:" in found.fix
    assert (report.exit_code, report.org) == (5, None)


def test_another_org_than_the_one_that_is_named(small: Firm) -> None:
    small.edit("config.toml", f'org_id = "{small.org.org_id}"', 'org_id = "00D000000000000AAA"')
    report = doctor(small, probe=True)
    assert report.exit_code == 2
    assert "this says 00D000000000000AAA" in line(report, "salesforce.org_id").what
    assert [each for each in report.findings if each.area == "Probe"] == []


def test_the_probe_leaves_nothing(small: Firm) -> None:
    tables = ("Task", "Campaign", "CampaignMember", "CampaignMemberStatus")
    before = [small.rows(f'SELECT * FROM "{name}" ORDER BY "Id"') for name in tables]
    report = doctor(small, probe=True)
    assert line(report, "everything was taken back").level == "ok"
    assert line(report, "nothing is left of it").level == "ok"
    assert [small.rows(f'SELECT * FROM "{name}" ORDER BY "Id"') for name in tables] == before
    assert report.exit_code == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"UserRoleId": None}, "could not change a Task of"),
        ({"UserPermissionsMarketingUser": 0}, "could not make a campaign"),
    ],
)
def test_the_probe_names_the_right_that_is_missing(small: Firm, changes: Any, words: str) -> None:
    worker(small, **changes)
    report = doctor(small, probe=True)
    assert line(report, words).level == "error"
    assert line(report, "nothing is left of it").level == "ok"
    assert small.rows("""SELECT "Id" FROM "Task" WHERE "Lifecycle_Key__c" LIKE 'doctor:%'""") == []


def test_a_probe_whose_answer_is_lost_still_looks_whether_anything_is_left(small: Firm) -> None:
    small.org.org.faults.add(Fault(kind="lost_reply", method="POST", path="/composite", skip=5))
    report = doctor(small, probe=True)
    assert line(report, "the request failed").level == "error"
    assert report.exit_code == 5
    assert line(report, "nothing is left of it").level == "ok"
