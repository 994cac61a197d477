"""Carries out one plan, and keeps account of each row."""

from sf_lifecycle.apply.effort import Effort
from sf_lifecycle.apply.execute import apply_plan, check_org
from sf_lifecycle.apply.report import ApplyReport, SectionReport, Trouble
from sf_lifecycle.apply.settle import Recovery, recover

__all__ = [
    "ApplyReport",
    "Effort",
    "Recovery",
    "SectionReport",
    "Trouble",
    "apply_plan",
    "check_org",
    "recover",
]
