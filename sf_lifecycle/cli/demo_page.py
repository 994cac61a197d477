"""What a person wants to see of a first night."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sf_lifecycle.cli.output import say, table
from sf_lifecycle.plan.changes import Section
from sf_lifecycle.report import RunReport
from sf_lifecycle.stages import Worked

POSITIONS = "other_contract.position"
URGENT = 10
REPS = 8
REASONS = 8
MAY: Mapping[str, str] = {
    "may_call": "May be called",
    "may_visit": "May be visited",
    "may_email": "May be e-mailed",
}


def show_first(report: RunReport, stages: tuple[str, ...]) -> None:
    """The first run: stages, positions, who may be approached, the most urgent prospects, what was created."""
    worked = report.worked
    if worked is None:
        return
    words = Counter(worked.computed.stages["word"].to_pylist())
    rows = [(stage, words[stage], _bar(words[stage], max(words.values()))) for stage in stages]
    title = f"Stage funnel of {words.total():,} accounts and Leads"
    table(("Stage", "Accounts", ""), rows, title=title, right=("Accounts",))
    positions = Counter(worked.computed.words.get(POSITIONS, {})).most_common()
    table(("Position", "Contracts"), positions, title="Contracts with other providers", right=("Contracts",))
    for label, counted in worked.funnel.items():
        _show_funnel(label, counted)
    _show_urgent(worked)
    _show_created(report, worked)


def _show_funnel(label: str, counted: Sequence[tuple[str, str | None, int]]) -> None:
    total, allowed = sum(n for _, _, n in counted), sum(n for word, _, n in counted if word == "yes")
    title = f"{MAY.get(label, label)}: {allowed:,} of {total:,} contacts"
    table(("Answer", "Because", "Contacts"), counted[:REASONS], title=title, right=("Contacts",))


def _show_urgent(worked: Worked) -> None:
    """Prospects with a contract elsewhere that can be ended, by rank."""
    worded = worked.worded
    urgent = worded[worded["play"].eq("switch-window")].sort_values("position").head(URGENT)
    columns = zip(urgent["name"], urgent["due"], urgent["owner"], urgent["why"], strict=True)
    rows = [
        (name, due or "with the next wave", worked.desk.names.get(owner, ""), why) for name, due, owner, why in columns
    ]
    table(("Prospect", "Due", "Rep", "Why now"), rows, title=f"The {len(rows)} most urgent prospects")


def _show_created(report: RunReport, worked: Worked) -> None:
    tasks = report.plan.section("Task", "create")
    members = report.plan.section("CampaignMember", "create")
    made = {name: _per(section, "after.Lifecycle_Play__c") for name, section in (("t", tasks), ("m", members))}
    rows = [(play, made["t"][play], made["m"][play]) for play in sorted({*made["t"], *made["m"]})]
    table(("Play", "Tasks", "Campaign members"), rows, title="Created per play", right=("Tasks", "Campaign members"))
    reps = _per(tasks, "after.OwnerId")
    shown = [(worked.desk.names.get(user, ""), number) for user, number in reps.most_common(REPS)]
    more = f" (the first {len(shown)} of {len(reps)})" if len(reps) > len(shown) else ""
    table(("Rep", "Tasks"), shown, title=f"Created per rep{more}", right=("Tasks",))


def _per(section: Section | None, column: str) -> Counter[str]:
    return Counter(section.rows[column].tolist() if section else ())


def show_written(report: RunReport, title: str) -> None:
    """What a run wrote, and what it cost."""
    done = report.done()
    written = ", ".join(
        f"{number:,} {name} {verb}"
        for kind, verb in (("create", "created"), ("update", "updated"))
        for name, number in done[kind].items()
    )
    took = sum(report.seconds.values())
    say((f"{title}: ", "bold"), f"{written or 'nothing written'}; {report.calls} API calls, {took:.1f} s.")


def show_next(folder: Path, *, serving: bool) -> None:
    """Where to look now."""
    here = f"--config {folder / 'config.toml'}"
    say("")
    say(("Look further:", "bold"))
    for command, what in (
        (f"sf-lifecycle list nightly switch-window {here}", "the ranked list, and who was left out and why"),
        (f'sf-lifecycle why "ACCOUNT NAME" {here}', "every rule tried for one account"),
        (f"sf-lifecycle runs {here}", "what ran, what it wrote"),
        (f"{folder / 'mappings/telecom/lifecycle.toml'}", "the rules; change one, then plan"),
    ):
        say((f"  # {what}", "dim"))
        say(f"  {command}")
    if serving:
        say(("  # what a run would write now", "dim"))
        say(f"  sf-lifecycle plan nightly {here}")
    else:
        say("The org has stopped with the demo; `sf-lifecycle demo --serve` keeps it and the scheduled service up.")


def facts(accounts: int, first: RunReport, second: RunReport) -> dict[str, Any]:
    """The demo for programs."""

    def created(report: RunReport) -> Mapping[str, int]:
        done = report.done()["create"]
        return {name: done.get(name, 0) for name in ("Task", "CampaignMember", "Campaign")}

    updated = first.done()["update"]
    return {
        "accounts": accounts,
        "first_run": {
            "status": first.status,
            "created": created(first),
            "updated": {"Account": 0, **updated},
            "api_calls": first.calls,
            "seconds": {name: round(value, 3) for name, value in first.seconds.items()},
        },
        "second_run": {
            "status": second.status,
            "writes": second.writes,
            "api_calls": second.calls,
            "seconds": {name: round(value, 3) for name, value in second.seconds.items()},
        },
    }


def _bar(number: int, most: int) -> str:
    return "█" * round(40 * number / most) if most else ""
