"""What a mapping and a model define together: sets, their fields with types, and the names each set has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field, replace

from sf_lifecycle.config.found import nearest
from sf_lifecycle.config.mapping import Cluster, Feature, Label, Lookup, Mapping, Model, Source
from sf_lifecycle.config.schema import FieldInfo, OrgSchema
from sf_lifecycle.engine.types import BOOLEAN, DATE, DATETIME, ID, TEXT, Scalar, Type, number
from sf_lifecycle.errors import Problem

ACCOUNT = "account"
OWN_ID = "Id"
"""As a source's `parent`: each record is its own account."""
INT_DIGITS = 10
"""Salesforce's whole numbers have 32 bits."""
DECIMAL_DIGITS = 18
MOST_FIELD_SCALE = 6
_RESERVED = {"id", "object", "previous_label", "days_in_label", "rows"}


@dataclass(frozen=True, kw_only=True)
class SetInfo:
    """A set: a role's rows (`sources`) or a cluster's (`cluster`). `child`: its rows have an account above them.

    `money`: object and field → the type of an amount that has a currency code beside it.
    """

    name: str
    sources: tuple[Source, ...] = ()
    cluster: Cluster | None = None
    fields: MappingABC[str, Type] = field(default_factory=dict)
    by_names: tuple[str | None, ...] = ()
    money: MappingABC[tuple[str, str], Type] = field(default_factory=dict)

    @property
    def row(self) -> Type:
        """The id of one of its rows."""
        return replace(ID, refers=tuple(dict.fromkeys(source.object for source in self.sources)))

    @property
    def child(self) -> bool:
        """Whether `account.x` can be written."""
        return self.name != ACCOUNT and any(source.parent for source in self.sources)


@dataclass(kw_only=True)
class Definitions:
    """Everything defined, before any expression is read. `kinds`: set → name → field, column, feature, pick, label."""

    mapping: Mapping
    model: Model
    sets: dict[str, SetInfo] = field(default_factory=dict)
    kinds: dict[str, dict[str, str]] = field(default_factory=dict)
    labels: dict[tuple[str, str], Label] = field(default_factory=dict)
    parameters: dict[str, Scalar | tuple[Scalar, ...] | Lookup] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    from_model: set[str] = field(default_factory=set)

    def feature(self, set_: str, name: str) -> Feature:
        """A feature as written."""
        return self.mapping.features[set_][name]

    def clusters_of(self, set_: str) -> list[str]:
        """The clusters that gather this set's rows."""
        return [s.name for s in self.sets.values() if s.cluster and s.cluster.of == set_]

    def file(self, place: str) -> str:
        """The file that holds a key path, as far as the loader said: the longest beginning of the path it names."""
        files = self.mapping.files
        if any(place.startswith(known) for known in self.from_model):
            return files.get("model", f"model {self.model.title}")
        if re.split(r"[.\[]", place, maxsplit=1)[0] in self.mapping.roles:
            return files.get("roles", self.mapping.name)
        key = place
        while key:
            if key in files:
                return files[key]
            key = key[: max(key.rfind("."), key.rfind("["), 0)]
        return files.get("", self.mapping.name)

    def complain(self, place: str, message: str, *, hint: str = "") -> None:
        """Note a mistake; all are reported together."""
        self.problems.append(Problem(file=self.file(place), place=place, message=message, hint=hint))


def define(mapping: Mapping, model: Model, schema: OrgSchema) -> Definitions:
    """All names of all sets, with every mistake among them noted."""
    found = Definitions(mapping=mapping, model=model)
    _parameters(found)
    for role, sources in mapping.roles.items():
        fields = _fields(found, role, sources, schema)
        found.sets[role] = SetInfo(name=role, sources=sources, fields=fields, money=_money(sources, schema))
        found.kinds[role] = dict.fromkeys(fields, "field")
    _clusters(found)
    for set_, columns in mapping.columns.items():
        _add(found, set_, columns, "column", f"columns.{set_}")
    for set_, features in mapping.features.items():
        for name, feature in features.items():
            kind = "pick" if feature.pick is not None else "feature"
            _add(found, set_, {name: feature}, kind, f"features.{set_}")
    _labels(found)
    _needs(found)
    return found


