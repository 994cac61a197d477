"""Firms where nobody can be called, though somebody may be mailed; and by which channel they came to us last."""

from __future__ import annotations

import datetime as dt

import pytest
from telecom_mirror import Org

DAY = dt.date


@pytest.fixture
def org() -> Org:
    return Org()


@pytest.mark.parametrize(
    ("firm", "person", "subject", "approach"),
    [
        ({}, {"Phone": None}, "find out whom to speak to", "No phone number of anybody there: by e-mail only"),
        (
            {"Lifecycle_Legal_Form__c": None},
            {"Lifecycle_Email_Consent__c": "Given"},
            "find out the legal form",
            "Legal form not known: nobody there may be called, by e-mail only",
        ),
    ],
)
def test_whom_to_call_is_looked_for_whoever_may_be_mailed(
    org: Org, firm: dict[str, object], person: dict[str, object], subject: str, approach: str
) -> None:
    account = org.account(**firm)
    contact = org.person(account, **person)
    org.ours(account, DAY(2025, 3, 1), DAY(2028, 2, 29))
    assert org.values("contact", contact)["may_email"] == "yes"
    assert org.values("contact", contact)["may_call"] == "no"
    (found,) = org.outreaches("missing-contact")
    assert found["subject"] == f"Bakker: {subject}"
    assert org.values("account", account)["approach"] == "by mail only"
    assert org.values("account", account)["approach.because"] == approach


@pytest.mark.parametrize(
    ("firm", "person"),
    [({}, {}), ({}, {"DoNotCall": True}), ({"BillingCountry": "Poland", "Lifecycle_Legal_Form__c": None}, {})],
)
def test_where_neither_a_number_nor_a_legal_form_would_help_nothing_is_looked_for(
    org: Org, firm: dict[str, object], person: dict[str, object]
) -> None:
    account = org.account(**firm)
    org.person(account, **person)
    org.ours(account, DAY(2025, 3, 1), DAY(2028, 2, 29))
    assert org.outreaches("missing-contact") == []
    assert (org.values("account", account)["approach"] == "open") == (not firm and not person)


def test_who_called_last_is_answered_as_a_caller(org: Org) -> None:
    wrote = org.account("Wrote", AccountSource="Web", CreatedDate=dt.datetime(2026, 11, 18, tzinfo=dt.UTC))
    called = org.account("Called", AccountSource="Web")
    for account in (wrote, called):
        org.person(account)
    org.asked(called, DAY(2026, 11, 19))
    found = {each["name"]: each for each in org.outreaches("first-inbound")}
    assert "(Web), answer" in found["Wrote"]["subject"]
    assert "(Phone Inquiry), answer" in found["Called"]["subject"]
    assert "WEBSITE" not in str(found["Called"])
