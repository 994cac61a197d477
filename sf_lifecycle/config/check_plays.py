"""What a play names besides expressions: its rows, scripts, a campaign's owner; and, per job, the purpose it serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sf_lifecycle.config.check_written import written_problems
from sf_lifecycle.config.found import dotted, found, nearest, one_of
from sf_lifecycle.config.mapping import Lookup, Model, Play, TaskPart, Voice
from sf_lifecycle.errors import Problem


@dataclass(frozen=True, kw_only=True)
class Known:
    """Names a play may use; None where they could not be read, and nothing can be said."""

    sets: frozenset[str] | None
    owners: frozenset[str] | None
    scripts: frozenset[str]


def play_problems(play: Play, *, file: str, known: Known) -> list[Problem]:
    """Problems of one play that need no expression."""
    problems = []
    if known.sets is not None and play.for_each not in known.sets:
        message = f"expected one of the roles and clusters {one_of(known.sets)}, got {found(play.for_each)}"
        hint = nearest(play.for_each, known.sets)
        problems.append(Problem(file=file, place="for_each", message=message, hint=hint))
    owner = play.campaign.owner if play.campaign else None
    if owner is not None and known.owners is not None and owner not in known.owners:
        message = f"expected one of owners.named in lifecycle.toml ({one_of(known.owners)}), got {found(owner)}"
        hint = nearest(owner, known.owners)
        problems.append(Problem(file=file, place="campaign.owner", message=message, hint=hint))
    for place, script in _scripts(play.task):
        if not isinstance(script, str) or script not in known.scripts:
            message = f"expected a file in the mapping's scripts folder, got {found(script)}"
            hint = nearest(str(script), known.scripts)
            problems.append(Problem(file=file, place=place, message=message, hint=hint))
    return [*problems, *written_problems(play, file=file), *_statuses(play, file)]


def _statuses(play: Play, file: str) -> Iterator[Problem]:
    """A member's status that the campaign is not made with: Salesforce would keep another one and say nothing."""
    if play.campaign is None:
        return
    status, statuses = play.campaign.member.status, play.campaign.statuses
    if status.casefold() not in {each.casefold() for each in statuses}:
        message = f"expected one of the campaign's statuses ({one_of(statuses)}), got {found(status)}"
        place = "campaign.member.status"
        yield Problem(file=file, place=place, message=message, hint=nearest(status, statuses))


def purpose_problem(play: Play, *, file: str, job: str, model_name: str, model: Model) -> Problem | None:
    """A play whose purpose belongs to no stage of the job's model would never be chosen."""
    purposes = {purpose for served in model.stages.values() for purpose in served}
    if play.purpose in purposes:
        return None
    message = (
        f"expected a purpose of the model {model_name}, which job {job} uses ({one_of(purposes)}), "
        f"got {found(play.purpose)}"
    )
    return Problem(file=file, place="purpose", message=message, hint=nearest(play.purpose, purposes))


def voice_problems(voice: Voice, *, file: str, job: str, model_name: str, model: Model) -> list[Problem]:
    """Purposes of `[voice.words]` that belong to no stage of the job's model: nothing would be let through by them."""
    purposes = {purpose for served in model.stages.values() for purpose in served}
    problems = []
    for word, allowed in voice.words.items():
        for index, purpose in enumerate(allowed):
            if purpose not in purposes:
                message = (
                    f"expected a purpose of the model {model_name}, which job {job} uses ({one_of(purposes)}), "
                    f"got {found(purpose)}"
                )
                place = dotted(("voice", "words", word, index))
                problems.append(Problem(file=file, place=place, message=message, hint=nearest(purpose, purposes)))
    return problems


def unserved_notes(job: str, model_name: str, model: Model, plays: Mapping[str, Play]) -> list[str]:
    """A sentence for each stage without a play: whose it is, and what purposes would serve it."""
    return [
        f"job {job}: no play serves the stage {found(stage)} of the model {model_name}; "
        + (
            f"a play with the purpose {one_of(purposes)} would"
            if (purposes := model.stages[stage])
            else "the model gives it no purposes, so none can"
        )
        for stage in unserved_stages(model, plays)
    ]


def unserved_stages(model: Model, plays: Mapping[str, Play]) -> list[str]:
    """Stages for which no play serves a purpose, in the model's order."""
    served = {play.purpose for play in plays.values()}
    return [stage for stage, purposes in model.stages.items() if not served.intersection(purposes)]


def _scripts(task: TaskPart | None) -> Iterator[tuple[str, object]]:
    script = task.script if task else None
    if isinstance(script, str):
        yield "task.script", script
    elif isinstance(script, Lookup):
        for word, value in script.values.items():
            yield dotted(("task", "script", "values", word)), value
        if script.default is not None:
            yield "task.script.default", script.default