def _parameters(found: Definitions) -> None:
    """The mapping's own value of a parameter goes before the model's: models are shared, mappings are a firm's."""
    for owner, place in ((found.model, "parameters"), (found.mapping, "parameters")):
        for name, value in owner.parameters.items():
            found.parameters[name] = value
            if owner is found.model:
                found.from_model.add(f"{place}.{name}")
            else:
                found.from_model.discard(f"{place}.{name}")


def _clusters(found: Definitions) -> None:
    for name, cluster in found.mapping.clusters.items():
        place = f"clusters.{name}"
        if name in found.sets:
            found.complain(place, f"{name} is a role already", hint="give the cluster another name")
            continue
        if cluster.of not in found.mapping.roles:
            found.complain(
                f"{place}.of", f"there is no role {cluster.of}", hint=nearest(cluster.of, found.mapping.roles)
            )
            continue
        names = tuple(text if text.isidentifier() else None for text in cluster.by)
        found.sets[name] = SetInfo(name=name, cluster=cluster, by_names=names)
        found.kinds[name] = {text: "by" for text in names if text}


def _add(found: Definitions, set_: str, values: MappingABC[str, object], kind: str, place: str) -> None:
    if set_ not in found.kinds:
        if set_ not in found.mapping.clusters:
            found.complain(place, f"there is no set {set_}", hint=nearest(set_, found.sets))
        return
    names = found.kinds[set_]
    for name in values:
        if name in _RESERVED:
            found.complain(f"{place}.{name}", f"the name {name} has a meaning of its own", hint="choose another name")
        elif name in names:
            found.complain(f"{place}.{name}", f"{set_} has a {names[name]} {name} already", hint="choose another name")
        elif kind == "pick" and (name in found.sets or name == ACCOUNT):
            found.complain(f"{place}.{name}", f"{name} is a set already", hint="choose another name")
        else:
            names[name] = kind


def _labels(found: Definitions) -> None:
    for owner in (found.mapping, found.model):
        for set_, labels in owner.labels.items():
            for name, label in labels.items():
                place = f"labels.{set_}.{name}"
                if owner is found.model:
                    if (set_, name) in found.labels:
                        found.complain(place, f"both the mapping and the model {found.model.title} have this label")
                        continue
                    found.from_model.add(place)
                _add(found, set_, {name: label}, "label", f"labels.{set_}")
                if found.kinds.get(set_, {}).get(name) == "label":
                    found.labels[set_, name] = label


def _needs(found: Definitions) -> None:
    """Names only; types are verified when they are known."""
    names = found.kinds.get(ACCOUNT, {})
    for name, wanted in found.model.needs.items():
        if name not in names:
            found.problems.append(
                Problem(
                    file=found.mapping.files.get("model", f"model {found.model.title}"),
                    place=f"needs.{name}",
                    message=f"the model needs a {wanted} {name} on account; the mapping {found.mapping.name} has none",
                    hint=nearest(name, names) or "add it as a field, column or feature of account",
                )
            )


