"""The sample firm: the same every time, in the shares it promises, and as untidy as life."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from sf_lifecycle.localorg.sample import load_sample
from sf_lifecycle.localorg.sample.draws import add_months
from sf_lifecycle.localorg.schema import Schema
from sf_lifecycle.localorg.sfdx import load_sfdx
from sf_lifecycle.localorg.standard import load_standard
from sf_lifecycle.localorg.store import Store

ROOT = Path(__file__).resolve().parents[2]
AS_OF = date(2026, 11, 22)
ACCOUNTS = 2000
TABLES = (
    "User", "UserRole", "UserLogin", "Profile", "Account", "Contact", "Contract", "Lifecycle_Provider_Contract__c",
    "Lead", "Opportunity", "Case", "Task", "Campaign", "CampaignMemberStatus", "CampaignMember", "TaskStatus",
    "ContractStatus", "CaseStatus", "LeadStatus", "OpportunityStage",
)  # fmt: skip
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def schema() -> Schema:
    return load_sfdx(ROOT / "salesforce", load_standard())


def filled(schema: Schema, accounts: int, *, clock: datetime, seed: int = 7) -> Store:
    store = Store(":memory:", schema, now=lambda: clock)
    load_sample(store, accounts=accounts, seed=seed, as_of=AS_OF)
    return store


@pytest.fixture(scope="module")
def org(schema: Schema) -> Iterator[Store]:
    store = filled(schema, ACCOUNTS, clock=datetime(2030, 1, 1, tzinfo=UTC))
    yield store
    store.close()


def rows(store: Store, table: str, where: str = "1") -> Rows:
    with store.read() as con:
        return [dict(r) for r in con.execute(f'SELECT * FROM "{table}" WHERE {where} ORDER BY "Id"')]


def share(part: Rows, whole: Rows) -> float:
    return len(part) / len(whole)


def contents(store: Store) -> dict[str, Rows]:
    return {table: rows(store, table) for table in TABLES}


# -- the same every time -------------------------------------------------------------------------------------------


def test_same_arguments_give_the_same_records_whatever_the_clock_says(schema: Schema) -> None:
    one = filled(schema, 300, clock=datetime(2026, 11, 22, tzinfo=UTC))
    other = filled(schema, 300, clock=datetime(2031, 5, 6, 7, 8, tzinfo=UTC))
    assert contents(one) == contents(other)
    one.close()
    other.close()


def test_another_seed_gives_another_firm(schema: Schema) -> None:
    one, other = (filled(schema, 100, clock=datetime(2026, 1, 1, tzinfo=UTC), seed=s) for s in (1, 2))
    assert [a["Name"] for a in rows(one, "Account")] != [a["Name"] for a in rows(other, "Account")]
    one.close()
    other.close()


@pytest.mark.parametrize("accounts", [1, 2, 13])
def test_a_very_small_firm_loads(schema: Schema, accounts: int) -> None:
    store = Store(":memory:", schema)
    steps: list[tuple[int, int]] = []
    counts = load_sample(
        store, accounts=accounts, as_of=date(2024, 2, 29), progress=lambda done, total: steps.append((done, total))
    )
    assert counts["Account"] == accounts == len(rows(store, "Account", '"IsDeleted" = 0'))
    assert steps[-1] == (len(steps), len(steps))
    store.close()


def test_no_accounts_are_refused(schema: Schema) -> None:
    store = Store(":memory:", schema)
    with pytest.raises(ValueError, match="at least 1"):
        load_sample(store, accounts=0, as_of=AS_OF)
    store.close()


def test_counts_are_of_live_records(schema: Schema) -> None:
    store = Store(":memory:", schema)
    for table, count in load_sample(store, accounts=200, as_of=AS_OF).items():
        live = '"IsDeleted" = 0' if schema.objects[table.lower()].get("IsDeleted") else "1"
        assert len(rows(store, table, live)) == count, table
    store.close()


# -- records that an org would take ----------------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES)
def test_references_lead_to_records_and_values_fit_their_fields(org: Store, schema: Schema, table: str) -> None:
    sobject = schema.objects[table.lower()]
    found = rows(org, table)
    assert found
    for field in sobject.fields.values():
        values = {r[field.name] for r in found if field.stored and r[field.name] is not None}
        if field.type == "reference":
            known = {r["Id"] for name in field.reference_to if schema.get(name) for r in rows(org, name)}
            assert values <= known, f"{table}.{field.name}"
        elif field.is_text and field.length:
            assert all(len(v) <= field.length for v in values), f"{table}.{field.name}"
        elif field.type == "date":
            assert all(date.fromisoformat(v) for v in values)
        if field.restricted_picklist and field.custom:
            assert values <= {p.value for p in field.picklist_values}, f"{table}.{field.name}"
        if field.unique or field.name == "Id":
            given = [str(r[field.name]).lower() for r in found if r[field.name] is not None]
            assert field.name == "Id" or len(given) == len(set(given)), f"{table}.{field.name}"
        if field.required and field.name not in ("Id",):
            assert all(r[field.name] is not None for r in found), f"{table}.{field.name}"


@pytest.mark.parametrize(
    ("table", "field", "values"),
    [
        ("Task", "Status", "TaskStatus"),
        ("Contract", "Status", "ContractStatus"),
        ("Case", "Status", "CaseStatus"),
        ("Lead", "Status", "LeadStatus"),
        ("Opportunity", "StageName", "OpportunityStage"),
    ],
)
def test_statuses_are_those_of_the_org(org: Store, table: str, field: str, values: str) -> None:
    assert {r[field] for r in rows(org, table)} <= {r["ApiName"] for r in rows(org, values)}


def test_status_rows_an_org_has_already_are_left_alone(schema: Schema) -> None:
    store = Store(":memory:", schema)
    store.insert_many("ContractStatus", [{"ApiName": "Activated", "MasterLabel": "Active", "StatusCode": "Activated"}])
    load_sample(store, accounts=10, as_of=AS_OF)
    found = {r["ApiName"]: r["MasterLabel"] for r in rows(store, "ContractStatus")}
    assert found["Activated"] == "Active"
    assert len(found) == 5
    store.close()


def test_end_of_our_own_contracts_follows_from_start_and_term(org: Store) -> None:
    for contract in rows(org, "Contract"):
        if contract["ContractTerm"] is None:
            assert contract["EndDate"] is None
        else:
            after = add_months(date.fromisoformat(contract["StartDate"]), contract["ContractTerm"])
            assert (after - date.fromisoformat(contract["EndDate"])).days == 1


def test_nothing_in_it_is_the_workers(org: Store) -> None:
    for table in ("Task", "Campaign", "CampaignMember"):
        assert not rows(org, table, '"Lifecycle_Key__c" IS NOT NULL')
    assert not rows(org, "Account", '"Lifecycle_Stage__c" IS NOT NULL')
    assert not rows(org, "Lifecycle_Provider_Contract__c", '"Position__c" IS NOT NULL')


def test_last_activity_is_the_latest_closed_task(org: Store) -> None:
    latest: dict[str, str] = {}
    for task in rows(org, "Task", '"IsClosed" = 1 AND "AccountId" IS NOT NULL'):
        latest[task["AccountId"]] = max(task["ActivityDate"], latest.get(task["AccountId"], ""))
    live = rows(org, "Account", '"IsDeleted" = 0')
    assert {a["Id"]: a["LastActivityDate"] for a in live if a["LastActivityDate"]} == latest


# -- shares ------------------------------------------------------------------------------------------------------------


def test_shares_of_customers_lost_and_prospects(org: Store) -> None:
    statuses: dict[str, set[str]] = {}
    for contract in rows(org, "Contract"):
        statuses.setdefault(contract["AccountId"], set()).add(contract["Status"])
    customers = [s for s in statuses.values() if s & {"Activated", "Expired"}]
    lost = [s for s in statuses.values() if s == {"Terminated"}]
    assert len(customers) == pytest.approx(ACCOUNTS * 0.08)
    assert len(lost) == pytest.approx(ACCOUNTS * 0.05)
    assert any(s == {"Draft"} for s in statuses.values())


def test_own_contracts_set_the_traps_they_should(org: Store) -> None:
    ours = rows(org, "Contract", "\"Status\" IN ('Activated', 'Expired')")
    today = AS_OF.isoformat()
    assert any(c["Status"] == "Expired" and c["EndDate"] < today and c["StatusCode"] == "Activated" for c in ours)
    assert any(c["Status"] == "Activated" and c["EndDate"] and c["EndDate"] < today for c in ours)
    assert any(c["EndDate"] is None for c in ours)
    assert any(c["StartDate"] > "2026-08-24" for c in ours), "somebody is in the first weeks"
    assert any(today <= (c["EndDate"] or "") <= "2027-03-22" for c in ours), "something is due for renewal"
    codes = {r["ApiName"]: r["StatusCode"] for r in rows(org, "ContractStatus")}
    assert codes["Expired"] == codes["Terminated"] == codes["Activated"] == "Activated"


def test_contracts_elsewhere(org: Store) -> None:
    elsewhere = rows(org, "Lifecycle_Provider_Contract__c")
    assert len(elsewhere) / (ACCOUNTS * 0.92) == pytest.approx(1.3, abs=0.1)
    dated = [c for c in elsewhere if c["End_Date__c"]]
    assert share(dated, elsewhere) == pytest.approx(0.82, abs=0.01)
    ends = [date.fromisoformat(c["End_Date__c"]) for c in dated]
    usual = [e for e in ends if 1900 < e.year < 4000]
    assert add_months(AS_OF, -36) <= min(usual) < add_months(AS_OF, -24)
    assert add_months(AS_OF, 36) < max(usual) <= add_months(AS_OF, 48)
    assert 0.4 < sum((e.month, e.day) == (12, 31) for e in usual) / len(usual) < 0.6
    assert sorted(set(ends) - set(usual)) == [date(1900, 1, 1), date(4000, 12, 31)]
    assert {c["End_Date_Certainty__c"] for c in dated} == {"exact", "month", "quarter", "estimate", None}
    assert {c["Notice_Days__c"] for c in elsewhere} >= {None, 0, 30, 60, 90, 180}
    stale = [c for c in elsewhere if (c["Researched_On__c"] or "") < "2025-11-22"]
    assert 0.4 < share(stale, elsewhere) < 0.8
    per_account: dict[str, list[str]] = {}
    for contract in elsewhere:
        per_account.setdefault(contract["Account__c"], []).append(contract["Product_Line__c"])
    assert max(len(lines) for lines in per_account.values()) == 4


def test_people_to_talk_to_and_what_they_consented_to(org: Store) -> None:
    contacts = rows(org, "Contact")
    per_account: dict[str, int] = {a["Id"]: 0 for a in rows(org, "Account", '"IsDeleted" = 0')}
    for contact in contacts:
        per_account[contact["AccountId"]] += 1
    assert set(per_account.values()) == {0, 1, 2, 3, 4}
    assert share([c for c in contacts if c["Lifecycle_Call_Consent__c"] is None], contacts) > 0.8
    assert {c["Lifecycle_Call_Consent__c"] for c in contacts} == {None, "Given", "Refused"}
    assert {"Decision maker", "Technical", "Finance", None} < {c["Title"] for c in contacts}
    for field in ("DoNotCall", "HasOptedOutOfEmail"):
        assert 0.05 < share([c for c in contacts if c[field]], contacts) < 0.15
    assert 0.1 < share([c for c in contacts if c["Email"] is None], contacts) < 0.3


def test_accounts_know_more_and_less_about_themselves(org: Store) -> None:
    accounts = rows(org, "Account", '"IsDeleted" = 0')
    assert {a["Lifecycle_Legal_Form__c"] for a in accounts} == {
        None, "BV", "NV", "Foundation", "Sole trader", "Partnership",
    }  # fmt: skip
    assert share([a for a in accounts if a["Lifecycle_Business_Park__c"]], accounts) == pytest.approx(0.15, abs=0.03)
    assert {"NL", "BE", "PL", "DE"} < {a["BillingCountry"] for a in accounts}
    assert share([a for a in accounts if a["BillingCountry"] == "NL"], accounts) > 0.8
    assert any(a["ParentId"] for a in accounts)
    satisfied = [a for a in accounts if (a["Lifecycle_Satisfaction__c"] or 0) >= 9]
    assert satisfied, "there are promoters"


def test_team(org: Store) -> None:
    users = {u["Alias"]: u for u in rows(org, "User")}
    reps = [u for alias, u in users.items() if alias.startswith("rep")]
    assert len(reps) == pytest.approx(ACCOUNTS / 60, abs=1)
    assert share([u for u in reps if not u["IsActive"]], reps) == pytest.approx(1 / 12, abs=0.03)
    assert all(u["ManagerId"] for u in reps)
    assert {"sdesk", "comms"} <= set(users)
    assert users["comms"]["UserPermissionsMarketingUser"]
    assert sum(u["UserType"] == "CsnOnly" for u in users.values()) == 2
    frozen = [login["UserId"] for login in rows(org, "UserLogin", '"IsFrozen" = 1')]
    assert len(frozen) == 1
    owners = {a["OwnerId"] for a in rows(org, "Account")}
    assert owners & {u["Id"] for u in reps if not u["IsActive"]}
    assert owners & set(frozen)
    roles = {r["Id"]: r for r in rows(org, "UserRole")}
    top = [r["Id"] for r in roles.values() if r["ParentRoleId"] is None]
    assert len(top) == 1
    for rep in reps:
        manager = roles[roles[rep["UserRoleId"]]["ParentRoleId"]]
        assert manager["ParentRoleId"] == top[0]


def test_roles_go_below_the_top_role_that_is_there(schema: Schema) -> None:
    store = Store(":memory:", schema)
    (top,) = store.insert_many("UserRole", [{"Name": "Company", "DeveloperName": "Company"}])
    load_sample(store, accounts=20, as_of=AS_OF)
    assert [r["Id"] for r in rows(store, "UserRole", '"ParentRoleId" IS NULL')] == [top]
    store.close()


# -- as untidy as life -----------------------------------------------------------------------------------------------


def test_odd_names_and_texts_arrive_unchanged(org: Store) -> None:
    names = {a["Name"] for a in rows(org, "Account")}
    assert {'=HYPERLINK("http://x","y")', "{{ 7*7 }}", 'O\'Brien "De Molen" & Zonen'} < names
    assert any("🥐" in n for n in names)
    assert any("Ł" in n for n in names)
    assert max(len(n) for n in names) == 255
    assert any("\n" in (a["BillingStreet"] or "") for a in rows(org, "Account"))
    assert any("\n" in (a["Description"] or "") for a in rows(org, "Account"))


def test_merged_accounts_point_to_a_living_one(org: Store) -> None:
    losers = rows(org, "Account", '"IsDeleted" = 1')
    living = {a["Id"] for a in rows(org, "Account", '"IsDeleted" = 0')}
    assert len(losers) == ACCOUNTS // 100
    assert {a["MasterRecordId"] for a in losers} <= living
    for table, field in (("Contact", "AccountId"), ("Contract", "AccountId"), ("Task", "WhatId")):
        assert not {r[field] for r in rows(org, table)} & {a["Id"] for a in losers}


def test_leads(org: Store) -> None:
    leads = rows(org, "Lead")
    assert len(leads) == ACCOUNTS // 10
    assert 0.08 < share([x for x in leads if x["IsConverted"]], leads) < 0.22
    assert all(bool(x["ConvertedAccountId"]) == bool(x["IsConverted"]) for x in leads)
    assert any(x["DoNotCall"] for x in leads)


def test_deals_and_cases(org: Store) -> None:
    deals = rows(org, "Opportunity")
    assert {(d["IsClosed"], d["IsWon"]) for d in deals} == {(0, 0), (1, 0), (1, 1)}
    began = {
        c["AccountId"]: c["StartDate"] for c in rows(org, "Contract", '"Status" = \'Activated\'')
        if c["StartDate"] > "2026-08-24"
    }  # fmt: skip
    assert any(c["AccountId"] in began for c in rows(org, "Case", '"IsClosed" = 0'))


def test_tasks_are_past_and_open_and_a_leads_task_has_no_account(org: Store) -> None:
    tasks = rows(org, "Task")
    assert {t["IsClosed"] for t in tasks} == {0, 1}
    assert any(t["IsArchived"] for t in tasks)
    assert all(t["IsClosed"] and t["ActivityDate"] <= "2025-11-22" for t in tasks if t["IsArchived"])
    assert any(t["CallType"] == "Inbound" for t in tasks)
    of_leads = [t for t in tasks if (t["WhoId"] or "").startswith("00Q")]
    assert of_leads
    assert all(t["WhatId"] is None and t["AccountId"] is None for t in of_leads)


def test_marketing_has_campaigns_of_its_own(org: Store) -> None:
    campaigns = rows(org, "Campaign")
    assert len(campaigns) == 2
    members = rows(org, "CampaignMember")
    assert all((m["ContactId"] is None) != (m["LeadId"] is None) for m in members)
    assert len({(m["CampaignId"], m["LeadOrContactId"]) for m in members}) == len(members)
    for campaign in campaigns:
        labels = [s for s in rows(org, "CampaignMemberStatus") if s["CampaignId"] == campaign["Id"]]
        assert sum(s["IsDefault"] for s in labels) == 1
        assert any(s["HasResponded"] for s in labels)
