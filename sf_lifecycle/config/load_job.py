"""One job's TOML file to a Job."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sf_lifecycle.config.found import found
from sf_lifecycle.config.job import Job
from sf_lifecycle.config.problems import problems_of
from sf_lifecycle.config.schedule import schedule_trouble, write_between_trouble
from sf_lifecycle.config.toml_file import read_toml
from sf_lifecycle.errors import ConfigError, Problem

FILE_NAME = re.compile(r"^[a-z][a-z0-9_-]{0,29}$")
NAME_RULE = "small letters, digits, _ and -, beginning with a letter, at most 30"


@dataclass(frozen=True, kw_only=True)
class LoadedJob:
    """What a job's file gave. `job` holds what is right in it, and is whole only where there are no problems."""

    job: Job | None
    problems: tuple[Problem, ...]


def load_job(path: Path, *, shown: str, timezone: str | None) -> LoadedJob:
    """Read one job; its name is the file's. `timezone` (a valid name, or None where it is not known) is the schedule's.

    Raises nothing: problems are in the value. Whether its mapping, model and plays exist is `load_workspace`'s.
    """
    problems: list[Problem] = []
    if not FILE_NAME.match(path.stem):
        message = f"expected a file name of {NAME_RULE}, got {found(path.stem)}"
        problems.append(Problem(file=shown, place="", message=message))
    try:
        written = read_toml(path, shown=shown)
    except ConfigError as error:
        return LoadedJob(job=None, problems=(*problems, *error.problems))
    if "name" in written:
        problems.append(Problem(file=shown, place="name", message="unknown key: a job's name is its file's"))
    problems += _times(written, shown, timezone)
    problems += _transports(written, shown)
    job = _validated({**written, "name": path.stem}, shown, problems)
    return LoadedJob(job=job, problems=tuple(problems))


def _validated(data: dict[str, Any], shown: str, problems: list[Problem]) -> Job | None:
    try:
        return Job.model_validate(data)
    except ValidationError as error:
        problems += problems_of(error, model=Job, data=data, locate=lambda place: (shown, place), hidden=("name",))
        wrong = {details["loc"][0] for details in error.errors() if details["loc"]}
    with contextlib.suppress(ValidationError):
        return Job.model_validate({key: value for key, value in data.items() if key not in wrong})
    return None


# A member locks its campaign and its person, so members are written one request at a time; statuses have no key.
ONE_AT_A_TIME = ("CampaignMember", "CampaignMemberStatus")


def _transports(written: dict[str, Any], shown: str) -> list[Problem]:
    """Bulk for what must be written one request at a time."""
    transport = written.get("transport")
    if not isinstance(transport, dict):
        return []
    return [
        Problem(
            file=shown,
            place=f"transport.{name}",
            message="expected rest: Bulk would lock each campaign against itself",
            hint="take the line out",
        )
        for name in ONE_AT_A_TIME
        if transport.get(name) == "bulk"
    ]


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