def _fields(found: Definitions, role: str, sources: tuple[Source, ...], schema: OrgSchema) -> dict[str, Type]:
    fields: dict[str, Type] = {}
    for index, source in enumerate(sources):
        place = role if len(sources) == 1 else f"{role}[{index}]"
        parent = source.parent if source.parent != OWN_ID and source.object in schema.objects else None
        if parent and schema.resolve(source.object, parent) is None:
            _no_field(found, schema, source, parent, f"{place}.parent")
        for name, ref in source.fields.items():
            at = f"{place}.fields.{name}"
            if name in _RESERVED:
                found.complain(at, f"the name {name} has a meaning of its own", hint="choose another name")
                continue
            info = schema.resolve(source.object, ref.field)
            if info is None and ref.type is None:
                _no_field(found, schema, source, ref.field, at)
                continue
            if info is not None and info.type != "currency" and ref.currency == "own":
                hint = 'leave out currency = "own"'
                found.complain(f"{at}.currency", f"{ref.field} is of type {info.type}, which is no money", hint=hint)
            type_ = field_type(info) if info else _declared(str(ref.type))
            known = fields.get(name)
            if known is not None and known.kind != type_.kind:
                message = f"{ref.field} of {source.object} is a {type_.kind}; before, {name} is a {known.kind}"
                found.complain(at, message)
                continue
            fields[name] = _union(known, type_) if known else type_
    objects = tuple(dict.fromkeys(source.object for source in sources))
    fields["object"] = replace(TEXT, words=objects, closed=True, spelled=True)
    return fields


def _money(sources: tuple[Source, ...], schema: OrgSchema) -> dict[tuple[str, str], Type]:
    """The amounts whose record says in which currency they are."""
    found = {}
    for source in sources:
        for ref in source.fields.values():
            info = schema.resolve(source.object, ref.field)
            code = schema.resolve(source.object, currency_code(ref.field))
            if info is not None and info.type == "currency" and code is not None:
                found[source.object, ref.field] = field_type(info)
    return found


def currency_code(path: str) -> str:
    """The path of the currency code of the record that holds the field at `path`."""
    parent, dot, _ = path.rpartition(".")
    return f"{parent}{dot}CurrencyIsoCode"


def _no_field(found: Definitions, schema: OrgSchema, source: Source, path: str, place: str) -> None:
    info = schema.objects.get(source.object)
    if info is None:
        message = f"the object {source.object} is not known ({schema.source})"
        found.complain(
            place, message, hint=nearest(source.object, schema.objects) or 'write { field = …, type = "date" }'
        )
        return
    hint = nearest(path, info.fields) or f'if the org has it: {{ field = "{path}", type = "date" }}'
    found.complain(place, f"{source.object} has no field {path} ({schema.source})", hint=hint)


def _union(one: Type, other: Type) -> Type:
    if one.kind == "number":
        scale = max(one.scale, other.scale)
        return number(max(one.whole, other.whole) + scale, scale)
    if one.kind == "id":
        known = one.refers and other.refers
        return replace(one, refers=tuple(dict.fromkeys(one.refers + other.refers)) if known else ())
    if one.words is None or other.words is None or one.several != other.several:
        return replace(one, words=None, closed=False, several=one.several or other.several)
    return replace(one, words=tuple(dict.fromkeys(one.words + other.words)), closed=one.closed and other.closed)


def _declared(kind: str) -> Type:
    types = {"date": DATE, "datetime": DATETIME, "boolean": BOOLEAN, "id": ID, "number": number(24, MOST_FIELD_SCALE)}
    return types.get(kind, TEXT)


def field_type(info: FieldInfo) -> Type:
    """The type of a field as the mirror holds it."""
    match info.type:
        case "id" | "reference":
            guessed = any("." in name for name in info.reference_to)  # where no description of the org is known
            return ID if guessed else replace(ID, refers=info.reference_to)
        case "boolean":
            return BOOLEAN
        case "int" | "long":
            return number(INT_DIGITS)
        case "double" | "currency" | "percent":
            return number(DECIMAL_DIGITS, min(info.scale, MOST_FIELD_SCALE))
        case "date":
            return DATE
        case "datetime":
            return DATETIME
        case "picklist" | "multipicklist" if info.picklist:
            words = tuple(unicodedata.normalize("NFC", word) for word in info.picklist)
            several = info.type == "multipicklist"
            return replace(TEXT, words=words, closed=info.restricted_picklist, several=several)
        case _:
            return TEXT
