"""Restricted picklists that hold words of ours: which words the jobs write, and the SFDX source that offers them.

A field is ours to keep where a mapping writes a label to it (`stage`, `stage.previous`, `position`) and its source is a
restricted picklist with values of its own. Everything else in the file stays as people wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from sf_lifecycle.config.check_labels import words_of
from sf_lifecycle.config.mapping import Label
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.config.sfdx_source import SPACE
from sf_lifecycle.config.workspace import Workspace
from sf_lifecycle.errors import ConfigError, Problem, UsageError

_LABEL = re.compile(r"^\s*(?P<name>[a-z][a-z0-9_]*)(\.(previous|highest))?\s*$")
_VALUES = re.compile(r"(?P<lead>[ \t]*)<value>.*</value>[ \t]*\n?", re.DOTALL)
_DEFINITION = re.compile(r"(<valueSetDefinition>)(.*?)([ \t]*</valueSetDefinition>)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The words that jobs write to one field. `ordered`: their order is the model's, and counts."""

    object: str
    field: str
    words: tuple[str, ...]
    ordered: bool
    jobs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Written:
    """What became of one field's file. `added` and `gone` are values; `note` says why nothing could be written."""

    field: str
    path: Path
    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    reordered: bool = False
    note: str = ""

    @property
    def changed(self) -> bool:
        """Is the file another than before?"""
        return bool(self.added or self.gone or self.reordered)


def wanted(workspace: Workspace, jobs: Iterable[str]) -> list[Wanted]:
    """The words of the jobs' labels by field, the first job's first. UsageError where two differ in case alone."""
    words: dict[tuple[str, str], dict[str, None]] = {}
    ordered: set[tuple[str, str]] = set()
    whose: dict[tuple[str, str], dict[str, None]] = {}
    for job in jobs:
        for place, label in _labels(workspace, job):
            words.setdefault(place, {}).update(dict.fromkeys([*label.order, *words_of(label)]))
            whose.setdefault(place, {})[job] = None
            ordered |= {place} if label.order else set()
    for (object_name, field), known in words.items():
        _refuse_twins(f"{object_name}.{field}", known)
    return [
        Wanted(object=place[0], field=place[1], words=tuple(known), ordered=place in ordered, jobs=tuple(whose[place]))
        for place, known in sorted(words.items())
    ]


def unoffered(workspace: Workspace, job: str, schema: OrgSchema) -> Iterator[str]:
    """A sentence for each restricted field that does not offer a word which the job writes to it."""
    for said, way_out in _unoffered(workspace, job, schema):
        yield f"job {job}: {said}; {way_out}"


def refuse_unoffered(workspace: Workspace, job: str, schema: OrgSchema) -> None:
    """ConfigError with the same: to be asked of the org's own description, before anything is worked out."""
    file = workspace.files.get(f"jobs.{job}", f"job {job}")
    problems = [
        Problem(file=file, place="", message=said, hint=way_out) for said, way_out in _unoffered(workspace, job, schema)
    ]
    if problems:
        raise ConfigError(problems)


def _unoffered(workspace: Workspace, job: str, schema: OrgSchema) -> Iterator[tuple[str, str]]:
    """(what is wrong, what to do)."""
    for each in wanted(workspace, [job]):
        known = schema.objects.get(each.object)
        info = known.fields.get(each.field) if known else None
        if info is None or info.type != "picklist" or not info.restricted_picklist:
            continue
        offered = {value.casefold() for value in info.picklist}
        missing = [word for word in each.words if word.casefold() not in offered]
        if missing:
            quoted = ", ".join(f"'{word}'" for word in missing)
            yield (
                f"{each.object}.{each.field} does not offer {quoted}, and Salesforce refuses such records",
                f"write the source with `sf-lifecycle metadata {job}`, then deploy it (restart a local org)",
            )


