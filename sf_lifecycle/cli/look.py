"""`list` and `why`: what is known, without writing anything and without an org."""

from __future__ import annotations

import sys
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sf_lifecycle.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from sf_lifecycle.cli.output import check_writable, deliver, lines, print_json, say, table
from sf_lifecycle.cli.run import Day, JobName, day, only_job
from sf_lifecycle.config.found import nearest
from sf_lifecycle.config.workspace import Workspace, load_workspace
from sf_lifecycle.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 25


class ListFormat(StrEnum):
    """How a list comes out."""

    TABLE = "table"
    CSV = "csv"
    XLSX = "xlsx"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("list")(list_play)
    app.command()(why)


def list_play(
    job: JobName,
    play: Annotated[str, typer.Argument(metavar="PLAY", help="The play's name: its file in plays/ without .toml.")],
    config: ConfigFile = DEFAULT_CONFIG,
    as_of: Day = None,
    output: Annotated[ListFormat, typer.Option("--format", help="table, csv or xlsx.")] = ListFormat.TABLE,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to this file.")] = None,
    most: Annotated[int | None, typer.Option("--most", min=1, help="Only the first so many.")] = None,
    left_out: Annotated[bool, typer.Option("--left-out", help="Only those left out, with the reason.")] = False,
    as_json: AsJson = False,
) -> None:
    """A play's ranked list over what was last pulled: who, when, why, and why the others were left out."""
    from sf_lifecycle.cli.funnel_page import show_funnel
    from sf_lifecycle.exports import as_csv, as_xlsx, play_table
    from sf_lifecycle.funnel import funnel_of
    from sf_lifecycle.look import look
    from sf_lifecycle.request import today

    workspace = load_workspace(config)
    _check_play(workspace, job, play)
    check_writable(out)
    for_people = output is ListFormat.TABLE and not as_json
    limit = most or (SHOWN if for_people and out is None else None)
    with look(workspace, job, day(as_of) or today(workspace)) as view:
        view.refuse_past("list")
        listed = play_table(view, play, left_out=left_out)
        ahead, funnel = view.ahead, funnel_of(view) if for_people else None
    shown = listed.head(limit) if limit else listed
    if as_json:
        print_json(shown.to_dict("records"))
    elif output is ListFormat.XLSX:
        _write(out, as_xlsx(shown, play))
    elif output is ListFormat.CSV:
        _write(out, as_csv(shown).encode())
    else:
        if ahead:
            say((ahead, "bold"))
        _show(listed, shown)
        if funnel is not None:
            show_funnel(funnel)


def _check_play(workspace: Workspace, job: str, play: str) -> None:
    plays = workspace.plays_of(job)
    if play not in plays:
        hint = nearest(play, plays) or f"there is {', '.join(plays)}"
        raise UsageError(f"job {job} has no play '{play}'; {hint}")


def _write(out: Path | None, data: bytes) -> None:
    if out is None and sys.stdout.isatty() and not data.isascii():
        raise UsageError("a spreadsheet is no text for a terminal; name a file with --out")
    deliver(out, data)


def _show(listed: pd.DataFrame, shown: pd.DataFrame) -> None:
    if listed.empty:
        say("Nobody is on this list.")
        return
    columns = ("#", "Account, stage", "State", "Due", "Owner", "Why")
    rows = [
        (
            row.rank,
            lines(row.name or row.account, row.stage),
            row.state,
            row.due,
            row.owner,
            lines(row.why, _not_now(row.left_out_because)),
        )
        for row in shown.itertuples(index=False, name="Listed")
    ]
    table(columns, rows, right=("#",), whole=("State", "Due"))
    states = ", ".join(f"{number:,} {state}" for state, number in Counter(listed["state"]).most_common())
    say(f"{len(listed):,} on the list: {states}.")
    reasons = Counter(str(each).partition(":")[0] for each in listed["left_out_because"] if each)
    for because, times in reasons.most_common():
        say(f"  {times:,} {because}")
    if len(shown) < len(listed):
        say(f"The first {len(shown)} are shown; --most N shows more, --format csv --out FILE writes all.")


def _not_now(reason: object) -> str:
    return f"Not now: {reason}" if reason else ""


def why(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its Id, or its whole name.")],
    config: ConfigFile = DEFAULT_CONFIG,
    job: Annotated[str | None, typer.Option("--job", metavar="JOB", help="The only job's by default.")] = None,
    as_of: Day = None,
    as_json: AsJson = False,
) -> None:
    """Why an account is where it is: every rule tried with its values, its history, and what became of each play.

    For a day that is past: what was written down by then.
    """
    from sf_lifecycle.cli.why_page import show_past, show_why
    from sf_lifecycle.look import look
    from sf_lifecycle.request import today
    from sf_lifecycle.whys import explain, find_account, name_of
    from sf_lifecycle.whys_past import PastWhy, recall

    workspace = load_workspace(config)
    with look(workspace, job or only_job(workspace), day(as_of) or today(workspace)) as view:
        found = find_account(view, account)
        past = view.tense == "past"
        answer = recall(view, found, name_of(view, found)) if past else explain(view, found)
    if as_json:
        print_json(answer)
    elif isinstance(answer, PastWhy):
        show_past(answer)
    else:
        show_why(answer)
