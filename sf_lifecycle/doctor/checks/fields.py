"""Every object and field that is read or written: there, writable, of the right type, long enough."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sf_lifecycle.config.schema import FieldInfo, ObjectInfo
from sf_lifecycle.doctor.checks import consent
from sf_lifecycle.doctor.checks.writes import WRITTEN, Written, constants, in_use
from sf_lifecycle.doctor.facts import Facts, Setup
from sf_lifecycle.doctor.findings import CONFIGURATION, FIELDS, Finding, error, many, ok, warning
from sf_lifecycle.errors import Problem
from sf_lifecycle.lifecycle.keys import KEY_LENGTH, PLAY_LENGTH

GRANT = "grant it in a permission set of the worker (Lifecycle_Worker has what is shipped)"
REASON_LENGTH = 255

# Kinds of value → the describe types that hold them.
_HOLDS = {
    "text": frozenset({"string", "textarea", "picklist", "combobox", "email", "phone", "url"}),
    "number": frozenset({"double", "int", "currency", "percent"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"datetime"}),
    "boolean": frozenset({"boolean"}),
    "id": frozenset({"reference", "id"}),
}
# Our own fields: kind, characters needed, and whether what is longer is cut (or refused).
_OURS: dict[str, tuple[str, int, bool]] = {
    "Lifecycle_Key__c": ("text", KEY_LENGTH, False),
    "Lifecycle_Play__c": ("text", PLAY_LENGTH, False),
    "Lifecycle_Reason__c": ("text", REASON_LENGTH, True),
    "Lifecycle_Basis__c": ("text", REASON_LENGTH, True),
    "Lifecycle_Decision_Date__c": ("date", 0, False),
    "Lifecycle_Next_Date__c": ("date", 0, False),
    "Lifecycle_Outcome__c": ("text", 0, False),
}


def compiles(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """The job against this org's own types and words."""
    for problem in setup.wrong:
        yield as_finding(CONFIGURATION, problem)
    if not setup.wrong and not setup.missing:
        yield ok(CONFIGURATION, f"job {setup.job.name}: mapping, model and plays fit the org's types")


def as_finding(area: str, problem: Problem) -> Finding:
    """A mistake in a file, or something that the org does not show."""
    place = ": ".join(part for part in (problem.file, problem.place) if part)
    return error(area, f"{place}: {problem.message}", problem.hint or "correct it there")


