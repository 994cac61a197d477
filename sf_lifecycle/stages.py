"""Working out one day of a job: the pure rooms, in order, over what mirror and state hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping as MappingABC
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from sf_lifecycle.asking import Again, Asking
from sf_lifecycle.comparing import computed_of
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.engine import corporate_currency
from sf_lifecycle.lifecycle.answers import Answers
from sf_lifecycle.lifecycle.calendar import working_days
from sf_lifecycle.lifecycle.decide import Decision, Ours, decide
from sf_lifecycle.lifecycle.figures import of_people, tally
from sf_lifecycle.lifecycle.keys import PLAY_LENGTH, outreach_of, play_of
from sf_lifecycle.lifecycle.outreach import OPEN, PLANNED, WAITING, PlayList
from sf_lifecycle.lifecycle.owners import Desk, open_desk
from sf_lifecycle.lifecycle.past import look_back, to_bury
from sf_lifecycle.lifecycle.queries import FIRMS, OF_CLUSTER, STANDING
from sf_lifecycle.lifecycle.scope import Scope
from sf_lifecycle.lifecycle.speech import Speech
from sf_lifecycle.lifecycle.steady import Wanted, said_once, steady
from sf_lifecycle.lifecycle.thinning import Thinning
from sf_lifecycle.lifecycle.tombstones import OURS as TAKEN_BY_US, lost, no_stones
from sf_lifecycle.lifecycle.touched import touched
from sf_lifecycle.lifecycle.wording import words
from sf_lifecycle.plan.build import Computed, build_plan
from sf_lifecycle.plan.cells import fitted
from sf_lifecycle.plan.changes import Header, Plan
from sf_lifecycle.plan.contested import Rewritten
from sf_lifecycle.plan.desired import Actual
from sf_lifecycle.plan.guards import MEMBERS, OPEN_TASKS
from sf_lifecycle.prepared import Prepared as Prepared, funnels as funnels, parts as parts, prepare as prepare

Chosen = Callable[[pd.DataFrame], "pd.Series[bool]"]
PARTIES = {"001": "Account", "003": "Contact", "00Q": "Lead"}  # how their Ids begin


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a day's computation stands on: the mirror, and what state remembers. Read once, before anything is decided.

    `read_back`: Task Id → fields as we last read them back. `sizes`: sObject → rows in the mirror. `filled`:
    `Object.Field` → rows with a value, the fields that we write ourselves left out.
    `makers`: Id of a Task or member of ours → the job that made it. `made`: Id of a Task that we made, and did not take
    back → the key we last wrote on it. `tombstones`: columns STONE_COLUMNS. `merges`:
    loser → survivor. `rewritten`: (sObject, Id) → field → (JSON value, how often we wrote it lately). `last_as_of`: the
    day of the job's last run before this one, the day before where nobody knows. `wanted`: what the last run would have
    said in Tasks that kept their words. `pulled_at`: when the mirror was read (ISO 8601).
    """

    mirror: duckdb.DuckDBPyConnection
    org_id: str
    kind: str
    users: pd.DataFrame
    actual: Actual
    history: pa.Table
    read_back: MappingABC[str, MappingABC[str, Any]]
    sizes: MappingABC[str, int]
    filled: MappingABC[str, int]
    makers: MappingABC[str, str] = field(default_factory=dict)
    made: MappingABC[str, str] = field(default_factory=dict)
    tombstones: pd.DataFrame = field(default_factory=no_stones)
    merges: MappingABC[str, str] = field(default_factory=dict)
    rewritten: Rewritten = field(default_factory=dict)
    last_as_of: dt.date | None = None
    wanted: Wanted = field(default_factory=Wanted)
    pulled_at: str = ""


@dataclass(frozen=True, kw_only=True)
class Worked:
    """One day, worked out: the decision, its words, what is to be written back, and the figures people ask for.

    `funnel`: label on contacts → (word, reason, contacts), most first.
    `to_bury`: tombstones (STONE_COLUMNS) of what people finished or deleted, new to state. `worded` has `steady`, true
    where an open Task keeps its words though today's are others; `wanted`: those.
    """

    as_of: dt.date
    decision: Decision
    worded: pd.DataFrame
    computed: Computed
    desk: Desk
    funnel: MappingABC[str, tuple[tuple[str, str | None, int], ...]]
    seconds: MappingABC[str, float]
    to_bury: pd.DataFrame = field(default_factory=no_stones)
    wanted: Wanted = field(default_factory=Wanted)


def nobody_else(outreaches: pd.DataFrame) -> pd.Series[bool]:
    """Only what is made is put into words."""
    return pd.Series(False, index=outreaches.index)