def write(project: Path, target: Path, fields: Iterable[Wanted]) -> list[Written]:
    """Bring the fields' files below `target` up to date; what is not there yet is taken from `project`."""
    return [written for each in fields for written in _write(project, target, each)]


def _labels(workspace: Workspace, job_name: str) -> Iterator[tuple[tuple[str, str], Label]]:
    job = workspace.job(job_name)
    mapping, model = workspace.mappings[job.mapping], workspace.models[job.model]
    for set_name, outputs in mapping.outputs.items():
        for field, expression in outputs.items():
            found = _LABEL.match(expression)
            name = found["name"] if found else ""
            label = mapping.labels.get(set_name, {}).get(name) or model.labels.get(set_name, {}).get(name)
            if label is not None:
                for source in mapping.roles.get(set_name, ()):
                    yield (source.object, field), label


def _refuse_twins(place: str, words: Mapping[str, None]) -> None:
    first: dict[str, str] = {}
    for word in words:
        other = first.setdefault(word.casefold(), word)
        if other != word:
            raise UsageError(
                f"{place}: '{other}' and '{word}' are one value to Salesforce; spell them the same in both models, or "
                "run the jobs in two orgs"
            )


def _write(project: Path, target: Path, each: Wanted) -> Iterator[Written]:
    found = sorted(project.glob(f"**/objects/{each.object}/fields/{each.field}.field-meta.xml"))
    place = f"{each.object}.{each.field}"
    for source in found[:1]:
        path = target / source.relative_to(project)
        text = (path if path.is_file() else source).read_text(encoding="utf-8")
        labels, note = _read(text, source)
        if note:
            yield Written(field=place, path=path, note=note)
            continue
        if labels is None:  # a text or an open picklist takes any word
            continue
        words = each.words if each.ordered else _kept_order(labels, each.words)
        made = Written(
            field=place,
            path=path,
            added=tuple(word for word in words if word not in labels),
            gone=tuple(word for word in labels if word not in words),
            reordered=[w for w in words if w in labels] != [w for w in labels if w in words],
        )
        if made.changed or not path.is_file():
            _save(path, _with_values(text, words, labels))
        yield made


def _read(text: str, source: Path) -> tuple[dict[str, str] | None, str]:
    """API name → label of a restricted picklist's own values; None where it is another kind of field."""
    try:
        root = ET.fromstring(text)  # noqa: S314 - the user's own file, and expat limits the expansion of entities
    except ET.ParseError as error:
        raise UsageError(f"{source} is no metadata that can be read: {error}") from error
    values = root.find(f"{SPACE}valueSet")
    if values is None or values.findtext(f"{SPACE}restricted") != "true":
        return None, ""
    shared = values.findtext(f"{SPACE}valueSetName")
    if shared:
        return None, f"its values are those of the global value set {shared}; add them there"
    found = values.iterfind(f"{SPACE}valueSetDefinition/{SPACE}value")
    pairs = [(value.findtext(f"{SPACE}fullName") or "", value.findtext(f"{SPACE}label") or "") for value in found]
    return {name.strip(): label.strip() for name, label in pairs}, ""


def _kept_order(now: Mapping[str, str], words: tuple[str, ...]) -> tuple[str, ...]:
    return (*(word for word in now if word in words), *(word for word in words if word not in now))


def _with_values(text: str, words: Iterable[str], labels: Mapping[str, str]) -> str:
    made = "".join(_value(word, labels.get(word) or word[:1].upper() + word[1:]) for word in words)

    def replaced(match: re.Match[str]) -> str:
        kept = _VALUES.sub("", match[2])
        return f"{match[1]}{kept.rstrip()}\n{made}{match[3]}"

    return _DEFINITION.sub(replaced, text, count=1)


def _value(word: str, label: str) -> str:
    inner = " " * 16
    return (
        f"            <value>\n{inner}<fullName>{escape(word)}</fullName>\n{inner}<default>false</default>\n"
        f"{inner}<label>{escape(label)}</label>\n            </value>\n"
    )


def _save(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
