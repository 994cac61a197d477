"""A local copy of the mapped fields: pulled from the org, read by everything after it, and never the truth."""

from sf_lifecycle.mirror.forget import forget_rows
from sf_lifecycle.mirror.money import money_without_rate
from sf_lifecycle.mirror.plan import ObjectPull, plan_pull
from sf_lifecycle.mirror.pulling import pull, pull_all, schema_for
from sf_lifecycle.mirror.reader import MirrorReader
from sf_lifecycle.mirror.report import Mode, ObjectReport, PullReport
from sf_lifecycle.mirror.store import Mirror, open_mirror
from sf_lifecycle.mirror.whole import Progress

__all__ = [
    "Mirror",
    "MirrorReader",
    "Mode",
    "ObjectPull",
    "ObjectReport",
    "Progress",
    "PullReport",
    "forget_rows",
    "money_without_rate",
    "open_mirror",
    "plan_pull",
    "pull",
    "pull_all",
    "schema_for",
]
