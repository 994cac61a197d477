"""Random values in columns, always from a generator that is given; a part of the sample has a generator of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
T = TypeVar("T")


def generator(seed: int, part: str) -> np.random.Generator:
    """One stream per part, so that a change to one part leaves the others as they were."""
    return np.random.default_rng([seed, *part.encode()])


def pick(rng: np.random.Generator, values: Sequence[T], count: int, weights: Sequence[float] | None = None) -> list[T]:
    """`count` of the values, by weights that need not add up to 1."""
    shares = None if weights is None else np.asarray(weights, dtype=np.float64) / float(sum(weights))
    chosen = rng.choice(len(values), size=count, p=shares)
    return [values[i] for i in chosen.tolist()]


def flags(rng: np.random.Generator, count: int, share: float) -> Bools:
    return rng.random(count) < share


def blank(rng: np.random.Generator, values: Sequence[T], share: float) -> list[T | None]:
    """The values, a share of them None."""
    return [None if gone else v for v, gone in zip(values, flags(rng, len(values), share).tolist(), strict=True)]


def exactly(rng: np.random.Generator, count: int, wanted: int) -> Bools:
    """`wanted` of `count` places, at random."""
    found = np.zeros(count, dtype=np.bool_)
    found[rng.permutation(count)[:wanted]] = True
    return found


def days_before(as_of: date, days: Ints) -> list[date]:
    return [as_of - timedelta(days=n) for n in days.tolist()]


def office_hour(day: date, minute: int = 0) -> datetime:
    """A moment of a working day: 08:00 UTC and so many minutes (under 600)."""
    return datetime(day.year, day.month, day.day, 8, 0, tzinfo=UTC) + timedelta(minutes=minute)


def add_months(day: date, months: int) -> date:
    """The same day so many months on, or the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + month // 11, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def stamped(row: dict[str, Any], created: date, by: str, changed: date | None = None) -> dict[str, Any]:
    """The row with its audit fields. They are always given, because the store would take them from the clock."""
    first = office_hour(created)
    last = first if changed is None else max(first, office_hour(changed))
    row.update(CreatedDate=first, CreatedById=by, LastModifiedDate=last, LastModifiedById=by, SystemModstamp=last)
    return row
