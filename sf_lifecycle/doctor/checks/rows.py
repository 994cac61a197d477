"""Rows that the user sees against rows that there are: silent partial sight is worse than an error."""

from __future__ import annotations

from collections.abc import Iterator

from sf_lifecycle.doctor.facts import Facts, Setup, Untold
from sf_lifecycle.doctor.findings import ROWS, Finding, error, ok, untold
from sf_lifecycle.doctor.guarded import in_words, over

_FIX = "grant View All on the object in a permission set of the worker (Lifecycle_Worker does)"


def visible(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """Per object that is read."""
    if isinstance(facts.counted, Untold):
        yield untold(ROWS, "how many records the org has", facts.counted.why, "grant View Setup and Configuration")
        return
    guard = setup.job.guards.hidden_rows
    for name, seen in sorted(facts.seen.items()):
        counted = facts.counted.get(name)
        if isinstance(seen, Untold):
            yield untold(ROWS, f"how many {name} records the user sees", seen.why, _FIX)
        elif counted is None:
            yield untold(ROWS, f"how many {name} records the org has", "it does not count them", _FIX)
        elif over(guard, counted - seen, counted):
            what = f"{name}: {seen:,} of {counted:,} records are seen"
            yield error(ROWS, f"{what}; over guards.hidden_rows ({in_words(guard)}), a run would be refused", _FIX)
        else:
            yield ok(ROWS, f"{name}: {seen:,} of about {counted:,} records are seen")
