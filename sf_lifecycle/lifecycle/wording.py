"""The words of the outreaches that are made: rendered for those alone, from values, never from other templates."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from typing import Any

import pandas as pd

from sf_lifecycle.lifecycle.outreach import JOINT, MEMBER, PlayList
from sf_lifecycle.lifecycle.plain_text import fit as fit, length_of, one_line as one_line, plain, stored as stored
from sf_lifecycle.lifecycle.queries import BASIS, TEXT, PlayTexts
from sf_lifecycle.lifecycle.speech import Speech, Tongue

DESCRIPTION = 32_000  # characters of a Task's description
GAP = "\n\n"
WORDS = ("subject", "description", "why", "member_why", "campaign")


def words(
    chosen: pd.DataFrame,
    lists: MappingABC[str, PlayList],
    texts: MappingABC[str, PlayTexts],
    speech: Speech | str,
) -> pd.DataFrame:
    """`chosen` outreaches (a few thousand) with the columns WORDS; texts a play does not have are None. And BASIS: why
    the Task's person may be approached.

    Subject, description and `why` are in the language of the outreach's `owner`; the campaign, its members' reason
    (`member_why`) and all of a firm's membership of a cluster's campaign are in the mapping's. `speech`: a locale alone
    speaks to everybody in that one.
    """
    speech = Speech(home=speech) if isinstance(speech, str) else speech
    made = [
        _of_play(rows, lists[str(play)], texts[str(play)], speech) for play, rows in chosen.groupby("play", sort=True)
    ]
    columns = pd.concat(made) if made else pd.DataFrame(columns=[*WORDS, BASIS])
    return chosen.join(columns.astype(object).where(columns.notna(), None))


def _of_play(chosen: pd.DataFrame, found: PlayList, texts: PlayTexts, speech: Speech) -> pd.DataFrame:
    wanted = set(chosen["outreach"])
    rows, firms = _said(found.rows, wanted), _said(found.firms, wanted)
    said = []
    for row in chosen[["outreach", "part", "script", "wave", "owner"]].itertuples(index=False):
        mine = rows.get(str(row.outreach), [{}])
        values, home = mine[0] | {"wave": row.wave}, speech.at_home()
        if row.part == MEMBER:
            own = firms.get(str(row.outreach), [{}]) if texts.member else mine
            why = (texts.member or texts.because).render(own[0] if texts.member else values, own, home)
            subject = description = None
        else:
            why, subject, description = _task(texts, values, mine, str(row.script or ""), speech.to(row.owner))
        campaign = texts.campaign.render(values, mine, home) if texts.campaign and row.part != JOINT else None
        member_why = why
        if row.part != MEMBER and speech.to(row.owner) != home:
            member_why = texts.because.render(values, mine, home)
        basis = None if row.part == MEMBER else values.get(BASIS)
        said.append((subject, description, why, member_why if campaign is not None else None, campaign, basis))
    made = pd.DataFrame(said, index=chosen.index, columns=[*WORDS, BASIS], dtype=object)
    for name in ("subject", "why", "member_why", "campaign"):
        made[name] = made[name].map(one_line).astype(object)
    return made


def _task(
    texts: PlayTexts, values: dict[str, Any], rows: list[dict[str, Any]], script: str, tongue: Tongue
) -> tuple[str, str | None, str]:
    """Reason, subject and description (reason, text, script) for one reader; the outreach's best row leads."""
    why = texts.because.render(values, rows, tongue)
    chosen = texts.scripts.get(script.lower(), texts.scripts.get(""))
    text, script = (plain(each.render(values, rows, tongue)) if each else "" for each in (texts.text, chosen))
    subject = texts.subject.render(values, rows, tongue) if texts.subject else None
    return why, subject, _joined(plain(why), text, script)


def _joined(why: str, text: str, script: str) -> str:
    """A description that fits: what the rep is to do stands below the text, so the text makes room for it."""
    whole = GAP.join(filter(None, (why, text, script)))
    if not text or length_of(whole) <= DESCRIPTION:
        return whole
    room = DESCRIPTION - length_of(GAP.join(filter(None, (why, script)))) - len(GAP)
    return GAP.join(filter(None, (why, fit(text, room) if room > 1 else None, script)))


def _said(frame: pd.DataFrame, wanted: set[Any]) -> dict[str, list[dict[str, Any]]]:
    """Outreach → what the texts say of each of its rows, by the name that they use."""
    mine = frame[frame["outreach"].isin(wanted)]
    values = mine.drop(columns="outreach")
    names = [str(name).removeprefix(TEXT) for name in values.columns]
    columns = [values[name].tolist() for name in values.columns]
    rows = zip(*columns, strict=True) if columns else ((),) * len(mine)
    found: dict[str, list[dict[str, Any]]] = {}
    for outreach, row in zip(mine["outreach"].tolist(), rows, strict=True):
        found.setdefault(outreach, []).append(dict(zip(names, row, strict=True)))
    return found
