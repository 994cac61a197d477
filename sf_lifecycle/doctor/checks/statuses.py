"""Statuses of Tasks and of our own contracts: what they mean is the org's, what we make of them the mapping's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sf_lifecycle.config.mapping import Lookup
from sf_lifecycle.doctor.facts import Facts, Setup, Status, Untold
from sf_lifecycle.doctor.findings import VALUES, Finding, error, ok, untold, warning

_CLOSED = "name a closed status of your own in [withdraw] (Setup > Task Status), such as 'Withdrawn'"


def withdraw_status(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """Taking back by closing must not look like contact made."""
    wanted = setup.mapping.withdraw.status
    if wanted is None:
        return
    if isinstance(facts.task_statuses, Untold):
        yield untold(VALUES, f"whether '{wanted}' is a closed Task status", facts.task_statuses.why, _CLOSED)
        return
    closed = [status for status in facts.task_statuses if status.closed]
    status = next((each for each in facts.task_statuses if each.word.casefold() == wanted.casefold()), None)
    if status is None:
        yield error(VALUES, f"withdraw.status = '{wanted}' is no Task status of the org", _CLOSED)
    elif not status.closed:
        what = f"withdraw.status = '{wanted}' does not close a Task: it would stay on the rep's list"
        yield error(VALUES, what, _CLOSED)
    elif status is closed[0]:
        what = f"withdraw.status = '{wanted}' is the org's default closed status: it would look as if it had been done"
        yield error(VALUES, what, _CLOSED)
    else:
        yield ok(VALUES, f"withdraw.status = '{wanted}' closes a Task, and is not what reps' Tasks get")


def contract_statuses(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """A status that counts as running and is not listed makes lost ones of customers."""
    asked = _lists(setup)
    if not asked:
        return
    names = ", ".join(sorted(asked))
    if isinstance(facts.contract_statuses, Untold):
        fix = f"compare parameters {names} with Setup > Object Manager > Contract > Status"
        yield untold(VALUES, "which statuses contracts have", facts.contract_statuses.why, fix)
        return
    words = {word.casefold() for listed in asked.values() for word in listed}
    findings = [*_not_there(asked, facts.contract_statuses), *_not_listed(words, facts.contract_statuses, names)]
    yield from findings
    if not findings:
        yield ok(VALUES, f"contract statuses: every one in {names} is there, and every active one is listed")


def _not_there(asked: dict[str, tuple[str, ...]], statuses: tuple[Status, ...]) -> Iterator[Finding]:
    known = {status.word.casefold() for status in statuses}
    for name, listed in sorted(asked.items()):
        absent = [f"'{word}'" for word in listed if word.casefold() not in known]
        if absent:
            there = ", ".join(f"'{status.word}'" for status in statuses)
            fix = f"correct parameters.{name} in lifecycle.toml; the org has {there}"
            yield warning(VALUES, f"parameters.{name}: {', '.join(absent)} is no contract status of the org", fix)


def _not_listed(words: set[str], statuses: tuple[Status, ...], names: str) -> Iterator[Finding]:
    forgotten = [f"'{s.word}'" for s in statuses if s.code == "Activated" and s.word.casefold() not in words]
    if forgotten:
        yield warning(
            VALUES,
            f"contracts of status {', '.join(forgotten)} are activated in the org, and count as ended here: customers "
            f"with no other contract become lost ones",
            f"add it to the running ones of {names} in lifecycle.toml if such contracts run",
        )


def _lists(setup: Setup) -> dict[str, tuple[str, ...]]:
    """Parameters that the status of our own contracts is looked for in, with their words."""
    names = {
        name
        for source in setup.mapping.roles.get("own_contract", ())
        if source.object == "Contract"
        for name, ref in source.fields.items()
        if ref.field == "Status"
    }
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, names)) or '$^'})\s+(?:not\s+)?in\s+(\w+)\b", re.IGNORECASE)
    used = {found for text in _expressions(setup) for found in pattern.findall(text)}
    return {name: words for name in used if (words := _words(setup, name))}


def _words(setup: Setup, name: str) -> tuple[str, ...]:
    value = setup.mapping.parameters.get(name, setup.model.parameters.get(name))
    if isinstance(value, Lookup) or not isinstance(value, tuple):
        return ()
    return tuple(word for word in value if isinstance(word, str))


def _expressions(setup: Setup) -> Iterator[str]:
    """Everything that is worked out from our own contracts."""
    mapping = setup.mapping
    yield from mapping.columns.get("own_contract", {}).values()
    for features in mapping.features.values():
        for feature in features.values():
            if feature.from_ == "own_contract":
                yield from (text for text in (feature.where, feature.value, feature.pick) if text)
    for label in mapping.labels.get("own_contract", {}).values():
        yield from (rule.when for rule in label.rules if rule.when)
