"""Which values a field of the org can be given: told before anything is worked out, with the place."""

from __future__ import annotations

from collections.abc import Iterator

from sf_lifecycle.config.mapping import Mapping, ValueType
from sf_lifecycle.config.schema import FieldInfo, OrgSchema
from sf_lifecycle.errors import Problem

TEXT: tuple[ValueType, ...] = ("text", "id")
TAKES: dict[str, tuple[ValueType, ...]] = {
    "boolean": ("boolean",),
    "int": ("number",),
    "double": ("number",),
    "currency": ("number",),
    "percent": ("number",),
    "date": ("date",),
    **dict.fromkeys(("datetime", "time", "id", "reference", "base64", "address", "location"), ()),
}
"""Describe type → kinds of values; a type that is not named holds texts. Moments and references are not written."""


def output_file(mapping: Mapping) -> str:
    """Where outputs are written, for messages."""
    return mapping.files.get("outputs", f"mappings/{mapping.name}/lifecycle.toml")


def output_types(mapping: Mapping, set_name: str, schema: OrgSchema) -> dict[str, tuple[ValueType, ...]]:
    """Field → kinds of values that it takes in every object of the set that has it."""
    found: dict[str, tuple[ValueType, ...]] = {}
    for name, info in _fields(mapping, set_name, schema):
        takes = TAKES.get(info.type, TEXT)
        found[name] = tuple(kind for kind in found.get(name, takes) if kind in takes)
    return found


def output_problems(mapping: Mapping, schema: OrgSchema) -> Iterator[Problem]:
    """Outputs to fields that take nothing we could write, and reasons, which are texts, to fields that hold none."""
    for set_name, fields in sorted(mapping.outputs.items()):
        for name, info in dict(_fields(mapping, set_name, schema)).items():
            takes = TAKES.get(info.type, TEXT)
            place = f"outputs.{set_name}.{name}"
            if not takes:
                message = f"a field of type {info.type} is not written back"
                hint = "write to a text, number, date or checkbox field"
                yield Problem(file=output_file(mapping), place=place, message=message, hint=hint)
            elif fields[name].strip().endswith(".because") and "text" not in takes:
                message = f"expected {takes[0]}, got a text"
                yield Problem(file=output_file(mapping), place=place, message=message)


def _fields(mapping: Mapping, set_name: str, schema: OrgSchema) -> Iterator[tuple[str, FieldInfo]]:
    """An output's field in each object of the set that is known and has it."""
    for source in mapping.roles.get(set_name, ()):
        known = schema.objects.get(source.object)
        for name in mapping.outputs[set_name]:
            if known is not None and name in known.fields:
                yield name, known.fields[name]
