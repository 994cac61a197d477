"""The user that the worker runs as: its own, not an administrator, with the licences and rights that writing needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sf_lifecycle.doctor.facts import Facts, Me, Setup, Untold
from sf_lifecycle.doctor.findings import USER, Finding, error, ok, untold, warning

WORKER_SET = "Lifecycle_Worker"
INTEGRATION = "Salesforce Integration"
INTEGRATION_SETS = frozenset({"SalesforceAPIIntegrationPsl", "Salesforce API Integration"})
_ADMINISTRATOR = "System Administrator"
_ONE_USER = "run as one dedicated user with the profile Minimum Access and the permission set Lifecycle_Worker"
_LOOK = "look at the user in Setup > Users"


def administrator(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """An administrator's mistakes have no limits, and its own work looks like ours."""
    if isinstance(facts.me, Untold):
        yield untold(USER, "the user's profile", facts.me.why, _LOOK)
        return
    rights = frozenset[str]() if isinstance(facts.rights, Untold) else facts.rights
    powerful = {"ModifyAllData", "ManageUsers"} <= rights or {"ModifyAllData", "CustomizeApplication"} <= rights
    if facts.me.profile == _ADMINISTRATOR or powerful:
        what = f"{facts.identity.username} is a system administrator (profile {facts.me.profile})"
        grave = facts.identity.kind == "production"
        yield error(USER, what, _ONE_USER) if grave else warning(USER, what, _ONE_USER)
        return
    yield ok(USER, f"{facts.identity.username} is no administrator (profile {facts.me.profile})")


def licence(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """An integration licence grants standard objects through a permission set licence only."""
    if isinstance(facts.licence, Untold):
        yield untold(USER, "the user's licence", facts.licence.why, f"{_LOOK}: Salesforce or Salesforce Integration")
        return
    if facts.licence != INTEGRATION:
        yield from _full_licence(facts.licence)
        return
    if isinstance(facts.licence_sets, Untold):
        fix = "see that the user has the permission set licence Salesforce API Integration"
        yield untold(USER, "its permission set licences", facts.licence_sets.why, fix)
    elif not facts.licence_sets & INTEGRATION_SETS:
        yield error(
            USER,
            "the licence Salesforce Integration lacks the permission set licence Salesforce API Integration",
            "assign it: Setup > Users > the user > Permission Set License Assignments; without it no standard object "
            "can be granted",
        )
    else:
        yield ok(USER, "licence Salesforce Integration, with Salesforce API Integration")


def _full_licence(name: str) -> Iterator[Finding]:
    if name == "Salesforce":
        yield ok(USER, f"licence {name}")
        return
    fix = "give it the licence Salesforce Integration or Salesforce: others hold no Leads or no campaigns"
    yield warning(USER, f"the user's licence is {name}", fix)


def permission_set(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """Assigned, by name; what it grants shows in the objects and fields."""
    if isinstance(facts.permission_sets, Untold):
        yield untold(USER, "the permission sets assigned", facts.permission_sets.why, f"{_LOOK}: {WORKER_SET}")
    elif WORKER_SET in facts.permission_sets:
        yield ok(USER, f"permission set {WORKER_SET} is assigned")
    else:
        yield warning(
            USER,
            f"the permission set {WORKER_SET} is not assigned",
            f"deploy salesforce/ and assign it; a set of your own is as good if nothing below is missing "
            f"(assigned: {', '.join(sorted(facts.permission_sets)) or 'none'})",
        )


def marketing(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """Campaigns and member statuses need a licence that no permission set carries."""
    if isinstance(facts.me, Untold) or not any(play.campaign for play in setup.plays.values()):
        return
    if facts.me.marketing:
        yield ok(USER, "Marketing User is ticked")
        return
    yield error(
        USER,
        "Marketing User is not ticked: no campaign and no member status can be created",
        "tick it: Setup > Users > the user (one per CRM licence; untick it elsewhere if all are taken), or take "
        "[campaign] out of the plays",
    )


def time_zone(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """Formulas with TODAY() answer in the running user's zone."""
    wanted = setup.settings.timezone
    if isinstance(facts.me, Untold):
        return
    if same_clock(facts.me.timezone, wanted, facts.today):
        yield ok(USER, f"time zone {facts.me.timezone}, as in config.toml")
        return
    yield warning(
        USER,
        f"the user's time zone is {facts.me.timezone}, config.toml says {wanted}: formulas with TODAY() turn at "
        f"another hour than our days",
        f"set the user's time zone to {wanted} in Setup > Users",
    )


def sees_users(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """Where users are private, every owner but ourselves looks missing without View All Users."""
    private = not isinstance(facts.sharing, Untold) and facts.sharing.get("User") == "Private"
    fix = f"grant View All Users (the permission set {WORKER_SET} does)"
    if isinstance(facts.rights, Untold) and _sees_all_users(facts):
        yield ok(USER, "all users are seen")
    elif isinstance(facts.rights, Untold):
        yield untold(USER, "whether View All Users is granted", facts.rights.why, fix)
    elif facts.rights & {"ViewAllUsers", "ManageUsers", "ViewAllData", "ModifyAllData"}:
        yield ok(USER, "View All Users is granted")
    elif private:
        yield error(USER, "users are private and View All Users is not granted: every owner looks missing", fix)
    else:
        what = "View All Users is not granted: the day users are made private, every owner looks missing"
        yield warning(USER, what, fix)


def _sees_all_users(facts: Facts) -> bool:
    """As many as the org counts."""
    if isinstance(facts.people, Untold) or isinstance(facts.counted, Untold):
        return False
    return len(facts.people) >= facts.counted.get("User", len(facts.people) + 1)


def full_user(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """Portal and Chatter users see next to nothing."""
    if isinstance(facts.me, Me) and facts.me.user_type != "Standard":
        yield error(USER, f"the user is of type {facts.me.user_type}, not Standard", _ONE_USER)


def same_clock(one: str, other: str, today: dt.date) -> bool:
    """Whether two zones show the same time on the first of each of the coming twelve months."""
    if one == other:
        return True
    try:
        zones = ZoneInfo(one), ZoneInfo(other)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    months = [divmod(today.month + number, 12) for number in range(12)]
    return all(
        len({dt.datetime(today.year + years, month + 1, 1, tzinfo=zone).utcoffset() for zone in zones}) == 1
        for years, month in months
    )
