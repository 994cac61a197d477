"""One run at a time per org: two jobs that write the same accounts lock each other out."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from sf_lifecycle.errors import Refusal, Refused
from sf_lifecycle.state.database import Database
from sf_lifecycle.state.process import gone, shown, this_process
from sf_lifecycle.state.schema import claims, runs

BEATS_PER_TERM = 4
ONE_RUN = "one_run"  # the refusal's name
_held: set[str] = set()  # run ids claimed by this very process: others of its pid are gone


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The org is ours. `note` says whose stale claim was taken over, or is empty; `lost`: somebody took ours over."""

    org_id: str
    run_id: str
    note: str
    database: Database = field(repr=False, compare=False)
    lost: threading.Event = field(default_factory=threading.Event)

    def check(self) -> bool:
        """Is the org still ours, as the database has it now? Sets `lost` where it is not; being busy tells nothing."""
        if self.lost.is_set():
            return False
        mine = select(claims.c.run_id).where(claims.c.org_id == self.org_id, claims.c.run_id == self.run_id)
        with contextlib.suppress(OperationalError), self.database.read() as connection:
            if connection.execute(mine).one_or_none() is None:
                self.lost.set()
        return not self.lost.is_set()


@contextlib.contextmanager
def hold(
    database: Database, org_id: str, run_id: str, minutes: float, clock: Callable[[], dt.datetime]
) -> Iterator[Claim]:
    """The claim, renewed in the background until left. Refused while another run that lives holds it."""
    term = dt.timedelta(minutes=minutes)
    _held.add(run_id)  # before the claim is seen: other threads of this process must take it for a living one
    try:
        note = _take(database, org_id, run_id, clock(), term)
    except BaseException:
        _held.discard(run_id)
        raise
    claim = Claim(org_id=org_id, run_id=run_id, note=note, database=database)
    ended = threading.Event()
    beat = threading.Thread(target=_renew, args=(database, claim, term, clock, ended), name="claim", daemon=True)
    beat.start()
    try:
        yield claim
    finally:
        ended.set()
        beat.join()
        try:
            with database.write() as connection:
                connection.execute(delete(claims).where(claims.c.org_id == org_id, claims.c.run_id == run_id))
        finally:
            _held.discard(run_id)


def _take(database: Database, org_id: str, run_id: str, now: dt.datetime, term: dt.timedelta) -> str:
    own = this_process()
    values: dict[str, object] = {"org_id": org_id, "run_id": run_id, "since": now, "until": now + term}
    values |= {"holder": shown(own), "process": own}
    with database.write() as connection:
        found = connection.execute(select(claims).where(claims.c.org_id == org_id).with_for_update()).one_or_none()
        if found is None:
            try:
                connection.execute(insert(claims).values(values))
            except IntegrityError as error:  # somebody was quicker; only PostgreSQL lets two begin together
                raise Refused([_busy("another run", "just now")]) from error
            return ""
        stale = _stale(found, now)
        if not stale:
            raise _refused(connection, found)
        note = f"took over from run {found.run_id} ({found.holder}): {stale}"
        _end_stale(connection, found.run_id, now, note)
        connection.execute(update(claims).where(claims.c.org_id == org_id).values(values))
        return note


def refuse_while_held(connection: Connection, org_id: str, now: dt.datetime) -> None:
    """Refused where a run that lives holds the org: what is about to be done must not meet its writing."""
    found = connection.execute(select(claims).where(claims.c.org_id == org_id).with_for_update()).one_or_none()
    if found is not None and not _stale(found, now):
        raise _refused(connection, found)


def _refused(connection: Connection, found: Row[tuple[object, ...]]) -> Refused:
    job = connection.scalar(select(runs.c.job).where(runs.c.id == found.run_id))
    return Refused(
        [_busy(f"run {found.run_id} of job {job} ({found.holder})", f"since {found.since:%Y-%m-%d %H:%M} UTC")]
    )


def _busy(who: str, since: str) -> Refusal:
    return Refusal(
        guard=ONE_RUN,
        message=f"{who} is writing to this org, {since}",
        way_out="wait until it has ended; a run that was killed gives way by itself",
    )


def _stale(found: Row[tuple[object, ...]], now: dt.datetime) -> str:
    """Why the claim no longer counts, or an empty text."""
    if found.until < now:
        return f"its claim ran out at {found.until:%Y-%m-%d %H:%M} UTC"
    if found.run_id in _held or not found.process or shown(found.process) != found.holder:  # the first version's
        return ""
    return "its process is gone" if gone(found.process, this_process()) else ""


def _end_stale(connection: Connection, run_id: str, now: dt.datetime, note: str) -> None:
    stale = update(runs).where(runs.c.id == run_id, runs.c.status == "running")
    connection.execute(stale.values(status="failed", ended=now, message=f"ended without a word; {note}"))


def _renew(
    database: Database, claim: Claim, term: dt.timedelta, clock: Callable[[], dt.datetime], ended: threading.Event
) -> None:
    mine = (claims.c.org_id == claim.org_id) & (claims.c.run_id == claim.run_id)
    while not ended.wait(term.total_seconds() / BEATS_PER_TERM):
        # A busy database is no reason to give up: the next beat comes before the term is over.
        with contextlib.suppress(OperationalError), database.write() as connection:
            renewed = connection.execute(update(claims).where(mine).values(until=clock() + term))
            if renewed.rowcount == 0:
                claim.lost.set()
                return
