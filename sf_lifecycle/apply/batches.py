"""Where to cut: as many rows as one request takes, and one account's rows not in two requests at once."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import groupby


def split(groups: Sequence[Hashable], most: int) -> list[range]:
    """Consecutive ranges of at most `most` rows covering every row once, in order.

    Neighbours of one group stay together unless they are more than `most`: a write locks the account above it.
    None is no group.
    """
    if most < 1:
        raise ValueError(f"a batch holds at least one row, not {most}")
    ranges: list[range] = []
    start = stop = 0
    for length in _lengths(groups):
        while stop + length - start > most:
            if stop == start:  # more than one request holds: cut it
                stop, length = start + most, length - most
            ranges.append(range(start, stop))
            start = stop
        stop += length
    return [*ranges, range(start, stop)] if stop > start else ranges


def _lengths(groups: Sequence[Hashable]) -> list[int]:
    lengths: list[int] = []
    for group, rows in groupby(groups):
        count = sum(1 for _ in rows)
        lengths.extend([1] * count if group is None else [count])
    return lengths
