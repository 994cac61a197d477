"""What guards remember of a run, and what our own removals take off it."""

from types import SimpleNamespace
from typing import cast

import pyarrow as pa

from sf_lifecycle.observe import FILLED, ROWS, less, words_of
from sf_lifecycle.plan.build import Computed
from sf_lifecycle.stages import Worked


def test_what_we_removed_is_no_loss() -> None:
    remembered = {ROWS: {"Task": 58, "Account": 10}, FILLED: {"Task.Subject": 58, "Task.WhoId": 5, "Account.Name": 10}}
    assert less(remembered, {"Task": 12}) == {
        ROWS: {"Task": 46, "Account": 10},
        FILLED: {"Task.Subject": 46, "Task.WhoId": 0, "Account.Name": 10},
    }


def test_a_job_that_never_ran_remembers_nothing() -> None:
    assert less({}, {"Task": 12}) == {}


def test_the_words_of_labels_are_told_apart_by_their_set() -> None:
    stages = pa.table({"word": ["customer", "customer", None]})
    computed = Computed(stages=stages, outputs={}, now={}, words={"deal.position": {"window": 2, "free": 1}})
    worked = cast(Worked, SimpleNamespace(computed=computed))
    assert words_of(worked) == {"stage": {"customer": 2}, "deal.position": {"free": 1, "window": 2}}
