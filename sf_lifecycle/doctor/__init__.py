"""Is everything set up? The configuration against the org: facts gathered with few calls, checks that are pure."""

from sf_lifecycle.doctor.examine import Report, as_findings, examine
from sf_lifecycle.doctor.findings import AREAS, Finding, Level

__all__ = ["AREAS", "Finding", "Level", "Report", "as_findings", "examine"]