def shown(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """Present and readable. What is hidden reads as empty, so it is told before anything is read."""
    told_elsewhere = {each.place for each in consent.hidden_fields(facts, setup)}
    for problem in setup.missing:
        if problem.place not in told_elsewhere:
            yield as_finding(FIELDS, problem)
    if not setup.missing:
        roles = setup.mapping.roles.values()
        objects = {source.object for sources in roles for source in sources}
        fields = {
            (source.object, ref.field) for sources in roles for source in sources for ref in source.fields.values()
        }
        yield ok(FIELDS, f"{many(len(fields), 'mapped field')} of {many(len(objects), 'object')} can be read")


def records_writable(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """What is set on Tasks, campaigns and members that are made or changed."""
    for written in WRITTEN:
        info = facts.schema.objects.get(written.object)
        if not in_use(written, setup):
            continue
        if info is None:
            yield error(FIELDS, f"the org does not show {written.object}, which plays write", GRANT)
            continue
        problems = [*_rights(written, info, setup), *_settable(written, info, setup)]
        yield from problems
        if not problems:
            yield ok(FIELDS, f"{written.object} may be written, all fields that plays set included")


def _rights(written: Written, info: ObjectInfo, setup: Setup) -> Iterator[Finding]:
    deletes = "delete" in written.operations
    if written.object == "Task" and setup.mapping.withdraw.tasks == "close":
        deletes = False
    needed = (
        ("created", info.createable),
        ("changed", info.updateable or "update" not in written.operations),
        ("deleted", info.deletable or not deletes),
    )
    lacking = [right for right, held in needed if not held]
    if lacking:
        yield error(FIELDS, f"{written.object} records may not be {' or '.join(lacking)}", written.fix)
    if written.object == "Campaign" and not info.deletable:
        what = "Campaign records may not be deleted: `undo` could not take back a campaign that a run made"
        yield warning(FIELDS, what, written.fix)


def _settable(written: Written, info: ObjectInfo, setup: Setup) -> Iterator[Finding]:
    set_on_create = dict.fromkeys((*written.create, *constants(written, setup)))
    absent = [name for name in set_on_create if name not in info.fields]
    fixed = [name for name in set_on_create if name in info.fields and not info.fields[name].createable]
    stuck = [name for name in written.update if name in info.fields and not info.fields[name].updateable]
    for names, what in ((absent, "not shown"), (fixed, "not settable on new records"), (stuck, "not changeable")):
        if names:
            yield error(
                FIELDS, f"{written.object}: {', '.join(names)} {'are' if len(names) > 1 else 'is'} {what}", GRANT
            )


def outputs_writable(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """What is written back on accounts, Leads and contracts elsewhere."""
    wrong = False
    number = 0
    for set_name, outputs in sorted(setup.mapping.outputs.items()):
        for source in setup.mapping.roles.get(set_name, ()):
            info = facts.schema.objects.get(source.object)
            there = [name for name in outputs if info is not None and name in info.fields]
            number += len(there)
            locked = [name for name in there if info is not None and not info.fields[name].updateable]
            if locked:
                wrong = True
                yield error(FIELDS, f"{source.object}: {', '.join(locked)} may not be changed by the worker", GRANT)
            for name in there:
                field = info.fields[name] if info else None
                kind = setup.types.get((set_name, name))
                if field is not None and kind is not None and not holds(field, kind):
                    wrong = True
                    what = f"{source.object}.{name} is a {field.type} field, and outputs.{set_name} gives it a {kind}"
                    yield error(
                        FIELDS, what, f"point the output at a field that holds a {kind}, or change its expression"
                    )
    if number and not wrong:
        yield ok(FIELDS, f"{many(number, 'field')} written back on records may be changed")


def holds(field: FieldInfo, kind: str) -> bool:
    """Whether a field's type holds values of this kind."""
    return field.type in _HOLDS[kind]


def our_fields(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """Types and lengths of the fields that carry our keys, reasons and answers."""
    for name in ("Task", "Campaign", "CampaignMember"):
        info = facts.schema.objects.get(name)
        for field in info.fields.values() if info else ():
            if field.name in _OURS:
                yield from _fits(name, field, *_OURS[field.name])


def _fits(object_name: str, field: FieldInfo, kind: str, length: int, cut: bool) -> Iterator[Finding]:
    place = f"{object_name}.{field.name}"
    if not holds(field, kind):
        yield error(
            FIELDS, f"{place} is a {field.type} field, not a {kind}", "deploy salesforce/ again, or rename yours"
        )
    elif 0 < field.length < length and cut:
        what = f"{place} holds {field.length} characters: reasons are cut there"
        yield warning(FIELDS, what, f"make it {length} long")
    elif 0 < field.length < length:
        what = f"{place} holds {field.length} characters, and {length} are needed: records would be refused"
        yield error(FIELDS, what, f"make it {length} long")


def unique_keys(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """Without a unique key nothing in Salesforce stops a second record after a lost reply."""
    plain: list[str] = []
    slow: list[str] = []
    good: list[str] = []
    for written in WRITTEN:
        info = facts.schema.objects.get(written.object)
        field = info.fields.get("Lifecycle_Key__c") if info else None
        if field is None or not in_use(written, setup):
            continue
        (good if field.unique else plain).append(written.object)
        if not field.external_id:
            slow.append(written.object)
    if plain:
        yield warning(
            FIELDS,
            f"Lifecycle_Key__c is not unique on {_and(plain)}: duplicates are possible there, and at most once is not "
            f"promised",
            "make the field unique (Setup > Object Manager; for Task it is a field of Activity), as in salesforce/",
        )
    if slow:
        what = f"Lifecycle_Key__c is no External ID on {_and(slow)}: it has no index, and reading is slow"
        yield warning(FIELDS, what, "tick External ID on the field, as in salesforce/")
    if good and not plain:
        yield ok(FIELDS, f"Lifecycle_Key__c is unique on {_and(good)}: each record is made at most once")


def required(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """Fields that the org demands on a new record and that no play fills."""
    for written in WRITTEN:
        info = facts.schema.objects.get(written.object)
        if info is None or not in_use(written, setup):
            continue
        demanded = [field.name for field in info.fields.values() if demands(field)]
        for play, given in sorted(written.given(setup).items()):
            empty = [name for name in demanded if name not in written.create and name not in given]
            if empty:
                what = f"{written.object} demands {', '.join(empty)} on new records, and play {play} does not give it"
                fix = f"give it in [{written.place}] of plays/{play}.toml, or make it not required"
                yield error(FIELDS, what, fix)


def demands(field: FieldInfo) -> bool:
    """Whether a new record must bring the field. Booleans are never missing."""
    return field.createable and not field.nillable and not field.defaulted_on_create and field.type != "boolean"


def _and(names: Iterable[str]) -> str:
    return ", ".join(names)
