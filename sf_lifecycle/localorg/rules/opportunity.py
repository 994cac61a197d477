"""Opportunities: what follows from the stage and the close date."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .base import Context, Row, Rule


class OpportunityRule(Rule):
    def before_insert(self, ctx: Context, row: Row) -> None:
        _derive(ctx, row, row, row.get("Probability") is None)

    def before_update(self, ctx: Context, old: Mapping[str, Any], changes: Row) -> None:
        _derive(ctx, {**old, **changes}, changes, "StageName" in changes and "Probability" not in changes)


def _derive(ctx: Context, new: Mapping[str, Any], into: Row, take_probability: bool) -> None:
    stage = ctx.con.execute(
        'SELECT * FROM "OpportunityStage" WHERE "ApiName" = ? COLLATE NOCASE', (new["StageName"],)
    ).fetchone()
    facts: Mapping[str, Any] = dict(stage) if stage is not None else {}
    into["IsClosed"] = int(bool(facts.get("IsClosed")))
    into["IsWon"] = int(bool(facts.get("IsWon")))
    if take_probability and facts.get("DefaultProbability") is not None:
        into["Probability"] = facts["DefaultProbability"]
    probability = into.get("Probability", new.get("Probability"))
    if new.get("Amount") is not None and probability is not None:
        into["ExpectedRevenue"] = round(new["Amount"] * probability / 100, 2)
    else:
        into["ExpectedRevenue"] = None
    year, month = int(new["CloseDate"][:4]), int(new["CloseDate"][5:7])
    into |= {"FiscalYear": year, "FiscalQuarter": (month + 2) // 3, "Fiscal": f"{year} {(month + 2) // 3}"}
