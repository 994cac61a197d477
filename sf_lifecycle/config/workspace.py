"""A working folder: the settings, jobs, mappings and models of one config.toml, checked against each other."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Mapping as MappingABC
from dataclasses import dataclass
from pathlib import Path

from sf_lifecycle.config.check_plays import purpose_problem, unserved_notes, voice_problems
from sf_lifecycle.config.found import dotted, found, nearest, one_of
from sf_lifecycle.config.job import Job
from sf_lifecycle.config.load_job import ONE_AT_A_TIME, load_job
from sf_lifecycle.config.load_mapping import LoadedMapping, load_mapping
from sf_lifecycle.config.load_model import load_model
from sf_lifecycle.config.load_settings import load_settings
from sf_lifecycle.config.mapping import Mapping, Model, Play
from sf_lifecycle.config.settings import Settings
from sf_lifecycle.config.toml_file import read_toml
from sf_lifecycle.errors import ConfigError, Problem, UsageError

MODELS = "models"


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """Everything people wrote, valid by itself; whether its expressions compile is the engine's to say.

    `root` is the config file's folder; `files` names the file of a job (`jobs.NAME`) and a model (`models.NAME`), for
    messages. `notes` are sentences worth knowing that stop nothing.
    """

    root: Path
    settings: Settings
    jobs: MappingABC[str, Job]
    mappings: MappingABC[str, Mapping]
    models: MappingABC[str, Model]
    files: MappingABC[str, str]
    notes: tuple[str, ...] = ()

    def job(self, name: str) -> Job:
        """The job of this name. Raises UsageError."""
        if name not in self.jobs:
            hint = nearest(name, self.jobs) or f"there is {one_of(self.jobs)}"
            raise UsageError(f"there is no job {found(name)} in {shown_path(self.settings.jobs, self.root)}; {hint}")
        return self.jobs[name]

    def plays_of(self, job: str) -> dict[str, Play]:
        """The plays a job runs, by name, sorted."""
        chosen = self.job(job)
        plays = self.mappings[chosen.mapping].plays
        return {name: plays[name] for name in sorted(chosen.plays or plays)}


def load_workspace(config_path: Path, *, environ: MappingABC[str, str] | None = None) -> Workspace:
    """Read all that `config_path` points at. Raises ConfigError with all problems over all files, sorted by file."""
    root = config_path.absolute().parent
    problems: list[Problem] = []
    try:
        settings = load_settings(config_path, environ=environ)
    except ConfigError as error:
        if not config_path.is_file():
            raise
        problems += error.problems
        settings = None
    mappings_dir, jobs_dir, timezone = _where(config_path, root, settings)
    jobs, job_files = _jobs(jobs_dir, root, timezone, problems)
    models = _models(mappings_dir / MODELS, root, problems)
    loaded = _mappings(mappings_dir, root, problems)
    for name, job in jobs.items():
        problems += _job_problems(job, job_files[name], loaded, models)
    problems += _shared_plays(jobs, job_files, loaded)
    if settings is None or problems:
        raise ConfigError(sorted(set(problems)))
    mappings = {name: one.mapping for name, one in loaded.items() if one.mapping}
    files = {f"jobs.{name}": file for name, file in job_files.items()}
    files |= {f"models.{name}": shown_path(mappings_dir / MODELS / f"{name}.toml", root) for name in models}
    known_models = {name: model for name, model in models.items() if model}
    notes = tuple(_notes(jobs, mappings, known_models))
    return Workspace(
        root=root, settings=settings, jobs=jobs, mappings=mappings, models=known_models, files=files, notes=notes
    )


def shown_path(path: Path, root: Path) -> str:
    """A path as messages show it: below the config file's folder where it is, with `/`."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _where(config_path: Path, root: Path, settings: Settings | None) -> tuple[Path, Path, str | None]:
    """The mappings' and jobs' folders and the time zone, also where the settings are wrong in some other place."""
    if settings is not None:
        return settings.mappings, settings.jobs, settings.timezone
    try:
        written = read_toml(config_path, shown=config_path.name)
    except ConfigError:
        written = {}
    mappings, jobs, timezone = (str(written.get(key) or key) for key in ("mappings", "jobs", "timezone"))
    return root / mappings, root / jobs, timezone if timezone in zoneinfo.available_timezones() else None


def _jobs(
    folder: Path, root: Path, timezone: str | None, problems: list[Problem]
) -> tuple[dict[str, Job], dict[str, str]]:
    jobs, files = {}, {}
    for path in _toml_files(folder, root, problems, what="a job"):
        files[path.stem] = shown_path(path, root)
        loaded = load_job(path, shown=files[path.stem], timezone=timezone)
        problems += loaded.problems
        if loaded.job:
            jobs[path.stem] = loaded.job
    return jobs, files


