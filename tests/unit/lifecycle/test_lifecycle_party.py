"""Whom a record names: a contact at an account, a person account's contact, or a Lead, which is both in one."""

import pandas as pd
import pytest

from sf_lifecycle.lifecycle.party import member_of, person_of, who_and_what

ACCOUNT, CONTACT, LEAD = "001000000000001AAA", "003000000000001AAA", "00Q000000000001AAA"


@pytest.mark.parametrize(
    ("account", "contact", "who", "what"),
    [
        (ACCOUNT, CONTACT, CONTACT, ACCOUNT),
        (ACCOUNT, None, None, ACCOUNT),
        (LEAD, LEAD, LEAD, None),
        (LEAD, None, LEAD, None),
        (ACCOUNT, LEAD, LEAD, None),
    ],
)
def test_a_lead_excludes_what_a_task_is_about(
    account: str, contact: str | None, who: str | None, what: str | None
) -> None:
    found = who_and_what(pd.DataFrame({"account": [account], "contact": [contact]}, dtype=object))
    assert found.astype(object).where(found.notna(), None).to_dict("records") == [{"WhoId": who, "WhatId": what}]


def test_a_lead_is_a_member_as_a_lead() -> None:
    found = member_of(pd.DataFrame({"member": [CONTACT, LEAD, None]}, dtype=object))
    assert found["ContactId"].dropna().to_dict() == {0: CONTACT}
    assert found["LeadId"].dropna().to_dict() == {1: LEAD}


def test_a_converted_leads_membership_is_its_contacts() -> None:
    members = pd.DataFrame({"ContactId": [CONTACT, None], "LeadId": [LEAD, LEAD]}, dtype=object)
    assert person_of(members).tolist() == [CONTACT, LEAD]
