"""What a run, a pull and the list of runs look like, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sf_lifecycle.cli.output import say, table
from sf_lifecycle.cli.plan_page import show_plays
from sf_lifecycle.mirror import PullReport
from sf_lifecycle.report import RunReport
from sf_lifecycle.state import Run


def show_runs(found: Sequence[Run]) -> None:
    """The last runs, newest first."""
    if not found:
        say("No run yet; start one with `sf-lifecycle run JOB`")
        return
    rows = [(each.id, each.job, each.as_of, each.status, _written(each.counts), each.calls) for each in found]
    columns = ("Run", "Job", "For", "Ended", "Written", "Calls")
    table(columns, rows, right=columns[4:], whole=columns[:1] + columns[2:4])
    for each in found:
        if each.message:
            say((f"{each.id}: ", "bold"), each.message)


def _written(counts: Any) -> int:
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
        "troubles": list(report.applied.troubles) if report.applied else [],
        "api_calls": report.calls,
        "plays": report.plan.counts,
        "waiting": report.waiting,
        "seconds": {name: round(value, 3) for name, value in report.seconds.items()},
    }


def show_run(report: RunReport) -> None:
    """A run for people."""
    if report.waiting:
        say("The plan waits for a person's word: ", (str(report.waiting), "bold"))
        say(f"Write it with `sf-lifecycle apply {report.waiting}`; its lines say what and why")
        return
    if report.applied is not None:
        rows = [
            (each.object, each.operation, each.sent, each.done, each.exists, each.failed, each.unknown)
            for each in report.applied.sections
        ]
        if rows:
            columns = ("Object", "To do", "Sent", "Done", "There", "Failed", "Unknown")
            table(columns, rows, right=columns[2:])
        else:
            say("Nothing to write: the org says what it should say.")
        for each in report.applied.troubles:
            what = f"{each.rows:,} {each.object}: {each.message} (for example {each.example})"
            there = each.status == "exists"
            say(("there already, left as it is: ", "yellow") if there else (f"{each.status}: ", "red"), what)
        if report.applied.error is not None:
            say(("The org stopped the run: ", "bold red"), str(report.applied.error))
    show_plays(report.plan.counts)
    for note in report.plan.notes:
        say(("Note: ", "yellow"), note)
    say(f"Run {report.run_id}: {report.status}, {report.writes:,} records written, {report.calls} API calls.")
