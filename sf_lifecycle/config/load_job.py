"""One job's TOML file to a Job."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sf_lifecycle.config.found import KeyPath, found
from sf_lifecycle.config.job import Job
from sf_lifecycle.config.problems import problems_of
from sf_lifecycle.config.schedule import schedule_trouble, write_between_trouble
from sf_lifecycle.config.toml_file import read_toml
from sf_lifecycle.errors import ConfigError, Problem

FILE_NAME = re.compile(r"^[a-z][a-z0-9_-]{0,29}$")
NAME_RULE = "small letters, digits, _ and -, beginning with a letter, at most 30"


def load_job(path: Path, *, shown: str, timezone: str | None) -> Job:
    """Read one job; its name is the file's. `timezone` (a valid name, or None where it is not known) is the schedule's.

    Raises ConfigError with every problem of the file. Whether its mapping, model and plays exist is `load_workspace`'s.
    """
    problems = []
    if not FILE_NAME.match(path.stem):
        message = f"expected a file name of {NAME_RULE}, got {found(path.stem)}"
        problems.append(Problem(file=shown, place="", message=message))
    try:
        written = read_toml(path, shown=shown)
    except ConfigError as error:
        raise ConfigError([*problems, *error.problems]) from error
    if "name" in written:
        del written["name"]
        problems.append(Problem(file=shown, place="name", message="unknown key: a job's name is its file's"))
    problems += _times(written, shown, timezone)
    data = {**written, "name": path.stem}

    def locate(place: KeyPath) -> tuple[str, KeyPath]:
        return shown, place

    try:
        job = Job.model_validate(data)
    except ValidationError as error:
        problems += problems_of(error, model=Job, data=data, locate=locate)
    if problems:
        raise ConfigError(problems)
    return job


def _times(written: dict[str, Any], shown: str, timezone: str | None) -> list[Problem]:
    """Problems with `schedule` and `write_between`; what is wrong is taken out, so that it is told once."""
    problems = []
    schedule = written.get("schedule")
    if isinstance(schedule, str):
        message, hint = schedule_trouble(schedule, timezone)
        if message:
            problems.append(Problem(file=shown, place="schedule", message=message, hint=hint))
    if "write_between" in written:
        message = write_between_trouble(written["write_between"])
        if message:
            problems.append(Problem(file=shown, place="write_between", message=message))
            written["write_between"] = (dt.time(0), dt.time(1))
    return problems
