"""What a rep has worked on is the rep's; what only the org or time did to a Task does not count."""

import datetime as dt

import pandas as pd
import pytest

from sf_lifecycle.lifecycle.touched import touched

TASK = {
    "Id": "00T1", "Status": "Not Started", "Subject": "Call", "Description": "Line\nnext", "WhoId": None,
    "ActivityDate": dt.date(2026, 12, 1), "WhatId": "001", "Priority": "Normal", "OwnerId": "005a",
}  # fmt: skip
READ_BACK = TASK | {"ActivityDate": "2026-12-01"}


def is_touched(**changed: object) -> bool:
    tasks = pd.DataFrame([TASK | changed]).astype(object)
    return touched(tasks.where(tasks.notna(), None), {"00T1": READ_BACK}) == {"00T1"}


def test_as_we_left_it() -> None:
    assert not is_touched()


@pytest.mark.parametrize(
    "changed",
    [
        {"Status": "In Progress"},
        {"Subject": "Call back"},
        {"Description": None},
        {"WhoId": "003"},
        {"Priority": "High"},
        {"ActivityDate": dt.date(2026, 12, 2)},
        {"ActivityDate": None},
        {"WhatId": None},
    ],
)
def test_any_of_these_changed_is_the_reps(changed: dict[str, object]) -> None:
    assert is_touched(**changed)


def test_another_owner_alone_is_not() -> None:
    assert not is_touched(OwnerId="005b")


def test_line_ends_of_salesforces_own_pages_are_not() -> None:
    assert not is_touched(Description="Line\r\nnext")


def test_what_we_do_not_remember_writing_we_do_not_change() -> None:
    tasks = pd.DataFrame([TASK]).astype(object)
    assert touched(tasks.where(tasks.notna(), None), {}) == {"00T1"}


def test_what_a_merge_moved_is_not() -> None:
    tasks = pd.DataFrame([TASK | {"WhatId": "001z", "WhoId": "003z"}]).astype(object)
    written = {"00T1": READ_BACK | {"WhoId": "003a"}}
    assert touched(tasks, written, merges={"001": "001z", "003a": "003z"}) == frozenset()
    assert touched(tasks, written, merges={"001": "001z"}) == {"00T1"}


def test_what_a_person_brought_back_is_theirs() -> None:
    tasks = pd.DataFrame([TASK]).astype(object)
    assert touched(tasks.where(tasks.notna(), None), {"00T1": READ_BACK}, restored={"00T1"}) == {"00T1"}


@pytest.mark.parametrize("answer", [{"Lifecycle_Outcome__c": "Later"}, {"Lifecycle_Next_Date__c": dt.date(2027, 1, 4)}])
def test_an_answer_makes_it_the_reps(answer: dict[str, object]) -> None:
    hidden = {"Lifecycle_Outcome__c": None, "Lifecycle_Next_Date__c": None}
    assert not is_touched(**hidden)
    assert is_touched(**{**hidden, **answer})


@pytest.mark.parametrize(
    ("changed", "theirs"),
    [
        ({"WhatId": "001c", "WhoId": "003c"}, False),
        ({"WhatId": "001c", "WhoId": "003c", "Subject": "Called"}, True),
        ({"WhatId": "001x", "WhoId": "003c"}, True),
    ],
)
def test_a_lead_that_is_converted_takes_its_task_along(changed: dict[str, object], theirs: bool) -> None:
    written = {"00T1": READ_BACK | {"WhoId": "00Qa", "WhatId": None}}
    tasks = pd.DataFrame([TASK | changed]).astype(object)
    assert bool(touched(tasks.where(tasks.notna(), None), written, merges={"00Qa": "001c"})) is theirs
