"""Walks the models' annotations: which keys are known at a path of the configuration."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from sf_lifecycle.config.found import KeyPath


def known_keys(model: type[BaseModel], path: KeyPath) -> tuple[str, ...]:
    """The keys a table at `path` may have, as TOML spells them; empty where any may stand or the path is unknown."""
    part = part_at(model, path)
    return tuple(field.alias or name for name, field in part.model_fields.items()) if part else ()


def part_at(model: type[BaseModel], path: KeyPath) -> type[BaseModel] | None:
    """The model that describes the table at `path`, if one does."""
    annotation: Any = model
    for key in path:
        annotation = next((step for step in _steps(annotation, key) if step is not None), None)
        if annotation is None:
            return None
    return next((one for one in _members(annotation) if _is_model(one)), None)


def _steps(annotation: Any, key: str | int) -> Iterator[Any]:
    for member in _members(annotation):
        origin = get_origin(member)
        if _is_model(member):
            yield next((f.annotation for name, f in member.model_fields.items() if key in (name, f.alias)), None)
        elif isinstance(key, str) and isinstance(origin, type) and issubclass(origin, Mapping):
            yield get_args(member)[1]
        elif isinstance(key, int) and isinstance(origin, type) and issubclass(origin, tuple):
            yield get_args(member)[0]


def _members(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