def work_out(prepared: Prepared, ground: Ground, as_of: dt.date, *, also: Chosen = nobody_else) -> Worked:
    """Labels, lists, one voice per account, capacity, words: everything about one day, nothing written.

    `also`: which outreaches (of their columns play and account) are kept and put into words besides those that are
    made, so that people can be shown them.
    """
    mapping = prepared.mapping
    file = f"mappings/{mapping.name}/lifecycle.toml"
    desk = open_desk(mapping.owners, ground.users, file=file, calendar=mapping.calendar, as_of=as_of)
    with prepared.program.run(ground.mirror, as_of=as_of, history=ground.history) as run:
        asking = Asking(prepared=prepared, run=run, merges=ground.merges)
        again = _again(prepared, ground, as_of)
        contacts = asking.people(funnels(mapping))
        computed = computed_of(prepared, run, ground.mirror)
        answers = _answers(ground, asking, again, contacts, computed.stages)
        thinning = Thinning(
            mapping, about=_about(ground, as_of), reserved=answers.reserved, people=answers.people, also=also
        )
        lists = {name: asking.list(name, thinning.keep) for name in prepared.plays}
        ours = _ours(prepared, ground, lists, as_of, contacts)
        pa.default_memory_pool().release_unused()
        decision = decide(
            mapping,
            prepared.model,
            {name: lists.pop(name) for name in list(lists)},  # they are long: nobody else holds them
            answers,
            ours,
            desk=desk,
            days=working_days(mapping.calendar, as_of),
            as_of=as_of,
        )
        chosen = decision.outreaches[_made(decision.outreaches) | also(decision.outreaches)]
        decision = replace(decision, lists=asking.told(decision.lists, chosen))
        speech = Speech(
            home=mapping.locale,
            reads=lambda user: (desk.language(user), desk.locale(user)),
            currency=corporate_currency(ground.mirror),
        )
        worded = _worded(prepared, chosen, decision, speech)
        still, wanted = steady(
            worded,
            decision.past.open,
            decision.touched,
            earlier=again.words(speech, on=ground.wanted.day),
            fit=lambda fields: fitted(fields, "Task", prepared.schema),
            before=ground.wanted,
            as_of=as_of,
        )
        seconds = dict(run.steps)
    return Worked(
        as_of=as_of,
        decision=decision,
        worded=worded.assign(steady=still),
        wanted=Wanted(day=as_of, words=wanted),
        computed=computed,
        desk=desk,
        funnel={label: tally(table) for label, table in contacts.items()},
        seconds=seconds,
        to_bury=pd.concat([to_bury(decision.past, ground.tombstones), _lost(ground, as_of)], ignore_index=True),
    )


def _made(outreaches: pd.DataFrame) -> pd.Series[bool]:
    waiting_for_mail = outreaches["state"].eq(WAITING) & outreaches["member"].notna()
    return outreaches["state"].isin([OPEN, PLANNED]) | waiting_for_mail


def _worded(prepared: Prepared, chosen: pd.DataFrame, decision: Decision, speech: Speech) -> pd.DataFrame:
    """Play by play: texts that stand in their Tasks already are let go before the next play's are made."""
    standing = decision.past.open
    made = [
        said_once(words(rows, decision.lists, prepared.texts, speech), standing)
        for _, rows in chosen.groupby("play", sort=True)
    ]
    return pd.concat(made).loc[chosen.index] if made else words(chosen, decision.lists, prepared.texts, speech)


def _again(prepared: Prepared, ground: Ground, as_of: dt.date) -> Again:
    yesterday = as_of - dt.timedelta(days=1)
    return Again(
        prepared=prepared,
        mirror=ground.mirror,
        history=ground.history,
        merges=ground.merges,
        day=min(ground.last_as_of or yesterday, yesterday),
    )


def _ours(
    prepared: Prepared,
    ground: Ground,
    lists: MappingABC[str, PlayList],
    as_of: dt.date,
    contacts: MappingABC[str, pa.Table],
) -> Ours:
    """Our records as the outreaches they stand for, and what we know of them."""
    stones = pd.concat([ground.tombstones, _lost(ground, as_of)], ignore_index=True)
    tasks, members = ground.actual.tasks, ground.actual.members
    wanted = set(tasks.loc[tasks["WhatId"].isna(), "WhoId"].dropna())
    wanted |= {person for name in ("ContactId", "LeadId") for person in members[name].dropna()}
    people: dict[str, str] = {}
    for table in contacts.values():
        people |= of_people(table, "account", wanted)
    past = look_back(
        ground.actual.tasks,
        ground.actual.members,
        as_of,
        people=people,
        tombstones=stones,
        merges=ground.merges,
        aliases={was: now for found in lists.values() for was, now in found.aliases.items()},
        absent=_absent(ground),
    )
    restored = set(stones.loc[stones["cause"].isin(TAKEN_BY_US), "record_id"].dropna())
    theirs = touched(past.open, ground.read_back, merges=ground.merges, restored=restored)
    scope = Scope(
        job=prepared.job.name,
        plays=frozenset(prepared.plays),
        others=prepared.other_jobs_plays,
        makers=ground.makers,
    )
    return Ours(
        past=past.one_each(theirs),
        scope=scope,
        theirs=theirs,
        read_back=ground.read_back,
        campaigns=ground.actual.campaigns,
    )


