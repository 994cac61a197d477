"""The words of the outreaches that are made: rendered for those alone, from values, never from other templates."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from typing import Any

import pandas as pd

from sf_lifecycle.lifecycle.outreach import JOINT, MEMBER, PlayList
from sf_lifecycle.lifecycle.plain_text import fit as fit, one_line as one_line, plain, stored as stored
from sf_lifecycle.lifecycle.queries import TEXT, PlayTexts
from sf_lifecycle.lifecycle.speech import Speech, Tongue

WORDS = ("subject", "description", "why", "member_why", "campaign")


def words(
    chosen: pd.DataFrame,
    lists: MappingABC[str, PlayList],
    texts: MappingABC[str, PlayTexts],
    speech: Speech | str,
) -> pd.DataFrame:
    """`chosen` outreaches (a few thousand) with the columns WORDS; texts a play does not have are None.

    Subject, description and `why` are in the language of the outreach's `owner`; the campaign, its members' reason
    (`member_why`) and all of a firm's membership of a cluster's campaign are in the mapping's. `speech`: a locale alone
    speaks to everybody in that one.
    """
    speech = Speech(home=speech) if isinstance(speech, str) else speech
    made = [
        _of_play(rows, lists[str(play)], texts[str(play)], speech) for play, rows in chosen.groupby("play", sort=True)
    ]
    columns = pd.concat(made) if made else pd.DataFrame(columns=list(WORDS))
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
        said.append((subject, description, why, member_why if campaign is not None else None, campaign))
    made = pd.DataFrame(said, index=chosen.index, columns=list(WORDS), dtype=object)
    for name in ("subject", "why", "member_why", "campaign"):
        made[name] = made[name].map(one_line).astype(object)
    return made


def _task(
    texts: PlayTexts, values: dict[str, Any], rows: list[dict[str, Any]], script: str, tongue: Tongue
) -> tuple[str, str | None, str]:
    """Reason, subject and description (reason, text, script) for one reader; the outreach's best row leads."""
    why = texts.because.render(values, rows, tongue)
    chosen = texts.scripts.get(script.lower(), texts.scripts.get(""))
    body = [why, *(text.render(values, rows, tongue) for text in (texts.text, chosen) if text)]
    subject = texts.subject.render(values, rows, tongue) if texts.subject else None
    return why, subject, "\n\n".join(filter(None, map(plain, body)))


def _said(frame: pd.DataFrame, wanted: set[Any]) -> dict[str, list[dict[str, Any]]]:
    """Outreach → what the texts say of each of its rows, by the name that they use."""
    mine = frame[frame["outreach"].isin(wanted)].rename(columns=lambda name: str(name).removeprefix(TEXT))
    found: dict[str, list[dict[str, Any]]] = {}
    for record in mine.to_dict("records"):
        found.setdefault(str(record.pop("outreach")), []).append({str(name): each for name, each in record.items()})
    return found
