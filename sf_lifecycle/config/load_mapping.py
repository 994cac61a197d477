"""A mapping's folder to a Mapping: `objects.toml`, `lifecycle.toml`, `plays/*.toml`, `scripts/`."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sf_lifecycle.config.check_mapping import locale_problems, mapping_problems
from sf_lifecycle.config.check_plays import Known, play_problems
from sf_lifecycle.config.found import KeyPath, found
from sf_lifecycle.config.load_job import FILE_NAME, NAME_RULE
from sf_lifecycle.config.mapping import Mapping, Owners, Play
from sf_lifecycle.config.problems import problems_of
from sf_lifecycle.config.text_languages import home_language, play_language_problems, script_of, script_problems
from sf_lifecycle.config.toml_file import read_text, read_toml
from sf_lifecycle.errors import ConfigError, Problem

OBJECTS, LIFECYCLE, PLAYS, SCRIPTS = "objects.toml", "lifecycle.toml", "plays", "scripts"
_ELSEWHERE = {
    "name": "a mapping's name is its folder's",
    "roles": f"roles stand in {OBJECTS}, each under its own heading",
    "plays": f"each play is a file of its own in {PLAYS}/",
    "scripts": f"scripts are files in {SCRIPTS}/",
    "files": "",
}
SECTIONS = tuple(name for name in Mapping.model_fields if name not in _ELSEWHERE)


@dataclass(frozen=True, kw_only=True)
class LoadedMapping:
    """What a folder gave. `mapping` is None where there are problems; `plays` holds the plays that are right alone."""

    mapping: Mapping | None
    plays: MappingABC[str, Play]
    play_names: tuple[str, ...]
    shown: str
    problems: tuple[Problem, ...]

    def file_of_play(self, name: str) -> str:
        """The play's file, for messages."""
        return f"{self.shown}/{PLAYS}/{name}.toml"


def load_mapping(folder: Path, *, shown: str) -> LoadedMapping:
    """Read `folder`, a mapping named after it and shown as `shown`. Raises nothing: problems are in the value."""
    problems: list[Problem] = []
    objects = _read(folder / OBJECTS, f"{shown}/{OBJECTS}", problems)
    lifecycle = _read(folder / LIFECYCLE, f"{shown}/{LIFECYCLE}", problems)
    scripts = _scripts(folder, shown, problems)
    play_files = _play_files(folder, shown, problems)
    plays = {name: play for name, path in play_files.items() if (play := _play(path, name, shown, problems))}
    files = {"roles": f"{shown}/{OBJECTS}"} | dict.fromkeys(SECTIONS, f"{shown}/{LIFECYCLE}")
    files |= {f"plays.{name}": f"{shown}/{PLAYS}/{name}.toml" for name in play_files}
    files |= {path: f"{shown}/{path}" for path in scripts}

    mapping = None
    if objects is not None and lifecycle is not None:
        mapping = _mapping(folder.name, shown, objects, lifecycle, problems)
    if mapping:
        mapping = mapping.model_copy(update={"plays": plays, "scripts": scripts, "files": files})
        problems += mapping_problems(mapping)
    known = _known(objects, lifecycle, scripts)
    home = home_language(mapping.locale) if mapping and not locale_problems(mapping.locale, "", "") else None
    problems += script_problems(scripts, shown=shown, home=home)
    for name, play in plays.items():
        problems += play_problems(play, file=files[f"plays.{name}"], known=known)
        problems += play_language_problems(play, file=files[f"plays.{name}"], home=home)
    return LoadedMapping(
        mapping=None if problems else mapping,
        plays=plays,
        play_names=tuple(play_files),
        shown=shown,
        problems=tuple(problems),
    )