def _lost(ground: Ground, as_of: dt.date) -> pd.DataFrame:
    return lost(ground.made, ground.actual.tasks, ground.tombstones, as_of)


def _about(ground: Ground, as_of: dt.date) -> frozenset[str]:
    """What records of ours are about, or were, as their keys have it."""
    keys = [ground.actual.tasks["Lifecycle_Key__c"], ground.actual.members["Lifecycle_Key__c"]]
    keys += [ground.tombstones["key"], _lost(ground, as_of)["key"]]
    return frozenset(outreach_of(key) for some in keys for key in some.dropna())


def _absent(ground: Ground) -> frozenset[str]:
    """Accounts, people and Leads that deleted records of ours name and the mirror does not hold."""
    named: set[str] = set()
    for records, columns in (
        (ground.actual.tasks, ("WhatId", "WhoId")),
        (ground.actual.members, ("ContactId", "LeadId")),
    ):
        gone = records[records["IsDeleted"].eq(True)]
        named |= {ground.merges.get(id_, id_) for name in columns for id_ in gone[name].dropna()}
    absent: set[str] = set()
    for prefix, object_name in PARTIES.items():
        asked = sorted(id_ for id_ in named if id_.startswith(prefix))
        if asked and object_name in ground.sizes:
            found = ground.mirror.execute(
                f'SELECT _id FROM mirror."{object_name}" WHERE list_contains(?, _id)', [asked]
            ).fetchall()
            absent |= set(asked) - {str(id_) for (id_,) in found}
    return frozenset(absent)


def _answers(
    ground: Ground, asking: Asking, again: Again, contacts: MappingABC[str, pa.Table], stages: pa.Table
) -> Answers:
    run, asked = asking.run, asking.prepared.program.asked

    def standing(query: str, play: str) -> pa.Table | None:
        return run.fetch(query + play) if query + play in asked else None

    people = {label.removeprefix("may_"): table for label, table in contacts.items()}
    tasks, members = ground.actual.tasks, ground.actual.members
    named = set(tasks["WhoId"].dropna()) | set(members["ContactId"].dropna()) | set(members["LeadId"].dropna())
    return Answers(
        standing=partial(standing, STANDING),
        earlier=again.lists,
        stages=stages,
        may={channel: of_people(table, "word", named) for channel, table in people.items()},
        firms=partial(standing, FIRMS),
        of_cluster=lambda play, accounts: run.fetch(OF_CLUSTER + play, among=("account", accounts)),
        people=people,
        reserved=asking.reserved(),
        reserved_earlier=again.reserved,
    )


def make_plan(prepared: Prepared, ground: Ground, schema: OrgSchema, worked: Worked) -> Plan:
    """Desired minus actual, as a sealed value."""
    header = Header(
        job=prepared.job.name,
        mapping=prepared.mapping.name,
        model=prepared.job.model,
        org_id=ground.org_id,
        kind=ground.kind,
        as_of=worked.as_of,
        rules_digest=prepared.rules_digest,
    )
    return build_plan(
        header,
        prepared.mapping,
        schema,
        worked.computed,
        worked.decision,
        worked.worded,
        ground.actual,
        worked.desk,
        _sizes(prepared, ground, worked.decision),
        ground.rewritten,
    )


def _sizes(prepared: Prepared, ground: Ground, decision: Decision) -> dict[str, int]:
    """What shares are shares of: of our Tasks and members those that this job looks after, so that no other job's
    dilute a guard.
    """
    elsewhere = {name[:PLAY_LENGTH] for name in prepared.other_jobs_plays - set(prepared.plays)}
    members = ground.actual.members
    theirs = members["Lifecycle_Key__c"].map(play_of).isin(elsewhere) & ~members["IsDeleted"].eq(True)
    others = {OPEN_TASKS: len(decision.others), MEMBERS: int(theirs.sum())}
    return {name: number - others.get(name, 0) for name, number in ground.sizes.items()}
