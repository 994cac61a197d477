"""May the worker change and take back a Task that it assigned to somebody else? Three set-ups allow it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sf_lifecycle.doctor.checks.owners import receivers
from sf_lifecycle.doctor.facts import Facts, Me, Person, Setup, Untold
from sf_lifecycle.doctor.findings import SHARING, Finding, error, listed, many, ok, untold, warning

PRIVATE, BY_PARENT = "Private", "ControlledByParent"
OPEN = frozenset({"ReadWrite", "ReadWriteTransfer", "FullAccess"})

TOP = "give the worker's user a role at the top of the role hierarchy, above everybody who gets Tasks"
WHOLE = "grant Modify All on Account, Contact and Lead in a permission set of the worker"
SET_UPS = (
    "one of three is needed: (a) Activities Private, and a role for the worker above everybody who gets Tasks; "
    "(b) Activities Controlled by Parent, and Modify All on Account, Contact and Lead; (c) Modify All Data"
)


def changing_tasks(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """Which of the set-ups holds, or what it lacks. Creating works without any of them, so nothing else shows it."""
    if not any(play.task for play in setup.plays.values()):
        return
    if not isinstance(facts.rights, Untold) and "ModifyAllData" in facts.rights:
        yield ok(SHARING, "set-up (c): Modify All Data; it allows more than is needed")
        return
    model = None if isinstance(facts.sharing, Untold) else facts.sharing.get("Task") or facts.sharing.get("Activity")
    if model == BY_PARENT:
        yield from _by_parent(facts)
    elif model == PRIVATE:
        yield from _private(facts, setup)
    else:
        why = facts.sharing.why if isinstance(facts.sharing, Untold) else f"sharing of Tasks: {model or 'not shown'}"
        look = "look in Setup > Sharing Settings > Activity"
        yield untold(SHARING, "how Activities are shared", why, f"{look}; {SET_UPS}; --probe tries it")
        yield from _private(facts, setup, if_private="if Activities are Private: ")


def _by_parent(facts: Facts) -> Iterator[Finding]:
    """Editing a Task then takes edit on its account and on its contact or Lead."""
    if isinstance(facts.modify_all, Untold):
        yield untold(SHARING, "whether Modify All is granted on the parents", facts.modify_all.why, WHOLE)
        return
    sharing: Mapping[str, str] = {} if isinstance(facts.sharing, Untold) else facts.sharing
    account = "Account" in facts.modify_all or _open(facts, sharing, "Account")
    contact = "Contact" in facts.modify_all or _open(facts, sharing, "Contact")
    contact = contact or (account and sharing.get("Contact") == BY_PARENT and _editable(facts, "Contact"))
    lead = "Lead" in facts.modify_all or _open(facts, sharing, "Lead") or "Lead" not in facts.schema.objects
    lacking = [name for name, held in (("Account", account), ("Contact", contact), ("Lead", lead)) if not held]
    if not lacking:
        yield ok(SHARING, "set-up (b): Activities are Controlled by Parent, and the parents may be edited")
        return
    yield error(
        SHARING,
        f"Activities are Controlled by Parent and Modify All is missing on {', '.join(lacking)}: Tasks of others can "
        f"be created, but not changed or taken back (set-up b)",
        f"grant Modify All on {', '.join(lacking)} in a permission set of the worker",
    )


def _open(facts: Facts, sharing: Mapping[str, str], name: str) -> bool:
    return sharing.get(name) in OPEN and _editable(facts, name)


def _editable(facts: Facts, name: str) -> bool:
    info = facts.schema.objects.get(name)
    return info is not None and info.updateable


def _private(facts: Facts, setup: Setup, *, if_private: str = "") -> Iterator[Finding]:
    """Editing a Task then takes a role above its owner's."""
    if not isinstance(facts.me, Me):
        return
    if facts.me.role is None:
        yield error(
            SHARING,
            f"{if_private}the worker's user has no role: Tasks of others can be created, but not changed or taken back "
            f"(set-up a)",
            TOP,
        )
        return
    if isinstance(facts.roles, Untold) or isinstance(facts.people, Untold):
        why = facts.roles.why if isinstance(facts.roles, Untold) else "the users are not shown"
        yield untold(SHARING, "whether the worker's role stands above all owners", why, TOP)
        return
    below = roles_below(facts.me.role, facts.roles)
    people = [each for each in receivers(facts, setup) if each.id != facts.me.id]
    outside = [each for each in people if each.role not in below]
    if not outside:
        state = f"{if_private}the worker's role stands above all {many(len(people), 'owner')}"
        yield ok(SHARING, state if if_private else f"set-up (a): Activities are Private, and {state}")
        return
    yield _outside(outside, people, if_private)


def _outside(outside: list[Person], people: list[Person], if_private: str) -> Finding:
    number = "all" if len(outside) == len(people) else f"{len(outside):,}"
    what = (
        f"{if_private}the worker's role does not stand above {number} of {many(len(people), 'owner')} "
        f"({listed(each.handle for each in outside)}): their Tasks can be created, but not changed or taken back "
        f"(set-up a)"
    )
    make = error if len(outside) == len(people) else warning
    return make(SHARING, what, f"{TOP}; users without a role stand below nobody")


def roles_below(top: str, roles: Mapping[str, str | None]) -> frozenset[str]:
    """Every role under `top`, itself not."""
    below: set[str] = set()
    grown = True
    while grown:
        fresh = {role for role, parent in roles.items() if parent in below or parent == top} - below
        below |= fresh
        grown = bool(fresh)
    return frozenset(below - {top})
