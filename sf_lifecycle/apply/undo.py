"""The way back: a plan that takes back what one run wrote, per field, from the ledger and from what the org holds now.

What changed since is left alone and said. "Changed since" is judged per field against the value we wrote, never by a
time stamp, which the org's own automation moves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sf_lifecycle.apply import lookup
from sf_lifecycle.apply.barred import PEOPLE, barred_people
from sf_lifecycle.apply.records import ANSWERS, KEPT
from sf_lifecycle.apply.undo_words import in_common, notes_of, sections_of
from sf_lifecycle.apply.undoing import (
    Change,
    Did,
    Left,
    Record,
    Way,
    by_field,
    created,
    deleted,
    known_by,
    reference,
    together,
)
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.errors import OrgError
from sf_lifecycle.plan.build import expected_calls
from sf_lifecycle.plan.changes import Header, Plan, arrange, no_labels
from sf_lifecycle.plan.document import seal
from sf_lifecycle.plan.recheck import Rechecked
from sf_lifecycle.salesforce import Org, soql
from sf_lifecycle.state import Run, State

CLOCKS_APART = dt.timedelta(minutes=10)
# What people hang on a campaign: object → the field that names the campaign, and the words for it.
HANGS = {
    "Campaign": ("ParentId", "child campaigns"),
    "Opportunity": ("CampaignId", "opportunities"),
    "Task": ("WhatId", "tasks"),
    "Event": ("WhatId", "events"),
}


def plan_undo(org: Org, state: State, run: Run, *, as_of: dt.date) -> Plan:
    """The plan that takes `run` back: sorted, with its notes on what stays, sealed. Nothing is written.

    Call it under the claim on the org, after open rows were settled. One query for 200 records, 25 of them to a call.
    OrgError (WRONG_ORG) where the run was in another org.
    """
    return _look(org, state, run).plan(as_of)


def still_stands(org: Org, state: State, run: Run, saved: Plan) -> Rechecked:
    """What a way back that waited still has in common with the one that is right now. As `plan_undo`."""
    work = _look(org, state, run)
    return in_common(saved, work.plan(saved.header.as_of), work.left)


def _look(org: Org, state: State, run: Run) -> _Work:
    identity = org.identity
    if run.org_id != identity.org_id:
        raise OrgError(
            f"run {run.id} wrote to the org {run.org_id}; this is {identity.name!r} ({identity.org_id})",
            code="WRONG_ORG",
            way_out="check salesforce.instance_url",
        )
    done = together(state.ledger(run.id))
    objects = {did.object for did in done}
    schema = (
        org.describe([*objects, *PEOPLE.values(), *(HANGS if "Campaign" in objects else ())])
        if objects
        else OrgSchema(objects={}, source="the org")
    )
    work = _Work(org=org, state=state, run=run, done=done, schema=schema)
    work.decide()
    return work


@dataclass(kw_only=True)
class _Work:
    """The records of one run, looked at one kind after the other: members before their campaigns."""

    org: Org
    state: State
    run: Run
    done: Sequence[Did]
    schema: OrgSchema
    changes: list[Change] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    so_already: int = 0

    def plan(self, as_of: dt.date) -> Plan:
        """What was decided, as a plan."""
        run, identity = self.run, self.org.identity
        sections = arrange(sections_of(self.changes, f"undo of run {run.id}"))
        header = Header(
            job=run.job,
            mapping=run.mapping,
            model=run.model,
            org_id=identity.org_id,
            kind=identity.kind,
            as_of=as_of,
            rules_digest=run.rules_digest,
            expected_calls=expected_calls(sections),
            undoes=run.id,
        )
        notes = notes_of(run, self.left, self.so_already)
        return seal(Plan(header=header, sections=sections, labels=no_labels(), notes=notes))

    def decide(self) -> None:
        hidden = {did.object for did in self.done} - set(self.schema.objects)
        lost = [did for did in self.done if did.object in hidden]
        self.left += [Left(object=did.object, ref=did.record_id, reason="hidden from us") for did in lost]
        shown = [did for did in self.done if did.object not in hidden]
        made = self._made_by_this_run([did for did in shown if did.operation == "create"])
        campaigns = [did for did in made if did.object == "Campaign"]
        statuses = [did for did in made if did.object == "CampaignMemberStatus"]
        self._created([did for did in made if did.object not in ("Campaign", "CampaignMemberStatus")])
        members = self._members_of({*(did.record_id for did in campaigns), *(_campaign(did) for did in statuses)})
        self._campaigns(campaigns, members)
        self._statuses(statuses, campaigns, members)
        self._updated([did for did in shown if did.operation == "update"])
        self._deleted([did for did in shown if did.operation == "delete"])

    def _take(self, ways: Iterable[Way]) -> None:
        for way in ways:
            match way:
                case Change():
                    self.changes.append(way)
                case Left():
                    self.left.append(way)
                case _:
                    self.so_already += 1

    @property
    def _going(self) -> set[str]:
        return {change.ref for change in self.changes if change.operation == "delete"}

    # -- created

    def _made_by_this_run(self, done: Sequence[Did]) -> list[Did]:
        """Without records that an earlier run, or somebody, had made: the create met them."""
        met = [did for did in done if not did.made_by_us]
        ours: set[str] = set()
        for name in sorted({did.object for did in met}):
            others = self.state.makers(self.org.identity.org_id, name)
            some = [did for did in met if did.object == name and did.record_id not in others]
            found = self._found(some, ("CreatedById", "CreatedDate"))
            ours |= {record_id for record_id, record in found.items() if self._is_of_this_run(record)}
        return [did for did in done if did.made_by_us or did.record_id in ours]

    def _is_of_this_run(self, record: Record) -> bool:
        if record.get("CreatedById") != self.org.identity.user_id or not record.get("CreatedDate"):
            return False
        return dt.datetime.fromisoformat(record["CreatedDate"]) >= self.run.started - CLOCKS_APART

    def _created(self, done: Sequence[Did]) -> None:
        found = self._found(done, (*ANSWERS, "AccountId"))
        self._take(created(did, found.get(did.record_id), _about(did, found.get(did.record_id))) for did in done)

    def _campaigns(self, done: Sequence[Did], members: Sequence[Record]) -> None:
        """Only where nobody has put anything into them, or worked on them: whatever field it was."""
        found = self._found(done, ("LastModifiedById",))
        going, ids = self._going, {did.record_id for did in done}
        manned = {row["CampaignId"] for row in members if row["Id"] not in going}
        theirs = {
            row["CampaignId"] for row in self._statuses_of(ids) if row["CreatedById"] != self.org.identity.user_id
        }
        hangs = self._hanging_on(ids)
        for did in done:
            now = found.get(did.record_id, {})
            way = created(did, found.get(did.record_id), None)
            reason = ""
            if did.record_id in manned | theirs:
                reason = f"it has {'members' if did.record_id in manned else 'member statuses'} that stay"
            elif did.record_id in hangs:
                reason = f"it has {hangs[did.record_id]} that are not ours"
            elif now.get("LastModifiedById", self.org.identity.user_id) != self.org.identity.user_id:
                reason = "somebody else has changed it since"
            if isinstance(way, Change) and reason:
                way = Left(object=did.object, ref=did.record_id, reason=reason)
            self._take([way])

    def _hanging_on(self, campaigns: Collection[str]) -> dict[str, str]:
        """Campaign → what people have hung on it, in words; of what we are shown. Archived activities count."""
        going, hanging = {*self._going, *campaigns}, dict[str, str]()
        for name, (field_name, words) in HANGS.items():
            if self.schema.resolve(name, field_name) is None:
                continue
            for condition in soql.in_lists(field_name, sorted(campaigns)):
                living = f"{condition} AND {soql.compare('IsDeleted', '=', False)}"
                for row in self.org.query(soql.select(name, ("Id", field_name), where=living), all_rows=True):
                    if row["Id"] not in going:
                        hanging.setdefault(row[field_name], words)
        return hanging

    def _statuses(self, done: Sequence[Did], campaigns: Sequence[Did], members: Sequence[Record]) -> None:
        """They go with their campaign; where it stays, so do those it cannot do without."""
        found, going = self._found(done, ("CampaignId", "Label", "IsDefault")), self._going
        used = {(row["CampaignId"], str(row["Status"]).casefold()) for row in members if row["Id"] not in going}
        new = {did.record_id for did in campaigns}
        for did in done:
            now = found.get(did.record_id)
            campaign = now["CampaignId"] if now is not None else _campaign(did)
            if campaign in going:
                continue
            reason = ""
            if now is not None and campaign in new:
                reason = "its campaign stays"
            elif now is not None and now.get("IsDefault"):
                reason = "it is its campaign's default"
            elif now is not None and (campaign, str(now["Label"]).casefold()) in used:
                reason = "members have it"
            left = Left(object=did.object, ref=did.record_id, reason=reason)
            self._take([left if reason else created(did, now, None)])

    def _members_of(self, campaigns: Collection[str]) -> list[lookup.Found]:
        return self._below("CampaignMember", campaigns, "Status")

    def _statuses_of(self, campaigns: Collection[str]) -> list[lookup.Found]:
        return self._below("CampaignMemberStatus", campaigns, "CreatedById")

    def _below(self, name: str, campaigns: Collection[str], field_name: str) -> list[lookup.Found]:
        return [
            row
            for condition in soql.in_lists("CampaignId", sorted(campaigns))
            for row in self.org.query(soql.select(name, ("Id", "CampaignId", field_name), where=condition))
        ]

    # -- updated, deleted

    def _updated(self, done: Sequence[Did]) -> None:
        found = self._found(done, ("AccountId",))
        barred = barred_people(
            self.org, self.schema, [(did.object, found.get(did.record_id, {})) for did in done if "Status" in did.after]
        )
        for did in done:
            now = found.get(did.record_id)
            if now is not None and "Status" in did.after and (reason := barred(did.object, now)):
                self._take([Left(object=did.object, ref=did.record_id, reason=reason)])
            else:
                self._take(by_field(did, now, self.schema.objects[did.object], _about(did, now)))

    def _deleted(self, done: Sequence[Did]) -> None:
        going = self._going
        campaigns = {did.record_id: did.key for did in done if did.object == "Campaign" and did.key}
        barred = barred_people(self.org, self.schema, [(did.object, did.before) for did in done])
        for name in sorted({did.object for did in done}):
            some = [did for did in done if did.object == name]
            living = self._living(name, some)
            for did, now in zip(some, living, strict=True):
                reason = barred(name, did.before)
                if reason:
                    way: Way = Left(object=name, ref=did.record_id, reason=reason, row=known_by(did))
                else:
                    way = deleted(did, now, self.schema.objects[name], campaigns, going)
                self._take([way])
        self._take(self._went_along(campaigns))

    def _living(self, name: str, done: Sequence[Did]) -> list[lookup.Found | None]:
        keyed = (
            lookup.existing(self.org, name, [did.before for did in done], ("Id",)) if name not in lookup.NO_KEY else []
        )
        by_id = self._found(done)
        return [by_id.get(did.record_id) or (keyed[i] if keyed else None) for i, did in enumerate(done)]

    def _went_along(self, campaigns: Mapping[str, str]) -> list[Change]:
        """Member statuses that went with a campaign, as the run that was undone had made them."""
        if not campaigns or not self.run.undoes:
            return []
        rows = together(self.state.ledger(self.run.undoes))
        gone = [did for did in rows if did.object == "CampaignMemberStatus" and _campaign(did) in campaigns]
        values = [{**did.after, "CampaignId": f"@{campaigns[_campaign(did)]}"} for did in gone]
        return [
            Change(object=did.object, operation="create", ref=reference(after), about=None, after=after, before={})
            for did, after in zip(gone, values, strict=True)
            if did.operation == "create"
        ]

    def _found(self, done: Sequence[Did], besides: Sequence[str] = ()) -> dict[str, lookup.Found]:
        """Record Id → what the org holds of it now, of fields that it shows us."""
        found: dict[str, lookup.Found] = {}
        for name in sorted({did.object for did in done}):
            some = [did for did in done if did.object == name]
            known = self.schema.objects[name].fields
            wanted = {field for did in some for field in (*did.after, *did.before)} | {*besides, *KEPT.get(name, ())}
            fields = sorted(field for field in wanted - {"Id"} if field in known)
            found |= lookup.by_id(self.org, name, [did.record_id for did in some], fields)
        return found


def _campaign(did: Did) -> str:
    return str(did.after.get("CampaignId") or did.before.get("CampaignId") or "")


def _about(did: Did, now: Record | None) -> str | None:
    """The account whose lock a write takes, where the record tells it."""
    if did.object in ("Account", "Lead"):
        return did.record_id
    return (now or {}).get("AccountId")
