"""Firms that decide together, and Leads: parties that are more or less than one account with its contacts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from telecom_mirror import TODAY, Org

DAY = dt.date

# ------------------------------------------------------------------------------------------------------------ clusters


def _park(org: Org, firms: int, leaving: int, park: str) -> list[str]:
    found = []
    for number in range(firms):
        account = org.account(f"{park} {number}", Lifecycle_Business_Park__c=park)
        org.person(account)
        end = DAY(2027, 1, 31) if number < leaving else DAY(2029, 6, 30)
        org.there(account, end, Monthly_Value__c=Decimal(100 + number))
        found.append(account)
    return found


def test_a_park_is_one_joint_offer_with_a_member_from_each_firm_that_can_leave() -> None:
    org = Org()
    firms = _park(org, 5, 3, "De Munt")
    _park(org, 5, 2, "Rijnzicht")
    (found,) = org.outreaches("business-park")
    assert (found["key0"], found["account"]) == ("De Munt", firms[2])
    assert found["subject"] == "De Munt: several firms can leave their providers, begin with De Munt 2"
    assert "Can leave their providers: De Munt 0, De Munt 1, De Munt 2." in found["text"]
    assert found["occasion"] == DAY(2029, 5, 31)
    members = org.members("business-park")
    assert set(members) >= set(firms[:3])
    assert not set(members) & set(firms[3:])
    assert members[firms[0]] == "On De Munt, Mobile at Belnet (window): part of the joint offer"


def test_a_park_counts_nobody_at_whom_somebody_has_the_word() -> None:
    org = Org()
    firms = _park(org, 5, 3, "De Munt")
    org.deal(firms[0], DAY(2026, 11, 2))
    assert org.outreaches("business-park") == []


def test_a_park_where_few_of_many_can_leave_is_left_alone() -> None:
    org = Org()
    _park(org, 16, 3, "De Munt")
    assert org.outreaches("business-park") == []


def test_a_group_is_a_head_and_the_firms_below_it() -> None:
    org = Org()
    head = org.account("Holding")
    below = [org.account(f"Firm {number}", ParentId=head) for number in range(2)]
    alone = org.account("Alone")
    for account in (head, *below, alone):
        org.person(account)
    for account in (*below, alone):
        org.there(account, DAY(2027, 1, 31))
    (found,) = org.outreaches("company-group")
    assert found["key0"] == head
    assert found["why"].startswith("Group of Holding: several of its firms can leave")
    assert found["account"] in below
    assert set(below) <= set(org.members("company-group"))


def test_an_area_is_of_firms_that_are_on_no_park() -> None:
    org = Org()
    for number in range(9):
        org.there(org.account(f"Firm {number}", BillingPostalCode="2011 AB"), DAY(2027, 1, 31))
        park = org.account(BillingPostalCode="3011 AB", Lifecycle_Business_Park__c="De Munt")
        org.there(park, DAY(2027, 1, 31))
    found = org.outreaches("postcode-area")
    assert [each["key0"] for each in found] == ["2011"]
    assert found[0]["why"] == "Postcode 2011: many firms there can leave their providers"


# ---------------------------------------------------------------------------------------------------- Leads as parties


def test_a_lead_is_its_own_contact_and_needs_consent_to_be_called() -> None:
    org = Org()
    usual: dict[str, Any] = {"LeadSource": "Web", "IsConverted": False, "DoNotCall": False, "Phone": "+31 20 1",
                             "CreatedDate": dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)}  # fmt: skip
    given = org.add("Lead", Company="Vis", Name="P. Smit", Lifecycle_Call_Consent__c="Given", **usual)
    blank = org.add("Lead", Company="Vlees", Name="Q. Vos", **usual)
    found = {each["account"]: each for each in org.outreaches("first-inbound")}
    assert (found[given]["contact"], found[given]["contact_may"]) == (given, "yes")
    assert "Call P. Smit, +31 20 1." in found[given]["text"]
    assert found[blank]["contact"] is None
    assert org.values("account", blank)["approach.because"].startswith("Legal form not known")


def test_an_answer_on_a_leads_task_is_the_leads() -> None:
    org = Org()
    lead = org.add("Lead", Company="Vis", IsConverted=False)
    org.answer(lead, "Later", DAY(2026, 11, 1), Lifecycle_Next_Date__c=DAY(2026, 12, 1))
    assert org.values("account", lead)["reserved"] == "later"
    assert [each["account"] for each in org.outreaches("follow-up")] == [lead]


def test_nothing_in_a_clusters_play_moves_while_only_days_pass() -> None:
    org = Org()
    _park(org, 5, 3, "De Munt")
    first, second = (org.outreaches("business-park", day)[0] for day in (TODAY, TODAY + dt.timedelta(days=7)))
    assert all(first[name] == second[name] for name in ("occasion", "why", "subject", "text", "key0"))