def _mapping(
    name: str, shown: str, objects: dict[str, Any], lifecycle: dict[str, Any], problems: list[Problem]
) -> Mapping | None:
    lifecycle = dict(lifecycle)
    for key in [key for key in lifecycle if key in _ELSEWHERE]:
        del lifecycle[key]
        problems.append(Problem(file=f"{shown}/{LIFECYCLE}", place=key, message="unknown key", hint=_ELSEWHERE[key]))
    roles = {role: tuple(value) if isinstance(value, list) else (value,) for role, value in objects.items()}
    data = {"name": name, "roles": roles, **lifecycle}

    def locate(path: KeyPath) -> tuple[str, KeyPath]:
        if path[:1] != ("roles",):
            return f"{shown}/{LIFECYCLE}", path
        role, *rest = path[1:] or ("",)
        single = not isinstance(objects.get(str(role)), list)
        return f"{shown}/{OBJECTS}", (role, *(rest[1:] if single else rest)) if role else ()

    try:
        return Mapping.model_validate(data)
    except ValidationError as error:
        problems += problems_of(error, model=Mapping, data=data, locate=locate, hidden=_ELSEWHERE)
        wrong = {str(details["loc"][0]) for details in error.errors() if details["loc"]}
    if wrong & {"roles", "clusters"}:
        return None
    # The sections that are right are checked further, so that all is told in one go.
    right = {key: value for key, value in data.items() if key not in wrong}
    with contextlib.suppress(ValidationError):
        return Mapping.model_validate({"owners": Owners(fallback="-"), **right})
    return None


def _play(path: Path, name: str, shown: str, problems: list[Problem]) -> Play | None:
    file = f"{shown}/{PLAYS}/{path.name}"
    if not FILE_NAME.match(name):
        problems.append(Problem(file=file, place="", message=f"expected a file name of {NAME_RULE}, got {found(name)}"))
    data = _read(path, file, problems)
    if data is None:
        return None
    try:
        return Play.model_validate(data)
    except ValidationError as error:
        problems += problems_of(error, model=Play, data=data, locate=lambda place: (file, place))
        return None


def _play_files(folder: Path, shown: str, problems: list[Problem]) -> dict[str, Path]:
    """Play name to file, sorted. A file with another ending is a play that would be missed, so it is refused."""
    if not (folder / PLAYS).is_dir():
        problems.append(Problem(file=f"{shown}/{PLAYS}", place="", message="expected a folder of plays, got nothing"))
        return {}
    found_files = sorted(path for path in (folder / PLAYS).iterdir() if not path.name.startswith("."))
    for path in found_files:
        if path.suffix != ".toml":
            message = "expected only plays, files that end in .toml"
            problems.append(Problem(file=f"{shown}/{PLAYS}/{path.name}", place="", message=message))
    return {path.stem: path for path in found_files if path.suffix == ".toml"}


def _scripts(folder: Path, shown: str, problems: list[Problem]) -> dict[str, str]:
    """Path below the mapping's folder to source, sorted, every language; hidden files are nobody's script."""
    sources = {}
    for path in sorted((folder / SCRIPTS).rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            try:
                sources[name] = read_text(path, shown=f"{shown}/{name}")
            except ConfigError as error:
                problems += error.problems
    return sources


def _read(path: Path, shown: str, problems: list[Problem]) -> dict[str, Any] | None:
    try:
        return read_toml(path, shown=shown)
    except ConfigError as error:
        problems += error.problems
        return None


def _known(objects: dict[str, Any] | None, lifecycle: dict[str, Any] | None, scripts: MappingABC[str, str]) -> Known:
    """The names plays may use, from what is written, right or wrong: one mistake is not told twice."""
    whole = frozenset(path for path in scripts if script_of(path)[1] is None)
    if objects is None or lifecycle is None:
        return Known(sets=None, owners=None, scripts=whole)
    owners = _table(_table(lifecycle, "owners"), "named")
    sets = frozenset(objects) | frozenset(_table(lifecycle, "clusters"))
    return Known(sets=sets, owners=frozenset(owners), scripts=whole)


def _table(values: dict[str, Any], key: str) -> dict[str, Any]:
    value = values.get(key)
    return value if isinstance(value, dict) else {}
