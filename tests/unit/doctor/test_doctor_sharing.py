"""The three set-ups in which a Task of somebody else may be changed, and what each lacks."""

from __future__ import annotations

import pytest
from doctor_facts import COMMS, DESK, REP, WORKER, facts, me, only, person, run, setup, with_object

from sf_lifecycle.doctor.checks.sharing import changing_tasks, roles_below
from sf_lifecycle.doctor.facts import Untold

BY_PARENT = {"Task": "ControlledByParent", "Account": "Private", "Contact": "Private", "Lead": "Private"}


def test_private_and_a_role_at_the_top() -> None:
    found = only(changing_tasks, facts())
    assert (found.level, "set-up (a)" in found.what) == ("ok", True)


def test_private_and_no_role() -> None:
    found = only(changing_tasks, facts(me=me(role=None)))
    assert found.level == "error"
    assert "has no role" in found.what
    assert "top of the role hierarchy" in found.fix


def test_private_and_a_role_that_stands_above_nobody() -> None:
    found = only(changing_tasks, facts(me=me(role="team")))
    assert (found.level, "above all of 3 owners (rep, sdesk, comms)" in found.what) == ("error", True)


def test_private_and_one_owner_outside() -> None:
    people = (
        person(WORKER, "lworker", role="top"),
        person(REP, "rep", role=None),
        person(DESK, "sdesk", role="sales"),
        person(COMMS, "comms", role="sales"),
    )
    found = only(changing_tasks, facts(people=people))
    assert (found.level, "above 1 of 3 owners (rep)" in found.what) == ("warning", True)


def test_colleagues_of_the_same_role_are_not_below() -> None:
    people = (person(WORKER, "lworker", role="top"), person(DESK, "sdesk", role="top"))
    assert only(changing_tasks, facts(people=people, owned={"Account": {DESK: 1}})).level == "error"


def test_who_stands_in_for_an_inactive_owner_counts_and_the_owner_does_not() -> None:
    people = (
        person(WORKER, "lworker", role="top"),
        person(REP, "rep", role=None, active=False, manager=DESK),
        person(DESK, "sdesk", role="sales"),
    )
    assert only(changing_tasks, facts(people=people)).level == "ok"


@pytest.mark.parametrize("lacking", ["Account", "Contact", "Lead"])
def test_controlled_by_parent_names_what_is_missing(lacking: str) -> None:
    held = frozenset({"Account", "Contact", "Lead"}) - {lacking}
    found = only(changing_tasks, facts(sharing=BY_PARENT, modify_all=held))
    assert found.level == "error"
    assert f"Modify All is missing on {lacking}:" in found.what
    assert found.fix.startswith(f"grant Modify All on {lacking} ")


def test_controlled_by_parent_with_all_of_them() -> None:
    found = only(changing_tasks, facts(sharing=BY_PARENT, modify_all=frozenset({"Account", "Contact", "Lead"})))
    assert (found.level, "set-up (b)" in found.what) == ("ok", True)


def test_parents_that_everybody_may_edit_need_no_modify_all() -> None:
    wide = {"Task": "ControlledByParent", "Account": "ReadWrite", "Contact": "ReadWrite", "Lead": "ReadWriteTransfer"}
    everything = with_object("Contact", updateable=True)
    assert only(changing_tasks, facts(sharing=wide, schema=everything)).level == "ok"
    locked = with_object("Contact", updateable=False)
    assert "missing on Contact" in only(changing_tasks, facts(sharing=wide, schema=locked)).what


def test_contacts_controlled_by_their_account_follow_it() -> None:
    shared = BY_PARENT | {"Contact": "ControlledByParent"}
    some = frozenset({"Account", "Lead"})
    editable = with_object("Contact", updateable=True)
    assert only(changing_tasks, facts(sharing=shared, modify_all=some, schema=editable)).level == "ok"


def test_modify_all_data_is_enough() -> None:
    rights = frozenset({"ApiEnabled", "ModifyAllData"})
    found = only(changing_tasks, facts(rights=rights, me=me(role=None)))
    assert (found.level, "set-up (c)" in found.what) == ("ok", True)


def test_where_sharing_is_not_told_all_three_are_named_and_the_role_is_looked_at() -> None:
    first, second = run(changing_tasks, facts(sharing=Untold(why="no right"), me=me(role=None)))
    assert (first.level, "(a)" in first.fix, "(b)" in first.fix, "(c)" in first.fix) == ("warning", True, True, True)
    assert second.what.startswith("if Activities are Private: ")


def test_without_tasks_nothing_is_asked() -> None:
    plays = {n: p.model_copy(update={"task": None}) for n, p in setup().mapping.plays.items() if p.campaign}
    assert run(changing_tasks, facts(), setup(mapping={"plays": plays})) == []


def test_roles_that_lead_in_a_circle_end() -> None:
    assert roles_below("a", {"a": "c", "b": "a", "c": "b"}) == {"b", "c"}
