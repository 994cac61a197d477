"""From mapping and descriptions to what is pulled. Pure; every field that the org does not show is told at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping as MappingABC
from dataclasses import dataclass

from sf_lifecycle.config.consent import NO_RUN, ConsentField, consent_fields, how_to_read
from sf_lifecycle.config.found import nearest
from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.schema import FieldInfo, ObjectInfo, OrgSchema
from sf_lifecycle.errors import ConfigError, Problem
from sf_lifecycle.mirror.following import (
    ARCHIVED,
    CONVERTED,
    DELETED,
    STAMP,
    can_tell_merges,
    obstacles,
    refused_wishes,
    whole_by_wish,
)
from sf_lifecycle.mirror.money import codes_wanted
from sf_lifecycle.mirror.ours import (
    ALL_OURS,
    HOLDS,
    OUR_KEY,
    OUR_STATUSES,
    OURS,
    USER_NEEDED,
    USER_WANTED,
    Ours,
)
from sf_lifecycle.mirror.wants import Want, file_of, play_fields, user_fields, wants_of
from sf_lifecycle.salesforce.arrow import NOT_PULLED

Fields = tuple[tuple[str, FieldInfo], ...]
Extra = MappingABC[str, Collection[str]]

_DEPLOY = "deploy salesforce/ and assign the permission set Lifecycle_Worker"
_HIDDEN = "if the field exists, field-level security hides it from the user"
_SHIPPED = "Lifecycle_"
_LEAD = "Lead"


@dataclass(frozen=True, kw_only=True)
class ObjectPull:
    """One table of the mirror and where it comes from. `fields`: path and description, `Id` first.

    `keyed`: Ids become integers; else they stay text. `absent`: columns that the org does not show, null in the table.
    `readable` False: the object is not there and nothing needs it; the table stays empty. `whole`: why it is read whole
    each time, empty where what changed can be asked for; then `marks` are the fields that say what became of a row.
    `merges`: the org tells into which record one was merged.
    """

    table: str
    object: str
    fields: Fields
    absent: Fields = ()
    where: str = ""
    all_rows: bool = False
    keyed: bool = True
    readable: bool = True
    whole: str = ""
    marks: Fields = ()
    merges: bool = False


def plan_pull(mapping: Mapping, schema: OrgSchema, *, extra: Extra | None = None) -> tuple[ObjectPull, ...]:
    """The tables to pull, mapped objects first. `extra`: object → further API fields of the records that are ours.

    Raises ConfigError with every object and field that is missing, hidden or of no single value.
    """
    problems: list[Problem] = []
    pulls = [*_mapped(mapping, schema, problems)]
    pulls += [_ours(ours, mapping, schema, extra or {}, problems) for ours in ALL_OURS]
    if problems:
        raise ConfigError(list(dict.fromkeys(problems)))
    return tuple(pulls)


def _mapped(mapping: Mapping, schema: OrgSchema, problems: list[Problem]) -> list[ObjectPull]:
    columns: dict[str, dict[str, FieldInfo]] = {}
    outputs: dict[tuple[str, str], list[Want]] = {}
    consent = {each.place: each for each in consent_fields(mapping)}
    for want in wants_of(mapping):
        if want.optional:
            outputs.setdefault((want.place, want.path), []).append(want)
        if want.object not in schema.objects:
            if not want.path:
                problems.append(_no_object(want, schema))
            continue
        fields = columns.setdefault(want.object, {"Id": FieldInfo(name="Id", type="id", nillable=False)})
        info = schema.resolve(want.object, want.path) if want.path else None
        if info is not None and info.type not in NOT_PULLED:
            fields[want.path] = info
        elif want.path and not want.optional:
            problems.append(_no_field(want, schema, info, consent.get(want.place)))
    for wants in outputs.values():
        shown = [want for want in wants if want.object in schema.objects]
        if shown and not any(schema.resolve(want.object, want.path) for want in shown):
            problems.append(_no_field(shown[0], schema, None))
    for name, codes in codes_wanted(mapping, schema, problems).items():
        for path, info in codes.items():
            columns[name].setdefault(path, info)
    if _LEAD in columns:
        _add_shown(columns[_LEAD], schema.objects[_LEAD], CONVERTED)
    problems += _unfit_users(mapping, schema)
    absent = _user_columns(mapping, schema, columns, problems)
    pulls = []
    for name, fields in columns.items():
        described = schema.objects.get(name, ObjectInfo(name=name))
        problems += refused_wishes(mapping, described, fields)
        pulls.append(
            ObjectPull(
                table=name,
                object=name,
                fields=tuple(fields.items()),
                absent=absent if name == "User" else (),
                whole='the mapping says `pull = "full"`' if whole_by_wish(mapping, name) else _whole(described, fields),
                marks=_marks(described),
                merges=can_tell_merges(described),
            )
        )
    return pulls


def _add_shown(columns: dict[str, FieldInfo], info: ObjectInfo, names: Collection[str]) -> None:
    for name in names:
        if name in info.fields:
            columns.setdefault(name, info.fields[name])


def _whole(info: ObjectInfo, fields: dict[str, FieldInfo]) -> str:
    return ", and ".join(reason for _, reason in obstacles(info, fields.items()))


def _marks(info: ObjectInfo) -> Fields:
    return tuple((name, info.fields[name]) for name in (STAMP, DELETED, ARCHIVED) if name in info.fields)


def _unfit_users(mapping: Mapping, schema: OrgSchema) -> Iterator[Problem]:
    """Fields of `[owners.user]` that hold another kind of value than what they say of a user."""
    for want, kind in user_fields(mapping):
        info = schema.resolve(want.object, want.path) if want.object in schema.objects else None
        if info is not None and info.type not in HOLDS[kind]:
            message = f"{want.object}.{want.path} is of type {info.type}, which holds no {kind}"
            hint = f"name a field of type {', '.join(sorted(HOLDS[kind]))}, or leave the key out"
            yield Problem(file=want.file, place=want.place, message=message, hint=hint)


def _user_columns(
    mapping: Mapping, schema: OrgSchema, columns: dict[str, dict[str, FieldInfo]], problems: list[Problem]
) -> Fields:
    """Adds what is always read of users; the columns that the org does not show."""
    info = schema.objects.get("User")
    fields = columns.setdefault("User", {"Id": FieldInfo(name="Id", type="id", nillable=False)})
    shown = info.fields if info else {}
    absent = []
    for name, kind in USER_NEEDED + USER_WANTED:
        if name in shown:
            fields.setdefault(name, shown[name])
            continue
        absent.append((name, FieldInfo(name=name, type=kind)))
        if name == mapping.owners.by:
            file, message = file_of(mapping, "owners", "lifecycle.toml"), f"the org does not show User.{name}"
            problems.append(Problem(file=file, place="owners.by", message=message, hint=_HIDDEN))
        elif (name, kind) in USER_NEEDED:
            hint = "grant View All Users and the field in a permission set"
            problems.append(
                Problem(file="the org", place=f"User.{name}", message="the org does not show it", hint=hint)
            )
    return tuple(absent)


def _ours(ours: Ours, mapping: Mapping, schema: OrgSchema, extra: Extra, problems: list[Problem]) -> ObjectPull:
    used = any(getattr(play, ours.part) is not None for play in mapping.plays.values())
    shown = schema.objects[ours.object].fields if ours.object in schema.objects else {}
    columns = ours.needed + ours.wanted
    if used:
        problems += [_no_ours(ours, name) for name, _ in ours.needed if name not in shown]
    further = {want.path: want for want in play_fields(mapping) if want.object == ours.object}
    for name in dict.fromkeys([*further, *extra.get(ours.object, ())]):
        if name in shown:
            columns += () if name in dict(columns) else ((name, shown[name].type),)
        elif shown:
            want = further.get(name) or Want(
                object=ours.object, path=name, file="the org", place=f"{ours.object}.{name}"
            )
            problems.append(_no_field(want, schema, None))
    readable = "Id" in shown and (ours is OUR_STATUSES or OUR_KEY in shown)
    fields = tuple((name, shown[name]) for name, _ in columns if name in shown) if "Id" in shown else ()
    absent = tuple((name, FieldInfo(name=name, type=kind)) for name, kind in columns if name not in dict(fields))
    is_status = ours is OUR_STATUSES
    info = schema.objects.get(ours.object, ObjectInfo(name=ours.object))
    return ObjectPull(
        table=ours.table,
        object=ours.object,
        fields=fields,
        absent=absent,
        where="" if is_status else OURS,
        all_rows=not is_status,
        keyed=False,
        readable=readable,
        whole=_whole(info, dict(fields)) if readable else "it is not there",
        marks=_marks(info),
    )


def _no_object(want: Want, schema: OrgSchema) -> Problem:
    near = nearest(want.object, schema.objects)
    own = _DEPLOY if want.object.startswith(_SHIPPED) else "grant the object in a permission set"
    hint = "; ".join(part for part in (near, f"{own}, or point the mapping at your own object") if part)
    message = f"the org does not show an object {want.object}"
    return Problem(file=want.file, place=want.place, message=message, hint=hint)


def _no_field(want: Want, schema: OrgSchema, info: FieldInfo | None, consent: ConsentField | None = None) -> Problem:
    if info is not None:
        message = f"{want.object}.{want.path} is of type {info.type}, which holds no single value"
        hint = "map its parts instead, such as BillingCity"
        return Problem(file=want.file, place=want.place, message=message, hint=hint)
    message = f"the org does not show a field {want.path} on {want.object}"
    near = nearest(want.path, schema.objects[want.object].fields)
    own = f"{_DEPLOY}, or point the mapping at your own field" if _SHIPPED in want.path else ""
    grant = how_to_read(want.object, want.path, consent=consent is not None)
    if consent is not None:
        message += f", and {consent.rests}: {NO_RUN}"
    hint = "; ".join(part for part in (near, own, _HIDDEN, grant) if part)
    return Problem(file=want.file, place=want.place, message=message, hint=hint)


def _no_ours(ours: Ours, name: str) -> Problem:
    message = f"the org does not show this field, which plays with a [{ours.part}] need"
    return Problem(file="the org", place=f"{ours.object}.{name}", message=message, hint=f"{_DEPLOY}; {_HIDDEN}")
