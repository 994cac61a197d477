"""The API version and how long it will be served, the edition, the day's calls, storage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from sf_lifecycle.doctor.facts import Facts, Setup, Untold
from sf_lifecycle.doctor.findings import LIMITS, Finding, error, ok, untold, warning
from sf_lifecycle.doctor.guarded import in_words, over

YEAR = dt.timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class Ending:
    """Versions up to `last` end: from `unsupported` on without support, from `retired` on not served at all."""

    last: int
    unsupported: dt.date
    unsupported_in: str
    retired: dt.date
    retired_in: str


# As announced, oldest first; a release's first sandboxes have it in May. A row is added with each announcement.
ENDINGS = (
    Ending(
        last=30,
        unsupported=dt.date(2022, 5, 1),
        unsupported_in="Summer '22",
        retired=dt.date(2025, 5, 1),
        retired_in="Summer '25",
    ),
    Ending(
        last=40,
        unsupported=dt.date(2027, 5, 1),
        unsupported_in="Summer '27",
        retired=dt.date(2028, 5, 1),
        retired_in="Summer '28",
    ),
)
# The rule for all others: a version is supported for at least three years, and its end is announced a year ahead.
PROMISED_YEARS = 3
# Version 65 came with Winter '26, in October 2025; three releases a year.
_KNOWN_VERSION, _KNOWN_MONTH, _MONTHS_APART = 65, (2025, 10), 4


def api_version(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """Served, and for how long."""
    version = setup.settings.salesforce.api_version
    if isinstance(facts.versions, Untold):
        yield untold(LIMITS, "which API versions the org serves", facts.versions.why, "try again later")
    else:
        yield from not_served(version, facts.versions)
        if version not in facts.versions:
            return
    yield _ending(version, facts.today, facts.versions if not isinstance(facts.versions, Untold) else ())


def not_served(version: str, served: tuple[str, ...]) -> Iterator[Finding]:
    """A version that the org has not."""
    if version not in served:
        what = f"the org serves API versions {served[0]} to {served[-1]}, not {version}"
        yield error(LIMITS, what, f'set salesforce.api_version = "{_best(served)}" in config.toml')


def _best(served: tuple[str, ...]) -> str:
    """The newest but one: the newest may be a preview."""
    return served[-2] if len(served) > 1 else served[-1]


def _ending(version: str, today: dt.date, served: tuple[str, ...]) -> Finding:
    number = int(float(version))
    fix = f'set salesforce.api_version = "{_best(served)}" in config.toml' if served else "set a newer api_version"
    ending = next((each for each in ENDINGS if number <= each.last), None)
    if ending is not None and today >= ending.unsupported - YEAR:
        grave = error if today >= ending.retired else warning
        what = f"API version {version}: not supported from {ending.unsupported_in} on, retired in {ending.retired_in}"
        return grave(LIMITS, what, fix)
    promised = came(number)
    promised = dt.date(promised.year + PROMISED_YEARS, promised.month, 1)
    if ending is None and today >= promised:
        what = f"API version {version} is older than the {PROMISED_YEARS} years that Salesforce supports each"
        return warning(LIMITS, f"{what}; no end is announced that we know of", fix)
    return ok(LIMITS, f"API version {version} is served")


def came(version: int) -> dt.date:
    """About when a version came: the first of its release's month."""
    year, month = _KNOWN_MONTH
    months = year * 12 + month - 1 + (version - _KNOWN_VERSION) * _MONTHS_APART
    return dt.date(months // 12, months % 12 + 1, 1)


_WITH_API = ("Enterprise", "Unlimited", "Performance", "Developer")


def edition(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """We got in, so there is API access; not every edition has it for good."""
    if isinstance(facts.edition, Untold):
        yield untold(LIMITS, "the org's edition", facts.edition.why, "Enterprise and up have the API included")
    elif facts.edition.startswith(_WITH_API):
        yield ok(LIMITS, f"{facts.edition}: the API is included")
    else:
        fix = "needs the API add-on and a full licence for the worker's user; Enterprise and up have both included"
        yield warning(LIMITS, f"{facts.edition}: the API is no part of it, and no integration licence", fix)


def calls(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """What is left of the rolling day."""
    found = _limit(facts, "DailyApiRequests")
    if isinstance(found, Untold):
        fix = "grant View Setup and Configuration (the permission set Lifecycle_Worker does)"
        yield untold(LIMITS, "how many API calls are left today", found.why, fix)
        return
    most, left = found
    share, allowed = (most - left) / most if most else 1.0, setup.job.guards.api_calls.most_share_of_day
    what = f"{left:,} of {most:,} API calls a day are left"
    if left <= 0:
        yield error(LIMITS, what, "wait: the limit counts 24 hours back; or buy more calls")
    elif share > allowed:
        fix = "wait, find out which other program takes them, or raise guards.api_calls of the job"
        yield warning(LIMITS, f"{what}: {share:.0%} are used, over guards.api_calls ({allowed:.0%})", fix)
    else:
        yield ok(LIMITS, what)


def storage(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """Each Task and member takes 2 KB."""
    found = _limit(facts, "DataStorageMB")
    if isinstance(found, Untold):
        yield untold(LIMITS, "how much data storage is left", found.why, "look in Setup > Storage Usage")
        return
    most, left = found
    guard, used = setup.job.guards.storage, most - left
    what = f"{left:,} of {most:,} MB of data storage are left"
    if left <= 0:
        yield error(LIMITS, what, "free storage (Setup > Storage Usage), or buy more: nothing can be created")
    elif over(guard, used, most):
        what = f"{what}: {used:,} are used, over guards.storage ({in_words(guard)})"
        yield warning(LIMITS, what, "free storage (Setup > Storage Usage), buy more, or raise guards.storage")
    else:
        yield ok(LIMITS, what)


def _limit(facts: Facts, name: str) -> tuple[int, int] | Untold:
    if isinstance(facts.limits, Untold):
        return facts.limits
    return facts.limits.get(name) or Untold(why=f"the org lists no {name}")
