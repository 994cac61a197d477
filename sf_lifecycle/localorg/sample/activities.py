"""Tasks of the reps: past ones done, some open, some answered as on a trial's. None has the worker's key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from . import words
from .contacts import ContactDraw
from .draws import Bools, Ints, flags, generator, office_hour, pick, stamped
from .firms import Firms

_ARCHIVED_AFTER_DAYS = 365
# What reps answered when outreach was tried by hand, before the worker came: no keys, so none of them is the worker's.
_ANSWERS = ("Reached", "Not interested", "Later", "Wrong date", "Gone")
_ANSWER_WEIGHTS = (35, 15, 30, 14, 6)
_ANSWERED_SHARE = 0.10
_OPEN_STATUS = ("Not Started", "In Progress", "Waiting on someone else", "Deferred")


@dataclass(frozen=True, kw_only=True)
class TaskDraw:
    """Per Task: positions of account and contact (-1: none), and how many days before the as-of date it is due."""

    account: Ints
    contact: Ints
    closed: Bools
    days_ago: Ints
    answer: list[str | None]

    def last_activity(self, of: Ints, count: int, as_of: date) -> list[date | None]:
        """The latest due date of a closed Task of each of `count` parents, as Salesforce keeps it on them."""
        never = 10**6
        latest = np.full(count, never, dtype=np.int64)
        mine = self.closed & (of >= 0)
        np.minimum.at(latest, of[mine], self.days_ago[mine])
        return [None if days == never else as_of - timedelta(days=days) for days in latest.tolist()]


def draw_tasks(firms: Firms, contacts: ContactDraw, seed: int) -> TaskDraw:
    rng = generator(seed, "tasks")
    done = np.where(flags(rng, firms.count, 0.3) | (firms.customer & flags(rng, firms.count, 0.4)), 1, 0)
    done *= rng.integers(1, 4, firms.count)
    still_open = flags(rng, firms.count, 0.05).astype(np.int64)
    account: Ints = np.repeat(np.tile(np.arange(firms.count, dtype=np.int64), 2), np.concatenate([done, still_open]))
    n, closed_count = len(account), int(done.sum())
    closed = np.arange(n) < closed_count
    people = contacts.per_account[account]
    contact = contacts.first[account] + np.floor(rng.random(n) * people).astype(np.int64)
    contact[(people == 0) | flags(rng, n, 0.35)] = -1
    days_ago = np.where(closed, rng.integers(1, 720, n), rng.integers(-40, 25, n))
    answered = closed & flags(rng, n, _ANSWERED_SHARE)
    days_ago[answered] = rng.integers(2, 150, n)[answered]
    words_ = pick(rng, _ANSWERS, n, _ANSWER_WEIGHTS)
    answer = [word if given else None for word, given in zip(words_, answered.tolist(), strict=True)]
    return TaskDraw(account=account, contact=contact, closed=closed, days_ago=days_ago, answer=answer)


def task_rows(
    firms: Firms, draw: TaskDraw, account_ids: list[str], contact_ids: list[str], *, seed: int, as_of: date
) -> list[dict[str, Any]]:
    rng = generator(seed, "task values")
    n = len(draw.account)
    subject = pick(rng, words.TASK_SUBJECTS, n)
    kind = pick(rng, ("Call", "Email", "Meeting", "Other", None), n, (50, 20, 12, 8, 10))
    status = pick(rng, _OPEN_STATUS, n, (70, 15, 10, 5))
    inbound = flags(rng, n, 0.15).tolist()
    urgent = flags(rng, n, 0.1).tolist()
    undated = (~draw.closed & flags(rng, n, 0.1)).tolist()
    ahead, told = rng.integers(-20, 60, n).tolist(), flags(rng, n, 0.7).tolist()
    customer = firms.customer.tolist()
    found = []
    for i, (a, who, closed, days) in enumerate(
        zip(draw.account.tolist(), draw.contact.tolist(), draw.closed.tolist(), draw.days_ago.tolist(), strict=True)
    ):
        due = as_of - timedelta(days=days)
        call = kind[i] == "Call"
        row = {
            "Subject": subject[i],
            "Type": kind[i],
            "TaskSubtype": "Call" if call else "Task",
            "CallType": ("Inbound" if inbound[i] else "Outbound") if call else None,
            "Status": "Completed" if closed else status[i],
            "IsClosed": closed,
            "Priority": "High" if urgent[i] else "Normal",
            "IsHighPriority": urgent[i],
            "ActivityDate": None if undated[i] else due,
            "CompletedDateTime": office_hour(due, 90) if closed else None,
            "IsArchived": closed and days >= _ARCHIVED_AFTER_DAYS,
            "WhatId": account_ids[a],
            "AccountId": account_ids[a],
            "WhoId": contact_ids[who] if who >= 0 else None,
            "OwnerId": firms.owner[a],
        }
        if (answer := draw.answer[i]) is not None:
            named = as_of + timedelta(days=ahead[i] if answer == "Later" else 30 * ahead[i])
            row |= {
                "Lifecycle_Play__c": "neglected" if customer[a] else "switch-window",
                "Lifecycle_Outcome__c": answer,
                "Lifecycle_Next_Date__c": named if answer in ("Later", "Wrong date") and told[i] else None,
            }
        created = min(due, as_of) - timedelta(days=7)
        found.append(stamped(row, created, firms.owner[a], due if closed else None))
    return found


def lead_task_rows(lead_ids: list[str], leads: list[dict[str, Any]], *, seed: int, as_of: date) -> list[dict[str, Any]]:
    """A call with every eighth Lead that is still one. Such a Task has no WhatId."""
    rng = generator(seed, "lead tasks")
    found = []
    for lead_id, lead, called in zip(lead_ids, leads, flags(rng, len(leads), 0.125).tolist(), strict=True):
        if lead["IsConverted"] or not called:
            continue
        day = as_of - timedelta(days=int(rng.integers(1, 200)))
        row = {
            "Subject": "Call",
            "Type": "Call",
            "TaskSubtype": "Call",
            "CallType": "Inbound" if rng.random() < 0.4 else "Outbound",
            "Status": "Completed",
            "IsClosed": True,
            "Priority": "Normal",
            "ActivityDate": day,
            "CompletedDateTime": office_hour(day, 90),
            "WhoId": lead_id,
            "OwnerId": lead["OwnerId"],
        }
        found.append(stamped(row, day - timedelta(days=2), lead["OwnerId"], day))
    return found
