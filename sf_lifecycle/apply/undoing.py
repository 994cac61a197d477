"""What one run did with one record, and the way back from there. Pure: what the org holds now is an argument."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sf_lifecycle.apply.compare import differing, same
from sf_lifecycle.apply.records import ANSWERS, KEPT, KEY_FIELD
from sf_lifecycle.config.schema import ObjectInfo
from sf_lifecycle.lifecycle.touched import TOUCH_FIELDS
from sf_lifecycle.plan.changes import Operation
from sf_lifecycle.state import Write

Record = Mapping[str, Any]

FORGOTTEN = "the ledger has forgotten its values (storage.values_days)"


@dataclass(frozen=True, kw_only=True)
class Did:
    """All that one run did with one record. `made_by_us`: False for a create that met a record with its key."""

    object: str
    operation: Operation
    ref: str
    record_id: str
    before: Record
    after: Record
    read_back: Record | None
    made_by_us: bool = True

    @property
    def key(self) -> str | None:
        """Our key of the record, where the ledger knows it."""
        return self.after.get(KEY_FIELD) or self.before.get(KEY_FIELD)

    @property
    def forgotten(self) -> bool:
        """Settled so long ago that its values are gone."""
        return not self.after and not self.before


@dataclass(frozen=True, kw_only=True)
class Change:
    """A row of the plan that takes something back."""

    object: str
    operation: Operation
    ref: str
    about: str | None
    after: Record
    before: Record


@dataclass(frozen=True, kw_only=True)
class Left:
    """Something that stays as it is, and why. `row`: what a plan's row for it is known by, where not by its Id."""

    object: str
    ref: str
    reason: str
    row: str = ""


Way = Change | Left | Literal["so already"]
SO: Literal["so already"] = "so already"


def together(writes: Iterable[Write]) -> list[Did]:
    """The rows that reached the org, one for each record; what a run made and took away again is none."""
    found: dict[tuple[str, str], Did] = {}
    for write in writes:
        did = _did(write)
        if did is None:
            continue
        place = (did.object, did.record_id)
        first = found.pop(place, None)
        if first is None:
            found[place] = did
        elif (merged := _merged(first, did)) is not None:
            found[place] = merged
    return list(found.values())


def _did(write: Write) -> Did | None:
    created = write.operation == "create"
    if write.record_id is None or not (write.status == "done" or (created and write.status == "exists")):
        return None
    if write.status == "exists" and write.code:  # it met a record that is another
        return None
    operation: Operation = "create" if created else "delete" if write.operation == "delete" else "update"
    return Did(
        object=write.object,
        operation=operation,
        ref=write.ref,
        record_id=write.record_id,
        before=write.before,
        after=write.after,
        read_back=write.read_back,
        made_by_us=write.status == "done",
    )


def _merged(first: Did, then: Did) -> Did | None:
    if then.operation == "delete":
        return None if first.operation == "create" else replace(then, before={**then.before, **first.before})
    read_back = first.read_back if then.read_back is None else {**(first.read_back or {}), **then.read_back}
    return replace(
        first, before={**then.before, **first.before}, after={**first.after, **then.after}, read_back=read_back
    )


def values_that_go(did: Did, found: Record) -> dict[str, Any]:
    """What a record holds that its making again needs, and that tells whether somebody worked on it meanwhile."""
    names = dict.fromkeys((*did.after, *KEPT.get(did.object, ())))
    return {name: found[name] for name in names if name in found}


def created(did: Did, found: Record | None, about: str | None) -> Way:
    """Taken away again, where it is as it was made."""
    if found is None:
        return SO
    reason = _worked_on(did, found)
    if reason:
        return Left(object=did.object, ref=did.record_id, reason=reason)
    before = values_that_go(did, found)
    return Change(object=did.object, operation="delete", ref=did.record_id, about=about, after={}, before=before)


def _worked_on(did: Did, found: Record) -> str:
    if did.forgotten:
        return FORGOTTEN
    if did.object in KEPT and did.read_back is None:
        return "nobody read back what was written, so that a person's work on it could not be told"
    made = did.read_back if did.read_back is not None else did.after
    match did.object:
        case "Task":
            answered = [name for name in ANSWERS if found.get(name) is not None]
            names = [*differing({name: made[name] for name in TOUCH_FIELDS if name in made}, found), *answered]
        case "CampaignMember":
            if found.get("HasResponded"):
                return "the person responded"
            names = [*differing({"Status": made.get("Status")}, found)]
        case _:  # the owner alone never counts
            names = [name for name in differing({**did.after, **made}, found) if name != "OwnerId"]
    return f"changed since: {', '.join(names)}" if names else ""


def by_field(did: Did, found: Record | None, info: ObjectInfo, about: str | None) -> tuple[Way, ...]:
    """Each field back to what it was, where the org still holds what we wrote."""
    if found is None:
        return (Left(object=did.object, ref=did.record_id, reason="the record is gone"),)
    if did.forgotten:
        return (Left(object=did.object, ref=did.record_id, reason=FORGOTTEN),)
    back, changed, closed = [], [], []
    for name, wrote in did.after.items():
        field = info.fields.get(name)
        if field is None or not field.updateable:
            closed.append(name)
        elif same(did.before.get(name), found.get(name)):
            continue
        elif any(same(ours, found.get(name)) for ours in (wrote, (did.read_back or {}).get(name, wrote))):
            back.append(name)
        else:
            changed.append(name)
    ways: list[Way] = []
    if back:
        after, before = ({name: values.get(name) for name in back} for values in (did.before, found))
        ways.append(
            Change(object=did.object, operation="update", ref=did.record_id, about=about, after=after, before=before)
        )
    reasons = {"changed since": changed, "cannot be written any more": closed}
    ways += [
        Left(object=did.object, ref=did.record_id, reason=f"{reason}: {', '.join(sorted(names))}")
        for reason, names in reasons.items()
        if names
    ]
    return tuple(ways) or (SO,)


def deleted(
    did: Did, living: Record | None, info: ObjectInfo, campaigns: Mapping[str, str], going: Collection[str]
) -> Way:
    """Made again with the values it had, where no living record has its key.

    `campaigns`: Id of a campaign that is gone → its key, where this plan makes it again. `going`: Ids that are deleted
    by this plan.
    """
    if living is not None and living["Id"] not in going:
        return SO
    fields = {name for name, field in info.fields.items() if field.createable}
    after = {name: value for name, value in did.before.items() if value is not None and name in fields}
    if not after:
        return Left(object=did.object, ref=did.record_id, reason=FORGOTTEN, row=known_by(did))
    if after.get("CampaignId") in campaigns:
        after["CampaignId"] = f"@{campaigns[str(after['CampaignId'])]}"
    about = after.get("WhatId") if str(after.get("WhatId", "")).startswith("001") else None
    return Change(
        object=did.object, operation="create", ref=did.key or reference(after), about=about, after=after, before={}
    )


def known_by(did: Did) -> str:
    """What the row that makes it again is known by."""
    return did.key or reference(did.before)


def reference(status: Record) -> str:
    """What a member status is known by, which has no key."""
    return f"{str(status.get('CampaignId', '')).removeprefix('@')}|{status.get('Label', '')}"
