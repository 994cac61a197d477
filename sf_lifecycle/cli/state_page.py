"""What is remembered, for people to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sf_lifecycle.apply.asides import MOST_ATTEMPTS
from sf_lifecycle.cli.output import say, table
from sf_lifecycle.state import Aside, Bound, State

RUNS = 5
NAMES: Mapping[str, str] = {
    "runs": "runs",
    "label_history": "words of labels",
    "observations": "what guards remember",
    "tombstones": "tombstones",
    "asides": "rows that failed",
    "batch_sizes": "batch sizes",
    "merges": "merges",
    "holds": "holds",
    "saved_plans": "saved plans",
}


def facts(state: State, bound: Bound) -> dict[str, Any]:
    """The page for programs."""
    asides = state.all_asides(bound.org_id)
    return {
        "org": bound,
        "counts": state.counts(bound.org_id),
        "set_aside": sum(each.attempts >= MOST_ATTEMPTS for each in asides),
        "runs": state.runs(limit=RUNS),
        "holds": state.holds(bound.org_id),
        "waiting": state.saved_plans(bound.org_id, "waiting"),
        "approved": state.saved_plans(bound.org_id, "approved"),
    }


def show_state(found: Mapping[str, Any]) -> None:
    """The whole page."""
    org, counts = found["org"], found["counts"]
    say("State of ", (org.name, "bold"), f" ({org.org_id}, {org.kind})")
    stones = ", ".join(f"{number:,} {cause}" for cause, number in counts.tombstones.items())
    rows = [
        ("Runs", counts.runs, ""),
        ("Ledger", counts.ledger, f"{counts.done:,} done, {counts.open:,} of which nobody knows yet"),
        ("Words of labels", counts.labels, ""),
        ("Tombstones", sum(counts.tombstones.values()), stones),
        ("Merges", counts.merges, ""),
        ("Rows that failed", counts.failing, f"{found['set_aside']:,} set aside: sf-lifecycle state aside"),
    ]
    table(("What", "Rows", ""), rows, right=("Rows",))
    last = [(run.id, run.job, run.kind, run.as_of, run.status, run.message) for run in found["runs"]]
    table(("Run", "Job", "Kind", "Day", "Ended", "Message"), last, title="Last runs", whole=("Run", "Day"))
    for hold in found["holds"]:
        say(
            (f"Job {hold.job} is held ", "bold red"), f"since {hold.since:%Y-%m-%d %H:%M} UTC by {hold.who}: {hold.why}"
        )
    for plan in (*found["waiting"], *found["approved"]):
        what = "waits for a person's word" if plan.status == "waiting" else f"was approved by {plan.who}"
        say((f"A plan of job {plan.job} for {plan.as_of} {what}: ", "yellow"), f"{plan.digest}, {plan.path}")


def show_adopted(name: str, moved: Mapping[str, int], aside: Path | None) -> None:
    """What was handed over to the org of that name."""
    if not moved:
        say(f"State belongs to {name} already; nothing was changed.")
        return
    rows = [(NAMES.get(each, each), number) for each, number in moved.items() if number]
    table(("Handed over", "Rows"), rows, right=("Rows",))
    say((f"State belongs to {name} now.", "green"))
    say("Plans that waited have expired; the next run makes new ones.")
    if aside is not None:
        say(f"The mirror was of the org before: it is set aside as {aside}, and the next pull reads everything anew.")


def aside_facts(asides: Sequence[Aside]) -> list[dict[str, Any]]:
    """Row by row, for programs."""
    return [
        {
            "ref": each.ref,
            "object": each.object,
            "operation": each.operation,
            "code": each.code,
            "message": each.message,
            "attempts": each.attempts,
            "since": each.since,
            "last": each.last,
            "set_aside": each.attempts >= MOST_ATTEMPTS,
        }
        for each in asides
    ]


def show_asides(found: Sequence[Mapping[str, Any]]) -> None:
    """Row by row, for people."""
    if not found:
        say("No row failed that was not done since.")
        return
    rows = [
        (
            each["ref"],
            f"{each['object']}: {each['operation']}",
            f"{each['code']}: {each['message']}",
            each["attempts"],
            f"{each['since']:%Y-%m-%d}",
            each["set_aside"],
        )
        for each in found
    ]
    columns = ("Ref", "What", "Reason", "Attempts", "Since", "Set aside")
    table(columns, rows, right=("Attempts",), whole=("Ref", "Since"))
    say(f"After {MOST_ATTEMPTS} attempts with the same values a row is set aside: it is sent no more.")
    say("Once the reason is gone: `sf-lifecycle state retry`, or `state retry REF` for one.")
