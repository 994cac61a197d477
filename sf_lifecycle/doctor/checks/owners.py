"""Who gets the Tasks: the owners that the mapping names, and how many owners of accounts can work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sf_lifecycle.config.found import nearest, one_of
from sf_lifecycle.doctor.facts import Facts, Person, Setup, Untold
from sf_lifecycle.doctor.findings import OWNERS, Finding, error, listed, many, ok, untold, warning
from sf_lifecycle.doctor.guarded import in_words, over
from sf_lifecycle.lifecycle.owners import MOST_MANAGERS

_GRANT = "grant View All Users"


def named_owners(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """The fallback and the named owners: there, active, full users, not frozen."""
    owners = setup.mapping.owners
    places = {"owners.fallback": owners.fallback} | {f"owners.named.{name}": who for name, who in owners.named.items()}
    if isinstance(facts.people, Untold):
        yield untold(OWNERS, "who the owners in [owners] are", facts.people.why, _GRANT)
        return
    by_handle = {each.handle: each for each in facts.people if each.handle}
    frozen = frozenset[str]() if isinstance(facts.frozen, Untold) else facts.frozen
    wrong = False
    for place, who in places.items():
        problem = _problem(by_handle.get(who), frozen)
        if problem:
            wrong = True
            near = nearest(who, [each.handle for each in facts.people if each.can_work])
            fix = f"name an active user in [owners] of lifecycle.toml{'; ' + near if near else ''}"
            yield error(OWNERS, f"{place} = '{who}' ({owners.by}) {problem}", fix)
    if not wrong:
        yield ok(OWNERS, f"{one_of(places.values()).replace(' or ', ' and ')} can work")
    if isinstance(facts.frozen, Untold):
        fix = "see in Setup > Users that nobody in [owners] is frozen"
        yield untold(OWNERS, "which users are frozen", facts.frozen.why, fix)


def _problem(person: Person | None, frozen: frozenset[str]) -> str:
    if person is None:
        return "is nobody in the org"
    if not person.active:
        return "is inactive"
    if person.user_type != "Standard":
        return f"is a user of type {person.user_type}, who cannot own Tasks"
    return "is frozen: nobody would work the Tasks" if person.id in frozen else ""


def resolving(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """The share of accounts and Leads whose owner, or a manager above, can take the work."""
    for name, owned in sorted(facts.owned.items()):
        if isinstance(owned, Untold) or isinstance(facts.people, Untold):
            why = owned.why if isinstance(owned, Untold) else "the users are not shown"
            yield untold(OWNERS, f"how many owners of {name} records can work", why, _GRANT)
        elif owned:
            yield _share(name, owned, {each.id: each for each in facts.people}, setup)
            yield from _frozen(name, owned, facts)


def _share(name: str, owned: Mapping[str, int], people: Mapping[str, Person], setup: Setup) -> Finding:
    total = sum(owned.values())
    lost = {owner: rows for owner, rows in owned.items() if takes_work(owner, people) is None}
    rows, guard = sum(lost.values()), setup.job.guards.unresolved_owners
    if not rows:
        return ok(OWNERS, f"every owner of {many(total, f'{name} record')} can work, or a manager can")
    what = f"{rows:,} of {many(total, f'{name} record')} ({rows / total:.1%}) have an owner who cannot work, and no "
    what += f"manager who can; their Tasks go to {setup.mapping.owners.fallback}"
    fix = "give the records an active owner, or the inactive users a manager who is active"
    if over(guard, rows, total):
        return error(OWNERS, f"{what}: over guards.unresolved_owners ({in_words(guard)}), a run would be refused", fix)
    return warning(OWNERS, what, fix)


def _frozen(name: str, owned: Mapping[str, int], facts: Facts) -> Iterator[Finding]:
    if isinstance(facts.frozen, Untold) or isinstance(facts.people, Untold):
        return
    still = [each for each in facts.people if each.id in facts.frozen and each.active and each.id in owned]
    if still:
        rows, handles = sum(owned[each.id] for each in still), listed(each.handle for each in still)
        yield warning(
            OWNERS,
            f"{many(len(still), 'frozen user')} ({handles}) {'owns' if len(still) == 1 else 'own'} "
            f"{many(rows, f'{name} record')}: frozen users count as active, and nobody works their Tasks",
            "deactivate the user, or give the records another owner",
        )


def takes_work(owner: str | None, people: Mapping[str, Person]) -> str | None:
    """Who takes an owner's work: the owner, or the first manager above who can."""
    for _ in range(MOST_MANAGERS):
        person = people.get(owner or "")
        if person is None:
            return None
        if person.can_work:
            return person.id
        owner = person.manager
    return None


def receivers(facts: Facts, setup: Setup) -> list[Person]:
    """Everybody who may be given a Task: who takes the work of today's owners, and those named in [owners]."""
    if isinstance(facts.people, Untold):
        return []
    people = {each.id: each for each in facts.people}
    told = [owned for owned in facts.owned.values() if not isinstance(owned, Untold)]
    if not told:
        return [each for each in facts.people if each.can_work]
    ids = {takes_work(owner, people) for owned in told for owner in owned}
    handles = {setup.mapping.owners.fallback, *setup.mapping.owners.named.values()}
    return [each for each in facts.people if each.id in ids or (each.can_work and each.handle in handles)]
