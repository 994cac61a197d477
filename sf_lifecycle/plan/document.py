"""A plan as JSON: what is shown, saved, approved and applied is the same bytes, and the digest proves it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping as MappingABC
from dataclasses import asdict, fields, replace
from typing import Any

import orjson
import pandas as pd

from sf_lifecycle.errors import UsageError
from sf_lifecycle.plan.changes import (
    AFTER,
    BEFORE,
    LABEL_COLUMNS,
    ROW_COLUMNS,
    Header,
    Operation,
    Plan,
    Section,
    arrange,
    no_labels,
    to_wire,
)

FORMAT = 2
CHUNK = 50_000  # rows turned into Python dictionaries at a time
OPTIONS = orjson.OPT_SORT_KEYS
CELLS = OPTIONS | orjson.OPT_PASSTHROUGH_DATETIME  # dates are ours to write
# What reading a file of anybody's making may run into. The digest says that it is a plan; no check of ours does.
_NO_PLAN = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
OPERATIONS: MappingABC[str, Operation] = {"delete": "delete", "create": "create", "update": "update"}


def seal(plan: Plan) -> Plan:
    """The plan with its digest."""
    return replace(plan, digest=_digest(plan))


def dump(plan: Plan) -> Iterator[bytes]:
    """The document's lines: a head, a line per change, a line per remembered label, the digest."""
    yield from _body(plan)
    yield _line({"digest": plan.digest})


def load(lines: Iterator[bytes], *, name: str) -> Plan:
    """A plan from its document. Raises UsageError where it is no plan, another format, cut short, or was edited."""
    try:
        plan, digest = _read(lines)
        sealed = bool(digest) and _digest(plan) == digest
    except _NO_PLAN as error:
        raise UsageError(
            f"{name} is no plan of this version ({_reason(error)}); make it again with `sf-lifecycle plan`"
        ) from error
    if not sealed:
        raise UsageError(f"{name} was changed or cut short after it was made; make it again with `sf-lifecycle plan`")
    return replace(plan, digest=digest)


def _reason(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else str(error).partition("\n")[0]


def _digest(plan: Plan) -> str:
    total = hashlib.sha256()
    for line in _body(plan):
        total.update(line)
    return f"sha256:{total.hexdigest()}"


def _body(plan: Plan) -> Iterator[bytes]:
    head = asdict(plan.header) | {"counts": plan.counts, "sizes": plan.sizes, "notes": plan.notes}
    yield _line({"format": FORMAT, "plan": head})
    for section in plan.sections:
        yield from _section_lines(section)
    columns = list(LABEL_COLUMNS)
    for start in range(0, len(plan.labels), CHUNK):
        for values in plan.labels[columns].iloc[start : start + CHUNK].itertuples(index=False, name=None):
            yield orjson.dumps({"label": dict(zip(columns, values, strict=True))}, to_wire, CELLS) + b"\n"


def _section_lines(section: Section) -> Iterator[bytes]:
    for start in range(0, len(section), CHUNK):
        stop = start + CHUNK
        heads = section.rows.iloc[start:stop][["about", "why", "rests", "cause"]].itertuples(index=False, name=None)
        for (ref, after, before), (about, why, rests, cause) in zip(section.records(start, stop), heads, strict=True):
            line: dict[str, Any] = {
                "do": section.operation,
                "object": section.object,
                "ref": ref,
                "about": about,
                "why": why,
            }
            if section.operation != "delete":
                line["set"] = after
            for key, value in (("was", before), ("rests", rests), ("cause", cause)):
                if value:
                    line[key] = value
            yield orjson.dumps(line, _value, CELLS) + b"\n"


def _value(value: Any) -> Any:
    """What JSON has no word for. Dates are marked so that they come back as dates and never as texts that look so."""
    return {"date": value.isoformat()} if isinstance(value, dt.date) else to_wire(value)


def _unvalue(value: Any) -> Any:
    return dt.date.fromisoformat(value["date"]) if isinstance(value, dict) else value


def _line(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value, option=OPTIONS) + b"\n"


def _read(lines: Iterator[bytes]) -> tuple[Plan, str]:
    head = _object(orjson.loads(next(lines, b"")))
    if head.get("format") != FORMAT:
        raise ValueError("not this format")
    facts = _object(head["plan"])
    counts, sizes, notes = _object(facts.pop("counts")), _object(facts.pop("sizes")), tuple(facts.pop("notes"))
    header = _header(facts | {"as_of": dt.date.fromisoformat(facts["as_of"])})
    changes: dict[tuple[str, str], list[dict[str, Any]]] = {}
    labels: list[dict[str, Any]] = []
    digest = ""
    for line in lines:
        row = _object(orjson.loads(line))
        if "do" in row:
            changes.setdefault((row["object"], row["do"]), []).append(row)
        elif "label" in row:
            labels.append(_object(row["label"]))
        else:
            digest = str(row["digest"])
    sections = [_section(kind, rows) for kind, rows in changes.items()]
    frame = pd.DataFrame(labels, columns=list(LABEL_COLUMNS), dtype=object) if labels else no_labels()
    for day in ("since",):
        frame[day] = [dt.date.fromisoformat(value) if value else None for value in frame[day]]
    frame = frame.astype(object).where(frame.notna(), None)
    plan = Plan(header=header, sections=arrange(sections), labels=frame, counts=counts, sizes=sizes, notes=notes)
    return plan, digest


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"a line holds {type(value).__name__}, not an object")
    return value


def _header(facts: dict[str, Any]) -> Header:
    header = Header(**facts)
    for each in fields(header):
        kind = {"as_of": dt.date, "expected_calls": int}.get(each.name, str)
        if not isinstance(getattr(header, each.name), kind):
            raise ValueError(f"{each.name} is no {kind.__name__}")
    return header


def _section(kind: tuple[str, str], rows: list[dict[str, Any]]) -> Section:
    object_name, operation = kind
    if operation not in OPERATIONS:
        raise ValueError(f"unknown operation {operation!r}")
    names = tuple(dict.fromkeys(name for row in rows for part in ("set", "was") for name in row.get(part, {})))
    data: dict[str, list[Any]] = {column: [row.get(column) for row in rows] for column in ROW_COLUMNS}
    data["rests"] = [_unvalues(rests) if rests else None for rests in data["rests"]]
    for name in names:
        if operation != "delete":
            data[AFTER + name] = [_unvalue(row["set"].get(name)) for row in rows]
        if operation != "create":
            data[BEFORE + name] = [_unvalue(row.get("was", {}).get(name)) for row in rows]
    frame = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in data.items()})
    return Section(object=object_name, operation=OPERATIONS[operation], fields=names, rows=frame)


def _unvalues(values: MappingABC[str, Any]) -> dict[str, Any]:
    return {name: _unvalue(value) for name, value in values.items()}
