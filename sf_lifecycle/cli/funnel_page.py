"""The funnel for people: who there is, who may be approached, and what stops the rest."""

from __future__ import annotations

from sf_lifecycle.cli.output import say, table
from sf_lifecycle.funnel import Channel, Funnel

MOST_REASONS = 8
WAYS = {"call": "by call", "email": "by mail"}
PLURALS = {"Account": "accounts", "Lead": "Leads", "Contact": "contacts"}


def show_funnel(funnel: Funnel) -> None:
    """A few lines and a table for each channel."""
    parties = sum(funnel.parties.values())
    kinds = ", ".join(f"{number:,} {PLURALS.get(name, name)}" for name, number in funnel.parties.items())
    say(("Who may be approached: ", "bold"), f"{parties:,} parties ({kinds}) and {funnel.people:,} people.")
    for channel in funnel.channels:
        _show(channel, parties)


def _show(channel: Channel, parties: int) -> None:
    way = WAYS.get(channel.name, f"by {channel.name}")
    there = f", at {channel.parties:,} of the {parties:,} parties" if channel.parties is not None else ""
    stopped = sum(number for _, number in channel.stopped)
    say(f"  {way}: {channel.people:,} people{there}; {stopped:,} are not")
    rows = [(number, reason) for reason, number in channel.stopped[:MOST_REASONS]]
    if rest := channel.stopped[MOST_REASONS:]:
        rows.append((sum(number for _, number in rest), f"{len(rest)} other reasons"))
    if rows:
        table(("People", f"Not {way}"), rows, right=("People",))
