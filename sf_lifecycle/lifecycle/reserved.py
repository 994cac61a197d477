"""Who has the word at an account: a label of the mapping's says so, and what it says holds for every play."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from sf_lifecycle.config.mapping import Mapping


@dataclass(frozen=True, kw_only=True)
class Reserved:
    """Accounts where not every play may begin something new. `word`: account → the label's word; `why`: its reason.

    `barred`: pairs (word, play) that may not begin; `closed`: words where nothing may, and what is open is taken back.
    """

    word: MappingABC[str, str] = field(default_factory=dict)
    why: MappingABC[str, str | None] = field(default_factory=dict)
    barred: frozenset[tuple[str, str]] = frozenset()
    closed: frozenset[str] = frozenset()

    def reasons(self, outreaches: pd.DataFrame) -> pd.Series[Any]:
        """Why each of `outreaches` (columns play, account) may not begin; null where it may."""
        found = np.full(len(outreaches), None, dtype=object)
        named = outreaches["account"].isin(list(self.word)).to_numpy(dtype=bool)
        rows = outreaches.loc[named, ["account", "play"]]
        said = [
            self.reason(account) if (self.word[account], play) in self.barred else None
            for account, play in zip(rows["account"], rows["play"], strict=True)
        ]
        found[named] = said
        return pd.Series(found, index=outreaches.index, dtype=object)

    def closed_at(self, accounts: pd.Series[Any]) -> pd.Series[bool]:
        """Row by row: may nothing be begun there, and nothing stay open?"""
        return accounts.isin([account for account, word in self.word.items() if word in self.closed])

    def reason(self, account: str) -> str:
        """The word, and the label's reason behind a colon: it may name people."""
        word, why = self.word[account], self.why.get(account)
        return f"reserved ({word}): {why}" if why else f"reserved ({word})"


NOBODYS = Reserved()


def reserved_words(mapping: Mapping) -> tuple[str, ...]:
    """The words of `voice.label` that hold anything back."""
    return tuple(mapping.voice.words)


def read_reserved(mapping: Mapping, table: pa.Table | None) -> Reserved:
    """From the engine's rows (`_id`, `word`, `why`) of accounts with one of `reserved_words`."""
    if table is None:
        return NOBODYS
    accounts, words = table["_id"].to_pylist(), table["word"].to_pylist()
    allowed = mapping.voice.words
    barred = {
        (word, name)
        for word, purposes in allowed.items()
        for name, play in mapping.plays.items()
        if play.purpose not in purposes
    }
    return Reserved(
        word=dict(zip(accounts, words, strict=True)),
        why=dict(zip(accounts, table["why"].to_pylist(), strict=True)),
        barred=frozenset(barred),
        closed=frozenset(word for word, purposes in allowed.items() if not purposes),
    )
