"""A list as a table for people, spreadsheets and other programs."""

from __future__ import annotations

import io

import pandas as pd

from sf_lifecycle.lifecycle.outreach import LEFT_OUT, WAITING
from sf_lifecycle.look import View
from sf_lifecycle.stages import work_out

COLUMNS = ("rank", "account", "name", "stage", "state", "due", "owner", "contact", "why", "left_out_because")
# A cell that begins so is a formula to a spreadsheet; names of firms come from strangers.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def play_table(view: View, play: str, *, left_out: bool = False) -> pd.DataFrame:
    """A play's list as of the view's day, best first, with who was left out and why. Columns COLUMNS.

    `left_out`: those alone; their rank is the one they have on the whole list.
    """
    worked = work_out(view.prepared, view.ground, view.as_of, also=lambda rows: rows["play"].eq(play))
    worded = worked.worded[worked.worded["play"].eq(play)].sort_values("position")
    if left_out:
        worded = worded[worded["state"].eq(LEFT_OUT)]
    open_due = worked.decision.past.open.set_index("outreach")["ActivityDate"]
    due = worded["due"].where(worded["due"].notna(), worded["outreach"].map(open_due))
    not_made = worded["state"].isin([LEFT_OUT, WAITING])
    listed = pd.DataFrame(
        {
            "rank": worded["position"] + 1,
            "account": worded["account"],
            "name": worded["name"],
            "stage": worded["stage"],
            "state": worded["state"],
            "due": due,
            "owner": worded["owner"].map(worked.desk.names),
            "contact": worded["contact"],
            "why": worded["why"],
            "left_out_because": worded["reason"].where(not_made, None),
        },
        columns=list(COLUMNS),
    )
    return listed.astype(object).where(listed.notna(), None)


def as_csv(frame: pd.DataFrame) -> str:
    """RFC 4180 with a header, UTF-8; nothing in it is a formula to a spreadsheet."""
    text = io.StringIO()
    frame.map(_defused).to_csv(text, index=False, lineterminator="\r\n")
    return text.getvalue()


def as_xlsx(frame: pd.DataFrame, title: str) -> bytes:
    """One sheet; texts are texts, dates are dates."""
    data = io.BytesIO()
    with pd.ExcelWriter(data, engine="openpyxl") as writer:
        frame.map(_defused).to_excel(writer, index=False, sheet_name=title[:31], freeze_panes=(1, 0))
    return data.getvalue()


def _defused(value: object) -> object:
    """A text that a spreadsheet would run gets an apostrophe in front, as people type it themselves."""
    if isinstance(value, str):
        shown = "".join(character for character in value if character.isprintable() or character in "\n\t")
        return f"'{shown}" if shown.startswith(FORMULA_STARTS) else shown
    return value
