"""What an org says of itself: sharing, grants, licences, page layouts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from localorg_peer import PROJECT, Client

from sf_lifecycle.localorg import LocalOrg, Switches, serve_in_thread

SHIPPED = Path(__file__).parents[3] / "salesforce"
ME = "(SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = '{}')"


def me(client: Client) -> str:
    return str(client.get("/services/oauth2/userinfo").json()["user_id"])


def test_sharing_is_told_and_may_change() -> None:
    switches = Switches(sharing={"Task": "ControlledByParent"})
    with serve_in_thread(metadata=PROJECT, switches=switches) as org:
        worker = Client(url=org.url, token=org.token)
        soql = "SELECT QualifiedApiName, InternalSharingModel FROM EntityDefinition WHERE QualifiedApiName IN ({})"
        rows = worker.query(soql.format("'Task', 'Account', 'Deal__c', 'User'"))
        models = {row["QualifiedApiName"]: row["InternalSharingModel"] for row in rows}
        assert models == {
            "Task": "ControlledByParent",
            "Account": "Private",
            "Deal__c": "ControlledByParent",
            "User": "Private",
        }
        org.org.people.share("Account", "Read")
        assert worker.query(soql.format("'Account'"))[0]["InternalSharingModel"] == "Read"
        (told,) = worker.query("SELECT DefaultAccountAccess, DefaultContactAccess FROM Organization")
        assert told == {"DefaultAccountAccess": "Read", "DefaultContactAccess": "None"}
        worker.session.close()


def test_the_org_names_itself(worker: Client) -> None:
    (row,) = worker.query("SELECT OrganizationType, InstanceName, TimeZoneSidKey, IsSandbox FROM Organization")
    assert row == {
        "OrganizationType": "Enterprise Edition",
        "InstanceName": "LOCAL",
        "TimeZoneSidKey": "UTC",
        "IsSandbox": False,
    }


def test_grants_are_rows(worker: Client, local: LocalOrg) -> None:
    mine = ME.format(me(worker))
    objects = worker.query(
        "SELECT SobjectType, PermissionsEdit, PermissionsModifyAllRecords, Parent.Name FROM ObjectPermissions"
        f" WHERE ParentId IN {mine} AND SobjectType = 'Account'"
    )
    assert objects[0]["PermissionsEdit"] is True
    assert objects[0]["Parent"]["Name"] == "Lifecycle_Worker"
    fields = worker.query(
        f"SELECT Field, PermissionsRead, PermissionsEdit FROM FieldPermissions WHERE ParentId IN {mine}"
        " AND SobjectType = 'Account' ORDER BY Field"
    )
    assert {"Field": "Account.Shown__c", "PermissionsRead": True, "PermissionsEdit": False} in fields
    (assigned,) = worker.query(
        "SELECT PermissionSet.Name, PermissionSet.PermissionsViewAllUsers, PermissionSet.PermissionsManageUsers"
        f" FROM PermissionSetAssignment WHERE AssigneeId = '{me(worker)}'"
    )
    assert assigned["PermissionSet"]["PermissionsViewAllUsers"] is True
    assert assigned["PermissionSet"]["PermissionsManageUsers"] is False
    (user,) = worker.query(
        f"SELECT Profile.Name, Profile.UserLicense.Name, Profile.PermissionsApiEnabled FROM User"
        f" WHERE Id = '{me(worker)}'"
    )
    assert user["Profile"]["UserLicense"]["Name"] == "Salesforce"
    assert worker.query("SELECT Id FROM PermissionSetLicenseAssign") == []
    assert worker.query("SELECT UserId FROM UserLogin WHERE IsFrozen = TRUE") == []


def test_nobody_writes_them(admin: Client) -> None:
    assert admin.post("/sobjects/EntityDefinition", {"Label": "x"}).status_code == 400


def component_names(layouts: dict[str, Any]) -> list[str]:
    (layout,) = layouts["layouts"]
    rows = [row for section in layout["detailLayoutSections"] for row in section["layoutRows"]]
    items = [item for row in rows for item in row["layoutItems"]]
    return [c["value"] for item in items for c in item["layoutComponents"]]


def test_layouts_show_what_stands_on_the_page(worker: Client, admin: Client) -> None:
    body = admin.get("/sobjects/Account/describe/layouts/").json()
    assert "Name" in component_names(body)
    assert "Secret__c" not in component_names(body)  # deployed, and on no page
    record_type = body["recordTypeMappings"][0]["recordTypeId"]
    one = worker.get(f"/sobjects/Account/describe/layouts/{record_type}").json()
    assert one["id"] == body["recordTypeMappings"][0]["layoutId"]
    assert "Phone" not in component_names({"layouts": [one]})  # hidden from the worker
    assert worker.get("/sobjects/Account/describe/layouts/012000000000001AAA").status_code == 404
    batch = worker.post(
        "/composite/batch", {"batchRequests": [{"method": "GET", "url": "v65.0/sobjects/Task/describe/layouts"}]}
    ).json()
    assert "Subject" in component_names(batch["results"][0]["result"])


def test_the_shipped_project_has_its_brake_and_its_pages() -> None:
    with serve_in_thread(metadata=SHIPPED) as org:
        worker, admin = Client(url=org.url, token=org.token), Client(url=org.url, token=org.admin_token)
        setting = admin.make("Lifecycle_Setting__c", Name="Default", Paused__c=False)
        soql = "SELECT Name, Paused__c FROM Lifecycle_Setting__c"
        assert worker.query(soql) == [{"Name": "Default", "Paused__c": False}]
        admin.patch(f"/sobjects/Lifecycle_Setting__c/{setting}", {"Paused__c": True})
        assert worker.query(f"{soql} WHERE Paused__c = TRUE") == [{"Name": "Default", "Paused__c": True}]
        assert worker.patch(f"/sobjects/Lifecycle_Setting__c/{setting}", {"Paused__c": False}).status_code == 400
        page = component_names(worker.get("/sobjects/Lifecycle_Setting__c/describe/layouts").json())
        assert page == ["Name", "Paused__c"]
        assert "Lifecycle_Stage__c" not in component_names(worker.get("/sobjects/Account/describe/layouts").json())
        worker.session.close()
        admin.session.close()


def test_a_composite_request_that_fails_leaves_nothing(worker: Client, admin: Client) -> None:
    base = "/services/data/v65.0"
    counts = ("Task", "Campaign", "CampaignMemberStatus", "CampaignMember")

    def held() -> list[int]:
        return [len(admin.query(f"SELECT Id FROM {name}", every=True)) for name in counts]

    contact = admin.make("Contact", LastName="Probe", AccountId=admin.make("Account", Name="Probe"))
    before = held()

    def step(reference: str, method: str, url: str, **body: Any) -> dict[str, Any]:
        return {"referenceId": reference, "method": method, "url": base + url, "body": body}

    requests = [
        step("task", "POST", "/sobjects/Task", Subject="probe", Key__c="probe"),
        step("change", "PATCH", "/sobjects/Task/@{task.id}", Subject="probed"),
        step("campaign", "POST", "/sobjects/Campaign", Name="probe"),
        step("status", "POST", "/sobjects/CampaignMemberStatus", CampaignId="@{campaign.id}", Label="Planned"),
        step("member", "POST", "/sobjects/CampaignMember", CampaignId="@{campaign.id}", ContactId=contact),
        step("gone", "DELETE", "/sobjects/Task/@{task.id}"),
    ]
    failing = step("fails", "POST", "/sobjects/Task", No_Such_Field__c=1)
    reply = worker.post("/composite", {"allOrNone": True, "compositeRequest": [*requests, failing]})
    answers = reply.json()["compositeResponse"]
    assert [answer["httpStatusCode"] for answer in answers] == [400] * 7
    assert {answer["body"][0]["errorCode"] for answer in answers[:6]} == {"PROCESSING_HALTED"}
    assert answers[6]["body"][0]["errorCode"] == "INVALID_FIELD"
    assert held() == before
    done = worker.post("/composite", {"allOrNone": True, "compositeRequest": requests}).json()["compositeResponse"]
    assert [answer["httpStatusCode"] for answer in done] == [201, 204, 201, 201, 201, 204]
