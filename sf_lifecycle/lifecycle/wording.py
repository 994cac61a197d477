"""The words of the outreaches that are made: rendered for those alone, from values, never from other templates."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from typing import Any

import pandas as pd

from sf_lifecycle.lifecycle.outreach import PlayList
from sf_lifecycle.lifecycle.queries import TEXT, PlayTexts

WORDS = ("subject", "description", "why", "campaign")


def words(
    chosen: pd.DataFrame, lists: MappingABC[str, PlayList], texts: MappingABC[str, PlayTexts], locale: str
) -> pd.DataFrame:
    """`chosen` outreaches (a few thousand) with the columns WORDS; texts a play does not have are None."""
    made = [
        _of_play(rows, lists[str(play)], texts[str(play)], locale) for play, rows in chosen.groupby("play", sort=True)
    ]
    columns = pd.concat(made) if made else pd.DataFrame(columns=list(WORDS))
    return chosen.join(columns.astype(object).where(columns.notna(), None))


def _of_play(chosen: pd.DataFrame, found: PlayList, texts: PlayTexts, locale: str) -> pd.DataFrame:
    mine = found.rows[found.rows["outreach"].isin(set(chosen["outreach"]))]
    mine = mine.rename(columns=lambda name: name.removeprefix(TEXT))
    rows: dict[str, list[dict[str, Any]]] = {}
    for record in mine.to_dict("records"):
        rows.setdefault(str(record.pop("outreach")), []).append({str(name): value for name, value in record.items()})
    made = [
        _one(texts, rows[outreach], script, wave, locale)
        for outreach, script, wave in zip(chosen["outreach"], chosen["script"], chosen["wave"], strict=True)
    ]
    return pd.DataFrame(made, index=chosen.index, columns=list(WORDS))


def _one(
    texts: PlayTexts, rows: list[dict[str, Any]], script: object, wave: object, locale: str
) -> tuple[str | None, ...]:
    """Subject, description (reason, text, script), reason and campaign name of one outreach; its best row leads."""
    values = rows[0] | {"wave": wave}
    why = texts.because.render(values, rows, locale)
    chosen = texts.scripts.get(str(script or "").lower(), texts.scripts.get(""))
    body = [why, *(text.render(values, rows, locale).strip() for text in (texts.text, chosen) if text)]
    subject = texts.subject.render(values, rows, locale) if texts.subject else None
    campaign = texts.campaign.render(values, rows, locale) if texts.campaign else None
    return one_line(subject), "\n\n".join(filter(None, body)), one_line(why), one_line(campaign)


def one_line(text: str | None) -> str | None:
    """Line breaks and runs of white space become one space: names of records may hold any character."""
    return " ".join(text.split()) if text is not None else None


def fit(text: str | None, length: int) -> str | None:
    """Cut to Salesforce's length at a word, with an ellipsis; nothing is cut that fits. `length` in characters."""
    if text is None or len(text) <= length:
        return text
    cut = text[: length - 1]
    at_word = cut.rpartition(" ")[0] if " " in cut[length // 2 :] else cut
    return at_word.rstrip() + "…"


def stored(text: str | None, length: int) -> str | None:
    """A text as Salesforce keeps it: trimmed, at most `length` characters (0: no limit known), empty as null."""
    if text is None:
        return None
    trimmed = text.strip()
    return (fit(trimmed, length) if length else trimmed) or None
