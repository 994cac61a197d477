"""Names that would not work in an expression, or that mean two things."""

from __future__ import annotations

from collections.abc import Iterable

from sf_lifecycle.config.found import KeyPath, dotted, found
from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.names import why_no_qualifier, why_reserved
from sf_lifecycle.errors import Problem


def name_problems(mapping: Mapping) -> list[Problem]:
    """Problems with the names a mapping gives."""
    objects, lifecycle = mapping.files["roles"], mapping.files["columns"]
    problems = []
    for role, sources in mapping.roles.items():
        for index, source in enumerate(sources):
            place = (role, "fields") if len(sources) == 1 else (role, index, "fields")
            problems += value_name_problems(place, source.fields, objects)
    problems += value_name_problems(("parameters",), mapping.parameters, lifecycle)
    for section in ("columns", "features", "labels"):
        for of_set, values in getattr(mapping, section).items():
            problems += value_name_problems((section, of_set), values, lifecycle)
    problems += _picks(mapping, lifecycle)
    for name in mapping.clusters:
        if name in mapping.roles:
            problems.append(_problem(lifecycle, ("clusters", name), f"{found(name)} is a role's name already"))
        elif why := why_no_qualifier(name):
            problems.append(_reserved(lifecycle, ("clusters", name), why))
    return problems + _twice(mapping, lifecycle)


def value_name_problems(place: KeyPath, names: Iterable[str], file: str) -> list[Problem]:
    """Names of values that SQL or the language keeps for itself."""
    return [_reserved(file, (*place, name), why) for name in names if (why := why_reserved(name))]


def _picks(mapping: Mapping, file: str) -> list[Problem]:
    """A picked row is read by its name and a dot; such a name must be able to stand before one."""
    return [
        _reserved(file, ("features", of_set, name), why)
        for of_set, features in mapping.features.items()
        for name, feature in features.items()
        if feature.pick and not why_reserved(name) and (why := why_no_qualifier(name))
    ]


def _twice(mapping: Mapping, file: str) -> list[Problem]:
    """A set's fields, columns, features and labels share one space of names."""
    problems = []
    for of_set in {*mapping.columns, *mapping.features, *mapping.labels}:
        taken = {name: "field" for source in mapping.roles.get(of_set, ()) for name in source.fields}
        for section in ("columns", "features", "labels"):
            for name in getattr(mapping, section).get(of_set, {}):
                if name in taken:
                    message = f"{of_set} has a {taken[name]} of this name already"
                    problems.append(_problem(file, (section, of_set, name), message))
                taken.setdefault(name, section.removesuffix("s"))
    return problems


def _reserved(file: str, place: KeyPath, why: str) -> Problem:
    return Problem(file=file, place=dotted(place), message=f"the name cannot be used: {why}", hint="choose another")


def _problem(file: str, place: KeyPath, message: str) -> Problem:
    return Problem(file=file, place=dotted(place), message=message)
