"""The shipped telecom mapping on hand-made rows: each label and each play does what a rep would expect."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from telecom_mirror import TODAY, Org, shipped

DAY = dt.date
LONG_AGO, LAST_YEAR = DAY(2022, 3, 1), DAY(2025, 11, 1)


@pytest.fixture
def org() -> Org:
    return Org()


# ------------------------------------------------------------------------------------------- contracts elsewhere


POSITIONS: list[tuple[dt.date | None, dict[str, Any], str]] = [
    (None, {}, "unknown"),
    (DAY(1900, 1, 1), {}, "unknown"),
    (DAY(4000, 12, 31), {}, "unknown"),
    (DAY(2026, 11, 22), {}, "free"),
    (DAY(2023, 3, 31), {}, "free"),
    (TODAY, {}, "missed"),
    (DAY(2026, 12, 15), {}, "missed"),
    (DAY(2026, 12, 23), {}, "window"),
    (DAY(2027, 3, 23), {}, "window"),
    (DAY(2027, 3, 24), {}, "locked"),
    (DAY(2026, 12, 15), {"Notice_Days__c": Decimal(0)}, "window"),
    (DAY(2026, 12, 15), {"Notice_Days__c": None}, "missed"),
    (DAY(2026, 12, 15), {"End_Date_Certainty__c": "month"}, "window"),
    (DAY(2027, 4, 20), {"End_Date_Certainty__c": "quarter"}, "window"),
    (DAY(2027, 7, 1), {"End_Date_Certainty__c": "estimate"}, "window"),
    (DAY(2027, 7, 1), {"End_Date_Certainty__c": None}, "window"),
    (DAY(2027, 7, 1), {"End_Date_Certainty__c": "month"}, "locked"),
]


def test_the_position_of_a_contract_elsewhere(org: Org) -> None:
    account = org.account()
    contracts = [org.there(account, end, **fields) for end, fields, _ in POSITIONS]
    found = [
        (end, fields, org.values("other_contract", contract)["position"])
        for contract, (end, fields, _) in zip(contracts, POSITIONS, strict=True)
    ]
    assert found == POSITIONS


@pytest.mark.parametrize(
    ("country", "position"), [("Netherlands", "free"), (None, "free"), ("Belgium", "unknown"), ("Mars", "unknown")]
)
def test_what_an_end_date_passed_means_is_the_markets(org: Org, country: str | None, position: str) -> None:
    contract = org.there(org.account(BillingCountry=country), DAY(2026, 9, 30))
    assert org.values("other_contract", contract)["position"] == position


def test_the_reason_of_a_position_has_its_dates(org: Org) -> None:
    account = org.account()
    said = [
        org.values("other_contract", org.there(account, end))["position.because"] for end in (DAY(2026, 12, 31), None)
    ]
    assert said == [
        "Mobile at Belnet: can be ended until 1 December 2026",
        "Mobile at Belnet: no end date known",
    ]


def test_the_account_bears_the_most_urgent_position_with_its_line(org: Org) -> None:
    account = org.account()
    org.there(account, DAY(2029, 1, 31))
    org.there(account, None, Product_Line__c="Fibre")
    org.there(account, DAY(2026, 12, 31), Product_Line__c="Internet", Provider__c="KabelNu")
    found = org.values("account", account)
    assert found["position"] == "window"
    assert found["position.because"] == "Internet at KabelNu can be ended until 1 December 2026"
    assert found["next_decision"] == DAY(2026, 12, 1)


def test_after_a_missed_notice_the_next_date_is_the_end(org: Org) -> None:
    account = org.account()
    org.there(account, DAY(2026, 12, 10))
    assert org.values("account", account)["next_decision"] == DAY(2026, 12, 10)


# ------------------------------------------------------------------------------------------------ our own contracts


@pytest.mark.parametrize(
    ("end", "fields", "position", "stage"),
    [
        (DAY(2028, 1, 31), {}, "running", "customer"),
        (DAY(2027, 2, 28), {}, "due", "renewal due"),
        (DAY(2026, 12, 10), {}, "past notice", "customer"),
        (DAY(2025, 5, 31), {}, "running on", "customer"),
        (DAY(2025, 5, 31), {"Status": "Expired"}, "running on", "customer"),
        (DAY(2026, 11, 22), {}, "running on", "customer"),
        (TODAY, {}, "past notice", "customer"),
        (None, {}, "no end date", "customer"),
        (DAY(4000, 12, 31), {}, "no end date", "customer"),
        (DAY(2026, 5, 31), {"Status": "Terminated"}, "ended", "lost (win-back)"),
        (None, {"Status": "Draft"}, "draft", "suspect"),
    ],
)
def test_only_a_status_that_does_not_run_loses_a_customer(
    org: Org, end: dt.date | None, fields: dict[str, Any], position: str, stage: str
) -> None:
    account = org.account()
    contract = org.ours(account, LONG_AGO, end, **fields)
    assert org.values("own_contract", contract)["position"] == position
    assert org.values("account", account)["stage"] == stage


@pytest.mark.parametrize("status", ["Activated", "Expired"])
@pytest.mark.parametrize(("country", "calls"), [("Netherlands", 1), ("Belgium", 0), ("Mars", 0)])
def test_a_contract_of_ours_that_renews_itself_holds_a_customer(
    org: Org, country: str, calls: int, status: str
) -> None:
    account = org.account(BillingCountry=country)
    org.person(account)
    contract = org.ours(account, LONG_AGO, DAY(2025, 5, 31), Status=status)
    found = org.values("own_contract", contract)
    assert (found["position"], found["position.because"]) == (
        ("running on", "Was to end 31 May 2025 and runs on")
        if calls
        else ("renewed", "Was to end 31 May 2025 and has renewed itself for 12 months at a time")
    )
    assert org.values("account", account)["stage"] == "customer"
    assert len(org.outreaches("new-term")) == calls
    assert org.outreaches("just-lost") == []


def test_one_running_contract_makes_a_customer_whatever_ended(org: Org) -> None:
    account = org.account()
    org.ours(account, LONG_AGO, DAY(2026, 5, 31), Status="Terminated")
    org.ours(account, LAST_YEAR, None)
    assert org.values("account", account)["stage"] == "customer"


# ------------------------------------------------------------------------------------------------------------ stages


def test_a_firm_nobody_knows_is_a_suspect(org: Org) -> None:
    assert org.values("account", org.account())["stage"] == "suspect"


def test_a_person_and_a_contract_elsewhere_make_a_prospect(org: Org) -> None:
    account = org.account()
    org.person(account)
    org.there(account, DAY(2028, 6, 30))
    found = org.values("account", account)
    assert found["stage"] == "prospect"
    assert found["stage.because"] == "Mobile at Belnet is locked until 30 June 2028"


def test_a_prospects_reason_tells_of_the_most_urgent_contract(org: Org) -> None:
    said = {}
    for end in (None, DAY(2026, 12, 31), DAY(2026, 6, 30), DAY(2026, 12, 10)):
        account = org.account()
        org.person(account)
        org.there(account, end)
        said[end] = org.values("account", account)["stage.because"]
    assert list(said.values()) == [
        "Mobile at Belnet has no end date to rely on",
        "Mobile at Belnet can be ended until 1 December 2026",
        "Mobile at Belnet ended 30 June 2026 and can be left any month",
        "Mobile at Belnet runs to 10 December 2026; notice was due by 10 November 2026",
    ]
    asked = org.add("Lead", Company="Vis", LeadSource="Web", IsConverted=False)
    assert org.values("account", asked)["stage.because"] == "Asked us, no contract elsewhere on record"


def test_open_talks_with_a_prospect(org: Org) -> None:
    account = org.account()
    org.add("Opportunity", AccountId=account, IsClosed=False, CreatedDate=dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC))
    found = org.values("account", account)
    assert (found["stage"], found["stage.because"]) == ("in contract talks", "Talks since 2 November 2026")


def test_a_new_customer_is_onboarding_and_its_cases_count(org: Org) -> None:
    account = org.account()
    org.ours(account, DAY(2026, 10, 15), DAY(2028, 10, 14))
    org.add("Case", AccountId=account, IsClosed=False, CreatedDate=dt.datetime(2026, 11, 1, 8, tzinfo=dt.UTC))
    org.add("Case", AccountId=account, IsClosed=False, CreatedDate=dt.datetime(2026, 1, 1, 8, tzinfo=dt.UTC))
    found = org.values("account", account)
    assert (found["stage"], found["early_cases"]) == ("onboarding", 1)
    assert found["stage.because"] == "Customer since 15 October 2026; open cases from the start: 1"


def test_a_promoter(org: Org) -> None:
    account = org.account(Lifecycle_Satisfaction__c=Decimal(9))
    org.ours(account, LONG_AGO, None)
    assert org.values("account", account)["stage"] == "promoter"


def test_leads_count_as_prospects_and_converted_ones_not_at_all(org: Org) -> None:
    asked = org.add("Lead", Company="Vis", LeadSource="Web", IsConverted=False, Country="NL")
    bought = org.add("Lead", Company="Vlees", LeadSource="Purchased List", IsConverted=False)
    gone = org.add("Lead", Company="Weg", IsConverted=True)
    assert org.values("account", asked)["stage"] == "prospect"
    assert org.values("account", bought)["stage"] == "suspect"
    with pytest.raises(KeyError):
        org.values("account", gone)


# ------------------------------------------------------------------------------------------------ the four questions


def _answers(org: Org, account: str) -> tuple[str, str, str, str]:
    found = org.values("account", account)
    return found["just_left_us"], found["locked_elsewhere"], found["can_end_soon"], found["content_there"]


def test_of_a_firm_with_nothing_on_record_we_know_nothing(org: Org) -> None:
    assert _answers(org, org.account()) == ("no", "unknown", "unknown", "unknown")


def test_a_firm_that_is_locked_and_content(org: Org) -> None:
    account = org.account()
    org.there(account, DAY(2029, 6, 30), Satisfaction__c=Decimal(8))
    assert _answers(org, account) == ("no", "yes", "no", "yes")


def test_a_firm_that_can_leave_and_wants_to(org: Org) -> None:
    account = org.account()
    org.there(account, DAY(2026, 12, 31), Satisfaction__c=Decimal(4))
    org.there(account, None, Product_Line__c="Fixed", Satisfaction__c=Decimal(9))
    assert _answers(org, account) == ("no", "no", "yes", "no")


def test_one_unknown_date_leaves_two_questions_open(org: Org) -> None:
    account = org.account()
    org.there(account, DAY(2029, 6, 30))
    org.there(account, None, Product_Line__c="Fixed")
    assert _answers(org, account) == ("no", "unknown", "unknown", "unknown")


@pytest.mark.parametrize(
    ("end", "left"),
    [(DAY(2026, 10, 31), "yes"), (DAY(2025, 1, 31), "no"), (None, "unknown"), (DAY(2027, 1, 31), "unknown")],
)
def test_whether_they_just_left_us(org: Org, end: dt.date | None, left: str) -> None:
    account = org.account()
    org.ours(account, LONG_AGO, end, Status="Terminated")
    assert org.values("account", account)["just_left_us"] == left


# --------------------------------------------------------------------------------------------------------- compliance


SOLE, UNKNOWN_FORM = {"Lifecycle_Legal_Form__c": "Sole trader"}, {"Lifecycle_Legal_Form__c": None}


APPROACH: list[tuple[dict[str, Any], dict[str, Any], bool, str, str]] = [
    ({}, {}, False, "yes", "yes"),
    ({}, {"DoNotCall": True}, False, "no", "yes"),
    ({}, {"DoNotCall": None}, True, "no", "yes"),
    ({}, {"HasOptedOutOfEmail": None}, True, "yes", "no"),
    ({}, {"HasOptedOutOfEmail": True}, False, "yes", "no"),
    ({}, {"Phone": None}, False, "no", "yes"),
    ({}, {"Email": None}, False, "yes", "no"),
    ({}, {"Lifecycle_Call_Consent__c": "Refused"}, True, "no", "yes"),
    (SOLE, {}, False, "no", "no"),
    (SOLE, {}, True, "no", "yes"),
    (SOLE, {"Lifecycle_Call_Consent__c": "Given"}, False, "yes", "no"),
    (SOLE | {"BillingCountry": "Belgium"}, {}, True, "yes", "yes"),
    (UNKNOWN_FORM, {}, False, "no", "no"),
    (UNKNOWN_FORM | {"BillingCountry": "Germany"}, {}, False, "no", "no"),
    (UNKNOWN_FORM | {"BillingCountry": "Germany"}, {}, True, "yes", "yes"),
    ({"BillingCountry": "Poland"}, {}, True, "no", "no"),
    ({"BillingCountry": "Poland"}, {"Lifecycle_Call_Consent__c": "Given"}, False, "yes", "no"),
]


def test_who_may_be_approached(org: Org) -> None:
    people = []
    for account, contact, customer, _, _ in APPROACH:
        account_id = org.account(**account)
        if customer:
            org.ours(account_id, LONG_AGO, None)
        people.append(org.person(account_id, **contact))
    for person, case in zip(people, APPROACH, strict=True):
        found = org.values("contact", person)
        assert (found["may_call"], found["may_email"]) == case[3:], case


def test_the_dutch_exception_for_customers_ended_on_its_day(org: Org) -> None:
    account = org.account(**SOLE)
    org.ours(account, LONG_AGO, None)
    person = org.person(account)
    assert org.values("contact", person, DAY(2026, 6, 30))["may_call"] == "yes"
    after = org.values("contact", person, DAY(2026, 7, 1))
    assert after["may_call"] == "no"
    assert after["may_call.because"] == ("NL: Sole trader; consent needed, also from customers, since 1 July 2026")


def test_only_those_who_may_be_approached_are_picked(org: Org) -> None:
    account = org.account()
    org.person(account, Title="Directeur", DoNotCall=True, HasOptedOutOfEmail=True)
    clerk = org.person(account, Title="Administratie")
    engineer = org.person(account, Title="IT-beheerder")
    found = org.values("account", account)
    assert found["decision_maker.id"] == clerk
    assert found["technician.id"] == engineer
    assert found["mail_contact.id"] == clerk


# -------------------------------------------------------------------------------------------------------------- plays


def test_switch_window_is_one_call_per_firm_about_all_open_windows(org: Org) -> None:
    account = org.account()
    org.person(account)
    org.there(account, DAY(2027, 1, 31), Product_Line__c="Internet", Monthly_Value__c=Decimal(900))
    org.there(account, DAY(2026, 12, 31), Monthly_Value__c=Decimal("120.50"))
    org.there(account, DAY(2026, 6, 30), Product_Line__c="Fixed", Provider__c="Kabel Nu", Monthly_Value__c=Decimal(40))
    org.there(account, DAY(2029, 6, 30), Product_Line__c="Fibre", Provider__c="Zuidwind")
    (found,) = org.outreaches("switch-window")
    assert found["subject"] == "Bakker: Mobile at Belnet can be ended until 1 December 2026, and more"
    assert found["why"] == "Mobile at Belnet can be ended until 1 December 2026; more lines too"
    mobile, internet = found["text"].index("- Mobile at Belnet"), found["text"].index("- Internet at Belnet")
    assert mobile < internet
    assert "until 1 December 2026, runs to 31 December 2026, 120.50 a month; researched" in found["text"]
    assert "Ran out and can be left any month: Fixed." in found["text"]
    assert "Fibre" not in found["text"]
    assert "- Can it be ended soon? yes\n- Content with the present provider? unknown" in found["text"]
    assert (found["occasion"], found["day"], found["wave"]) == (DAY(2026, 12, 1), DAY(2026, 12, 1), DAY(2026, 12, 1))
    assert found["script"] == "Belnet"
    assert found["script_text"].startswith("SCRIPT: BELNET")


@pytest.mark.parametrize(("certainty", "sure"), [("estimate", "estimate"), (None, "date not sure")])
def test_where_the_end_is_not_sure_no_deadline_is_named(org: Org, certainty: str | None, sure: str) -> None:
    account = org.account()
    org.person(account)
    rough = org.there(account, DAY(2026, 12, 10), End_Date_Certainty__c=certainty, Monthly_Value__c=Decimal(80))
    org.there(account, DAY(2027, 1, 31), Product_Line__c="Fixed")
    (found,) = org.outreaches("switch-window")
    ends = f"ends about 10 December 2026 ({sure})"
    assert found["subject"] == f"Bakker: Mobile at Belnet {ends}, ask when it can be ended, and more"
    assert found["why"] == f"Mobile at Belnet {ends}: ask when it can be ended; more lines too"
    assert f"- Mobile at Belnet: {ends}, ask when it can be ended, 80.00 a month; researched" in found["text"]
    assert "- Fixed at Belnet: can be ended until 1 January 2027, runs to 31 January 2027; res" in found["text"]
    assert org.values("other_contract", rough)["position.because"].startswith(f"Mobile at Belnet: {ends}, not sure")
    whole = org.values("account", account)
    said = (whole["position.because"], whole["stage.because"], whole["can_end_soon.because"])
    assert all("ends about 10 December 2026 (date not sure)" in text for text in said)
    assert "10 November" not in " ".join((found["subject"], found["why"], found["text"], *said))


def test_firms_with_an_open_window_are_ranked_by_all_that_can_be_ended_there(org: Org) -> None:
    one, two = org.account("One line"), org.account("Two lines")
    org.there(one, DAY(2026, 12, 31), Monthly_Value__c=Decimal(150))
    for line, end in (("Mobile", DAY(2027, 3, 1)), ("Fixed", DAY(2027, 2, 1))):
        org.there(two, end, Product_Line__c=line, Monthly_Value__c=Decimal(100))
    assert [found["account"] for found in org.outreaches("switch-window")] == [two, one]


def test_switch_free_is_one_call_per_firm_about_all_that_runs_on(org: Org) -> None:
    account = org.account()
    org.person(account)
    org.there(account, DAY(2026, 12, 31))
    org.there(account, DAY(2026, 6, 30), Product_Line__c="Fixed", Provider__c="Kabel Nu", Monthly_Value__c=Decimal(40))
    org.there(account, DAY(2026, 9, 30), Product_Line__c="Internet", Provider__c="Kabel Nu")
    (found,) = org.outreaches("switch-free")
    assert found["subject"] == "Bakker: Fixed at Kabel Nu ended 30 June 2026, can be left any month, and more"
    assert found["why"] == "Fixed at Kabel Nu ended 30 June 2026, runs on and can be left any month; more lines too"
    assert "- Fixed at Kabel Nu: ended 30 June 2026, 40.00 a month; researched 1 October 2026." in found["text"]
    assert "- Internet at Kabel Nu: ended 30 September 2026" in found["text"]
    assert "Mobile" not in found["text"]
    assert "- Locked in elsewhere? no\n- Can it be ended soon? yes" in found["text"]
    assert (found["occasion"], found["day"], found["wave"]) == (DAY(2026, 9, 30), TODAY, DAY(2026, 11, 1))
    assert found["script_text"].startswith("SCRIPT: KABELNU")


def test_a_free_contract_and_the_window_of_another_are_two_plays(org: Org) -> None:
    account = org.account()
    free, later = DAY(2026, 3, 31), DAY(2027, 6, 30)
    org.there(account, free)
    org.there(account, later, Product_Line__c="Fixed")
    found = [
        {play: [o["occasion"] for o in org.outreaches(play, day)] for play in ("switch-window", "switch-free")}
        for day in (TODAY, DAY(2027, 4, 1), DAY(2027, 7, 10))
    ]
    assert found == [
        {"switch-window": [], "switch-free": [free]},
        {"switch-window": [later - dt.timedelta(days=30)], "switch-free": [free]},
        {"switch-window": [], "switch-free": [later]},
    ]


def _every_kind_of_date(org: Org) -> None:
    """Dates behind, near and far ahead, of everything that an occasion may rest on."""
    days = [DAY(2023, 5, 31), DAY(2026, 11, 20), DAY(2026, 12, 31), DAY(2027, 4, 30), DAY(2028, 8, 31), None]
    head = org.account("Head", Lifecycle_Business_Park__c="De Munt")
    for number, end in enumerate(days):
        account = org.account(
            f"Firm {number}",
            BillingCountry=("Netherlands", "Belgium")[number % 2],
            BillingPostalCode="2011 AB",
            Lifecycle_Business_Park__c=("De Munt", None)[number % 2],
            ParentId=head,
            Lifecycle_Referred_By__c=head,
        )
        for line, other in (("Mobile", end), ("Fixed", days[number - 1])):
            org.there(account, other, Product_Line__c=line, Researched_On__c=(None, DAY(2026, 1, 5))[number % 2])
        for start, status in ((LONG_AGO, "Terminated"), (DAY(2026, 12, 15), ("Activated", "Expired")[number % 2])):
            org.ours(account, start, end, Status=status)
        org.ours(org.account(), LONG_AGO, end, Status="Terminated")
        moments = [dt.datetime(2026, month, 15, 9, tzinfo=dt.UTC) for month in (2, 12)]
        for moment in moments:
            org.add("Opportunity", AccountId=account, IsClosed=False, CreatedDate=moment)
            org.add("Case", AccountId=account, IsClosed=False, CreatedDate=moment)
            org.add("Task", AccountId=account, IsClosed=True, ActivityDate=end, LastModifiedDate=moment)
        lost: dict[str, Any] = {"IsClosed": True, "IsWon": False, "CloseDate": end}
        org.deal(account, LONG_AGO, **lost, Lifecycle_Loss_Reason__c="Not yet")
        org.answer(account, ("Later", "Wrong date")[number % 2], DAY(2026, 6, 1), Lifecycle_Next_Date__c=end)
        org.asked(account, DAY(2026, 7, 1))


def test_time_alone_changes_no_rows_own_occasion(org: Org) -> None:
    _every_kind_of_date(org)
    first = org.standing(TODAY)
    assert set(first) == set(shipped()[0].plays)
    assert all(any(row["occasion"] for row in rows) for rows in first.values())
    for later in (10, 60, 200, 400, 1000):
        assert org.standing(TODAY + dt.timedelta(days=later)) == first, later


@pytest.mark.slow
def test_nothing_in_a_play_moves_while_only_days_pass(org: Org) -> None:
    account = org.account(Lifecycle_Satisfaction__c=Decimal(9))
    org.person(account)
    org.ours(account, LONG_AGO, DAY(2027, 2, 28))
    org.there(account, DAY(2027, 1, 31))
    for play in shipped()[0].plays:
        first, second = (org.outreaches(play, day) for day in (TODAY, TODAY + dt.timedelta(days=7)))
        for one, other in zip(first, second, strict=True):
            still = ("subject", "why", "text", "script_text", "occasion", "key0")
            assert {name: one[name] for name in still} == {name: other[name] for name in still}, play


def test_renewal_names_the_first_of_our_contracts_that_are_due(org: Org) -> None:
    account = org.account()
    org.ours(account, LONG_AGO, DAY(2027, 3, 15), Lifecycle_Monthly_Value__c=Decimal(90))
    org.ours(
        account, LONG_AGO, DAY(2027, 1, 31), Lifecycle_Product_Line__c="Mobile", Lifecycle_Monthly_Value__c=Decimal(10)
    )
    org.ours(account, LONG_AGO, DAY(2026, 1, 31), Lifecycle_Product_Line__c="Fibre")
    (found,) = org.outreaches("renewal")
    assert found["occasion"] == DAY(2027, 1, 1)
    assert found["subject"] == "Bakker: our Fixed contract can be ended until 13 February 2027, and more"
    assert "Fibre" not in found["text"]
    (on,) = org.outreaches("new-term")
    assert on["why"] == "Our Fibre contract was to end 31 January 2026 and runs on; they can leave on short notice"


def test_onboarding_care_gives_way_to_early_trouble(org: Org) -> None:
    quiet, troubled = org.account("Quiet"), org.account("Troubled")
    for account in (quiet, troubled):
        org.ours(account, DAY(2026, 10, 15), DAY(2028, 10, 14))
        org.person(account, Title="Technical")
    org.add("Case", AccountId=troubled, IsClosed=False, CreatedDate=dt.datetime(2026, 11, 20, 23, 30, tzinfo=dt.UTC))
    (care,) = org.outreaches("onboarding-care")
    assert (care["account"], care["occasion"], care["day"]) == (quiet, DAY(2026, 10, 15), DAY(2026, 10, 29))
    (trouble,) = org.outreaches("early-trouble")
    assert (trouble["account"], trouble["occasion"]) == (troubled, DAY(2026, 11, 21))
    assert trouble["why"] == "Customer since 15 October 2026, 1 open case since 21 November 2026"


def test_just_lost_and_dormant_are_apart(org: Org) -> None:
    lately, long_ago = org.account("Lately"), org.account("Long ago")
    org.ours(lately, LONG_AGO, DAY(2026, 10, 31), Status="Terminated")
    org.ours(long_ago, DAY(2018, 1, 1), DAY(2021, 12, 31), Status="Terminated")
    customer = org.account("Customer")
    org.ours(customer, LONG_AGO, DAY(2021, 12, 31), Status="Expired")
    assert [(o["account"], o["occasion"]) for o in org.outreaches("just-lost")] == [(lately, DAY(2026, 10, 31))]
    assert [(o["account"], o["occasion"]) for o in org.outreaches("dormant")] == [(long_ago, DAY(2021, 12, 31))]


def test_a_contract_that_ends_ahead_is_not_lost_yet(org: Org) -> None:
    org.ours(org.account(), LONG_AGO, DAY(2027, 1, 31), Status="Terminated")
    assert org.outreaches("just-lost") == []


def test_research_asks_for_what_is_unknown_or_old_and_not_for_what_is_being_called(org: Org) -> None:
    account, other = org.account("Known in part"), org.account("Nothing known")
    org.there(account, None, Researched_On__c=None)
    org.there(account, DAY(2029, 6, 30), Product_Line__c="Fixed", Researched_On__c=DAY(2024, 5, 1))
    org.there(account, DAY(2026, 12, 31), Product_Line__c="Fibre", Researched_On__c=DAY(2024, 5, 1))
    (found,) = org.outreaches("research-dates")
    assert found["account"] == account
    assert found["occasion"] == DAY(2020, 1, 2)
    assert "- Mobile at Belnet: no end date, never researched." in found["text"]
    assert "- Fixed at Belnet: end 30 June 2029 (exact), researched 1 May 2024." in found["text"]
    assert "Fibre" not in found["text"]
    assert "Lifecycle Researcher" in found["script_text"]
    assert [o["account"] for o in org.outreaches("research-providers")] == [other]


def test_a_lead_is_researched_before_anything_else(org: Org) -> None:
    lead = org.add("Lead", Company="Vis", IsConverted=False, CreatedDate=dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
    (found,) = org.outreaches("research-providers")
    assert (found["account"], found["object"]) == (lead, "Lead")
    assert "still a Lead" in found["text"]


def test_promoters_without_open_cases_are_asked(org: Org) -> None:
    happy, busy = (
        org.account("Happy", Lifecycle_Satisfaction__c=Decimal(10)),
        org.account("Busy", Lifecycle_Satisfaction__c=Decimal(10)),
    )
    for account in (happy, busy):
        org.ours(account, LONG_AGO, None)
    org.add("Case", AccountId=busy, IsClosed=False, CreatedDate=dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    (found,) = org.outreaches("promoter-ask")
    assert (found["account"], found["occasion"]) == (happy, LONG_AGO)
    assert found["why"] == "Gives us 10 of 10, customer since 1 March 2022, no open case"


def test_cross_sell_only_where_no_mobile_is_known_anywhere(org: Org) -> None:
    without, here, there = org.account("Without"), org.account("Here"), org.account("There")
    for account in (without, here, there):
        org.ours(account, LONG_AGO, None)
    org.ours(here, LONG_AGO, None, Lifecycle_Product_Line__c="Mobile")
    org.there(there, DAY(2029, 1, 31))
    (found,) = org.outreaches("cross-sell")
    assert found["account"] == without
    assert found["why"] == "Has Fixed with us and no mobile on record, here or elsewhere"


def test_neglected_counts_contacts_people_made_and_not_our_tasks(org: Org) -> None:
    account = org.account()
    org.ours(account, LONG_AGO, None)
    done: dict[str, Any] = {"AccountId": account, "IsClosed": True}
    org.add("Task", **done, CompletedDateTime=dt.datetime(2026, 2, 3, 10, tzinfo=dt.UTC))
    org.add("Task", **done, CompletedDateTime=dt.datetime(2026, 11, 3, 10, tzinfo=dt.UTC), Lifecycle_Play__c="renewal")
    org.add("Task", AccountId=account, IsClosed=False, ActivityDate=DAY(2026, 11, 1))
    (found,) = org.outreaches("neglected")
    assert found["occasion"] == DAY(2026, 2, 3)
    assert found["why"] == "Last contact on record 3 February 2026; customer since 1 March 2022"
    org.add("Task", **done, ActivityDate=DAY(2026, 10, 1))
    assert org.outreaches("neglected") == []


@pytest.mark.parametrize(("outcome", "neglected"), [("Reached", 0), ("Later", 1), (None, 1)])
def test_our_task_is_contact_once_the_rep_reached_them(org: Org, outcome: str | None, neglected: int) -> None:
    account = org.account()
    org.ours(account, LONG_AGO, None)
    done = dt.datetime(2026, 11, 3, 10, tzinfo=dt.UTC)
    ours = {"Lifecycle_Play__c": "renewal", "Lifecycle_Outcome__c": outcome}
    org.add("Task", AccountId=account, IsClosed=True, CompletedDateTime=done, **ours)
    assert len(org.outreaches("neglected")) == neglected


def test_a_closed_task_dated_ahead_counts_from_the_day_it_was_changed(org: Org) -> None:
    account = org.account()
    org.ours(account, LONG_AGO, None)
    changed = dt.datetime(2019, 3, 4, 10, tzinfo=dt.UTC)
    org.add("Task", AccountId=account, IsClosed=True, ActivityDate=DAY(2199, 1, 1), LastModifiedDate=changed)
    (found,) = org.outreaches("neglected")
    assert found["occasion"] == DAY(2019, 3, 4)


def test_in_talks_the_rep_gets_the_comparison(org: Org) -> None:
    account = org.account()
    org.add("Opportunity", AccountId=account, IsClosed=False, CreatedDate=dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC))
    org.there(account, DAY(2027, 1, 31), Provider__c="NoordTel")
    (found,) = org.outreaches("lead-with-project")
    assert found["script_text"].startswith("PREPARATION")
    assert found["why"] == "In talks since 2 November 2026; Mobile at NoordTel (window)"


TALKS: list[tuple[dt.date | None, dict[str, Any], str]] = [
    (DAY(2027, 1, 31), {}, "window, last day to give notice 1 January 2027, end 31 January 2027."),
    (DAY(2027, 1, 31), {"End_Date_Certainty__c": "month"}, "window, end about 31 January 2027 (date not sure)."),
    (DAY(2026, 6, 30), {}, "free, ended 30 June 2026 and can be left any month."),
    (DAY(4000, 12, 31), {}, "unknown, end 31 December 4000."),
    (None, {}, "unknown."),
]


@pytest.mark.parametrize(("end", "fields", "told"), TALKS)
def test_in_talks_a_last_day_of_notice_is_named_where_there_is_one(
    org: Org, end: dt.date | None, fields: dict[str, Any], told: str
) -> None:
    account = org.account()
    org.add("Opportunity", AccountId=account, IsClosed=False, CreatedDate=dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC))
    org.there(account, end, **fields)
    (found,) = org.outreaches("lead-with-project")
    assert f"- Mobile at Belnet: {told}" in found["text"]


def test_records_are_data_never_templates(org: Org) -> None:
    account = org.account("{{ 7*7 }}\n=HYPERLINK('x')")
    org.there(account, DAY(2026, 12, 31), Provider__c="{% if x %}")
    (found,) = org.outreaches("switch-window")
    assert found["subject"].startswith("{{ 7*7 }} =HYPERLINK('x'): Mobile at {% if x %} can be ended")


def test_subjects_and_reasons_fit_where_people_read_them(org: Org) -> None:
    account = org.account("A" * 80)
    org.person(account)
    org.there(account, DAY(2026, 12, 31))
    org.there(account, None, Product_Line__c="Fixed", Provider__c="P" * 80)
    for play in shipped()[0].plays:
        for found in org.outreaches(play):
            assert len(found["subject"]) <= 255
            assert len(found["why"]) <= 255
            assert len(found["script_text"]) <= 2000