def _models(folder: Path, root: Path, problems: list[Problem]) -> dict[str, Model | None]:
    """By name; None where the file has problems, so that a job naming it is not told that it does not exist."""
    models: dict[str, Model | None] = {}
    for path in _toml_files(folder, root, problems, what="a stage model"):
        models[path.stem] = None
        try:
            models[path.stem] = load_model(path, shown=shown_path(path, root))
        except ConfigError as error:
            problems += error.problems
    return models


def _mappings(folder: Path, root: Path, problems: list[Problem]) -> dict[str, LoadedMapping]:
    if not folder.is_dir():
        return {}
    loaded = {}
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name != MODELS and not path.name.startswith("."):
            loaded[path.name] = load_mapping(path, shown=shown_path(path, root))
            problems += loaded[path.name].problems
    if not loaded:
        message = "expected a folder for each mapping, got none"
        problems.append(Problem(file=shown_path(folder, root), place="", message=message))
    return loaded


def _toml_files(folder: Path, root: Path, problems: list[Problem], *, what: str) -> list[Path]:
    files = sorted(folder.glob("[!.]*.toml")) if folder.is_dir() else []
    if not files:
        got = "an empty one" if folder.is_dir() else "nothing"
        message = f"expected a folder with at least one file for {what}, got {got}"
        problems.append(Problem(file=shown_path(folder, root), place="", message=message))
    return files


def _job_problems(
    job: Job, file: str, mappings: MappingABC[str, LoadedMapping], models: MappingABC[str, Model | None]
) -> Iterator[Problem]:
    for place, name, known in (("mapping", job.mapping, mappings), ("model", job.model, models)):
        if name not in known:
            message = f"expected one of {one_of(known)}, got {found(name)}"
            yield Problem(file=file, place=place, message=message, hint=nearest(name, known))
    loaded, model = mappings.get(job.mapping), models.get(job.model)
    if loaded is None:
        return
    for index, name in enumerate(job.plays):
        if name not in loaded.play_names:
            message = f"expected one of the plays {one_of(loaded.play_names)}, got {found(name)}"
            hint = nearest(name, loaded.play_names)
            yield Problem(file=file, place=dotted(("plays", index)), message=message, hint=hint)
    yield from _transport_problems(job, file, loaded.mapping)
    if model and loaded.mapping:
        voice_file = loaded.mapping.files["columns"]
        voice = loaded.mapping.voice
        yield from voice_problems(voice, file=voice_file, job=job.name, model_name=job.model, model=model)
    for name, play in loaded.plays.items():
        if model and (not job.plays or name in job.plays):
            play_file = loaded.file_of_play(name)
            problem = purpose_problem(play, file=play_file, job=job.name, model_name=job.model, model=model)
            if problem:
                yield problem


def _transport_problems(job: Job, file: str, mapping: Mapping | None) -> Iterator[Problem]:
    """Objects that this job never writes: most likely a name spelt wrong."""
    if mapping is None:
        return
    written = {source.object for name in mapping.outputs for source in mapping.roles.get(name, ())}
    known = sorted(written | {"Task", "Campaign", *ONE_AT_A_TIME})
    for name in job.transport:
        if name not in known:
            message = f"expected one of {one_of(known)}, got {found(name)}"
            yield Problem(file=file, place=f"transport.{name}", message=message, hint=nearest(name, known))


def _shared_plays(
    jobs: MappingABC[str, Job], files: MappingABC[str, str], mappings: MappingABC[str, LoadedMapping]
) -> Iterator[Problem]:
    """Plays of one name in two mappings that jobs run: what they write would share keys, and each undo the other's."""
    first: dict[str, str] = {}
    for name, job in sorted(jobs.items()):
        loaded = mappings.get(job.mapping)
        for play in (job.plays or loaded.play_names) if loaded else ():
            other = first.setdefault(play, job.mapping)
            if other != job.mapping:
                message = f"the play {play} of {job.mapping} has the name of one of {other}, which another job runs"
                yield Problem(file=files[name], place="mapping", message=message, hint="rename one of the two files")


def _notes(
    jobs: MappingABC[str, Job], mappings: MappingABC[str, Mapping], models: MappingABC[str, Model]
) -> Iterator[str]:
    for job in jobs.values():
        plays = mappings[job.mapping].plays
        chosen = {name: plays[name] for name in job.plays} if job.plays else plays
        yield from unserved_notes(job.name, job.model, models[job.model], chosen)
