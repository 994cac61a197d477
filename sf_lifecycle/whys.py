"""Why one account is where it is: values, every rule tried, history, and what became of each play's outreach."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from sf_lifecycle.around import CONTACT, Below, Ours, below, ours
from sf_lifecycle.courses import Course, course
from sf_lifecycle.engine import Explanation
from sf_lifecycle.engine.coming import Change
from sf_lifecycle.errors import UsageError
from sf_lifecycle.lifecycle.outreach import LEFT_OUT, PLANNED
from sf_lifecycle.look import View
from sf_lifecycle.stages import Worked, work_out

STAGE = "stage"
MOST_NAMED = 5
ID_LENGTHS = (15, 18)
MOST_NEAR, LEAST_NEAR = 3, 0.9


@dataclass(frozen=True, kw_only=True)
class PlayAnswer:
    """One play and this account. `state`: open, planned, waiting or left out; `reason`: why not, else empty."""

    play: str
    title: str
    state: str
    reason: str
    due: dt.date | None
    why: str


@dataclass(frozen=True, kw_only=True)
class Why:
    """The whole answer. `explanation` is the engine's: every label of the account, each rule with its conditions.

    Plays without an outreach to it: `not_served`, play → purpose, where its stage is not for that; `not_for`, where
    the play's own condition does not hold. `course`: its stages over time; `people` and `contracts`: what hangs on it,
    with labels; `chosen`: person → plays that chose them. `next_change`: the first day on which time alone changes
    anything, and `changes` what; None where no day does, or nobody can say. `ahead`: said first of a day to come.
    """

    account: str
    name: str | None
    as_of: dt.date
    stage: str | None
    explanation: Explanation
    plays: tuple[PlayAnswer, ...]
    not_served: Mapping[str, str]
    not_for: tuple[str, ...]
    course: Course
    people: tuple[Below, ...]
    contracts: tuple[Below, ...]
    chosen: Mapping[str, tuple[str, ...]]
    ours: tuple[Ours, ...]
    next_change: dt.date | None = None
    changes: tuple[str, ...] = ()
    ahead: str = ""


def find_account(view: View, asked: str) -> str:
    """The Id of the account or Lead meant: an Id of 15 or 18 characters, or a whole name. UsageError where unsure."""
    asked = " ".join(asked.split())
    found = _by_id(view, asked) if len(asked) in ID_LENGTHS and asked.isalnum() else []
    found = found or _by_name(view, asked)
    if len(found) == 1:
        return found[0]
    if found:
        shown = ", ".join(found[:MOST_NAMED])
        raise UsageError(f"{len(found)} accounts are called '{asked}': {shown}; name one by its Id")
    near = " or ".join(f"`{name}`" for name in _near(view, asked))
    hint = f"did you mean {near}?" if near else "give its Id or its whole name"
    raise UsageError(f"there is no account '{asked}' in the mirror; {hint}")


def explain(view: View, account: str) -> Why:
    """Everything there is to say about one account on the view's day."""
    explanation = view.prepared.program.explain(
        view.ground.mirror, as_of=view.as_of, history=view.ground.history, set="account", id=account
    )
    worked = work_out(view.prepared, view.ground, view.as_of, also=lambda rows: rows["account"].eq(account))
    told = worked.worded[worked.worded["account"].eq(account)]
    mine = told.sort_values(["priority", "play", "position"], ascending=[False, True, True])
    answers = _answers(view, worked, mine)
    known = {answer.play for answer in answers}
    name = explanation.values.get("name")
    stage = next((label.word for label in explanation.labels if label.name == STAGE), None)
    served = view.prepared.model.stages.get(stage or "", ())
    purposes = {play: view.prepared.mapping.plays[play].purpose for play in view.prepared.plays if play not in known}
    hanging = below(view, account)
    when, what = next_change(view, account)
    return Why(
        account=account,
        name=None if name is None else str(name),
        as_of=view.as_of,
        stage=stage,
        explanation=explanation,
        plays=answers,
        not_served={play: purpose for play, purpose in purposes.items() if purpose not in served},
        not_for=tuple(play for play, purpose in purposes.items() if purpose in served),
        course=stages_of(view, account),
        people=tuple(each for each in hanging if each.set == CONTACT),
        contracts=tuple(each for each in hanging if each.set != CONTACT),
        chosen=_chosen(mine),
        ours=ours(view, worked, account),
        next_change=when,
        changes=what,
        ahead=view.ahead,
    )


def stages_of(view: View, account: str) -> Course:
    """The account's stages up to the view's day, as label history has them."""
    return course(view.state.stays(view.ground.org_id, "account", STAGE, account), view.as_of)


def next_change(view: View, account: str) -> tuple[dt.date | None, tuple[str, ...]]:
    """The first day after the view's on which time alone changes a label or a play's condition, and what changes."""
    mapping = view.prepared.mapping
    asked = {name: (mapping.plays[name].for_each, mapping.plays[name].when) for name in view.prepared.plays}
    found = view.prepared.program.next_change(
        view.ground.mirror, as_of=view.as_of, history=view.ground.history, id=account, asked=asked
    )
    return (found.day, tuple(dict.fromkeys(map(_told, found.changes)))) if found else (None, ())


