"""How hard a plan's rows are pressed upon an org."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much to send at once and how often to try again. `pause` in seconds, doubled with each round, jittered.

    `rows`: of a request to the collections; `bulk_rows`: of a Bulk job. `shrink`: by how much a request shrinks that
    met a lock.
    """

    rows: int = 200
    bulk_rows: int = 10_000
    lock_retries: int = 3
    shrink: int = 4
    pause: float = 1.0
    sleep: Callable[[float], None] = time.sleep
