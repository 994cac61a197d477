"""Leads: a converted one is closed for good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ApiError
from .base import Context, Row
from .contact import PersonRule


class LeadRule(PersonRule):
    def before_update(self, ctx: Context, old: Mapping[str, Any], changes: Row) -> None:
        if old["IsConverted"]:
            raise ApiError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        super().before_update(ctx, old, changes)
