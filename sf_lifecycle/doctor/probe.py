"""The rights to write, tried: one request that makes, changes and deletes, and ends in a step that must fail, so that
Salesforce takes everything back. Its triggers and flows run.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sf_lifecycle.doctor.checks.owners import receivers
from sf_lifecycle.doctor.checks.sharing import SET_UPS
from sf_lifecycle.doctor.facts import Facts, Person, Setup
from sf_lifecycle.doctor.findings import PROBE, Finding, error, ok, untold, warning
from sf_lifecycle.errors import OrgError
from sf_lifecycle.mirror.ours import OUR_KEY
from sf_lifecycle.salesforce import Asked, Org, soql
from sf_lifecycle.salesforce.composite import HALTED, Step, StepOutcome

MUST_FAIL = "takes_all_back"
# A field that no org has: the step cannot succeed, whatever the user may do.
_NO_FIELD = "Lifecycle_Doctor_Takes_All_Back__c"
_SUBJECT = "Lifecycle doctor: tried and taken back"
_OWN_RULES = (
    "where a rule or trigger of your own says no, except holders of the custom permission Lifecycle_Worker_Bypass; "
    "where a field is missing, give it in the play's fields or grant it"
)
_CAMPAIGNS = "tick Marketing User on the worker's user and grant create, edit and delete on Campaign; " + _OWN_RULES


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What the probe stands on: somebody else, and an account and contact of theirs where there are any."""

    owner: Person | None
    account: str | None = None
    contact: str | None = None


def probe(org: Org, facts: Facts, setup: Setup) -> Iterator[Finding]:
    """Try it, say how it went, and see that nothing is left."""
    if facts.paused and isinstance(facts.paused, tuple):
        yield warning(PROBE, "not tried: the brake is pulled", "untick Paused first")
        return
    key = f"doctor:{secrets.token_hex(8)}"
    ground = _ground(org, facts, setup)
    steps = probe_steps(facts, setup, ground, key)
    try:
        outcomes = org.composite([each.step for each in steps], all_or_none=True)
    except OrgError as failure:
        yield error(PROBE, f"the request failed: {failure.message}", failure.way_out or "try again", refused=True)
    else:
        yield from told(steps, outcomes)
    yield from _left_over(org, key)


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A step, in words (`could not …`), and what to do where it is refused."""

    step: Step
    words: str
    fix: str


def probe_steps(facts: Facts, setup: Setup, ground: Ground, key: str) -> list[Tried]:
    """What the job's plays would do, once each, and the step that must fail."""
    steps: list[Tried] = []
    if any(play.task for play in setup.plays.values()):
        steps += _task_steps(facts, setup, ground, key)
    if any(play.campaign for play in setup.plays.values()):
        steps += _campaign_steps(setup, ground, key)
    last = Step(name=MUST_FAIL, method="POST", path="sobjects/Task", body={_NO_FIELD: True})
    return [*steps, Tried(step=last, words="", fix="")]


def _task_steps(facts: Facts, setup: Setup, ground: Ground, key: str) -> Iterator[Tried]:
    part = next(play.task for play in setup.plays.values() if play.task)
    whose = f"a Task of {ground.owner.handle}" if ground.owner else "a Task of its own"
    values = {
        "Subject": _SUBJECT,
        "Description": _SUBJECT,
        "ActivityDate": facts.today.isoformat(),
        "Priority": part.priority,
        "OwnerId": ground.owner.id if ground.owner else facts.identity.user_id,
        "WhatId": ground.account,
        "WhoId": ground.contact,
        OUR_KEY: key,
        "Lifecycle_Play__c": "doctor",
        "Lifecycle_Reason__c": _SUBJECT,
        "Lifecycle_Basis__c": _SUBJECT,
        **part.fields,
    }
    yield Tried(
        step=Step(name="task", method="POST", path="sobjects/Task", body=_given(values)),
        words=f"make {whose}",
        fix=f"grant Edit Tasks and the fields of Task (Lifecycle_Worker does); {_OWN_RULES}",
    )
    one = "sobjects/Task/@{task.id}"
    changed = Step(name="task_changed", method="PATCH", path=one, body={"Subject": f"{_SUBJECT}."})
    yield Tried(step=changed, words=f"change {whose}", fix=f"{SET_UPS}; {_OWN_RULES}")
    deleted = Step(name="task_deleted", method="DELETE", path=one)
    yield Tried(step=deleted, words=f"delete {whose}", fix=f"{SET_UPS}; {_OWN_RULES}")


