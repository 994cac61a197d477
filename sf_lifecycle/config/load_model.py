"""A stage model's TOML file to a Model."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from sf_lifecycle.config.check_labels import label_problems, words_of
from sf_lifecycle.config.check_mapping import locale_problems
from sf_lifecycle.config.check_names import value_name_problems
from sf_lifecycle.config.found import dotted, found, nearest, one_of
from sf_lifecycle.config.mapping import Model
from sf_lifecycle.config.problems import problems_of
from sf_lifecycle.config.toml_file import read_toml
from sf_lifecycle.errors import ConfigError, Problem

STAGE = ("account", "stage")


def load_model(path: Path, *, shown: str) -> Model:
    """Read one stage model, named after its file. Raises ConfigError with every problem of the file."""
    data = read_toml(path, shown=shown)
    try:
        model = Model.model_validate(data)
    except ValidationError as error:
        raise ConfigError(problems_of(error, model=Model, data=data, locate=lambda place: (shown, place))) from error
    problems = [*label_problems(model.labels, shown), *_stage_problems(model, shown)]
    problems += locale_problems(model.language, shown, "language")
    problems += value_name_problems(("needs",), model.needs, shown)
    problems += value_name_problems(("parameters",), model.parameters, shown)
    for of_set, labels in model.labels.items():
        problems += value_name_problems(("labels", of_set), labels, shown)
    if problems:
        raise ConfigError(problems)
    return model


def _stage_problems(model: Model, shown: str) -> list[Problem]:
    label = model.labels.get(STAGE[0], {}).get(STAGE[1])
    if label is None:
        message = "expected the label that gives each account its stage, got nothing"
        return [Problem(file=shown, place=dotted(("labels", *STAGE)), message=message)]
    words = words_of(label)
    problems = []
    for word in model.stages:
        if word not in words:
            message = f"expected one of the stages {one_of(words)}, got {found(word)}"
            place = dotted(("stages", word))
            problems.append(Problem(file=shown, place=place, message=message, hint=nearest(word, words)))
    return problems
