"""What reps answer, who has the word at a firm, and the next day on which something changes there."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from telecom_mirror import ROOT, TODAY, Org

from sf_lifecycle.config.load_mapping import load_mapping

DAY = dt.date
LONG_AGO = DAY(2022, 3, 1)
WINDOW_END = DAY(2027, 1, 31)
UNKNOWN_FORM = "Legal form not known: protected like a natural person, consent needed"


@pytest.fixture
def org() -> Org:
    return Org()


def _word(org: Org, account: str, today: dt.date = TODAY) -> tuple[str, str]:
    found = org.values("account", account, today)
    return found["reserved"], found["reserved.because"]


def _account(org: Org) -> str:
    account = org.account()
    org.person(account)
    org.there(account, WINDOW_END)
    return account


# ------------------------------------------------------------------------------------------------- who has the word


def test_nobody_has_the_word_until_somebody_takes_it(org: Org) -> None:
    assert _word(org, _account(org))[0] == "nobody"


def test_gone_stays_gone_until_something_new_happens(org: Org) -> None:
    account = _account(org)
    org.answer(account, "Gone", DAY(2026, 10, 5))
    assert _word(org, account) == ("gone", "Gone, as answered on 5 October 2026")
    assert org.values("account", account)["approach.because"] == "Gone, as answered on 5 October 2026"
    org.asked(account, DAY(2026, 11, 5))
    assert _word(org, account)[0] == "nobody"


def test_later_holds_until_the_day_they_named(org: Org) -> None:
    account = _account(org)
    org.answer(account, "Later", DAY(2026, 10, 5), Lifecycle_Next_Date__c=DAY(2026, 12, 10))
    assert _word(org, account) == ("later", "Asked to be left alone until 10 December 2026")
    assert org.values("account", account)["next_change"] == DAY(2026, 12, 10)
    assert _word(org, account, DAY(2026, 12, 10))[0] == "nobody"
    (found,) = org.outreaches("follow-up", DAY(2026, 12, 1))
    assert (found["occasion"], found["day"]) == (DAY(2026, 12, 10), DAY(2026, 12, 10))
    assert found["why"] == "Answered Later on 5 October 2026: come back on 10 December 2026"
    assert '"Bakker: Mobile at Belnet"' in found["text"]
    assert org.outreaches("follow-up", DAY(2027, 3, 1)) == []


def test_later_without_a_day_comes_back_by_itself(org: Org) -> None:
    account = _account(org)
    org.answer(account, "Later", DAY(2026, 9, 1))
    assert org.outreaches("follow-up")[0]["occasion"] == DAY(2026, 11, 30)


def test_the_last_answer_counts(org: Org) -> None:
    account = _account(org)
    org.answer(account, "Later", DAY(2026, 10, 5), Lifecycle_Next_Date__c=DAY(2026, 12, 10))
    org.answer(account, "Reached", DAY(2026, 10, 20))
    assert _word(org, account)[0] == "nobody"
    assert org.outreaches("follow-up", DAY(2026, 12, 1)) == []


def test_who_is_not_interested_rests(org: Org) -> None:
    account = _account(org)
    org.answer(account, "Not interested", DAY(2026, 10, 5))
    assert _word(org, account) == (
        "declined", "Not interested, as answered on 5 October 2026; rests until 3 April 2027",
    )  # fmt: skip
    assert _word(org, account, DAY(2027, 4, 3))[0] == "nobody"


def test_talks_have_the_word_while_they_live(org: Org) -> None:
    account, dead = _account(org), _account(org)
    org.deal(account, DAY(2026, 11, 2), CloseDate=DAY(2026, 12, 31))
    org.deal(dead, DAY(2024, 11, 2), CloseDate=DAY(2025, 1, 31))
    assert _word(org, account) == ("in talks", "In talks since 2 November 2026")
    assert _word(org, dead)[0] == "nobody"


def test_a_reps_own_open_task_has_the_word_and_ours_has_not(org: Org) -> None:
    own, old, ours = _account(org), _account(org), _account(org)
    org.add("Task", AccountId=own, IsClosed=False, ActivityDate=DAY(2026, 11, 30))
    org.add("Task", AccountId=old, IsClosed=False, ActivityDate=DAY(2026, 9, 30))
    org.add("Task", AccountId=ours, IsClosed=False, ActivityDate=DAY(2026, 11, 30), Lifecycle_Play__c="switch-window")
    assert _word(org, own) == ("rep at work", "The rep has a Task of their own there, of 30 November 2026")
    assert [_word(org, account)[0] for account in (old, ours)] == ["nobody", "nobody"]


# ------------------------------------------------------------------------------------------------------ wrong dates


def test_a_date_called_wrong_leaves_the_window_and_is_looked_up(org: Org) -> None:
    account = org.account()
    contract = org.there(account, WINDOW_END)
    org.answer(account, "Wrong date", DAY(2026, 11, 5), Lifecycle_Next_Date__c=DAY(2028, 5, 31))
    found = org.values("other_contract", contract)
    assert (found["position"], found["doubted"], found["to_research"]) == ("unknown", True, False)
    assert found["position.because"].endswith("the end date 31 January 2027 was called wrong on 5 November 2026")
    assert org.outreaches("switch-window") == []
    (research,) = org.outreaches("wrong-date")
    assert research["occasion"] == DAY(2026, 11, 5)
    assert "31 May 2028" in research["subject"]
    assert "- Mobile at Belnet: end 31 January 2027 (exact), researched 1 October 2026." in research["text"]


def test_it_counts_again_once_it_was_looked_up(org: Org) -> None:
    account = org.account()
    contract = org.there(account, WINDOW_END, Researched_On__c=DAY(2026, 11, 5))
    org.answer(account, "Wrong date", DAY(2026, 11, 5))
    assert org.values("other_contract", contract)["position"] == "window"
    assert org.outreaches("wrong-date") == []


def test_wrong_on_a_call_about_our_own_contract_doubts_nobody_elses(org: Org) -> None:
    account = org.account()
    contract = org.there(account, WINDOW_END)
    org.answer(account, "Wrong date", DAY(2026, 11, 5), Lifecycle_Play__c="renewal")
    assert org.values("other_contract", contract)["position"] == "window"


# -------------------------------------------------------------------------------------------------------- staleness


@pytest.mark.parametrize(
    ("end", "researched", "research", "said"),
    [
        (WINDOW_END, DAY(2026, 10, 1), False, "researched 1 October 2026."),
        (WINDOW_END, DAY(2024, 10, 1), False, "researched 1 October 2024; old: ask whether it still holds."),
        (WINDOW_END, None, False, "a month; old: ask whether it still holds."),
        (DAY(2029, 6, 30), DAY(2024, 10, 1), True, ""),
        (DAY(2029, 6, 30), DAY(2026, 10, 1), False, ""),
    ],
)
def test_old_research_is_asked_in_the_call_and_looked_up_where_nobody_calls(
    org: Org, end: dt.date, researched: dt.date | None, research: bool, said: str
) -> None:
    account = org.account()
    contract = org.there(account, end, Researched_On__c=researched, Monthly_Value__c=Decimal(80))
    assert org.values("other_contract", contract)["to_research"] is research
    assert bool(org.outreaches("research-dates")) is research
    if said:
        assert said in org.outreaches("switch-window")[0]["text"]


def test_what_runs_on_and_was_researched_long_ago_may_be_signed_anew(org: Org) -> None:
    org.there(org.account(), DAY(2026, 9, 30), Researched_On__c=DAY(2025, 1, 5))
    assert "; old: ask whether they signed anew." in org.outreaches("switch-free")[0]["text"]


# ------------------------------------------------------------------------------------------------ the next change


CHANGES: list[tuple[dt.date, dict[str, Any]]] = [
    (DAY(2029, 6, 30), {}),
    (DAY(2029, 6, 30), {"End_Date_Certainty__c": "quarter"}),
    (WINDOW_END, {}),
    (WINDOW_END, {"End_Date_Certainty__c": "month"}),
    (WINDOW_END, {"End_Date_Certainty__c": "estimate"}),
    (DAY(2026, 12, 10), {}),
]


@pytest.mark.parametrize(("end", "fields"), CHANGES)
@pytest.mark.parametrize("country", ["Netherlands", "Belgium"])
def test_on_the_next_change_the_position_is_another_and_the_day_before_it_is_not(
    org: Org, end: dt.date, fields: dict[str, Any], country: str
) -> None:
    contract = org.there(org.account(BillingCountry=country), end, **fields)
    now = org.values("other_contract", contract)
    day = now["next_change"]
    assert day > TODAY
    before, on = (org.values("other_contract", contract, day - dt.timedelta(days=back)) for back in (1, 0))
    assert before["position"] == now["position"] != on["position"]


@pytest.mark.parametrize("end", [DAY(2029, 6, 30), DAY(2027, 2, 28), DAY(2026, 12, 10)])
def test_the_same_of_our_own_contracts(org: Org, end: dt.date) -> None:
    contract = org.ours(org.account(), LONG_AGO, end)
    now = org.values("own_contract", contract)
    day = now["next_change"]
    before, on = (org.values("own_contract", contract, day - dt.timedelta(days=back)) for back in (1, 0))
    assert before["position"] == now["position"] != on["position"]


def test_an_accounts_next_change_is_the_first_of_all(org: Org) -> None:
    account = org.account()
    org.there(account, DAY(2029, 6, 30))
    locked = org.values("account", account)["next_change"]
    org.ours(account, DAY(2026, 10, 15), DAY(2028, 10, 14))
    assert locked == DAY(2029, 3, 2)
    assert org.values("account", account)["next_change"] == DAY(2027, 1, 14)
    assert org.values("account", org.account())["next_change"] is None


# ---------------------------------------------------------------------------------- readiness, status, who is reached


@pytest.mark.parametrize(
    ("end", "score", "asked", "word"),
    [
        (WINDOW_END, 3, False, "ready"), (WINDOW_END, 8, True, "ready"), (WINDOW_END, 8, False, "timing"),
        (DAY(2029, 6, 30), 3, True, "need"), (DAY(2029, 6, 30), 8, True, "no"), (None, None, False, "no"),
    ],
)  # fmt: skip
def test_need_timing_and_phase_make_a_firm_ready(
    org: Org, end: dt.date | None, score: int | None, asked: bool, word: str
) -> None:
    account = org.account()
    org.there(account, end, Satisfaction__c=score and Decimal(score))
    if asked:
        org.asked(account, DAY(2026, 9, 1))
    assert org.values("account", account)["readiness"] == word


@pytest.mark.parametrize(
    ("lines", "since", "tier"),
    [
        (("Fixed", "Mobile", "Fibre"), DAY(2023, 11, 23), "gold"),
        (("Fixed", "Mobile", "Fibre"), DAY(2023, 11, 24), "silver"),
        (("Fixed", "Mobile"), DAY(2020, 1, 1), "silver"),
        (("Fixed", "Mobile"), DAY(2026, 1, 1), "bronze"),
        (("Fixed",), DAY(2015, 1, 1), "bronze"),
        ((), LONG_AGO, "none"),
    ],
)
def test_a_status_is_earned_by_lines_and_years(org: Org, lines: tuple[str, ...], since: dt.date, tier: str) -> None:
    account = org.account()
    for line in lines:
        org.ours(account, since, None, Lifecycle_Product_Line__c=line)
    assert org.values("account", account)["tier"] == tier


def test_why_nobody_there_is_approached_is_empty_where_somebody_may_be(org: Org) -> None:
    sole = {"Lifecycle_Legal_Form__c": "Sole trader"}
    cases: list[tuple[dict[str, Any], dict[str, Any] | None, str | None]] = [
        ({}, {}, None),
        ({}, None, "No contact on record"),
        ({}, {"Phone": None, "Email": None}, "No phone number and no e-mail address of anybody there"),
        (sole, {}, "Sole trader: a natural person, consent needed"),
        ({"Lifecycle_Legal_Form__c": None}, {}, UNKNOWN_FORM),
        ({"BillingCountry": "Poland"}, {}, "PL: calls and e-mail need consent, also to companies"),
        ({}, {"DoNotCall": True, "HasOptedOutOfEmail": True},
         "Nobody there with a number or an address may be called or mailed"),
    ]  # fmt: skip
    accounts = []
    for fields, person, _ in cases:
        account = org.account(**fields)
        if person is not None:
            org.person(account, **person)
        accounts.append(account)
    said = [org.values("account", account)["approach.because"] for account in accounts]
    assert said == [why for _, _, why in cases]


def test_the_lines_for_individuals_are_a_mapping_once_their_marks_are_taken_off(tmp_path: Path) -> None:
    folder = tmp_path / "telecom"
    shutil.copytree(ROOT / "mappings" / "telecom", folder)
    for name, marked in (
        ("objects.toml", r"^# (individual_)"),
        ("lifecycle.toml", r"^# (\[\[labels|label|when|because)"),
    ):
        path = folder / name
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(marked, r"\1", text, flags=re.MULTILINE), encoding="utf-8")
    loaded = load_mapping(folder, shown="mappings/telecom")
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.mapping is not None
    assert {"individual_forget", "individual_no_mail"} <= set(loaded.mapping.roles["contact"][1].fields)
    for label in ("may_call", "may_email"):
        first = loaded.mapping.labels["contact"][label].rules[0]
        assert (first.label, first.when) == ("no", "individual_forget or individual_no_mail")