def _told(change: Change) -> str:
    if change.kind == "label":
        whose = "" if change.set == "account" else f"{change.set} "
        return f"{whose}{change.name} from {change.before or 'nothing'} to {change.after or 'nothing'}"
    return f"{change.name}: its condition {'holds' if change.after else 'holds no longer'}"


def people_of(view: View, account: str) -> list[str]:
    """Ids of the account's people, as the mirror has them now."""
    found = []
    for source in view.prepared.mapping.roles.get(CONTACT, ()):
        if source.parent:
            rows = view.ground.mirror.execute(
                f"SELECT c._id FROM mirror.{_quoted(source.object)} AS c "
                f"JOIN mirror._ids AS i ON i.key = c.{_quoted(source.parent)} WHERE i.id = ? ORDER BY c._id",
                [account],
            )
            found += [str(id_) for (id_,) in rows.fetchall()]
    return found


def name_of(view: View, account: str) -> str | None:
    """What the account is called now."""
    for source in view.prepared.mapping.roles["account"]:
        if field := source.fields.get("name"):
            rows = view.ground.mirror.execute(
                f"SELECT {_quoted(field.field)} FROM mirror.{_quoted(source.object)} WHERE _id = ?", [account]
            ).fetchall()
            if rows:
                return None if rows[0][0] is None else str(rows[0][0])
    return None


def _chosen(mine: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Person → the plays whose call or mail they would get."""
    found: dict[str, tuple[str, ...]] = {}
    for play, contact, member in zip(mine["play"], mine["contact"], mine["member"], strict=True):
        for person in dict.fromkeys(each for each in (contact, member) if isinstance(each, str)):
            found[person] = (*found.get(person, ()), play)
    return found


def _answers(view: View, worked: Worked, mine: pd.DataFrame) -> tuple[PlayAnswer, ...]:
    open_due = dict(zip(worked.decision.past.open["outreach"], worked.decision.past.open["ActivityDate"], strict=True))
    names = ("play", "outreach", "state", "reason", "due", "why")
    columns = zip(*(mine[name] for name in names), strict=True)
    return tuple(
        PlayAnswer(
            play=play,
            title=view.prepared.mapping.plays[play].title,
            state=state,
            reason=(reason or "") if state in (LEFT_OUT, "waiting") else "",
            due=due if state == PLANNED else open_due.get(outreach),
            why=why or "",
        )
        for play, outreach, state, reason, due, why in columns
    )


def _by_id(view: View, asked: str) -> list[str]:
    rows = view.ground.mirror.execute(
        "SELECT id FROM mirror._ids WHERE id = $asked OR left(id, 15) = $asked", {"asked": asked}
    ).fetchall()
    ids = [str(id_) for (id_,) in rows]
    return [id_ for id_ in ids if _named(view, "_id", id_)]


def _by_name(view: View, asked: str) -> list[str]:
    return [
        id_
        for source in view.prepared.mapping.roles["account"]
        if (field := source.fields.get("name"))
        for id_ in _rows(view, source.object, field.field, asked)
    ]


def _near(view: View, asked: str) -> list[str]:
    """Up to MOST_NEAR names that hold what was asked for, or are spelt nearly so; nearest first."""
    found: set[tuple[float, str]] = set()
    for source in view.prepared.mapping.roles["account"]:
        if field := source.fields.get("name"):
            name, plain = _quoted(field.field), _plain(field.field)
            rows = view.ground.mirror.execute(
                f"SELECT jaro_winkler_similarity({plain}, lower($asked)) AS near, {name} "
                f"FROM mirror.{_quoted(source.object)} "
                f"WHERE contains({plain}, lower($asked)) OR near >= $least ORDER BY near DESC, {name} LIMIT $most",
                {"asked": asked, "least": LEAST_NEAR, "most": MOST_NEAR},
            )
            found |= {(near, " ".join(name.split())) for near, name in rows.fetchall()}
    return [name for _, name in sorted(found, key=lambda each: (-each[0], each[1]))[:MOST_NEAR]]


def _named(view: View, column: str, value: str) -> list[str]:
    return [
        id_ for source in view.prepared.mapping.roles["account"] for id_ in _rows(view, source.object, column, value)
    ]


def _rows(view: View, object_name: str, column: str, value: str) -> list[str]:
    same = "_id = $value" if column == "_id" else f"{_plain(column)} = lower($value)"
    rows = view.ground.mirror.execute(
        f"SELECT _id FROM mirror.{_quoted(object_name)} WHERE {same} ORDER BY _id", {"value": value}
    )
    return [str(id_) for (id_,) in rows.fetchall()]


def _plain(column: str) -> str:
    """A name as people type it: case does not count, nor does what white space is in it."""
    return f"lower(trim(regexp_replace({_quoted(column)}, '\\s+', ' ', 'g')))"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
