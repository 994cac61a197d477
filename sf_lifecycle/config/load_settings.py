"""config.toml and the environment, to Settings with absolute paths."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from sf_lifecycle.config.check_settings import settings_problems
from sf_lifecycle.config.environment import ENVIRONMENT, from_environment, variable_of
from sf_lifecycle.config.found import KeyPath
from sf_lifecycle.config.problems import problems_of
from sf_lifecycle.config.settings import Settings
from sf_lifecycle.config.toml_file import read_toml
from sf_lifecycle.errors import ConfigError, Problem

MAKE_ONE = "make a working folder with `sf-lifecycle init DIR`, or try `sf-lifecycle demo`"


def load_settings(config_path: Path, *, environ: Mapping[str, str] | None = None) -> Settings:
    """Read `config_path`, let the environment override it, and check what belongs together.

    Paths, the SQLite file of `state_url` too, come back absolute: relative ones are relative to the config file.
    Raises ConfigError with every problem.
    """
    shown, root = config_path.name, config_path.absolute().parent
    if not config_path.is_file():
        raise ConfigError([Problem(file=str(config_path), place="", message="there is no such file", hint=MAKE_ONE)])
    problems: list[Problem] = []
    try:
        written = read_toml(config_path, shown=shown)
    except ConfigError as error:
        from_environment(os.environ if environ is None else environ, problems)
        raise ConfigError([*error.problems, *problems]) from error
    overrides = from_environment(os.environ if environ is None else environ, problems)
    merged = _merged(written, overrides)

    def locate(path: KeyPath) -> tuple[str, KeyPath]:
        return (ENVIRONMENT, (variable_of(path),)) if path and _has(overrides, path) else (shown, path)

    try:
        settings = Settings(**merged)
    except ValidationError as error:
        problems += problems_of(error, model=Settings, data=merged, locate=locate)
        problems += settings_problems(_absolute(_valid_parts(merged), root), locate)
        raise ConfigError(problems) from error
    settings = settings.model_copy(update=_absolute(dict(settings), root))
    problems += settings_problems(dict(settings), locate)
    if problems:
        raise ConfigError(problems)
    return settings


def _valid_parts(values: Mapping[str, Any]) -> dict[str, Any]:
    """The top-level values that are right by themselves, so that what else is wrong with them is told in one go."""
    parts = {}
    for name, field in Settings.model_fields.items():
        annotation: Any = field.annotation
        if name in values:
            with contextlib.suppress(ValidationError):
                parts[name] = TypeAdapter(annotation).validate_python(values[name])
    return parts


def _absolute(parts: Mapping[str, Any], root: Path) -> dict[str, Any]:
    """The same values with every path absolute; what is relative, is so to `root`."""
    made: dict[str, Any] = {
        name: root / value.expanduser() if isinstance(value, Path) else value for name, value in parts.items()
    }
    if (org := made.get("salesforce")) and org.private_key_file:
        made["salesforce"] = org.model_copy(update={"private_key_file": root / org.private_key_file.expanduser()})
    if storage := made.get("storage"):
        url = _absolute_url(storage.state_url, root)
        made["storage"] = storage.model_copy(
            update={"data_dir": root / storage.data_dir.expanduser(), "state_url": url}
        )
    return made


def _absolute_url(state_url: str, root: Path) -> str:
    try:
        url = make_url(state_url)
    except ArgumentError:
        return state_url
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return state_url
    return url.set(database=str(root / Path(str(url.database)).expanduser())).render_as_string(hide_password=False)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = _merged(under, value) if isinstance(value, Mapping) and isinstance(under, Mapping) else value
    return merged


def _has(values: Any, path: KeyPath) -> bool:
    for part in path:
        if not isinstance(values, Mapping) or part not in values:
            return False
        values = values[part]
    return not isinstance(values, Mapping)
