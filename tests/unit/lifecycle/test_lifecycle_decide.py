"""A decision over nothing is one; who has the word is read from the engine's rows."""

from dataclasses import replace

import pandas as pd
import pyarrow as pa
from test_lifecycle_voice import TODAY, mapping, past, play

from sf_lifecycle.config.mapping import Model, Voice
from sf_lifecycle.lifecycle.answers import Answers
from sf_lifecycle.lifecycle.calendar import WorkingDays
from sf_lifecycle.lifecycle.decide import Ours, decide
from sf_lifecycle.lifecycle.owners import Desk
from sf_lifecycle.lifecycle.reserved import NOBODYS, read_reserved
from sf_lifecycle.lifecycle.scope import Scope

CAMPAIGNS = ["Id", "Lifecycle_Key__c", "Status", "IsDeleted"]


def test_nothing_on_any_list_is_nothing_to_do() -> None:
    before = past()
    ours = Ours(
        past=replace(before, members=before.members.assign(HasResponded=None)).one_each(()),
        scope=Scope(job="nightly", plays=frozenset({"call"})),
        theirs=frozenset(),
        read_back={},
        campaigns=pd.DataFrame(columns=CAMPAIGNS, dtype=object),
    )
    model = Model.model_validate({"title": "m", "labels": {}, "stages": {}})
    desk = Desk(stands_in={}, fallback="005")
    found = decide(mapping(call=play()), model, {}, Answers(), ours, desk=desk, days=WorkingDays(), as_of=TODAY)
    assert found.outreaches.empty
    assert found.taken.tasks.empty
    assert found.counts() == {}


def test_a_word_bars_the_plays_whose_purpose_it_does_not_name() -> None:
    voice = Voice(label="reserved", words={"later": ("win",), "gone": ()})
    rules = mapping(win=play(), keep=play(purpose="keep")).model_copy(update={"voice": voice})
    rows = pa.table({"_id": ["001", "002"], "word": ["later", "gone"], "why": [None, "Said no"]})
    found = read_reserved(rules, rows)
    asked = pd.DataFrame(
        [("win", "001"), ("keep", "001"), ("win", "002"), ("win", "003")], columns=["play", "account"], dtype=object
    )
    assert found.reasons(asked).tolist() == [None, "reserved (later)", "reserved (gone): Said no", None]
    assert found.closed_at(asked["account"]).tolist() == [False, False, True, False]
    assert read_reserved(rules, None) is NOBODYS
