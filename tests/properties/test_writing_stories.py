"""Single stories of what once went wrong between a worker that died or waited, and the people in the org."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from paper_org import KEY, creates, rules
from paper_worlds import DAY
from writing_door import Mishap
from writing_org import Worker
from writing_worlds import CONTRACT, FIRST, SECOND, a_firm

REP = "005000000000009AAA"


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker(rules("paper", "tiny"), a_firm(), lambda *_: None)
    yield made
    made.close()


def the_task(worker: Worker) -> tuple[str, dict[str, Any]]:
    (found,) = worker.org.ours["Task"].items()
    return found


def test_a_member_replaced_under_one_key_is_made_after_a_death_in_between(worker: Worker) -> None:
    """The next run must not take the member it deleted itself for the one it meant to make."""
    worker.night(DAY)
    (old,) = (id_ for id_, m in worker.org.ours["CampaignMember"].items() if "ending" in m[KEY])
    person = worker.org.ours["CampaignMember"][old]["ContactId"]
    worker.org.edit("Contact", person, HasOptedOutOfEmail=True)
    night = worker.org.night(DAY).plan
    kinds = [(section.object, section.operation) for section in night.sections]
    assert kinds.index(("CampaignMember", "delete")) < kinds.index(("CampaignMember", "create"))
    _, report = worker.night(DAY, Mishap(1))
    assert report is None
    assert worker.org.ours["CampaignMember"][old]["IsDeleted"]
    worker.night(DAY)
    standing = [m for m in worker.org.ours["CampaignMember"].values() if not m["IsDeleted"] and "ending" in m[KEY]]
    assert [m["ContactId"] for m in standing] == [SECOND if person == FIRST else FIRST]


@pytest.mark.parametrize("edit", [{"Status": "In Progress"}, {"Priority": "Low"}, {"Subject": "Mine"}], ids=str)
def test_a_task_worked_on_before_the_dead_were_counted_is_the_reps(worker: Worker, edit: dict[str, str]) -> None:
    """The worker died after the Task was made; a rep began to work on it before the next run."""
    worker.night(DAY, Mishap(find_write(worker, "Task"), kind="died after"))
    task, _ = the_task(worker)
    worker.org.touch(task, **edit, LastModifiedById=REP)
    worker.org.edit(CONTRACT, "a00800000000000001", End_Date__c=DAY + dt.timedelta(days=900))
    worker.night(DAY)
    assert not worker.org.ours["Task"][task]["IsDeleted"]


def test_a_member_that_came_late_can_be_taken_back(worker: Worker) -> None:
    """The worker died over it, the next run made it again, and met the first one, which the org had kept waiting."""
    (planned,) = (each for each in creates(worker.org.night(DAY).plan, "CampaignMember") if "ending" in each[KEY])

    def arrive() -> None:
        worker.door.create(
            "CampaignMember", [{**planned, "CampaignId": worker.org._resolved("CampaignId", planned["CampaignId"])}]
        )

    worker.night(DAY, Mishap(find_write(worker, "CampaignMember")))
    assert not worker.org.ours["CampaignMember"]
    worker.night(DAY, meanwhile=arrive)
    for contact in (FIRST, SECOND):
        worker.org.edit("Contact", contact, HasOptedOutOfEmail=True)
    worker.night(DAY)
    standing = [m[KEY] for m in worker.org.ours["CampaignMember"].values() if not m["IsDeleted"]]
    assert planned[KEY] not in standing


def find_write(worker: Worker, kind: str) -> int:
    """Which request of the first night makes the Tasks."""
    sections = [section.object for section in worker.org.night(DAY).plan.sections]
    return sections.index(kind)


def test_a_task_worked_on_while_the_plan_waited_is_not_written_to(worker: Worker) -> None:
    worker.night(DAY)
    task, _ = the_task(worker)
    worker.org.edit(CONTRACT, "a00800000000000001", Provider__c="Noordtel")
    worker.night(DAY, meanwhile=lambda: worker.org.complete(task, DAY))
    assert "Belnet" in worker.org.ours["Task"][task]["Description"], "a completed Task says something else"


def test_a_task_worked_on_while_the_plan_waited_stays_the_reps(worker: Worker) -> None:
    """The plan changes another field than the rep did: what is read back after it is not all ours."""
    worker.night(DAY)
    task, _ = the_task(worker)
    worker.org.edit(CONTRACT, "a00800000000000001", Provider__c="Noordtel")
    worker.night(DAY, meanwhile=lambda: worker.org.touch(task, Status="In Progress"))
    worker.org.edit(CONTRACT, "a00800000000000001", End_Date__c=DAY + dt.timedelta(days=900))
    worker.night(DAY + dt.timedelta(days=1))
    assert not worker.org.ours["Task"][task]["IsDeleted"]
