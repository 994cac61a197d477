"""The environment's part of the settings: `SF_LIFECYCLE_SALESFORCE__CLIENT_SECRET`, or a file's name in `…_FILE`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_settings import EnvSettingsSource

from sf_lifecycle.config.found import KeyPath, is_secret, nearest
from sf_lifecycle.config.settings import Settings
from sf_lifecycle.config.shape import part_at
from sf_lifecycle.config.toml_file import read_text
from sf_lifecycle.errors import ConfigError, Problem

PREFIX = "SF_LIFECYCLE_"
NESTED = "__"
FILE = "_FILE"
ENVIRONMENT = "environment"


class _Given(EnvSettingsSource):
    """Pydantic's own reading of environment variables, of those it is given instead of the process's."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        super().__init__(Settings)
        self.env_vars = dict(variables)


def variable_of(path: KeyPath) -> str:
    """The environment variable that sets the value at `path`."""
    return PREFIX + NESTED.join(str(part) for part in path).upper()


def settings_keys() -> tuple[KeyPath, ...]:
    """The path of every single value of config.toml."""
    return tuple(_keys(Settings, ()))


def from_environment(environ: Mapping[str, str], problems: list[Problem]) -> dict[str, Any]:
    """Nested values from the variables with our prefix. An unknown one, or a secret's file that fails, is a problem."""
    known = {variable_of(path): path for path in settings_keys()}
    secrets = {
        name + FILE: name for name, path in known.items() if is_secret(str(path[-1])) and name + FILE not in known
    }
    given: dict[str, str] = {}
    for name, value in sorted(environ.items()):
        upper = name.upper()
        if not upper.startswith(PREFIX):
            continue
        if upper in known:
            given[upper.lower()] = value
        elif upper in secrets:
            _read_secret(name, value, secrets[upper], environ, given, problems)
        else:
            hint = nearest(upper, [*known, *secrets])
            problems.append(Problem(file=ENVIRONMENT, place=name, message="no setting has this name", hint=hint))
    return _Given(given)()


def _read_secret(
    name: str, value: str, target: str, environ: Mapping[str, str], given: dict[str, str], problems: list[Problem]
) -> None:
    if target in environ:
        message = f"expected either this or {target}, got both"
        problems.append(Problem(file=ENVIRONMENT, place=name, message=message))
        return
    try:
        given[target.lower()] = read_text(Path(value).expanduser(), shown=value).strip()
    except ConfigError as error:
        problems += [Problem(file=ENVIRONMENT, place=name, message=f"{p.file}: {p.message}") for p in error.problems]


def _keys(model: type[BaseModel], path: KeyPath) -> Iterator[KeyPath]:
    for name in model.model_fields:
        below = part_at(model, (name,))
        if below is None:
            yield (*path, name)
        else:
            yield from _keys(below, (*path, name))
