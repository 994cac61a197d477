"""What a run, a pull and the list of runs look like, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sf_lifecycle.cli.output import say, table
from sf_lifecycle.cli.plan_page import DOES, show_causes, show_plays
from sf_lifecycle.mirror import PullReport
from sf_lifecycle.plan.recheck import Skipped
from sf_lifecycle.plans import short
from sf_lifecycle.report import RunReport
from sf_lifecycle.state import Run

MOST_SKIPPED = 20
TROUBLES = {
    "exists": ("there already, left as it is: ", "yellow"),
    "set aside": ("set aside, refused too often; not sent any more: ", "yellow"),
}


def show_runs(found: Sequence[Run]) -> None:
    """The last runs, newest first."""
    if not found:
        say("No run yet; start one with `sf-lifecycle run JOB`")
        return
    rows = [(each.id, each.job, each.as_of, each.status, written(each.counts), each.calls) for each in found]
    columns = ("Run", "Job", "For", "Ended", "Written", "Calls")
    table(columns, rows, right=columns[4:], whole=columns[:1] + columns[2:4])
    for each in found:
        if each.message:
            say((f"{each.id}: ", "bold"), each.message)


def written(counts: Any) -> int:
    """Records that a run wrote."""
    done = counts.get("done", {}) if isinstance(counts, dict) else {}
    return sum(number for objects in done.values() for number in objects.values())


def show_pull(report: PullReport) -> None:
    """What a pull read."""
    rows = [(each.table, each.rows, "Bulk" if each.bulk else "REST", each.calls) for each in report.objects]
    table(("Table", "Rows", "By", "Calls"), rows, right=("Rows", "Calls"))
    for note in report.notes:
        say(("Note: ", "yellow"), note)
    say(f"{report.rows:,} rows in {report.seconds:.1f} s, {report.calls} API calls.")


def run_facts(report: RunReport) -> dict[str, Any]:
    """A run for programs."""
    done = report.done()
    return {
        "run": report.run_id,
        "status": report.status,
        "created": done["create"],
        "updated": done["update"],
        "deleted": done.get("delete", {}),
        "skipped": list(report.skipped),
        "troubles": list(report.applied.troubles) if report.applied else [],
        "api_calls": report.calls,
        "calls_to_write": report.applied.calls if report.applied else 0,
        "expected_calls": report.plan.header.expected_calls,
        "plays": report.plan.counts,
        "notes": [*report.plan.notes, *report.notes],
        "undoes": report.plan.header.undoes or None,
        "waiting": report.waiting,
        "seconds": {name: round(value, 3) for name, value in report.seconds.items()},
    }


def _show_skipped(skipped: Sequence[Skipped]) -> None:
    """Rows of a saved plan that were not written: how many for which reason, then some of them one by one."""
    if not skipped:
        return
    counted = Counter((each.object, each.reason) for each in skipped)
    for (name, reason), number in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        say(("skipped, its ground moved: ", "yellow"), f"{number:,} {name}: {reason}")
    rows = [(each.object, DOES[each.operation], each.ref, each.reason) for each in skipped[:MOST_SKIPPED]]
    more = f" (the first {len(rows)} of {len(skipped):,})" if len(skipped) > len(rows) else ""
    table(("Object", "To do", "Record or key", "Why not"), rows, title=f"Skipped{more}", whole=("Record or key",))


def show_run(report: RunReport) -> None:
    """A run for people."""
    if report.waiting:
        name = short(report.plan.digest)
        if report.applied is not None and report.applied.error is not None:
            say(("The org stopped the run: ", "bold red"), str(report.applied.error))
        say("The plan waits for a person's word: ", (str(report.waiting), "bold"))
        say(f"Write it with `sf-lifecycle approve {name}`, or say no with `sf-lifecycle reject {name}`")
        return
    if report.applied is not None:
        rows = [
            (
                each.object,
                DOES[each.operation],
                each.sent,
                each.done,
                each.exists,
                each.failed,
                each.unknown,
                each.set_aside,
            )
            for each in report.applied.sections
        ]
        columns = ("Object", "To do", "Sent", "Done", "There", "Failed", "Unknown", "Set aside")
        if rows:
            shown = len(columns) if report.applied.set_aside else len(columns) - 1
            table(columns[:shown], [row[:shown] for row in rows], right=columns[2:shown])
        else:
            say("Nothing to write: the org says what it should say.")
        show_causes(report.plan)
        for each in report.applied.troubles:
            what = f"{each.rows:,} {each.object}: {each.message} (for example {each.example})"
            say(TROUBLES.get(each.status, (f"{each.status}: ", "red")), what)
        _show_skipped(report.skipped)
        if report.applied.error is not None:
            say(("The org stopped the run: ", "bold red"), str(report.applied.error))
    show_plays(report.plan.counts)
    for note in (*report.plan.notes, *report.notes):
        say(("Note: ", "yellow"), note)
    say(f"Run {report.run_id}: {report.status}, {report.writes:,} records written, {_calls(report)}.")


def _calls(report: RunReport) -> str:
    """The calls spent, and of those that write how many were foreseen."""
    if report.applied is None or not report.plan.header.expected_calls:
        return f"{report.calls} API calls"
    expected = report.plan.header.expected_calls
    return f"{report.calls} API calls ({report.applied.calls} of them to write; about {expected} were expected)"
