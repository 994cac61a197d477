"""Opportunities: what follows from the stage and the close date."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .base import Context, Row, Rule


class OpportunityRule(Rule):
    def before_insert(self, ctx: Context, row: Row) -> None:
        _from_stage(ctx, row["StageName"], row)
        _from_amount_and_date(row, row)

    def before_update(self, ctx: Context, old: Mapping[str, Any], changes: Row) -> None:
        if changes.get("StageName", old["StageName"]) != old["StageName"]:
            _from_stage(ctx, changes["StageName"], changes)
        _from_amount_and_date({**old, **changes}, changes)


def _from_stage(ctx: Context, stage: str, into: Row) -> None:
    found = ctx.con.execute('SELECT * FROM "OpportunityStage" WHERE "ApiName" = ? COLLATE NOCASE', (stage,)).fetchone()
    facts: Mapping[str, Any] = dict(found) if found is not None else {}
    into["IsClosed"] = int(bool(facts.get("IsClosed")))
    into["IsWon"] = int(bool(facts.get("IsWon")))
    into["ForecastCategory"] = facts.get("ForecastCategory") or "Pipeline"
    for name, source in (("ForecastCategoryName", "ForecastCategoryName"), ("Probability", "DefaultProbability")):
        if into.get(name) is None:
            into[name] = facts.get(source)


def _from_amount_and_date(new: Mapping[str, Any], into: Row) -> None:
    amount, probability = new.get("Amount"), new.get("Probability")
    revenue = None if amount is None or probability is None else round(amount * probability / 100, 2)
    into["ExpectedRevenue"] = revenue
    year, quarter = int(new["CloseDate"][:4]), (int(new["CloseDate"][5:7]) + 2) // 3
    into |= {"FiscalYear": year, "FiscalQuarter": quarter, "Fiscal": f"{year} {quarter}"}
