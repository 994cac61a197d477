"""Jobs: schedules, times, and the rest of a job's file."""

from __future__ import annotations

from pathlib import Path

import pytest
from config_samples import JOB

from sf_lifecycle.config.load_job import load_job
from sf_lifecycle.config.schedule import hours_of_change, schedule_trouble


def problems(tmp_path: Path, text: str, name: str = "nightly") -> list[str]:
    path = tmp_path / f"{name}.toml"
    path.write_text(text)
    return [str(problem) for problem in load_job(path, shown=path.name, timezone="Europe/Amsterdam").problems]


def test_a_job_is_named_after_its_file(tmp_path: Path) -> None:
    path = tmp_path / "nightly.toml"
    path.write_text(JOB)
    job = load_job(path, shown=path.name, timezone="Europe/Amsterdam").job
    assert job
    assert job.name == "nightly"
    assert job.write_between
    assert [time.isoformat("minutes") for time in job.write_between] == ["06:00", "07:30"]
    assert problems(tmp_path, 'name = "x"\n' + JOB) == [
        "nightly.toml: name: unknown key: a job's name is its file's",
    ]
    assert "expected a file name of" in problems(tmp_path, JOB, "Night Ly")[0]


@pytest.mark.parametrize("schedule", ["30 2 * * *", "*/5 * * * *", "0 0-4 * * mon", "0 */2 * * *"])
def test_no_schedule_where_clocks_change(schedule: str) -> None:
    message, _ = schedule_trouble(schedule, "Europe/Amsterdam")
    assert message == "can fire between 02:00 and 03:00, when the clocks change in Europe/Amsterdam"
    assert schedule_trouble(schedule, "UTC") == ("", "")


def test_other_zones_change_at_other_hours() -> None:
    assert hours_of_change("Europe/London") == {1, 2}
    assert hours_of_change("America/New_York") == {1, 2}
    assert hours_of_change("America/Santiago") == {0, 2, 23}
    assert hours_of_change("Asia/Tokyo") == set()


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        ("30 3 * *", "Wrong number of fields"),
        ("61 3 * * *", "higher than the maximum"),
        ("@daily", "expected five cron fields"),
        ("30 3 * * 1-5", "expected weekdays by name"),
        ("30 3 31 2 *", "which never does"),
        ("nightly", "expected cron fields"),
    ],
)
def test_a_schedule_that_is_none(schedule: str, told: str) -> None:
    assert told in schedule_trouble(schedule, "Europe/Amsterdam")[0]


@pytest.mark.parametrize("schedule", ["30 3 * * mon-fri", "0 6,18 1 * *", "*/15 7-19 * * mon-fri", "0 4 * * */2"])
def test_schedules_that_are_fine(schedule: str) -> None:
    assert schedule_trouble(schedule, "Europe/Amsterdam") == ("", "")


@pytest.mark.parametrize("times", ['["06:00"]', '["6:00", "07:30"]', '["06:00", "24:00"]', "[6, 7]", '"06:00"', "6"])
def test_write_between_is_two_times(tmp_path: Path, times: str) -> None:
    (told,) = problems(tmp_path, JOB.replace('["06:00", "07:30"]', times))
    assert told.startswith('nightly.toml: write_between: expected two times of day such as ["06:00", "07:30"], got ')


def test_write_between_is_in_one_day(tmp_path: Path) -> None:
    (told,) = problems(tmp_path, JOB.replace('"07:30"', '"05:00"'))
    assert "expected the first time before the second" in told


def test_all_problems_of_a_job_at_once(tmp_path: Path) -> None:
    text = JOB.replace("create_tasks", "creat_tasks").replace("0.2", "20").replace("30 3", "30 2")
    told = problems(tmp_path, text.replace('model = "plain"', ""))
    assert [line.split(": ")[1] for line in told] == [
        "schedule",
        "model",
        "guards.stage_changes.most_share",
        "guards.creat_tasks",
    ]
    assert told[3].endswith("did you mean `create_tasks`?")
