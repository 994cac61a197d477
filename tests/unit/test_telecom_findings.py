"""What goes wrong at firms whose records are as records are: one firm each, and what a rep must not be told of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from telecom_mirror import TODAY, Org, shipped

DAY = dt.date
LONG_AGO = DAY(2022, 3, 1)
MOBILE = {"Lifecycle_Product_Line__c": "Mobile"}


@pytest.fixture
def org() -> Org:
    return Org()


# ------------------------------------------------------------------------------------ what they have with us already


@pytest.mark.parametrize(
    ("end", "position"),
    [
        (DAY(2025, 11, 30), "superseded"),
        (DAY(2026, 2, 28), "superseded"),
        (DAY(2026, 6, 30), "free"),
        (None, "unknown"),
    ],
)
def test_a_line_that_they_have_with_us_is_not_won_again(org: Org, end: dt.date | None, position: str) -> None:
    account = org.account()
    org.person(account)
    org.ours(account, DAY(2025, 12, 1), DAY(2027, 11, 30), **MOBILE)
    contract = org.there(account, end)
    assert org.values("other_contract", contract)["position"] == position
    counted = int(position != "superseded")
    assert org.values("account", account)["known_lines"] == counted
    assert org.outreaches("switch-window") == []
    assert len(org.outreaches("switch-free")) == int(position == "free")


def test_a_line_that_is_signed_and_yet_to_begin_is_no_window(org: Org) -> None:
    account = org.account()
    org.ours(account, DAY(2027, 2, 1), DAY(2029, 1, 31), **MOBILE)
    org.there(account, DAY(2027, 1, 31))
    found = org.values("account", account)
    assert (found["position"], found["can_end_soon"], found["known_lines"]) == ("unknown", "unknown", 0)
    assert found["stage.because"] == "Signed; the first contract with us begins 1 February 2027"


def test_a_line_elsewhere_of_a_customer_is_called_about_as_a_customers(org: Org) -> None:
    account = org.account()
    org.person(account)
    org.ours(account, LONG_AGO, DAY(2028, 2, 29))
    org.there(account, DAY(2027, 1, 31))
    assert "They are customers of ours (Fixed): say so first" in org.outreaches("switch-window")[0]["text"]


def test_a_contract_that_was_renewed_counts_once_and_is_offered_no_new_term(org: Org) -> None:
    account = org.account()
    old = org.ours(account, DAY(2022, 6, 1), DAY(2026, 5, 31), Lifecycle_Monthly_Value__c=Decimal(90))
    org.ours(account, DAY(2026, 6, 1), DAY(2028, 5, 31), Lifecycle_Monthly_Value__c=Decimal(100))
    other = org.ours(account, DAY(2022, 6, 1), DAY(2026, 5, 31), Lifecycle_Product_Line__c="Fibre")
    assert org.values("own_contract", old)["position"] == "superseded"
    assert org.values("own_contract", other)["position"] == "running on"
    assert org.values("account", account)["own_active"] == 2
    (found,) = org.outreaches("new-term")
    assert found["subject"].startswith("Bakker: our Fibre contract")
    assert "Fixed" not in found["text"]


def test_a_renewal_that_is_signed_stops_the_call_before_the_end(org: Org) -> None:
    account = org.account()
    org.ours(account, DAY(2025, 2, 1), DAY(2027, 1, 31))
    assert len(org.outreaches("renewal")) == 1
    org.ours(account, DAY(2027, 2, 1), DAY(2029, 1, 31))
    assert org.outreaches("renewal") == []
    assert org.values("account", account)["stage"] == "customer"


def test_who_stopped_early_left_when_the_contract_was_changed(org: Org) -> None:
    account = org.account()
    changed = dt.datetime(2026, 10, 20, 9, tzinfo=dt.UTC)
    org.ours(account, LONG_AGO, DAY(2029, 1, 31), Status="Terminated", LastModifiedDate=changed)
    assert org.values("account", account)["just_left_us"] == "yes"
    (found,) = org.outreaches("just-lost")
    assert found["occasion"] == DAY(2026, 10, 20)


# ------------------------------------------------------------------------------------ who waits, who has the word


def test_what_they_asked_for_does_not_wait_for_their_turn() -> None:
    asked = {name for name, play in shipped()[0].plays.items() if not play.waits}
    assert asked == {"follow-up", "early-trouble", "first-inbound", "answer-without-call"}


def test_talks_with_a_customer_leave_the_renewal_open(org: Org) -> None:
    account = org.account()
    org.ours(account, LONG_AGO, DAY(2027, 2, 28))
    org.deal(account, DAY(2026, 11, 2))
    assert org.values("account", account)["reserved"] == "in talks as customer"
    assert {word for word, may in shipped()[0].voice.words.items() if "keep" in may} == {
        "in talks as customer", "declined",
    }  # fmt: skip


def test_a_reminder_years_ahead_holds_nobody_back(org: Org) -> None:
    far, near = org.account(), org.account()
    org.add("Task", AccountId=far, IsClosed=False, ActivityDate=DAY(2028, 3, 1))
    org.add("Task", AccountId=near, IsClosed=False, ActivityDate=DAY(2026, 12, 20))
    assert [org.values("account", account)["reserved"] for account in (far, near)] == ["nobody", "rep at work"]


def test_a_dead_deal_is_no_talk_anywhere(org: Org) -> None:
    account = org.account()
    org.person(account)
    org.there(account, DAY(2029, 1, 31))
    org.deal(account, DAY(2024, 11, 2), CloseDate=DAY(2025, 1, 31))
    org.asked(account, DAY(2026, 11, 18))
    assert org.values("account", account)["stage"] == "prospect"
    assert len(org.outreaches("first-inbound")) == 1
    assert org.outreaches("lead-with-project") == []


def test_the_follow_up_calls_the_person_of_the_answer(org: Org) -> None:
    account = org.account()
    org.person(account, Title="Directeur")
    spoken = org.person(account, Title="Office")
    org.answer(account, "Later", DAY(2026, 10, 5), Lifecycle_Next_Date__c=DAY(2026, 12, 1), WhoId=spoken)
    assert org.outreaches("follow-up")[0]["contact"] == spoken


def test_preparation_is_for_the_owner_of_a_deal_that_moves(org: Org) -> None:
    account, stuck = org.account(), org.account()
    seller = "005000000000000001"
    for each, opened in ((account, DAY(2026, 11, 2)), (stuck, DAY(2026, 8, 2))):
        org.there(each, DAY(2027, 1, 31))
        org.deal(each, opened, OwnerId=seller)
    (found,) = org.outreaches("lead-with-project")
    assert (found["account"], found["owner"]) == (account, seller)
    assert "Good morning" not in found["script_text"]


def test_who_asked_and_was_called_since_is_not_silent(org: Org) -> None:
    spoken, silent, years = org.account(), org.account(), org.account()
    for account, asked in ((spoken, DAY(2026, 5, 1)), (silent, DAY(2026, 5, 1)), (years, DAY(2025, 3, 1))):
        org.asked(account, asked)
    org.add("Task", AccountId=spoken, IsClosed=True, CompletedDateTime=dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC))
    assert [found["account"] for found in org.outreaches("silent-leads")] == [silent]


# ------------------------------------------------------------------------------------------------------- wrong dates


def test_wrong_date_doubts_what_could_be_ended_and_nothing_else(org: Org) -> None:
    account = org.account()
    window, locked = org.there(account, DAY(2027, 1, 31)), org.there(account, DAY(2029, 1, 31), Product_Line__c="Fixed")
    undated = org.there(account, None, Product_Line__c="Fibre")
    org.answer(account, "Wrong date", DAY(2026, 11, 5), Lifecycle_Next_Date__c=DAY(2028, 5, 31))
    doubted = [org.values("other_contract", each)["doubted"] for each in (window, locked, undated)]
    assert doubted == [True, False, False]
    (found,) = org.outreaches("wrong-date")
    assert found["subject"].endswith("(Mobile, 31 January 2027) is wrong, enter 31 May 2028")


def test_of_several_that_could_be_meant_none_is_told_to_be_entered(org: Org) -> None:
    account = org.account()
    for line, end in (("Mobile", DAY(2027, 1, 31)), ("Fixed", DAY(2027, 1, 15))):
        org.there(account, end, Product_Line__c=line)
    org.answer(account, "Wrong date", DAY(2026, 11, 5), Lifecycle_Next_Date__c=DAY(2028, 5, 31))
    (found,) = org.outreaches("wrong-date")
    assert found["subject"].endswith("(Fixed, 15 January 2027) is wrong, or another's there: find out which")


def test_on_another_call_the_next_to_come_up_is_doubted(org: Org) -> None:
    account = org.account()
    first, second = org.there(account, DAY(2028, 1, 31)), org.there(account, DAY(2029, 1, 31))
    org.answer(account, "Wrong date", DAY(2026, 11, 5), Lifecycle_Play__c="neglected")
    assert [org.values("other_contract", each)["doubted"] for each in (first, second)] == [True, False]


# -------------------------------------------------------------------------------------------- law, words, small ones


@pytest.mark.parametrize(
    ("country", "consent", "may"),
    [
        ("Narnia", None, ("no", "no")), ("Narnia", "Given", ("no", "yes")), ("Germany", None, ("yes", "no")),
        ("Germany", "Given", ("yes", "yes")), ("Poland", "Given", ("no", "yes")), (None, None, ("yes", "yes")),
        (None, "Refused", ("yes", "no")),
    ],
)  # fmt: skip
def test_where_consent_to_mail_is_needed(
    org: Org, country: str | None, consent: str | None, may: tuple[str, str]
) -> None:
    person = org.person(org.account(BillingCountry=country), Lifecycle_Email_Consent__c=consent)
    found = org.values("contact", person)
    assert (found["may_call"], found["may_email"]) == may


def test_a_due_customer_whom_nobody_may_call_is_mailed(org: Org) -> None:
    sole, firm = org.account(Lifecycle_Legal_Form__c="Sole trader"), org.account()
    for account in (sole, firm):
        org.person(account)
        org.ours(account, LONG_AGO, DAY(2027, 2, 28), Lifecycle_Monthly_Value__c=Decimal(400))
    (found,) = org.outreaches("accept-loss")
    assert found["account"] == sole
    assert found["why"].endswith("nobody there may be called: an e-mail, no call")


def test_an_unhappy_customer_can_leave_any_month_or_must_give_notice(org: Org) -> None:
    held, free = (org.account(name, Lifecycle_Satisfaction__c=Decimal(4)) for name in ("Held", "Free"))
    org.ours(held, LONG_AGO, DAY(2028, 5, 31))
    org.ours(free, LONG_AGO, DAY(2026, 5, 31))
    said = {found["account"]: found["why"] for found in org.outreaches("unhappy-customer")}
    assert said == {
        held: "Gives us 4 of 10; next last day to give notice 1 May 2028",
        free: "Gives us 4 of 10; can leave any month",
    }


def test_a_small_customer_gets_no_call_for_being_neglected(org: Org) -> None:
    small, large = org.account(), org.account()
    for account, monthly in ((small, 20), (large, 200)):
        org.ours(account, LONG_AGO, None, Lifecycle_Monthly_Value__c=Decimal(monthly))
    assert [found["account"] for found in org.outreaches("neglected", TODAY)] == [large]
