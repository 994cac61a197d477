"""What was known of one account on a day that is past: what was written down then, and nothing worked out anew."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sf_lifecycle.courses import Course
from sf_lifecycle.look import View
from sf_lifecycle.state.telling import Made
from sf_lifecycle.whys import people_of, stages_of


@dataclass(frozen=True, kw_only=True)
class PastWhy:
    """An answer from memory alone. `said` comes first: why it is no more than that.

    `name` is the name of now. `stage` and `why` are those of that day; None where nothing was known yet. `made`: our
    Tasks and memberships made until then.
    """

    account: str
    name: str | None
    as_of: dt.date
    records: dt.date
    said: str
    stage: str | None
    why: str | None
    course: Course
    made: tuple[Made, ...]


def recall(view: View, account: str, name: str | None) -> PastWhy:
    """The account on the view's day, which is past."""
    records = view.records or view.as_of
    found = stages_of(view, account)
    last = found.passages[-1] if found.passages else None
    still = last if last is not None and last.left is None else None
    ids = [account, *people_of(view, account)]
    return PastWhy(
        account=account,
        name=name,
        as_of=view.as_of,
        records=records,
        said=(
            f"From memory: {view.as_of} is past, and the records are those of {records}. Told is what was written down "
            "by then: stages as they were entered, Tasks and memberships as they were made. No rule is tried again."
        ),
        stage=still.word if still else None,
        why=still.why if still else None,
        course=found,
        made=tuple(view.state.made_about(view.ground.org_id, ids, view.as_of)),
    )
