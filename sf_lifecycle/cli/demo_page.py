"""What a person wants to see of a first night."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sf_lifecycle.cli.output import say, table
from sf_lifecycle.report import RunReport
from sf_lifecycle.stages import Worked

URGENT = 10
REPS = 8


def show_first(report: RunReport, stages: tuple[str, ...], accounts: int) -> None:
    """The first run: stages, positions, who may be approached, the most urgent prospects, what was created."""
    worked = report.worked
    if worked is None:
        return
    words = worked.computed.stages.select(["word"]).to_pandas()["word"].value_counts()
    rows = [(stage, int(words.get(stage, 0)), _bar(int(words.get(stage, 0)), int(words.max()))) for stage in stages]
    table(
        ("Stage", "Accounts", ""), rows, title=f"Stage funnel of {accounts:,} accounts and Leads", right=("Accounts",)
    )
    positions = [(row.iloc[0], int(row.iloc[1])) for _, row in worked.positions.iterrows()]
    table(("Position", "Contracts"), positions, title="Contracts with other providers", right=("Contracts",))
    for label, frame in worked.funnel.items():
        _show_funnel(label, frame)
    _show_urgent(worked)
    _show_created(report, worked)


def _show_funnel(label: str, frame: pd.DataFrame) -> None:
    total, allowed = int(frame["number"].sum()), int(frame.loc[frame["word"].eq("yes"), "number"].sum())
    rows = [(row.word, row.why, int(row.number)) for row in frame.head(8).itertuples(index=False)]
    title = f"{label}: {allowed:,} of {total:,} contacts"
    table(("Answer", "Because", "Contacts"), rows, title=title, right=("Contacts",))


def _show_urgent(worked: Worked) -> None:
    """Prospects with a contract elsewhere that can be ended, by rank."""
    worded = worked.worded
    urgent = worded[worded["play"].eq("switch-window")].sort_values("position").head(URGENT)
    rows = [
        (row.name, row.due or "with the next wave", worked.desk.names.get(row.owner, ""), row.why)
        for row in urgent.itertuples(index=False, name="Urgent")
    ]
    table(("Prospect", "Due", "Rep", "Why now"), rows, title=f"The {len(rows)} most urgent prospects")


def _show_created(report: RunReport, worked: Worked) -> None:
    tasks = report.plan.section("Task", "create")
    members = report.plan.section("CampaignMember", "create")
    by_play = {
        "Tasks": tasks.rows["after.Lifecycle_Play__c"].value_counts() if tasks else pd.Series(dtype=int),
        "Members": members.rows["after.Lifecycle_Play__c"].value_counts() if members else pd.Series(dtype=int),
    }
    plays = sorted(set(by_play["Tasks"].index) | set(by_play["Members"].index))
    rows = [(play, int(by_play["Tasks"].get(play, 0)), int(by_play["Members"].get(play, 0))) for play in plays]
    table(("Play", "Tasks", "Campaign members"), rows, title="Created per play", right=("Tasks", "Campaign members"))
    if tasks is not None:
        reps = tasks.rows["after.OwnerId"].map(worked.desk.names).value_counts()
        shown = [(name, int(number)) for name, number in reps.head(REPS).items()]
        title = f"Created per rep (the first {len(shown)} of {len(reps)})" if len(reps) > REPS else "Created per rep"
        table(("Rep", "Tasks"), shown, title=title, right=("Tasks",))


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
        say(f"  {command}", (f"   {what}", "dim"))
    if serving:
        say(f"  sf-lifecycle plan nightly {here}", ("   what a run would write now", "dim"))
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
