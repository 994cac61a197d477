"""Checks: pure functions from facts and what a job wants to findings, one area a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sf_lifecycle.doctor.checks import (
    consent,
    fields,
    limits,
    login,
    owners,
    people,
    rows,
    sharing,
    statuses,
    user,
    words,
)
from sf_lifecycle.doctor.facts import Facts, Setup
from sf_lifecycle.doctor.findings import Finding

Check = Callable[[Facts, Setup], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    login.login_kind,
    fields.compiles,
    user.administrator,
    user.full_user,
    user.licence,
    user.permission_set,
    user.marketing,
    user.sees_users,
    user.time_zone,
    sharing.changing_tasks,
    limits.api_version,
    limits.edition,
    limits.calls,
    limits.storage,
    fields.shown,
    fields.records_writable,
    fields.outputs_writable,
    fields.our_fields,
    fields.unique_keys,
    fields.required,
    consent.readable,
    words.written_words,
    words.task_words,
    words.campaign_words,
    words.member_statuses,
    statuses.withdraw_status,
    statuses.contract_statuses,
    owners.named_owners,
    owners.resolving,
    rows.visible,
    people.layouts,
    people.brake,
    people.heartbeat,
    people.activity_capture,
)


def check_all(facts: Facts, setup: Setup) -> tuple[Finding, ...]:
    """Every finding on one job, in the order in which they are told."""
    return tuple(finding for check in CHECKS for finding in check(facts, setup))
