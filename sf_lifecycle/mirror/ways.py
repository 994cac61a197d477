"""How each table is brought up to date: by what changed since a moment, or read whole, and why. Pure."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping as MappingABC, Sequence
from dataclasses import dataclass, replace

from sf_lifecycle.config.settings import PullSettings
from sf_lifecycle.mirror.known import Known, columns_of
from sf_lifecycle.mirror.ours import OUR_CAMPAIGNS, OUR_STATUSES
from sf_lifecycle.mirror.plan import ObjectPull
from sf_lifecycle.salesforce.batch import MOST_QUERIES
from sf_lifecycle.salesforce.bulk import PAGE_ROWS

REST_PAGE_ROWS = 2_000
_BULK_CALLS = 5  # a job is made, asked after about three times, and its first page fetched
_NIGHTS_VARY = dt.timedelta(hours=12)  # so that a week is seven nights, though one begins a minute earlier


@dataclass(frozen=True, kw_only=True)
class Way:
    """One table's way. `since`: what changed from this moment of the org's clock on is asked for; None: read whole,
    because of `why`. `told`: whether people should read why.
    """

    pull: ObjectPull
    since: dt.datetime | None = None
    why: str = ""
    told: bool = False

    def whole(self, why: str) -> Way:
        """The same table, read whole after all."""
        return replace(self, since=None, why=why, told=True)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When a pull happens. `now`: our clock; `server`: the org's, None where it tells none. Both aware."""

    now: dt.datetime
    server: dt.datetime | None

    @property
    def ahead(self) -> float:
        """Seconds by which the org's clock is ahead of ours."""
        return (self.server - self.now).total_seconds() if self.server else 0.0


def choose(
    pulls: Sequence[ObjectPull],
    known: MappingABC[str, Known],
    moment: Moment,
    settings: PullSettings,
    *,
    full: bool,
) -> dict[str, Way]:
    """Table → its way, in the order of `pulls`. `full`: somebody wants everything read whole."""
    ways = {each.table: _way(each, known.get(each.table), moment, settings, full=full) for each in pulls}
    campaigns, statuses = ways.get(OUR_CAMPAIGNS.table), ways.get(OUR_STATUSES.table)
    if campaigns and statuses and campaigns.since is None and statuses.since is not None:
        ways[statuses.pull.table] = replace(statuses, since=None, why="the campaigns are read whole")
    return ways


def notes(ways: Iterable[Way]) -> tuple[str, ...]:
    """A sentence for each table that is read whole for a reason that people should know; the same is said once."""
    said = [f"{each.pull.object} is read whole: {each.why}" for each in ways if each.since is None and each.told]
    return tuple(dict.fromkeys(said))


def rest_calls(rows: int) -> int:
    """Calls to read so many rows over REST."""
    return max(1, math.ceil(rows / REST_PAGE_ROWS))


def bulk_calls(rows: int) -> int:
    """Calls to read so many rows by Bulk, about."""
    return _BULK_CALLS + max(0, math.ceil(rows / PAGE_ROWS) - 1)


def expected_calls(ways: Iterable[Way], counts: MappingABC[str, int], *, queries: int, bulk_from_rows: int) -> int:
    """Calls a pull will take as far as can be told before it: the counts, the batches, and what is read whole."""
    calls = 1 + math.ceil(queries / MOST_QUERIES)
    for way in ways:
        if way.since is not None or not way.pull.readable:
            continue
        rows = counts.get(way.pull.object, 0)
        if way.pull.where:  # ours: counted first where the object is large; how many is not known yet
            calls += 1 if rows < bulk_from_rows else 2
        else:
            calls += bulk_calls(rows) if rows >= bulk_from_rows else rest_calls(rows)
    return calls


def _way(pull: ObjectPull, known: Known | None, moment: Moment, settings: PullSettings, *, full: bool) -> Way:
    overlap = dt.timedelta(minutes=settings.overlap_minutes)
    if full or known is None or not pull.readable:
        return Way(pull=pull, why="asked for" if full else "it is new here")
    if pull.whole:
        return Way(pull=pull, why=pull.whole, told=True)
    if known.columns != columns_of(pull):
        return Way(pull=pull, why="its mapped fields changed", told=True)
    if known.watermark is None or moment.server is None:
        return Way(pull=pull, why="the org does not tell its time", told=True)
    age = moment.now - known.full_at
    if age < dt.timedelta(0) or age > dt.timedelta(days=settings.full_every_days) - _NIGHTS_VARY:
        return Way(pull=pull, why=f"every {settings.full_every_days} days (pull.full_every_days)")
    if moment.ahead < known.ahead - overlap.total_seconds() or moment.server < known.watermark:
        return Way(pull=pull, why="the org's clock went back, so what changed since cannot be told", told=True)
    return Way(pull=pull, since=known.watermark - overlap)
