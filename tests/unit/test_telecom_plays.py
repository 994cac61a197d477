"""Every shipped play on hand-made firms: one that it finds, and one beside it that it leaves alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from telecom_mirror import Org, shipped

DAY = dt.date
LONG_AGO = DAY(2022, 3, 1)
HAPPY: dict[str, Any] = {"Lifecycle_Satisfaction__c": Decimal(9)}
UNHAPPY: dict[str, Any] = {"Lifecycle_Satisfaction__c": Decimal(4)}
Pair = tuple[str, str]  # who is found, and who is not


def customer(org: Org, *, line: str = "Fixed", start: dt.date = LONG_AGO, **fields: Any) -> str:
    account = org.account(**fields)
    org.ours(account, start, None, Lifecycle_Product_Line__c=line)
    return account


def lines(org: Org, *product_lines: str, start: dt.date = LONG_AGO, **fields: Any) -> str:
    account = org.account(**fields)
    for line in product_lines:
        org.ours(account, start, None, Lifecycle_Product_Line__c=line)
    return account


def with_end(org: Org, end: dt.date, **fields: Any) -> str:
    account = org.account()
    org.ours(account, LONG_AGO, end, **fields)
    return account


def elsewhere(org: Org, end: dt.date | None, **fields: Any) -> str:
    account = org.account()
    org.there(account, end, **fields)
    return account


def lost_deal(org: Org, closed: dt.date, reason: str) -> str:
    account = org.account()
    org.deal(account, LONG_AGO, IsClosed=True, CloseDate=closed, Lifecycle_Loss_Reason__c=reason)
    return account


def accept_loss(org: Org) -> Pair:
    end = DAY(2027, 2, 28)
    found = (
        with_end(org, end, Lifecycle_Monthly_Value__c=Decimal("12.50")),
        with_end(org, end, Lifecycle_Monthly_Value__c=Decimal(80)),
    )
    for account in found:
        org.person(account)
    return found


def renewal(org: Org) -> Pair:
    return accept_loss(org)[::-1]


def new_term(org: Org) -> Pair:
    return with_end(org, DAY(2025, 5, 31)), with_end(org, DAY(2028, 5, 31))


def survey_end(org: Org) -> Pair:
    return with_end(org, DAY(2027, 6, 30)), with_end(org, DAY(2027, 2, 28))


def survey_start(org: Org) -> Pair:
    return customer(org, start=DAY(2026, 9, 20)), customer(org, start=DAY(2026, 11, 10))


def onboarding_care(org: Org) -> Pair:
    return customer(org, start=DAY(2026, 10, 20)), customer(org, start=DAY(2026, 11, 15))


def early_trouble(org: Org) -> Pair:
    new, old = customer(org, start=DAY(2026, 10, 20)), customer(org)
    for account in (new, old):
        org.add("Case", AccountId=account, IsClosed=False, CreatedDate=dt.datetime(2026, 11, 2, tzinfo=dt.UTC))
    return new, old


def neglected(org: Org) -> Pair:
    alone, spoken = customer(org), customer(org)
    org.asked(spoken, DAY(2026, 10, 1))
    return alone, spoken


def cross_sell(org: Org) -> Pair:
    return customer(org), customer(org, line="Mobile")


def upsell(org: Org) -> Pair:
    return customer(org, line="Internet"), lines(org, "Internet", "Fibre")


def satisfaction_ask(org: Org) -> Pair:
    return customer(org), customer(org, **HAPPY)


def unhappy_customer(org: Org) -> Pair:
    return customer(org, **UNHAPPY), customer(org, **HAPPY)


def promoter_ask(org: Org) -> Pair:
    return customer(org, **HAPPY), customer(org, **UNHAPPY)


def reference(org: Org) -> Pair:
    three = ("Fixed", "Mobile", "Fibre")
    return lines(org, *three, **HAPPY), lines(org, *three, start=DAY(2025, 1, 1), **HAPPY)


def loyalty_gold(org: Org) -> Pair:
    return lines(org, "Fixed", "Mobile", "Fibre"), lines(org, "Fixed", "Mobile")


def loyalty_silver(org: Org) -> Pair:
    return loyalty_gold(org)[::-1]


def referral_thanks(org: Org) -> Pair:
    lately, long_ago = customer(org), customer(org)
    org.account("Sent", Lifecycle_Referred_By__c=lately, CreatedDate=dt.datetime(2026, 11, 10, tzinfo=dt.UTC))
    org.account("Sent", Lifecycle_Referred_By__c=long_ago)
    return lately, long_ago


def switch_window(org: Org) -> Pair:
    return elsewhere(org, DAY(2027, 1, 31)), elsewhere(org, DAY(2029, 1, 31))


def switch_free(org: Org) -> Pair:
    return elsewhere(org, DAY(2026, 9, 30)), elsewhere(org, DAY(2027, 1, 31))


def research_dates(org: Org) -> Pair:
    return elsewhere(org, None), elsewhere(org, DAY(2027, 1, 31))


def research_providers(org: Org) -> Pair:
    return org.account(), elsewhere(org, None)


def wrong_date(org: Org) -> Pair:
    doubted, looked_up = elsewhere(org, DAY(2027, 1, 31)), elsewhere(org, DAY(2027, 1, 31))
    org.answer(doubted, "Wrong date", DAY(2026, 11, 5))
    org.answer(looked_up, "Wrong date", DAY(2026, 9, 5))
    return doubted, looked_up


def missing_contact(org: Org) -> Pair:
    nobody, somebody = elsewhere(org, DAY(2027, 1, 31)), elsewhere(org, DAY(2027, 1, 31))
    org.person(nobody, Phone=None, Email=None)
    org.person(somebody)
    return nobody, somebody


def just_lost(org: Org) -> Pair:
    return with_end(org, DAY(2026, 10, 31), Status="Terminated"), with_end(org, DAY(2022, 5, 31), Status="Terminated")


def dormant(org: Org) -> Pair:
    return just_lost(org)[::-1]


def not_yet(org: Org) -> Pair:
    return lost_deal(org, DAY(2026, 3, 1), "Not yet"), lost_deal(org, DAY(2026, 3, 1), "Price")


def silent_leads(org: Org) -> Pair:
    silent, answered = org.account(), org.account()
    org.asked(silent, DAY(2026, 6, 1))
    org.asked(answered, DAY(2026, 11, 1))
    return silent, answered


def first_inbound(org: Org) -> Pair:
    new, old = org.account(), org.account()
    org.asked(new, DAY(2026, 11, 18))
    org.asked(old, DAY(2026, 10, 1))
    return new, old


def follow_up(org: Org) -> Pair:
    soon, later = org.account(), org.account()
    org.answer(soon, "Later", DAY(2026, 10, 1), Lifecycle_Next_Date__c=DAY(2026, 12, 1))
    org.answer(later, "Later", DAY(2026, 10, 1), Lifecycle_Next_Date__c=DAY(2027, 3, 1))
    return soon, later


def answer_without_call(org: Org) -> Pair:
    protected, callable_ = org.account(Lifecycle_Legal_Form__c="Sole trader"), org.account()
    for account in (protected, callable_):
        org.person(account)
        org.asked(account, DAY(2026, 11, 18))
    return protected, callable_


def stuck_deals(org: Org) -> Pair:
    stuck, moving = org.account(), org.account()
    moments = [dt.datetime(2026, month, 20, 9, tzinfo=dt.UTC) for month in (9, 11)]
    for account, moved in zip((stuck, moving), moments, strict=True):
        org.deal(account, DAY(2026, 8, 1), LastStageChangeDate=moved)
    return stuck, moving


def lead_with_project(org: Org) -> Pair:
    talking, quiet = elsewhere(org, DAY(2027, 6, 30)), elsewhere(org, DAY(2027, 6, 30))
    org.deal(talking, DAY(2026, 11, 2))
    return talking, quiet


def look_alikes(org: Org) -> Pair:
    alike: dict[str, Any] = {"Industry": "Healthcare", "NumberOfEmployees": 60}
    for number in range(9):
        gold = lines(org, "Fixed", "Mobile", "Fibre", **alike) if number < 2 else org.account(**alike)
        org.deal(gold, LONG_AGO)
    return org.account(**alike), org.account(Industry="Retail", NumberOfEmployees=60)


CASES: dict[str, Callable[[Org], Pair]] = {
    each.__name__.replace("_", "-"): each
    for each in (
        accept_loss, renewal, new_term, survey_end, survey_start, onboarding_care, early_trouble, neglected, cross_sell,
        upsell, satisfaction_ask, unhappy_customer, promoter_ask, reference, loyalty_gold, loyalty_silver,
        referral_thanks, switch_window, switch_free, research_dates, research_providers, wrong_date, missing_contact,
        just_lost, dormant, not_yet, silent_leads, first_inbound, follow_up, stuck_deals, lead_with_project,
        look_alikes, answer_without_call,
    )
}  # fmt: skip
CLUSTERED = {"business-park", "company-group", "postcode-area"}


def test_every_play_has_a_case() -> None:
    assert set(CASES) | CLUSTERED == set(shipped()[0].plays)


@pytest.mark.parametrize("play", CASES)
def test_a_play_finds_whom_it_is_for_and_leaves_the_other_alone(play: str) -> None:
    org = Org()
    found, left_alone = CASES[play](org)
    outreaches = org.outreaches(play)
    accounts = [outreach["account"] for outreach in outreaches]
    assert found in accounts
    assert left_alone not in accounts
    (outreach,) = [each for each in outreaches if each["account"] == found]
    assert isinstance(outreach["occasion"], dt.date)
    assert outreach["why"]
    assert "None" not in "".join((outreach["why"], outreach["subject"], outreach["text"]))


def test_a_survey_and_a_status_are_by_mail_alone() -> None:
    plays = shipped()[0].plays
    mailed = {name for name, play in plays.items() if play.task is None}
    assert mailed == {"accept-loss", "survey-start", "survey-end", "loyalty-gold", "loyalty-silver", "postcode-area"}


def test_a_request_has_the_script_of_its_channel() -> None:
    org = Org()
    moment = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
    for source in ("Web", "Phone Inquiry"):
        org.account(source, AccountSource=source, CreatedDate=moment)
    found = {outreach["name"]: outreach for outreach in org.outreaches("first-inbound")}
    assert found["Web"]["script_text"].startswith("SCRIPT: THEY WROTE")
    assert found["Phone Inquiry"]["script_text"].startswith("SCRIPT: FIRST TALK")
    assert found["Web"]["why"].startswith("Came to us on 20 November 2026, by Web")


def test_whom_a_play_speaks_to() -> None:
    org = Org()
    account = org.account()
    org.ours(account, LONG_AGO, DAY(2025, 5, 31), Lifecycle_Product_Line__c="Internet")
    payer = org.person(account, Title="Financieel manager")
    engineer = org.person(account, Title="Systems engineer")
    owner = org.person(account, Title="Eigenaar")
    asked = {play: org.outreaches(play)[0]["contact"] for play in ("new-term", "upsell", "neglected")}
    assert asked == {"new-term": payer, "upsell": engineer, "neglected": owner}


def test_of_two_who_decide_the_one_spoken_to_lately_is_called() -> None:
    org = Org()
    account = customer(org)
    org.person(account, LastActivityDate=DAY(2024, 1, 1))
    lately = org.person(account, LastActivityDate=DAY(2026, 9, 1))
    assert org.outreaches("neglected")[0]["contact"] == lately
