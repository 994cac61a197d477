"""A local copy of the mapped fields: pulled from the org, read by everything after it, and never the truth."""

from sf_lifecycle.mirror.plan import ObjectPull, plan_pull
from sf_lifecycle.mirror.pull import Progress, pull_all, schema_for
from sf_lifecycle.mirror.reader import MirrorReader
from sf_lifecycle.mirror.report import ObjectReport, PullReport
from sf_lifecycle.mirror.store import Mirror, open_mirror

__all__ = [
    "Mirror",
    "MirrorReader",
    "ObjectPull",
    "ObjectReport",
    "Progress",
    "PullReport",
    "open_mirror",
    "plan_pull",
    "pull_all",
    "schema_for",
]
