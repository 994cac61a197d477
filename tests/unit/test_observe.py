"""What guards remember of a run, and what our own removals take off it."""

from sf_lifecycle.observe import FILLED, ROWS, less


def test_what_we_removed_is_no_loss() -> None:
    remembered = {ROWS: {"Task": 58, "Account": 10}, FILLED: {"Task.Subject": 58, "Task.WhoId": 5, "Account.Name": 10}}
    assert less(remembered, {"Task": 12}) == {
        ROWS: {"Task": 46, "Account": 10},
        FILLED: {"Task.Subject": 46, "Task.WhoId": 0, "Account.Name": 10},
    }


def test_a_job_that_never_ran_remembers_nothing() -> None:
    assert less({}, {"Task": 12}) == {}
