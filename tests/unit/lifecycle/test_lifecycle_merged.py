"""After a merge the survivor's outreach answers to the losers' names, and nothing else changes its name."""

import pandas as pd

from sf_lifecycle.lifecycle import keys
from sf_lifecycle.lifecycle.merged import aliases, survivors

MERGES = {"001b": "001a", "001c": "001a"}


def rows(*values: tuple[object, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(values, dtype=object).rename(columns=lambda number: f"key{number}")
    return frame.assign(outreach=[keys.outreach("call", each) for each in values])


def test_losers_become_survivors_and_null_stays_null() -> None:
    ids = pd.Series(["001a", "001b", None, "001x"], dtype=object)
    assert survivors(ids, MERGES).tolist() == ["001a", "001a", None, "001x"]
    assert survivors(ids, {}) is ids


def test_a_survivors_outreach_has_its_losers_names() -> None:
    found = aliases("call", rows(("001a",), ("001x",)), MERGES)
    own = keys.outreach("call", ("001a",))
    assert found == {keys.outreach("call", (loser,)): own for loser in ("001b", "001c")}


def test_a_key_of_several_parts_has_every_combination() -> None:
    found = aliases("call", rows(("001a", "Mobile")), {"001b": "001a"})
    assert found == {keys.outreach("call", ("001b", "Mobile")): keys.outreach("call", ("001a", "Mobile"))}


def test_a_loser_that_was_brought_back_keeps_its_name() -> None:
    assert aliases("call", rows(("001a",), ("001b",)), {"001b": "001a"}) == {}


def test_without_merges_nothing_is_worked_out() -> None:
    assert aliases("call", rows(("001a",)), {}) == {}
