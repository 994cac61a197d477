"""Would a guard of the job refuse this? The same arithmetic as a run's, before there is a plan."""

from __future__ import annotations

from sf_lifecycle.config.job import Limit


def over(limit: Limit, number: int, size: int) -> bool:
    """Whether `number` of `size` is over either of the guard's limits."""
    if limit.most is not None and number > limit.most:
        return True
    return limit.most_share is not None and number > limit.most_share * size


def in_words(limit: Limit) -> str:
    """The guard's limits: `500`, `5%` or `500, 5%`."""
    absolute = f"{limit.most:,}" if limit.most is not None else ""
    share = f"{limit.most_share:.0%}" if limit.most_share is not None else ""
    return ", ".join(part for part in (absolute, share) if part) or "none"
