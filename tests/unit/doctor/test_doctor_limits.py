"""Versions and how long they are served, calls, storage, edition."""

from __future__ import annotations

import datetime as dt

import pytest
from doctor_facts import facts, only, run, setup

from sf_lifecycle.config.job import CallLimit, Guards, Limit
from sf_lifecycle.doctor.checks import limits
from sf_lifecycle.doctor.facts import Setup
from sf_lifecycle.doctor.guarded import in_words, over

ALL = tuple(f"{number}.0" for number in range(31, 69))


def on(version: str, **changes: object) -> Setup:
    settings = setup().settings
    salesforce = settings.salesforce.model_copy(update={"api_version": version})
    return setup(settings=settings.model_copy(update={"salesforce": salesforce}), **changes)


@pytest.mark.parametrize(
    ("version", "today", "level", "words"),
    [
        ("66.0", "2026-11-23", "ok", "is served"),
        ("40.0", "2026-04-30", "ok", "is served"),  # more than a year before it goes unsupported
        ("40.0", "2026-05-02", "warning", "not supported from Summer '27 on, retired in Summer '28"),
        ("31.0", "2027-09-01", "warning", "retired in Summer '28"),
        ("40.0", "2028-05-01", "error", "retired in Summer '28"),
        ("41.0", "2026-11-23", "warning", "older than the 3 years"),
        ("66.0", "2029-01-31", "ok", "is served"),
        ("66.0", "2029-02-01", "warning", "older than the 3 years"),
    ],
)
def test_a_years_warning_before_a_version_ends(version: str, today: str, level: str, words: str) -> None:
    found = only(limits.api_version, facts(versions=ALL, today=dt.date.fromisoformat(today)), on(version))
    assert found.level == level
    assert words in found.what
    assert ("api_version" in found.fix) == (level != "ok")


def test_a_version_that_is_not_served_names_those_that_are() -> None:
    found = only(limits.api_version, facts(versions=ALL), on("69.0"))
    assert (found.level, "31.0 to 68.0, not 69.0" in found.what) == ("error", True)
    assert '"67.0"' in found.fix  # the newest may be a preview


@pytest.mark.parametrize(
    ("version", "day"), [(65, "2025-10-01"), (66, "2026-02-01"), (67, "2026-06-01"), (62, "2024-10-01")]
)
def test_when_versions_came(version: int, day: str) -> None:
    assert limits.came(version) == dt.date.fromisoformat(day)


@pytest.mark.parametrize(("left", "level"), [(60, "ok"), (50, "ok"), (49, "warning"), (0, "error")])
def test_calls_left_against_the_jobs_guard(left: int, level: str) -> None:
    guards = Guards(api_calls=CallLimit(most_share_of_day=0.5))
    found = only(limits.calls, facts(limits={"DailyApiRequests": (100, left)}), setup(job={"guards": guards}))
    assert found.level == level
    assert f"{left} of 100" in found.what


@pytest.mark.parametrize(("left", "level"), [(50, "ok"), (10, "ok"), (9, "warning"), (0, "error"), (-3, "error")])
def test_storage_left_against_the_jobs_guard(left: int, level: str) -> None:
    guards = Guards(storage=Limit(most_share=0.9))
    found = only(limits.storage, facts(limits={"DataStorageMB": (100, left)}), setup(job={"guards": guards}))
    assert found.level == level


@pytest.mark.parametrize(
    ("limit", "number", "size", "is_over"),
    [
        (Limit(most=5), 5, 10, False),
        (Limit(most=5), 6, 10, True),
        (Limit(most_share=0.05), 5, 100, False),
        (Limit(most_share=0.05), 6, 100, True),
        (Limit(most_share=0.05), 1, 0, True),
        (Limit(most=500, most_share=0.05), 6, 100, True),
        (Limit(), 100, 100, False),
    ],
)
def test_guards_are_counted_as_in_a_run(limit: Limit, number: int, size: int, is_over: bool) -> None:
    assert over(limit, number, size) is is_over


def test_a_guards_limits_in_words() -> None:
    assert [
        in_words(each) for each in (Limit(most=1500), Limit(most_share=0.05), Limit(most=2, most_share=1), Limit())
    ] == [*("1,500", "5%", "2, 100%", "none")]


def test_limits_that_are_not_listed_are_not_told() -> None:
    for check in (limits.calls, limits.storage):
        assert only(check, facts(limits={})).what.startswith("could not be told")


@pytest.mark.parametrize(
    ("edition", "level"),
    [
        ("Enterprise Edition", "ok"),
        ("Unlimited Edition", "ok"),
        ("Developer Edition", "ok"),
        ("Professional Edition", "warning"),
        ("Team Edition", "warning"),
    ],
)
def test_editions(edition: str, level: str) -> None:
    assert [each.level for each in run(limits.edition, facts(edition=edition))] == [level]
