"""Pydantic's errors as Problems: the key path as written, what was expected, what was found, the nearest known name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sf_lifecycle.config.expected import expected, noun
from sf_lifecycle.config.found import KeyPath, dotted, found, nearest
from sf_lifecycle.config.shape import known_keys
from sf_lifecycle.errors import Problem

Locate = Callable[[KeyPath], tuple[str, KeyPath]]


@dataclass(frozen=True, kw_only=True)
class _Finding:
    """One error with pydantic's union tags taken out of its path. `tags`: (path so far, tag)."""

    path: KeyPath
    tags: tuple[tuple[KeyPath, str], ...]
    is_key: bool
    error: ErrorDetails


def problems_of(
    error: ValidationError, *, model: type[BaseModel], data: Any, locate: Locate, hidden: Iterable[str] = ()
) -> list[Problem]:
    """Every mistake once. `data` is what was validated; `locate` turns a path in it into file and path in that file.

    `hidden` are top-level keys that are not written in the file, and so are not offered.
    """
    findings = [_finding(details, data) for details in error.errors(include_url=False)]
    findings = _without_echoes(_matching_branches(findings, data))
    problems: dict[Problem, None] = {}
    by_path: dict[tuple[KeyPath, bool], list[_Finding]] = {}
    for finding in findings:
        by_path.setdefault((finding.path, bool(finding.tags)), []).append(finding)
    for (path, of_union), group in by_path.items():
        file, place = locate(path)
        if of_union and len(group) > 1:
            nouns = tuple(dict.fromkeys(_noun(finding) for finding in group))
            message = f"expected {_or(nouns)}, got {_found(path, group[0].error['input'])}"
            problems[Problem(file=file, place=dotted(place), message=message)] = None
            continue
        for finding in group:
            problems[_problem(finding, model, file, place, frozenset(hidden))] = None
    return list(problems)


def _finding(error: ErrorDetails, data: Any) -> _Finding:
    path: list[str | int] = []
    tags: list[tuple[KeyPath, str]] = []
    is_key = False
    location = error["loc"]
    for index, part in enumerate(location):
        last = index == len(location) - 1
        if part == "[key]":
            is_key = True
        elif _has(data, part):
            path.append(part)
            data = data[part]
        elif last and error["type"] == "missing":
            path.append(part)
        else:
            tags.append((tuple(path), str(part)))
    return _Finding(path=tuple(path), tags=tuple(tags), is_key=is_key, error=error)


def _has(data: Any, part: str | int) -> bool:
    if isinstance(data, Mapping):
        return part in data
    return isinstance(data, list | tuple) and isinstance(part, int) and part < len(data)


def _matching_branches(findings: list[_Finding], data: Any) -> list[_Finding]:
    """Drop what a union's other branches complain of: a table was meant as the table, a list as the list,
    a text as the text.
    """
    tags = {tag for finding in findings for tag in finding.tags}
    wanted: dict[KeyPath, Callable[[str], bool]] = {}
    for path, tag in tags:
        value = _at(data, path)
        if isinstance(value, Mapping) and _is_table(tag):
            wanted[path] = _is_table
        elif isinstance(value, list | tuple) and _is_list(tag):
            wanted[path] = _is_list
        elif isinstance(value, str) and _is_text(tag):
            wanted[path] = _is_text
    return [f for f in findings if all(wanted[path](tag) for path, tag in f.tags if path in wanted)]


def _without_echoes(findings: list[_Finding]) -> list[_Finding]:
    """A list counts as short when what is in it failed; that failure is told already."""
    paths = {finding.path for finding in findings}

    def echo(finding: _Finding) -> bool:
        depth = len(finding.path)
        inside = any(len(path) > depth and path[:depth] == finding.path for path in paths)
        return finding.error["type"] == "too_short" and inside

    return [finding for finding in findings if not echo(finding)]


def _is_table(tag: str) -> bool:
    return tag[:1].isupper() or tag.startswith("dict[")


def _is_list(tag: str) -> bool:
    return tag.startswith(("tuple[", "list["))


def _is_text(tag: str) -> bool:
    return tag in ("str", "constrained-str")


def _at(data: Any, path: KeyPath) -> Any:
    for part in path:
        data = data[part]
    return data


def _noun(finding: _Finding) -> str:
    return noun(finding.error, finding.tags[-1][1] if finding.tags else "")


def _problem(finding: _Finding, model: type[BaseModel], file: str, place: KeyPath, hidden: frozenset[str]) -> Problem:
    error, path = finding.error, finding.path
    key = str(path[-1]) if path else ""
    hint = ""
    if finding.is_key:
        message = f"expected as key {expected(error)}, got {found(key)}"
    elif error["type"] == "missing":
        message = "expected a value, got nothing: the key is required"
    elif error["type"] == "extra_forbidden":
        known = [name for name in known_keys(model, path[:-1]) if len(path) > 1 or name not in hidden]
        hint = nearest(key, known)
        message = f"expected one of {', '.join(known)}, got the unknown key {found(key)}" if known else "unknown key"
    elif error["type"] == "value_error":
        message = str(error["ctx"]["error"])
    else:
        message = f"expected {expected(error)}, got {_found(path, error['input'])}"
        if error["type"] == "literal_error" and isinstance(error["input"], str):
            hint = nearest(
                error["input"], str(error["ctx"]["expected"]).replace(" or ", ", ").replace("'", "").split(", ")
            )
    return Problem(file=file, place=dotted(place), message=message, hint=hint)


def _found(path: KeyPath, value: Any) -> str:
    return found(value, key=dotted(path))


def _or(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
