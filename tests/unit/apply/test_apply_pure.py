"""Cutting into batches, rows to JSON, comparing, judging answers, counting: all pure."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, strategies as st

from sf_lifecycle.apply.asides import digest
from sf_lifecycle.apply.batches import split
from sf_lifecycle.apply.compare import differing, same
from sf_lifecycle.apply.outcome import Verdict, judge, settlement
from sf_lifecycle.apply.records import Row, fields_to_read, record, rows_of
from sf_lifecycle.apply.references import References
from sf_lifecycle.apply.report import Tally, conclude
from sf_lifecycle.errors import OrgError
from sf_lifecycle.plan.changes import Operation, Section, removal, section_from
from sf_lifecycle.salesforce import RowOutcome
from sf_lifecycle.state import Settlement


def test_an_accounts_rows_stay_in_one_batch() -> None:
    assert split(list("aabbbcd"), 3) == [range(2), range(2, 5), range(5, 7)]


def test_an_account_with_more_rows_than_a_batch_is_cut() -> None:
    assert split(list("abbbbbc"), 2) == [range(1), range(1, 3), range(3, 5), range(5, 7)]


def test_rows_without_an_account_are_no_group() -> None:
    assert split([None] * 5, 2) == [range(2), range(2, 4), range(4, 5)]
    assert split([], 2) == []


@given(st.lists(st.sampled_from(["a", "b", "c", None]), max_size=60), st.integers(1, 9))
def test_batches_hold_every_row_once_in_order_and_never_too_many(groups: list[str | None], most: int) -> None:
    ranges = split(groups, most)
    assert [i for span in ranges for i in span] == list(range(len(groups)))
    assert all(0 < len(span) <= most for span in ranges)


def section(operation: Operation, after: dict[str, Any], before: dict[str, Any] | None = None) -> Section:
    refs = pd.DataFrame({"ref": ["r1"], "about": [None], "why": ["w"]}, dtype=object)
    was = pd.DataFrame({name: [value] for name, value in before.items()}, dtype=object) if before else None
    return section_from("Task", operation, refs, pd.DataFrame({n: [v] for n, v in after.items()}, dtype=object), was)


def test_a_create_carries_what_is_set_and_no_id() -> None:
    after = {"Subject": "Call", "ActivityDate": dt.date(2026, 12, 1), "Fee": Decimal("12.50"), "WhoId": None}
    (row,) = rows_of(section("create", after), range(1))
    assert record("create", row) == {"Subject": "Call", "ActivityDate": "2026-12-01", "Fee": 12.5}


def test_an_update_carries_its_id_what_changed_and_null_to_clear() -> None:
    after, before = {"Subject": "New", "WhoId": None, "Same": 1}, {"Subject": "Old", "WhoId": "003", "Same": 1}
    (row,) = rows_of(section("update", after, before), range(1))
    assert record("update", row) == {"Id": "r1", "Subject": "New", "WhoId": None}
    assert row.before == {"Subject": "Old", "WhoId": "003"}


def test_keys_are_named_in_reference_fields_only() -> None:
    (row,) = rows_of(section("create", {"CampaignId": "@wave:1", "Subject": "@home"}), range(1))
    assert row.named_keys() == {"CampaignId": "wave:1"}
    assert row.with_ids({"wave:1": "701A"}).values == {"CampaignId": "701A", "Subject": "@home"}


def test_a_key_made_earlier_in_the_plan_resolves_and_a_failed_one_says_why() -> None:
    references = References()
    rows = rows_of(section("create", {"CampaignId": "@r1"}), range(1))
    assert references.resolve(rows[0])[1] == "CampaignId: no record has the key r1"
    references.learn(rows, [Settlement(status="failed", code="C", message="not today")])
    assert references.resolve(rows[0])[1] == "CampaignId: r1 was not made: not today"
    references = References()
    references.learn(rows, [Settlement(status="exists", record_id="701A")])
    assert references.resolve(rows[0])[0].values["CampaignId"] == "701A"


def test_tasks_are_read_with_what_tells_a_persons_work() -> None:
    fields = fields_to_read("Task", [{"Lifecycle_Key__c": "k"}])
    assert {
        "Status",
        "Subject",
        "Description",
        "ActivityDate",
        "WhoId",
        "WhatId",
        "Priority",
        "Lifecycle_Key__c",
    } <= set(fields)
    assert fields_to_read("Account", [{"B": 1}, {"A": 1}]) == ("A", "B")


@pytest.mark.parametrize(
    ("sent", "found", "equal"),
    [
        ("Call ", "Call", True),
        ("a\r\nb", "a\nb", True),
        ("", None, True),
        (None, None, True),
        (None, "x", False),
        ("call", "Call", False),
        (12.5, Decimal("12.50"), True),
        (12, Decimal("12.0"), True),
        (12, Decimal("13"), False),
        (False, None, True),
        (True, False, False),
        ("2026-12-01", "2026-12-01", True),
        ("001Lo0000000001", "001Lo0000000001IAA", True),
        ("001Lo0000000001IAA", "001Lo0000000002IAA", False),
    ],
)
def test_values_compare_as_salesforce_keeps_them(sent: Any, found: Any, equal: bool) -> None:
    assert same(sent, found) is equal


def test_fields_that_were_not_read_are_not_judged() -> None:
    assert differing({"B": 1, "A": 1, "C": 1}, {"A": 2, "B": 2}) == ("A", "B")


@pytest.mark.parametrize(
    ("operation", "code", "message", "verdict"),
    [
        ("create", "UNKNOWN", "", Verdict.UNKNOWN),
        ("update", "UNKNOWN", "", Verdict.UNKNOWN),
        ("create", "DUPLICATE_VALUE", "duplicate value found: <unknown>", Verdict.EXISTS),
        ("create", "FIELD_INTEGRITY_EXCEPTION", "Already a campaign member.", Verdict.EXISTS),
        ("update", "DUPLICATE_VALUE", "duplicate value found: <unknown>", Verdict.FAILED),
        ("create", "DUPLICATES_DETECTED", "Use one of these records?", Verdict.FAILED),
        ("create", "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access", Verdict.AGAIN),
        ("update", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Trigger: UNABLE_TO_LOCK_ROW, unable", Verdict.AGAIN),
        ("update", "ENTITY_IS_DELETED", "entity is deleted", Verdict.FAILED),
    ],
)
def test_answers_are_judged_by_their_code(operation: str, code: str, message: str, verdict: Verdict) -> None:
    assert judge(RowOutcome(ok=False, id=None, code=code, message=message), operation) is verdict


def test_a_row_that_went_well_is_done() -> None:
    assert judge(RowOutcome(ok=True, id="00T1"), "create") is Verdict.DONE


def test_failures_are_one_problem_whatever_records_their_messages_name() -> None:
    tally = Tally("Task", "create", 4)
    text = "unable to obtain exclusive access to this record or 1 records: 001Lo000000000{}IAA"
    outcomes = [Settlement(status="failed", code="LOCK", message=text.format(i)) for i in (1, 2)]
    tally.add(["a", "b", "c"], [*outcomes, Settlement(status="done")])
    (trouble,) = tally.troubles()
    assert (trouble.rows, trouble.example) == (2, "a")
    assert trouble.message == "unable to obtain exclusive access to this record or 1 records: …"
    report = tally.report()
    assert (report.planned, report.sent, report.done, report.failed) == (4, 3, 1, 2)


@pytest.mark.parametrize(
    ("statuses", "stopped", "error", "concluded"),
    [
        (["done", "exists"], False, None, "done"),
        ([], False, None, "done"),
        (["done", "failed"], False, None, "partial"),
        (["exists", "unknown"], False, None, "partial"),
        (["failed"], False, None, "failed"),
        (["done"], True, None, "stopped"),
        (["done"], True, OrgError("down"), "failed"),
    ],
)
def test_the_status_of_the_whole(statuses: list[Any], stopped: bool, error: OrgError | None, concluded: str) -> None:
    tally = Tally("Task", "create", len(statuses))
    tally.add(statuses, [Settlement(status=status) for status in statuses])
    assert conclude([tally.report()], stopped=stopped, error=error) == concluded


@pytest.mark.parametrize(
    ("code", "message", "verdict"),
    [
        ("ENTITY_IS_DELETED", "entity is deleted", Verdict.GONE),
        ("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", Verdict.GONE),
        ("UNABLE_TO_LOCK_ROW", "", Verdict.AGAIN),
        ("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", Verdict.FAILED),
        (
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            "System.LimitException: Apex CPU time limit exceeded",
            Verdict.SMALLER,
        ),
    ],
)
def test_answers_to_deletes_are_judged_by_their_code(code: str, message: str, verdict: Verdict) -> None:
    assert judge(RowOutcome(ok=False, id="00T1", code=code, message=message), "delete") is verdict


@pytest.mark.parametrize("verdict", list(Verdict))
def test_what_is_not_certain_is_unknown_until_the_org_was_asked(verdict: Verdict) -> None:
    answer = RowOutcome(ok=verdict is Verdict.DONE, id="00T1", code="C", message="m", fields=("Subject",))
    status = settlement(verdict, answer, 2).status
    expected = {Verdict.DONE: "done", Verdict.UNKNOWN: "unknown", Verdict.EXISTS: "unknown", Verdict.GONE: "unknown"}
    assert status == expected.get(verdict, "failed")


def test_a_delete_knows_its_key_its_cause_and_whom_it_is_about() -> None:
    who = pd.DataFrame({"ref": ["00T1"], "about": ["001A"], "why": ["w"], "cause": ["lapsed"]}, dtype=object)
    values = {"Lifecycle_Key__c": ["play:a:1"], "ActivityDate": [dt.date(2026, 12, 1)], "WhoId": [None]}
    (row,) = rows_of(removal("Task", who, pd.DataFrame(values, dtype=object)), range(1))
    assert (row.key, row.about, row.cause, row.values) == ("play:a:1", "001A", "lapsed", {})
    assert row.before == {"Lifecycle_Key__c": "play:a:1", "ActivityDate": "2026-12-01"}


def test_the_same_values_have_the_same_digest_whatever_their_order() -> None:
    one = Row(ref="a", values={"A": 1, "B": "2026-12-01"}, before={})
    assert digest(one) == digest(Row(ref="b", values={"B": "2026-12-01", "A": 1}, before={"A": 0}))
    assert digest(one) != digest(Row(ref="a", values={"A": 2, "B": "2026-12-01"}, before={}))
    gone = Row(ref="a", values={}, before={"A": 1})
    assert digest(gone) != digest(Row(ref="a", values={}, before={"A": 2}))


def test_rows_set_aside_are_told_apart_and_spoil_no_run() -> None:
    tally = Tally("Task", "create", 4)
    tally.add(["a", "b"], [Settlement(status="done"), Settlement(status="done")])
    tally.leave(["c", "d"], dt.datetime(2026, 11, 17, 5, tzinfo=dt.UTC), "VAT number required")
    report = tally.report()
    assert (report.sent, report.failed, report.set_aside) == (2, 0, 2)
    (trouble,) = tally.troubles()
    assert (trouble.status, trouble.code, trouble.rows, trouble.example) == ("set aside", "SET_ASIDE", 2, "c")
    assert trouble.message.startswith("first since 2026-11-17: VAT number required; `sf-lifecycle state retry`")
    assert conclude([report], stopped=False, error=None) == "done"
