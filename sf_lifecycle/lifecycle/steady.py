"""Time alone rewrites no text: which open Tasks keep the words they have though today would give others.

What today would say is worked out once more from today's records for the day that was asked last. If that is what was
wanted then, no record has changed since: time alone has, and the Task keeps its words (ADR 0012).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from sf_lifecycle.lifecycle.outreach import OPEN

PORTION = 5_000  # Tasks whose texts are made ready at a time: they are long
STANDS = {"subject": "Subject", "description": "Description", "why": "Lifecycle_Reason__c"}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What was wanted of Tasks that kept other words: on which day, and the key of each → a digest of those words."""

    day: dt.date | None = None
    words: Mapping[str, str] = field(default_factory=dict)


Words = Callable[[pd.DataFrame], pd.DataFrame]


def steady(
    worded: pd.DataFrame,
    open_tasks: pd.DataFrame,
    left_alone: Collection[str],
    *,
    earlier: Words,
    fit: Words,
    before: Wanted,
    as_of: dt.date,
) -> tuple[pd.Series[bool], dict[str, str]]:
    """(row by row of `worded`: does its open Task keep its words?, key → digest of what today would have said).

    `left_alone`: Ids of Tasks whose words nobody would change anyway. `earlier`: rows → the words that the same records
    gave on the day that was asked last, by index, for those that were on their list then. `fit`: cuts texts to what
    Salesforce stores.
    """
    none = pd.Series(False, index=worded.index)
    task = worded["outreach"].map(open_tasks.set_index("outreach")["Id"])
    ours = task.notna() & ~task.isin(set(left_alone)) & ~worded["held"].astype(bool) & ~worded["moved"].astype(bool)
    rows = worded[worded["state"].eq(OPEN) & ours]
    stands = open_tasks.set_index("Id")[list(STANDS.values())].reindex(task[rows.index]).set_axis(rows.index)
    says, stood = _digests(rows, lambda some: _fields(some, fit)), _digests(stands, _plain_ends)
    rows = rows[says.ne(stood)]
    if rows.empty:
        return none, {}
    says, stood = says[rows.index], stood[rows.index]
    remembered = rows["key"].map(before.words)
    # In a second run of the day, what the first one wanted is what today says.
    then = says if before.day == as_of else _digests(earlier(rows), lambda some: _fields(some, fit)).reindex(rows.index)
    kept = then.eq(remembered.where(remembered.notna(), stood)) & then.notna()
    return none | kept.reindex(none.index, fill_value=False), dict(zip(rows.loc[kept, "key"], says[kept], strict=True))


def said_once(worded: pd.DataFrame, open_tasks: pd.DataFrame) -> pd.DataFrame:
    """`worded` with the very text that stands in its open Task where it is the same: most are, and they are long."""
    stands = dict(zip(open_tasks["outreach"], open_tasks["Description"], strict=True))
    pairs = zip(worded["outreach"], worded["description"], strict=True)
    same = [stands[about] if says is not None and stands.get(about) == says else says for about, says in pairs]
    return worded.assign(description=pd.Series(same, index=worded.index, dtype=object))


def _fields(words: pd.DataFrame, fit: Words) -> pd.DataFrame:
    """The words as the Task's fields, as Salesforce would keep them."""
    return fit(words[list(STANDS)].rename(columns=STANDS))


def _plain_ends(fields: pd.DataFrame) -> pd.DataFrame:
    """Salesforce's own pages write line ends as two characters."""
    return fields.assign(Description=fields["Description"].str.replace("\r\n", "\n"))


def _digests(texts: pd.DataFrame, ready: Words) -> pd.Series[str]:
    """A digest of each row's fields, made `ready` a portion at a time."""
    made = [digest for start in range(0, len(texts), PORTION) for digest in _of(ready(texts.iloc[start:][:PORTION]))]
    return pd.Series(made, index=texts.index, dtype=object)


def _of(fields: pd.DataFrame) -> Iterator[str]:
    return map(_digest, zip(*(fields[name] for name in STANDS.values()), strict=True))


def _digest(texts: tuple[object, ...]) -> str:
    said = "\x1f".join(text if isinstance(text, str) else "" for text in texts)
    return hashlib.sha256(said.encode()).hexdigest()[:16]