def _campaign_steps(setup: Setup, ground: Ground, key: str) -> Iterator[Tried]:
    part = next(play.campaign for play in setup.plays.values() if play.campaign)
    values = {"Name": _SUBJECT, "Status": part.status, "Type": part.type, "IsActive": False, OUR_KEY: key}
    yield Tried(
        step=Step(name="campaign", method="POST", path="sobjects/Campaign", body=_given(values | part.fields)),
        words="make a campaign",
        fix=_CAMPAIGNS,
    )
    status = {"CampaignId": "@{campaign.id}", "Label": part.member.status, "IsDefault": True}
    yield Tried(
        step=Step(name="status", method="POST", path="sobjects/CampaignMemberStatus", body=status),
        words=f"give a campaign the member status '{part.member.status}'",
        fix=_CAMPAIGNS,
    )
    if ground.contact is None:
        return
    member = {"CampaignId": "@{campaign.id}", "ContactId": ground.contact, "Status": part.member.status, OUR_KEY: key}
    yield Tried(
        step=Step(
            name="member", method="POST", path="sobjects/CampaignMember", body=_given(member | part.member.fields)
        ),
        words="add a member to a campaign",
        fix=_CAMPAIGNS,
    )


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def told(steps: Sequence[Tried], outcomes: Sequence[StepOutcome]) -> Iterator[Finding]:
    """What the answers say. With all or nothing, one step has an error of its own; the others were taken back."""
    failed = next((o for o in outcomes if not o.ok and o.code != HALTED), None)
    if failed is None:
        what = "the step that must fail did not, so what was made may still be there"
        yield error(PROBE, what, f"look for records with the subject or name '{_SUBJECT}', and delete them")
        return
    done = [each.words for each in steps if each.words]
    if failed.name == MUST_FAIL:
        yield ok(PROBE, f"may {', '.join(done)}; triggers and flows ran, and everything was taken back")
        yield from _untried(steps)
        return
    tried = next(each for each in steps if each.step.name == failed.name)
    after = done[done.index(tried.words) + 1 :]
    yield error(PROBE, f"could not {tried.words}: {failed.code}: {failed.message}", tried.fix)
    if after:
        yield warning(PROBE, f"not tried, because it stopped there: {', '.join(after)}", "repair that, then try again")


def _untried(steps: Sequence[Tried]) -> Iterator[Finding]:
    names = {each.step.name for each in steps}
    if "campaign" in names and "member" not in names:
        yield untold(PROBE, "whether members can be added", "no contact is seen", "try again once there is a contact")


def _ground(org: Org, facts: Facts, setup: Setup) -> Ground:
    others = [each for each in receivers(facts, setup) if each.id != facts.identity.user_id and each.can_work]
    owner = others[0] if others else None
    if "Contact" not in facts.schema.objects:
        return Ground(owner=owner)
    theirs = soql.compare("Account.OwnerId", "=", owner.id if owner else facts.identity.user_id)
    wanted = ("AccountId != null", f"AccountId != null AND {theirs}")
    answers = org.query_many(
        [Asked(soql=soql.select("Contact", ["Id", "AccountId"], where=w, limit=1)) for w in wanted]
    )
    rows = [row for answer in reversed(answers) if answer.error is None for row in answer.rows]
    if not rows:
        return Ground(owner=owner)
    return Ground(owner=owner, account=str(rows[0]["AccountId"]), contact=str(rows[0]["Id"]))


def _left_over(org: Org, key: str) -> Iterator[Finding]:
    """Nothing with our key may be there, deleted ones included."""
    where = soql.compare(OUR_KEY, "=", key)
    objects = ("Task", "Campaign", "CampaignMember")
    answers = org.query_many([Asked(soql=soql.select(name, ["Id"], where=where), all_rows=True) for name in objects])
    left = [f"{name} {row['Id']}" for name, answer in zip(objects, answers, strict=True) for row in answer.rows]
    unread = [name for name, answer in zip(objects, answers, strict=True) if answer.error]
    if left:
        yield error(PROBE, f"something was left: {', '.join(left)}", "delete it, and empty the recycle bin")
    elif unread:
        look = f"look for '{_SUBJECT}'"
        yield untold(PROBE, f"whether anything was left in {', '.join(unread)}", "it cannot be read by our key", look)
    else:
        yield ok(PROBE, "nothing is left of it")
