"""One account, one voice: which of the outreaches that could be made are made, before anything is planned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping as MappingABC

import pandas as pd

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.lifecycle.keys import PLAY_LENGTH, play_of
from sf_lifecycle.lifecycle.outreach import LEFT_OUT, MEMBER, OPEN, WAITING, speaks
from sf_lifecycle.lifecycle.past import Past
from sf_lifecycle.lifecycle.reach import has_task, reach
from sf_lifecycle.lifecycle.reserved import NOBODYS, Reserved

BY_MAIL = "in the e-mail wave; nobody there may be called"
NOBODY = "no contact who may be approached"
UNDATED = "no date to be due on"
BEYOND = "beyond the most this play takes on"
SAME_PLAY = "one Task of this play at a time for one account"
JOINT_SPEAKS = "the account's turn goes to the joint Task of this play"
ORDER = ["incumbent", "priority", "play", "position"]
ASCENDING = [False, False, True, True]


def _no_reason(rows: pd.DataFrame) -> pd.Series[str]:
    return pd.Series(NOBODY, index=rows.index, dtype=object)


def settle(
    outreaches: pd.DataFrame,
    mapping: Mapping,
    past: Past,
    as_of: dt.date,
    *,
    reserved: Reserved = NOBODYS,
    why_nobody: Callable[[pd.DataFrame], pd.Series[str]] = _no_reason,
    stay: Collection[str] = (),
) -> pd.DataFrame:
    """All plays' outreaches with `state` and `reason`: open (ours already), waiting (may be made), or left out; and
    `by_task`: there is a day for a Task, and somebody to approach.

    An outreach of ours keeps its turn: its Task is open, or its person joined the wave lately (whose Task still comes
    when its day is near). A closed one is not made again for the same occasion, nor for another within the play's
    cooldown; what remains takes the account's turns by priority. A Task that is to move to another account, as a joint
    one does with its cluster's anchor, needs a turn there; it is left out where there is none, and none of those whose
    Ids are in `stay` moves. `why_nobody`: rows nobody may be approached for → why. Order of columns and rows is kept.
    """
    frame = outreaches.copy(deep=False)
    frame["reason"] = pd.Series(None, index=frame.index, dtype=object)
    tasked = has_task(frame, mapping)
    called = frame["outreach"].isin(set(past.open["outreach"]))
    mailed = frame["key"].isin(set(past.members["key"]))
    frame["incumbent"] = called | frame["outreach"].isin(set(_joined(past, mapping, as_of)["outreach"]))
    frame["state"] = (called | (mailed & ~tasked)).map({True: OPEN, False: WAITING}).astype(object)
    at = frame["outreach"].map(past.open.set_index("outreach")["account"])
    elsewhere = at.notna() & at.ne(frame["account"])
    moves = elsewhere & ~frame["outreach"].isin(set(past.open.loc[past.open["Id"].isin(list(stay)), "outreach"]))
    _leave_out_done(frame, mapping, past, as_of)
    _leave_out_reserved(frame, reserved, moves)
    _leave_out_unreachable(frame, mapping, why_nobody)
    _keep_to_most(frame, mapping)
    _take_turns(frame, mapping, past, as_of, elsewhere, moves & frame["state"].eq(OPEN))
    return frame.drop(columns="incumbent")


def _leave_out(
    frame: pd.DataFrame, rows: pd.Series[bool], reason: str | pd.Series[str], *, moves: pd.Series[bool] | None = None
) -> None:
    """Of `rows` those that wait, and those of `moves`, whose Task is open and is to move."""
    still = rows & frame["state"].eq(WAITING) if moves is None else rows & (frame["state"].eq(WAITING) | moves)
    frame.loc[still, "reason"] = reason if isinstance(reason, str) else reason[still]
    frame.loc[still, "state"] = LEFT_OUT


def _leave_out_done(frame: pd.DataFrame, mapping: Mapping, past: Past, as_of: dt.date) -> None:
    over = frame["key"].map(past.over)
    _leave_out(frame, over.eq("lapsed"), "its time has passed for this occasion")
    _leave_out(frame, over.notna() | frame["key"].isin(set(past.done["key"])), "done already for this occasion")
    only_mailed = {name[:PLAY_LENGTH] for name, play in mapping.plays.items() if play.task is None}
    waves = past.members[past.members["outreach"].map(play_of).isin(only_mailed)]
    firms = set(frame.loc[frame["part"].eq(MEMBER), "outreach"])
    waves = pd.concat([waves, past.members[past.members["outreach"].isin(firms)]]) if firms else waves
    last = pd.concat([past.done.set_index("outreach")["done_on"], waves.set_index("outreach")["joined_on"]])
    last = last.groupby(level=0).max()
    done_on = frame["outreach"].map(last)
    known = done_on[done_on.notna()]
    cooldown: MappingABC[str, int] = {name: play.cooldown_days for name, play in mapping.plays.items()}
    rests = [
        isinstance(day, dt.date) and (as_of - day).days < cooldown[play]
        for day, play in zip(known, frame.loc[known.index, "play"], strict=True)
    ]
    resting = pd.Series(rests, index=known.index, dtype=bool).reindex(frame.index, fill_value=False)
    _leave_out(frame, resting, "approached lately, within the play's cooldown")


def _leave_out_reserved(frame: pd.DataFrame, reserved: Reserved, moves: pd.Series[bool]) -> None:
    """Whoever has the word at an account says what may begin there; what began goes on, unless nothing may at all."""
    reason = reserved.reasons(frame)
    begins = ~frame["incumbent"].astype(bool) | reserved.closed_at(frame["account"])
    _leave_out(frame, reason.notna() & (begins | moves), reason, moves=moves)


def _leave_out_unreachable(
    frame: pd.DataFrame, mapping: Mapping, why_nobody: Callable[[pd.DataFrame], pd.Series[str]]
) -> None:
    """Nobody to call is no reason to leave out an outreach whose e-mail wave has a member, and the other way round."""
    tasked = has_task(frame, mapping)
    found = reach(frame, mapping)
    frame["by_task"] = found["by_task"]
    frame["member"] = frame["member"].where(found["by_wave"], None)
    waits = frame["state"].eq(WAITING)
    undated = tasked & frame["day"].isna() & ~found["barred"] & ~found["by_wave"]
    _leave_out(frame, undated, UNDATED)
    frame.loc[tasked & ~found["by_task"] & found["by_wave"] & waits, "reason"] = BY_MAIL
    nobody = ~found["by_task"] & ~found["by_wave"] & waits & ~undated
    if nobody.any():
        _leave_out(frame, nobody, why_nobody(frame[nobody]).reindex(frame.index))


def _keep_to_most(frame: pd.DataFrame, mapping: Mapping) -> None:
    """A play's list is cut at its `most`, best first; what is open already counts. A cluster counts once: its firms'
    memberships go with its joint Task.
    """
    most = frame["play"].map({name: play.most for name, play in mapping.plays.items() if play.most is not None})
    capped = most.notna() & frame["state"].isin([OPEN, WAITING])
    if not capped.any():
        return
    tasked = {name for name, play in mapping.plays.items() if play.task is not None}
    follows = frame["part"].eq(MEMBER) & frame["play"].isin(tasked)
    ranked = frame[capped & ~follows].sort_values(ORDER, ascending=ASCENDING)
    beyond = ranked.groupby("play").cumcount() >= most[ranked.index]
    _leave_out(frame, beyond.reindex(frame.index, fill_value=False), BEYOND)
    cut = set(frame.loc[frame["reason"].eq(BEYOND), "outreach"])
    _leave_out(frame, follows & ~frame["incumbent"].astype(bool) & frame["joint"].isin(cut), BEYOND)


def _lately(mapping: Mapping, as_of: dt.date) -> dt.date:
    return as_of - dt.timedelta(days=mapping.voice.in_days)


def _joined(past: Past, mapping: Mapping, as_of: dt.date) -> pd.DataFrame:
    """Memberships that still count as heard: a wave of last year silences nobody."""
    return past.members[past.members["joined_on"] > _lately(mapping, as_of)] if len(past.members) else past.members


def _take_turns(
    frame: pd.DataFrame,
    mapping: Mapping,
    past: Past,
    as_of: dt.date,
    elsewhere: pd.Series[bool],
    moves: pd.Series[bool],
) -> None:
    """At most `voice.most` per account within `voice.in_days`: what is open, was closed or joined a wave lately.

    A play that does not wait is not bound by that, and counts for the others; of each there is one at a time for one
    account. `elsewhere`: its open Task is at another account; `moves`: it is to come to this one, and comes before what
    is new.
    """
    heard, incumbent = frame["spoken"].astype(bool), frame["incumbent"].astype(bool)
    spoken_plays = {name[:PLAY_LENGTH] for name, play in mapping.plays.items() if speaks(play)}
    closed = past.done[past.done["done_on"] > _lately(mapping, as_of)] if len(past.done) else past.done
    stands = past.open[~past.open["outreach"].isin(set(frame.loc[moves, "outreach"]))]
    said = [found[["account", "outreach"]] for found in (stands, closed, _joined(past, mapping, as_of))]
    spoken = pd.concat(said, ignore_index=True)
    spoken = spoken[spoken["outreach"].str.partition(":")[0].isin(spoken_plays)] if len(spoken) else spoken
    quiet = set(frame.loc[~heard & frame["play"].isin(_two_voices(mapping)), "outreach"])
    spoken = spoken[~spoken["outreach"].isin(quiet)]
    ours = frame.loc[heard & incumbent & ~elsewhere, ["account", "outreach"]]
    used = pd.concat([spoken, ours], ignore_index=True).drop_duplicates().groupby("account").size()
    new = frame.loc[heard & ((frame["state"].eq(WAITING) & ~incumbent) | moves), ["account", "outreach", *ORDER]]
    new = new.sort_values(ORDER, ascending=ASCENDING)
    free = new["play"].isin([name for name, play in mapping.plays.items() if not play.waits])
    standing = pd.concat([stands[["account", "outreach"]], ours[frame.loc[ours.index, "state"].ne(LEFT_OUT)]])
    second = free & _again(new, standing)
    said_now = new[free & ~second].groupby("account").size()
    bound = new[~free]
    turn = bound.groupby("account").cumcount() + bound["account"].map(used.add(said_now, fill_value=0)).fillna(0)
    lost = second | (turn >= mapping.voice.most).reindex(new.index, fill_value=False)
    if not lost.any():
        return
    winner = new["account"].map(new[~lost].drop_duplicates("account").set_index("account")["play"])[lost]
    titles = winner.map({name: play.title for name, play in mapping.plays.items()}).astype(object)
    reason = ("the account's turn goes to another play: " + titles).fillna("the account was approached lately")
    reason = reason.mask(second[lost], SAME_PLAY)
    reason = reason.mask(winner.eq(new["play"]) & frame["part"].notna(), JOINT_SPEAKS)
    _leave_out(frame, lost.reindex(frame.index, fill_value=False), reason.reindex(frame.index), moves=moves)


def _again(new: pd.DataFrame, standing: pd.DataFrame) -> pd.Series[bool]:
    """Rows of `new`, best first, after another one of their play for their account, or where one is standing."""
    held = set(zip(standing["account"], standing["outreach"].map(play_of), strict=True))
    has = [pair in held for pair in zip(new["account"], new["play"].str[:PLAY_LENGTH], strict=True)]
    return new.duplicated(["account", "play"]) | pd.Series(has, index=new.index, dtype=bool)


def _two_voices(mapping: Mapping) -> set[str]:
    """Plays whose memberships are heard, and whose joint Task need not be."""
    return {name for name, play in mapping.plays.items() if play.for_each in mapping.clusters}
