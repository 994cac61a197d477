"""All is well: no error, and nothing is said to be repaired. What the org will not tell is a warning, never a crash."""

from __future__ import annotations

import pytest
from doctor_facts import facts, problems, schema, setup

from sf_lifecycle.doctor.checks import check_all
from sf_lifecycle.doctor.facts import Untold
from sf_lifecycle.doctor.findings import AREAS

SILENT = Untold(why="the org does not show the object")
MAY_BE_UNTOLD = (
    *("versions", "edition", "me", "licence", "licence_sets", "permission_sets", "rights", "modify_all", "sharing"),
    *("roles", "people", "frozen", "task_statuses", "contract_statuses", "limits", "counted", "paused"),
)


def test_a_healthy_org_has_no_errors() -> None:
    assert [each for each in check_all(facts(), setup()) if each.level == "error"] == []


def test_every_finding_has_an_area_and_what_is_wrong_a_way_out() -> None:
    for each in check_all(facts(), setup()):
        assert each.area in AREAS
        assert bool(each.fix) == (each.level != "ok")
        assert "\n" not in each.what + each.fix


@pytest.mark.parametrize("name", MAY_BE_UNTOLD)
def test_what_the_org_does_not_tell_is_a_warning(name: str) -> None:
    found = problems(facts(**{name: SILENT}))
    assert [each for each in found if each.level == "error"] == []
    assert all(each.fix for each in found)


def test_an_org_that_tells_nothing_at_all_is_examined_all_the_same() -> None:
    found = problems(
        facts(
            **dict.fromkeys(MAY_BE_UNTOLD, SILENT),
            owned={"Account": SILENT},
            seen={"Account": SILENT},
            layouts={"Account": SILENT},
        )
    )
    assert [each for each in found if each.level == "error"] == []
    assert sum(each.what.startswith("could not be told") for each in found) > 10


def test_an_empty_org_is_full_of_errors_and_no_crash() -> None:
    bare = facts(schema=type(schema())(objects={}, source="a test"))
    assert any(each.level == "error" for each in problems(bare))
