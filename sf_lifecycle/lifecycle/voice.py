"""One account, one voice: which of the outreaches that could be made are made, before anything is planned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as MappingABC

import pandas as pd

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.lifecycle.keys import PLAY_LENGTH, play_of
from sf_lifecycle.lifecycle.outreach import LEFT_OUT, OPEN, WAITING, speaks
from sf_lifecycle.lifecycle.past import Past
from sf_lifecycle.lifecycle.reach import reach

BY_MAIL = "in the e-mail wave; nobody there may be called"
ORDER = ["incumbent", "priority", "play", "position"]
ASCENDING = [False, False, True, True]


def settle(outreaches: pd.DataFrame, mapping: Mapping, past: Past, as_of: dt.date) -> pd.DataFrame:
    """All plays' outreaches with `state` and `reason`: open (ours already), waiting (may be made), or left out.

    An outreach of ours keeps its turn: its Task is open, or its person joined the wave lately (whose Task still comes
    when its day is near). A closed one is not made again for the same occasion, nor for another within the play's
    cooldown; what remains takes the account's turns by priority. Order of columns and rows is kept.
    """
    frame = outreaches.copy()
    has_task = _has_task(frame, mapping)
    called = frame["outreach"].isin(set(past.open["outreach"]))
    mailed = frame["key"].isin(set(past.members["key"]))
    frame["incumbent"] = called | frame["outreach"].isin(set(_joined(past, mapping, as_of)["outreach"]))
    frame["state"] = (called | (mailed & ~has_task)).map({True: OPEN, False: WAITING})
    _leave_out_done(frame, mapping, past, as_of)
    _leave_out_unreachable(frame, mapping)
    _keep_to_most(frame, mapping)
    _take_turns(frame, mapping, past, as_of)
    return frame.drop(columns="incumbent")


def _leave_out(frame: pd.DataFrame, rows: pd.Series[bool], reason: str | pd.Series[str]) -> None:
    still = rows & frame["state"].eq(WAITING)
    frame.loc[still, "reason"] = reason if isinstance(reason, str) else reason[still]
    frame.loc[still, "state"] = LEFT_OUT


def _leave_out_done(frame: pd.DataFrame, mapping: Mapping, past: Past, as_of: dt.date) -> None:
    over = frame["key"].map(past.over)
    _leave_out(frame, over.eq("lapsed"), "its time has passed for this occasion")
    _leave_out(frame, over.notna() | frame["key"].isin(set(past.done["key"])), "done already for this occasion")
    only_mailed = {name[:PLAY_LENGTH] for name, play in mapping.plays.items() if play.task is None}
    waves = past.members[past.members["outreach"].map(play_of).isin(only_mailed)]
    last = pd.concat([past.done.set_index("outreach")["done_on"], waves.set_index("outreach")["joined_on"]])
    last = last.groupby(level=0).max()
    done_on = frame["outreach"].map(last)
    cooldown: MappingABC[str, int] = {name: play.cooldown_days for name, play in mapping.plays.items()}
    rests = [
        isinstance(day, dt.date) and (as_of - day).days < cooldown[play]
        for day, play in zip(done_on, frame["play"], strict=True)
    ]
    _leave_out(frame, pd.Series(rests, index=frame.index, dtype=bool), "approached lately, within the play's cooldown")


def _leave_out_unreachable(frame: pd.DataFrame, mapping: Mapping) -> None:
    """Nobody to call is no reason to leave out an outreach whose e-mail wave has a member, and the other way round."""
    has_task = _has_task(frame, mapping)
    found = reach(frame, mapping)
    frame.loc[~found["by_task"], "target"] = pd.NaT
    frame.loc[~found["by_wave"], "member"] = None
    undated = has_task & frame["target"].isna() & ~found["barred"] & ~found["by_wave"]
    _leave_out(frame, undated, "no date to be due on")
    frame.loc[has_task & ~found["by_task"] & found["by_wave"] & frame["state"].eq(WAITING), "reason"] = BY_MAIL
    _leave_out(frame, ~found["by_task"] & ~found["by_wave"], "no contact who may be approached")


def _has_task(frame: pd.DataFrame, mapping: Mapping) -> pd.Series[bool]:
    return frame["play"].map({name: play.task is not None for name, play in mapping.plays.items()}).astype(bool)


def _keep_to_most(frame: pd.DataFrame, mapping: Mapping) -> None:
    """A play's list is cut at its `most`, best first; what is open already counts."""
    most = frame["play"].map({name: play.most for name, play in mapping.plays.items() if play.most is not None})
    capped = most.notna() & frame["state"].isin([OPEN, WAITING])
    ranked = frame[capped].sort_values(ORDER, ascending=ASCENDING)
    beyond = ranked.groupby("play").cumcount() >= most[ranked.index]
    _leave_out(frame, beyond.reindex(frame.index, fill_value=False), "beyond the most this play takes on")


def _lately(mapping: Mapping, as_of: dt.date) -> dt.date:
    return as_of - dt.timedelta(days=mapping.voice.in_days)


def _joined(past: Past, mapping: Mapping, as_of: dt.date) -> pd.DataFrame:
    """Memberships that still count as heard: a wave of last year silences nobody."""
    return past.members[past.members["joined_on"] > _lately(mapping, as_of)] if len(past.members) else past.members


def _take_turns(frame: pd.DataFrame, mapping: Mapping, past: Past, as_of: dt.date) -> None:
    """At most `voice.most` per account within `voice.in_days`: what is open, was closed or joined a wave lately."""
    heard = frame["spoken"].astype(bool)
    spoken_plays = {name[:PLAY_LENGTH] for name, play in mapping.plays.items() if speaks(play)}
    closed = past.done[past.done["done_on"] > _lately(mapping, as_of)] if len(past.done) else past.done
    said = [found[["account", "outreach"]] for found in (past.open, closed, _joined(past, mapping, as_of))]
    spoken = pd.concat(said, ignore_index=True)
    spoken = spoken[spoken["outreach"].str.partition(":")[0].isin(spoken_plays)] if len(spoken) else spoken
    ours = frame.loc[heard & frame["incumbent"].astype(bool), ["account", "outreach"]]
    used = pd.concat([spoken, ours], ignore_index=True).drop_duplicates().groupby("account").size()
    new = frame[heard & frame["state"].eq(WAITING) & ~frame["incumbent"].astype(bool)].sort_values(
        ORDER, ascending=ASCENDING
    )
    turn = new.groupby("account").cumcount() + new["account"].map(used).fillna(0)
    lost = turn >= mapping.voice.most
    winner = new[~lost].drop_duplicates("account").set_index("account")["play"]
    titles = new["account"].map(winner).map({name: play.title for name, play in mapping.plays.items()}).astype(object)
    reason = ("the account's turn goes to another play: " + titles).fillna("the account was approached lately")
    _leave_out(frame, lost.reindex(frame.index, fill_value=False), reason.reindex(frame.index))
