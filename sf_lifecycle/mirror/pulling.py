"""Bringing the mirror up to date: what changed where that can be told, all of it where not, everything now and then."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field, replace

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.config.settings import PullSettings
from sf_lifecycle.mirror import known as memory, merge
from sf_lifecycle.mirror.again import living_campaigns, look_again
from sf_lifecycle.mirror.changes import (
    Question,
    keep_merges,
    lost_their_key,
    questions,
    take_changes,
    take_merges,
)
from sf_lifecycle.mirror.known import Known
from sf_lifecycle.mirror.money import CURRENCIES, keep_rates, read_rates
from sf_lifecycle.mirror.ours import OUR_CAMPAIGNS, OUR_STATUSES
from sf_lifecycle.mirror.plan import Extra, plan_pull
from sf_lifecycle.mirror.report import Mode, ObjectReport, PullReport
from sf_lifecycle.mirror.store import Mirror, write_meta
from sf_lifecycle.mirror.wants import objects_of, parents_missing
from sf_lifecycle.mirror.ways import Moment, Way, choose, expected_calls, notes
from sf_lifecycle.mirror.whole import Progress, Read, Reader, org_counts
from sf_lifecycle.salesforce import Answer, Org


def schema_for(org: Org, mapping: Mapping) -> OrgSchema:
    """Descriptions of all that the mapping names, parents on relationship paths included."""
    schema = org.describe(objects_of(mapping) | {CURRENCIES})
    asked = set(schema.objects)
    while more := parents_missing(mapping, schema) - asked:
        asked |= more
        further = org.describe(more)
        schema = OrgSchema(objects={**schema.objects, **further.objects}, source=schema.source)
    return schema


def pull_all(
    org: Org,
    mirror: Mirror,
    mapping: Mapping,
    schema: OrgSchema,
    *,
    now: dt.datetime,
    bulk_from_rows: int,
    extra: Extra | None = None,
    progress: Progress | None = None,
) -> PullReport:
    """`pull` with everything read whole."""
    return pull(
        org,
        mirror,
        mapping,
        schema,
        now=now,
        settings=PullSettings(),
        bulk_from_rows=bulk_from_rows,
        full=True,
        extra=extra,
        progress=progress,
    )


def pull(
    org: Org,
    mirror: Mirror,
    mapping: Mapping,
    schema: OrgSchema,
    *,
    now: dt.datetime,
    settings: PullSettings,
    bulk_from_rows: int,
    full: bool = False,
    extra: Extra | None = None,
    progress: Progress | None = None,
) -> PullReport:
    """Reads what changed, or everything (`full`, and where `ways.choose` says so), and puts it in place at once. `now`
    (aware) is noted as `pulled_at`.

    ConfigError before anything is read where the org does not show what the mapping names, or cannot tell what changed
    where the mapping insists; OrgError where reading fails, and the mirror is as it was.
    """
    if now.tzinfo is None:
        raise ValueError("`now` needs a time zone")
    pulls = plan_pull(mapping, schema, extra=extra)
    started, spent = time.monotonic(), org.calls.spent
    counts, told = org_counts(org, pulls)
    moment = Moment(now=now, server=org.server_time)
    with mirror.connect(read_only=False) as con:
        known = memory.read_known(con)
        reader = Reader(org=org, con=con, counts=counts, bulk_from_rows=bulk_from_rows, progress=progress)
        ways = choose(pulls, known, moment, settings, full=full)
        asked = questions(ways)
        expected = expected_calls(ways.values(), counts, queries=len(asked), bulk_from_rows=bulk_from_rows)
        work = _Work(reader=reader, ways=ways, known=known, settings=settings)
        work.read(asked)
        rates = read_rates(org, schema)
        con.execute("begin")
        followed = {table for table, way in work.ways.items() if way.since is not None}
        merge.swap(con, pulls, followed)
        for question, merges in work.merges:
            keep_merges(reader, question, merges)
        keep_rates(con, rates)
        reports = [work.report(table, moment) for table in work.ways]
        full_at = [known[each.table].full_at if each.mode != "full" else now for each in reports]
        memory.write_known(con, zip(pulls, reports, full_at, strict=True), ahead=moment.ahead)
        write_meta(con, {"pulled_at": now.isoformat()})
        con.execute("commit")
    return PullReport(
        objects=tuple(reports),
        calls=org.calls.spent - spent,
        seconds=time.monotonic() - started,
        notes=mirror.notes + told + notes(work.ways.values()),
        full=not followed,
        expected=expected + (CURRENCIES in schema.objects),
        watermark=moment.server,
    )


@dataclass(kw_only=True)
class _Work:
    """Everything read and staged, table by table, for the merge."""

    reader: Reader
    ways: dict[str, Way]
    known: MappingABC[str, Known]
    settings: PullSettings
    reads: dict[str, Read] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    merges: list[tuple[Question, list[tuple[str, str]]]] = field(default_factory=list)

    def read(self, asked: list[Question]) -> None:
        """In this order: what changed, what must be read whole, and what stands beside records that went."""
        answers = self.reader.org.query_many([each.asked for each in asked])
        for question, answer in zip(asked, answers, strict=True):
            self._take(question, answer)
        self._read_whole()
        share = self.settings.full_from_share
        instead: Way | None = None
        while True:
            read, instead = look_again(self.reader, self.ways, self.known, full_from_share=share)
            for table, rows in read.items():
                self.reads[table] = replace(self.reads[table], rows=self.reads[table].rows + rows)
            if instead is None:
                return
            self._turn(instead)
            self._read_whole()

    def report(self, table: str, moment: Moment) -> ObjectReport:
        """One table after the merge."""
        way, read, con = self.ways[table], self.reads[table], self.reader.con
        mode: Mode = "full" if way.since is None else "changes" if read.rows else "unchanged"
        return ObjectReport(
            table=table,
            object=way.pull.object,
            rows=memory.count(con, table),
            calls=read.calls,
            seconds=read.seconds,
            bulk=read.bulk,
            org_count=self.reader.counts.get(way.pull.object),
            read=read.rows,
            mode=mode,
            watermark=moment.server,
        )

    def _take(self, question: Question, answer: Answer) -> None:
        table = question.pull.table
        if question.kind == "merges":
            self.merges.append((question, take_merges(self.reader, question, answer)))
            return
        way = self.ways[table]
        if way.since is None:  # it turned since it was asked
            return
        if question.kind == "living":
            why = lost_their_key(self.reader, question.pull, answer)
            if why:
                self._turn(way.whole(why))
            return
        share = self.settings.full_from_share
        taken = take_changes(self.reader, way, answer, self.known[table], full_from_share=share)
        if isinstance(taken, Way):
            self._turn(taken)
        else:
            self.reads[table] = taken

    def _turn(self, way: Way) -> None:
        """A table is read whole after all; with our campaigns their statuses, which are read by campaign."""
        self.ways[way.pull.table] = way
        statuses = self.ways.get(OUR_STATUSES.table)
        if way.pull.table == OUR_CAMPAIGNS.table and statuses is not None and statuses.since is not None:
            self.ways[OUR_STATUSES.table] = statuses.whole("the campaigns are read whole")

    def _read_whole(self) -> None:
        """Every table that is to be, and was not yet. Our statuses come after our campaigns."""
        for table, way in self.ways.items():
            if way.since is not None or table in self.whole:
                continue
            self.whole.add(table)
            campaigns = None
            if table == OUR_STATUSES.table:
                campaigns = living_campaigns(self.reader.con, self.ways[OUR_CAMPAIGNS.table])
            self.reads[table] = self.reader.read_whole(way.pull, campaigns)
