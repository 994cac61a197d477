"""The org's clock, which tests may replace, and how moments are stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def in_utc(moment: datetime) -> datetime:
    """The same moment, told in UTC."""
    return moment.astimezone(UTC)


def stamp(moment: datetime) -> str:
    """An aware datetime as it is stored: UTC, milliseconds always 000 as in Salesforce."""
    return in_utc(moment).strftime("%Y-%m-%dT%H:%M:%S.000Z")
