"""What hangs on one account: its people and contracts with their labels, and the records of ours about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sf_lifecycle.engine import Query
from sf_lifecycle.engine.definitions import ACCOUNT
from sf_lifecycle.engine.query import ask
from sf_lifecycle.engine.sources import Only
from sf_lifecycle.look import View
from sf_lifecycle.stages import Worked

CONTACT = "contact"
WORD, BECAUSE, NAME, WHOSE = "word:", "because:", "name", "account"


@dataclass(frozen=True, kw_only=True)
class Below:
    """A record below the account. `labels`: label → its word and why."""

    set: str
    id: str
    name: str | None
    labels: Mapping[str, tuple[str | None, str | None]]


@dataclass(frozen=True, kw_only=True)
class Ours:
    """A record of ours about the account: an open Task, or a membership. `due`: a Task's day."""

    object: str
    id: str
    play: str
    name: str | None
    status: str | None
    due: dt.date | None
    owner: str | None


def below(view: View, account: str) -> tuple[Below, ...]:
    """Every record below the account that has labels: people first, then by set and Id."""
    program, ground = view.prepared.program, view.ground
    found = program.reading.found
    keys = ground.mirror.execute("SELECT key FROM mirror._ids WHERE id = ?", [account]).fetchall()
    queries = _queries(view)
    asked = {query.name: made for query in queries if (made := ask(program.reading, query, program.reasons))}
    if not keys or not asked:
        return ()
    clusters = any(info.cluster is not None for info in found.sets.values())
    only = None if clusters else Only(account=int(keys[0][0]), row=int(keys[0][0]))
    compiled = program.compile(asked.values(), only=only)
    rows = []
    with program.run_compiled(ground.mirror, asked, compiled, as_of=view.as_of, history=ground.history) as run:
        for set_ in asked:
            for row in run.fetch(set_).to_pylist():
                if row[WHOSE] == account:
                    labels = {
                        name.removeprefix(WORD): (word, row[BECAUSE + name.removeprefix(WORD)])
                        for name, word in row.items()
                        if name.startswith(WORD)
                    }
                    rows.append(Below(set=set_, id=row["_id"], name=row.get(NAME), labels=labels))
    return tuple(sorted(rows, key=lambda each: (each.set != CONTACT, each.set, each.id)))


def _queries(view: View) -> list[Query]:
    """One a set: its labels with their reasons, and the name where the mapping has one."""
    program, mapping = view.prepared.program, view.prepared.mapping
    labels: dict[str, list[str]] = {}
    for set_, name in sorted(program.reading.found.labels):
        if set_ != ACCOUNT and set_ in mapping.roles:
            labels.setdefault(set_, []).append(name)
    queries = []
    for set_, names in labels.items():
        select = {WHOSE: f"{ACCOUNT}.id"}
        if "name" in program.names_in_scope(set_):
            select[NAME] = "name"
        for name in names:
            select |= {WORD + name: name, BECAUSE + name: f"{name}.because"}
        queries.append(Query(name=set_, set=set_, select=select))
    return queries


def ours(view: View, worked: Worked, account: str) -> tuple[Ours, ...]:
    """Our open Tasks and standing memberships that are about the account, as the mirror has them."""
    past, campaigns = worked.decision.past, view.ground.actual.campaigns
    tasks = past.open[past.open["account"].eq(account)].to_dict("records")
    members = past.members[past.members["account"].eq(account)].to_dict("records")
    names = dict(zip(campaigns["Id"], campaigns["Name"], strict=True))
    found = [
        Ours(
            object="Task",
            id=str(row["Id"]),
            play=str(row.get("Lifecycle_Play__c") or ""),
            name=row.get("Subject"),
            status=row.get("Status"),
            due=row.get("ActivityDate"),
            owner=worked.desk.names.get(str(row["OwnerId"]), str(row["OwnerId"])),
        )
        for row in tasks
    ]
    found += [
        Ours(
            object="CampaignMember",
            id=str(row["Id"]),
            play=str(row.get("Lifecycle_Play__c") or ""),
            name=names.get(row["CampaignId"]),
            status=row.get("Status"),
            due=None,
            owner=None,
        )
        for row in members
    ]
    return tuple(found)
